"""Files that claim to be checkpoints: one sentence and exit code 2 each, little memory, and no code run."""

from __future__ import annotations

import errno
import os
import pickle
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import forging
import pytest
import torch
from forging import Body, archive, changed, text

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.errors import UsageError
from nnlab.engine.training.session import begin


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return forging.real(tmp_path_factory.mktemp("real"))


def refusal(path: Path) -> str:
    """The sentence with which a file is refused."""
    with pytest.raises(UsageError) as caught:
        checkpoints.load(path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert len(sentence) < 1000
    return sentence


def test_a_real_one_is_read(original: Path):
    assert checkpoints.load(original).epoch == 2


def test_what_is_no_file(tmp_path: Path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    assert "There is no file" in refusal(tmp_path / "nothing.pt")
    assert os.strerror(errno.ELOOP) in refusal(tmp_path / "loop")
    assert os.strerror(errno.EISDIR) in refusal(tmp_path)
    assert "not a regular file" in refusal(tmp_path / "pipe")
    assert "not a regular file" in refusal(Path("/dev/zero"))


def test_empty_truncated_huge_and_text(original: Path, tmp_path: Path):
    path = tmp_path / "x.pt"
    path.touch()
    assert "0 bytes" in refusal(path)
    path.write_text("epoch,loss\n1,2\n")
    assert "not a zip file" in refusal(path)
    data = original.read_bytes()
    for length in (1, 100, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:length])
        refusal(path)
    with path.open("wb") as file:
        file.truncate(2**40)
    assert "1,099,511,627,776 bytes" in refusal(path)


def test_every_flipped_byte_of_the_weights_is_noticed(original: Path, tmp_path: Path):
    data = bytearray(original.read_bytes())
    with zipfile.ZipFile(original) as file:
        first = file.read("archive/data/0")
    place = bytes(data).index(first)
    for offset in range(len(first)):
        copy = data.copy()
        copy[place + offset] ^= 1
        (tmp_path / "x.pt").write_bytes(copy)
        assert "checksum" in refusal(tmp_path / "x.pt")


class Evil:
    """A pickle of it asks to call `os.system`."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch {self.mark}",)  # pyright: ignore[reportDeprecated]


def test_pickles_that_call_something_call_nothing(original: Path, tmp_path: Path):
    mark = tmp_path / "it-ran"
    evil = Evil(mark)
    (tmp_path / "bare.pt").write_bytes(pickle.dumps(evil, protocol=2))
    torch.save({"format": 1, "config": evil}, tmp_path / "saved.pt")
    torch.save({"format": 1, "config": evil}, tmp_path / "legacy.pt", _use_new_zipfile_serialization=False)
    changed(original, tmp_path / "inside.pt", lambda body: body["state"].update(rng=evil))
    for name in ("bare", "saved", "legacy", "inside"):
        refusal(tmp_path / f"{name}.pt")
    assert "system" in refusal(tmp_path / "inside.pt")
    assert not mark.exists()


def test_pickles_that_only_look_like_tensors(tmp_path: Path):
    path = tmp_path / "x.pt"
    archive(path, b"\x80\x02c__builtin__\nbytearray\n\x8a\x05\x00\x00\x00\x00\x40\x85R.")
    assert "it would call __builtin__.bytearray" in refusal(path)
    archive(path, b"\x80\x02ccollections\nOrderedDict\n](K\x01K\x02e\x85R.")
    assert "something other than tensors" in refusal(path)
    archive(path, b"\x80\x02\x96\xff\xff\xff\xff\xff\xff\xff\x7f.")
    refusal(path)
    archive(path, b"\x80\x02" + b"]" * 10_000 + b"a" * 9_999 + b".")
    assert "nested deeper" in refusal(path)
    laughs = b"\x80\x02](K\x01K\x01e" + b"".join(b"q%c](h%ch%ch%ce" % (i, i, i, i) for i in range(12)) + b"."
    archive(path, laughs)
    refusal(path)


def test_shapes_larger_than_their_storage(tmp_path: Path):
    def tensor(shape: bytes, strides: bytes) -> bytes:
        storage = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text("0") + text("cpu") + b"K\x04tQ"
        call = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"K\x00" + shape + strides
        return b"\x80\x02}" + text("weights") + call + b"\x89ccollections\nOrderedDict\n)RtRs."

    huge = b"\x8a\x06\x00\x10\xa5\xd4\xe8\x00"  # 10^12 as a pickle writes it
    archive(tmp_path / "claimed.pt", tensor(huge + b"\x85", b"K\x01\x85"), _0=b"\0" * 16)
    archive(tmp_path / "expanded.pt", tensor(huge + b"\x85", b"K\x00\x85"), _0=b"\0" * 16)
    refusal(tmp_path / "claimed.pt")
    assert "dense block" in refusal(tmp_path / "expanded.pt")


def test_archives_that_are_larger_than_they_look(original: Path, tmp_path: Path):
    path = archive(tmp_path / "bomb.pt", b"\x80\x02N.", zipfile.ZIP_DEFLATED, _0=bytes(200_000_000))
    assert "compressed" in refusal(path)
    with zipfile.ZipFile(original) as file, zipfile.ZipFile(tmp_path / "many.pt", "w") as many:
        many.writestr("archive/data.pkl", file.read("archive/data.pkl"))
        for number in range(20_001):
            many.writestr(f"archive/data/{number}", b"")
    assert "entries" in refusal(tmp_path / "many.pt")
    prefixed = tmp_path / "prefixed.pt"
    prefixed.write_bytes(b"#!/bin/sh\n" + original.read_bytes())
    assert "tables of contents" in refusal(prefixed)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return value


def known_split(ids: int, digest: int = 1) -> Body:
    """Three rows as a checkpoint knows them, of which so many have an id."""
    return {"rows": 3, "digest": digest, "ids": torch.zeros(ids, dtype=torch.int64)}


WRONG: dict[str, tuple[Callable[[Body], object], str]] = {
    "newer": (lambda body: body.update(format=99), "newer nnlab"),
    "format": (lambda body: body.update(format="1"), "something else"),
    "missing": (lambda body: body.pop("schema"), "schema"),
    "extra": (lambda body: body.update(more=1), "more"),
    "unknown key": (lambda body: body["config"].update(evil=1), "unknown key 'evil'"),
    "family": (lambda body: body["spec"].update(family="gan"), "family"),
    "deep": (lambda body: body["config"].update(data=nested(200)), "nested"),
    "spec of 10^12": (lambda body: body["spec"].update(hidden=[10**12, 4]), "parameters"),
    "spec of 10^30": (lambda body: body["spec"].update(hidden=[10**30]), "more than 64 bits"),
    "spec of 10^18": (lambda body: body["spec"].update(hidden=[10**18]), "hidden"),
    "renamed weight": (lambda body: body["weights"].update(evil=body["weights"].pop("3.bias")), "weights are not"),
    "extra weight": (lambda body: body["weights"].update(evil=torch.zeros(1)), "weights are not"),
    "shape": (lambda body: body["weights"].update({"3.bias": torch.zeros(7)}), "of shape (7,)"),
    "dtype": (lambda body: body["weights"].update({"3.bias": torch.zeros(4).double()}), "float64"),
    "no tensor": (lambda body: body["weights"].update({"3.bias": [0.0] * 4}), "weights.3.bias"),
    "sparse": (lambda body: body["weights"].update({"3.bias": torch.zeros(4).to_sparse()}), "_rebuild_sparse"),
    "width": (lambda body: body["schema"]["columns"].pop(), "not of its columns"),
    "classes": (lambda body: body["schema"].update(classes=["a"] * 10**5), "does not fit its columns"),
    "mean": (lambda body: body["schema"]["columns"][0].update(mean=float("nan")), "mean"),
    "std": (lambda body: body["schema"]["columns"][0].update(std=0.0), "std"),
    "epoch": (lambda body: body.update(epoch=-1), "epoch"),
    "epoch 10^15": (lambda body: body.update(epoch=10**15), "history"),
    "history": (lambda body: body["history"].update(values=torch.zeros(0, 10**12).double()), "history"),
    "columns": (lambda body: body["history"].update(columns=["loss"] * 7), "history"),
    "state": (lambda body: body["state"].pop("rng"), "rng"),
    "schedule": (lambda body: body["state"]["schedule"].update(waited="x"), "waited"),
    "a list": (lambda body: body.update(weights=[]), "weights"),
    "rows": (lambda body: body.update(known={"train": known_split(2)}), "one whole number a row"),
    "digest": (lambda body: body.update(known={"train": known_split(3, digest=-1)}), "digest"),
    "split": (lambda body: body.update(known={"trial": known_split(3)}), "known.trial"),
    "no train rows": (lambda body: body.update(known={"test": known_split(3)}), "trained on are not known"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_inside_is_named(name: str, original: Path, tmp_path: Path):
    change, said = WRONG[name]
    assert said in refusal(changed(original, tmp_path / "x.pt", change))


MALFORMED: dict[str, Callable[[Body], object]] = {
    "numpy reads beyond": lambda body: body["state"]["rng"].update(numpy=("MT19937", torch.zeros(624), 10**9, 0, 0.0)),
    "numpy's keys": lambda body: body["state"]["rng"].update(numpy=("MT19937", torch.zeros(3), 0, 0, 0.0)),
    "python": lambda body: body["state"]["rng"].update(python=(3, (1, 2), None)),
    "torch": lambda body: body["state"]["rng"].update(torch=torch.zeros(7, dtype=torch.uint8)),
    "a text": lambda body: body["state"]["rng"].update(numpy="x"),
    "stretched": lambda body: body["state"]["optimizer"].update(exp_avg=torch.zeros(1)),
    "missing": lambda body: body["state"]["optimizer"].pop("exp_avg"),
    "losses": lambda body: body["state"].update(step=1, losses=torch.zeros(1), right=0),
    "schedule": lambda body: body["state"]["schedule"].pop("lr"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_state_that_cannot_be_resumed_is_refused(name: str, original: Path, tmp_path: Path):
    path = changed(original, tmp_path / "x.pt", MALFORMED[name])
    with pytest.raises(UsageError) as caught:
        begin((checkpoint := checkpoints.load(path)).config, resume=checkpoint)
    assert "\n" not in str(caught.value)


def test_a_hundred_million_categories_are_refused_in_little_memory(original: Path, tmp_path: Path):
    """In a process of its own, whose memory is measured."""
    path = tmp_path / "x.pt"
    with zipfile.ZipFile(path, "w") as file, file.open("archive/data.pkl", "w", force_zip64=True) as out:
        out.write(b"\x80\x02](")
        for _ in range(200):
            out.write(b"K\x01" * 500_000)
        out.write(b"e.")
    code = (
        "import sys, resource; from pathlib import Path; from nnlab.engine import checkpoint, errors\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: checkpoint.load(Path(sys.argv[1]))\n"
        "except errors.UsageError as error: print(error)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, timeout=60)
    sentence, grown = done.stdout.splitlines()
    assert "33,554,432 bytes" in sentence
    assert int(grown) * (1024 if sys.platform == "linux" else 1) < 50_000_000


def test_faults_at_random_end_in_a_sentence_or_change_nothing(original: Path, tmp_path: Path):
    """Whatever is done to a file, it is refused in one sentence, or read as something valid."""
    data, path, rng = original.read_bytes(), tmp_path / "x.pt", random.Random(1)
    sentences: list[str] = []
    for number in range(400):
        path.write_bytes(forging.mutated(data, rng) if number % 2 else forging.mutated_inside(data, rng))
        try:
            checkpoints.load(path)
        except UsageError as error:
            sentences.append(str(error))
    assert len(sentences) > 300
    assert not any("\n" in sentence for sentence in sentences)


def test_the_command_says_it_in_one_sentence_and_exits_2(tmp_path: Path, nnlab: Callable[..., Any]):
    torch.save({"format": 1, "config": Evil(tmp_path / "it-ran")}, tmp_path / "x.pt")
    for command in ("eval", "predict"):
        done = nnlab(command, tmp_path / "x.pt")
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "it-ran").exists()
