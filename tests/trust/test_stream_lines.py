"""Whatever a line of `predict --stream` is, it is answered by one line of valid JSON, and the next line is read."""

import gc
import io
import json
import os
import subprocess
import tracemalloc
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from processes import Nnlab

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.checkpoint import Checkpoint
from nnlab.engine.config import validate
from nnlab.engine.data.columns.encoders import Date, Embedding, Flag, Hashed, Number, OneHot
from nnlab.engine.data.schema import Image, Schema
from nnlab.engine.models.families import build
from nnlab.engine.models.spec import ModelSpec
from nnlab.engine.prediction.stream import LONGEST_LINE, MOST_NOTES, answer_stream, read_lines

TABLE = Schema(
    task="binary",
    target="bought",
    classes=["no", "yes"],
    columns=[
        Number(name="age", fill=40, mean=40, std=1e-3),
        Number(name="geo.x", fill=0),
        Flag(name="member"),
        Date(name="since", style="%Y-%m-%d", mean=15_000, std=900),
        Hashed(name="words", width=8),
        OneHot(name="town", categories=["Bern", "Wien"], other=True),
        Embedding(name="street", categories=["A", "B"], width=2),
    ],
)
IMAGES = Schema(task="binary", target="label", classes=["0", "1"], image=Image(shape=(1, 4, 3), scale=1 / 255))
COLOUR = Schema(task="binary", target="label", classes=["0", "1"], image=Image(shape=(3, 4, 3), scale=1 / 255))
ROW: dict[str, Any] = {
    **{"age": 41, "geo": {"x": 0.5}, "member": True, "since": "2011-05-06"},
    **{"words": "a b", "town": "Bern", "street": "B"},
}
PIXELS = [[0, 128, 255]] * 4


def network(schema: Schema) -> Checkpoint:
    torch.manual_seed(3)
    image = schema.image.shape if schema.image else None
    sizes = {"in_features": schema.in_features, "out_features": len(schema.classes), "embeddings": schema.embeddings}
    spec = ModelSpec.model_validate({"family": "mlp", "hidden": [6], "image_shape": image, **sizes})
    config = validate({"model": {"family": "mlp", "hidden": [6]}}, source="test")
    return Checkpoint(config, schema, spec, dict(build(spec).state_dict()), 0, [])


def row(**changes: Any) -> bytes:
    return json.dumps({**ROW, **changes}).encode()


def answers(schema: Schema, lines: Iterable[bytes], notes: list[str] | None = None) -> list[dict[str, Any]]:
    """The answers to these lines, each of them one line of JSON as strict programs read it, numbered from 1."""
    out = io.BytesIO()
    answer_stream(network(schema), read_lines(io.BytesIO(b"\n".join(lines))), out, (notes or []).append)
    bodies = [json.loads(line, parse_constant=pytest.fail) for line in out.getvalue().decode("ascii").splitlines()]
    assert [body["row"] for body in bodies] == list(range(1, len(bodies) + 1))
    return bodies


DEEP = '{"a":' * 200 + "1" + "}" * 200
WRONG = {
    "half a character": (row(town="\ud800"), "half a character"),
    "half a character in a name": (row(**{"\udfff": 1}), "half a character"),
    "half a character written as bytes": (b'{"town": "\xed\xa0\x80"}', "not UTF-8"),
    "bytes that are no text": (b'{"age": "\xff"}', "not UTF-8"),
    "UTF-16": ('{"age": 1}'.encode("utf-16"), "not UTF-8"),
    "a number of 400 digits": (row(age=10**400), "not a number"),
    "a number of 5,000 digits": (b'{"age": ' + b"9" * 5000 + b"}", "thousands of digits"),
    "a list where a text belongs": (row(town=[[1]]), "not a number or text"),
    "an object where a text belongs": (row(street={"a": 1}), "not a number or text"),
    "an object where a number belongs": (row(age={"a": 1}), "not a number"),
    "digits of another script": (row(age="\u0661\u0662"), "not a number"),
    "a number as Python writes it": (row(age="1_000"), "not a number"),
    "a name that occurs twice": (b'{"age": 1, "age": 2}', "says 'age' twice"),
    "a name that occurs twice, once nested": (row(**{"geo.x": 1}), "says 'geo.x' twice"),
    "deep objects": (row(words=0)[:-1] + b', "z": ' + DEEP.encode() + b"}", "nested too deeply"),
    "deep lists": (row()[:-1] + b', "z": ' + b"[" * 500 + b"]" * 500 + b"}", "nested too deeply"),
    "brackets without end": (b"[" * 100_000, "nested too deeply"),
    "millions of brackets": (b"[[]," * 600_000, "more than 1,048,576"),
    "a number": (b"5", "not a JSON object"),
    "a literal that is no number": (b"NaN", "not a JSON object"),
    "a text": (b'"describe"', "not a JSON object"),
    "a list": (b"[1, 2]", "not a JSON object"),
    "two objects": (row() + row(), "not a JSON object"),
    "half an object": (row()[:-1], "not a JSON object"),
    "bytes of zero": (b"\0\0\0", "not a JSON object"),
    "a line that is too long": (b'{"words": "' + b"x" * LONGEST_LINE + b'"}', "longer than 32 MiB"),
    "rows without end": (json.dumps({**ROW, "age": [1] * 300_000}).encode(), "300,000 rows"),
    "columns without end": (json.dumps({str(number): 1 for number in range(200_000)}).encode(), "has no columns"),
    "a long name": (json.dumps({"x" * 10**6: 1}).encode(), "has no columns"),
    "a long text where a number belongs": (row(age="x" * 10**6), "not a number"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_line_that_cannot_be_answered_gets_a_sentence_and_the_next_one_its_answer(kind: str) -> None:
    line, said = WRONG[kind]
    wrong, right = answers(TABLE, [line, row()])
    assert said in wrong["error"]
    assert wrong["error"].endswith(".")
    assert len(wrong["error"]) <= 800
    assert "cannot be answered (" not in wrong["error"]  # the words of the last net
    assert right["prediction"] in ("no", "yes")


@pytest.mark.parametrize(
    "changes",
    [
        {"age": float("nan")},
        {"age": float("inf")},
        {"age": 1e308},
        {"age": -1e308, "geo": {"x": 1e300}},
        {"member": None, "since": None, "town": None},
        {"since": "\x00", "words": "\u2028\x00", "town": "\x00"},
        {"since": "9999-12-31"},
        {"words": True, "town": 1e300, "street": 10**400},
        {"words": "x" * 10**6},
        {"age": [1, 2, None], "since": ["0001-01-01", "no date", ""]},
    ],
)
def test_odd_values_are_answered_in_valid_json(changes: dict[str, Any]) -> None:
    odd, right = answers(TABLE, [row(**changes), row()])
    assert "prediction" in odd
    assert "prediction" in right


def test_blank_lines_and_the_missing_end_of_the_last_one_do_no_harm() -> None:
    assert len(answers(TABLE, [b"", b"  \t\r", row() + b"\r", b"", b'"inputs"'])) == 2


@pytest.mark.parametrize(
    "pixels",
    [
        [[10**400, 0, 0]] * 4,
        [[True, 0, 0]] * 4,
        [["7", 0, 0]] * 4,
        [[None, 0, 0]] * 4,
        [[float("nan"), 0, 0]] * 4,
        [[float("inf"), 0, 0]] * 4,
        [[0, 0, [0]]] * 4,
        [[0, 0]] * 4,
        [PIXELS] * 2,
        [[[[0, 0, 0]] * 4]],
        [0] * 300_000,
        {"\ud800": 1},
        5,
    ],
)
def test_what_is_no_image_is_refused_whatever_it_is(pixels: Any) -> None:
    for schema in (IMAGES, COLOUR):
        wrong, right = answers(
            schema, [json.dumps({"pixels": pixels}).encode(), json.dumps({"pixels": PIXELS}).encode()]
        )
        assert wrong["error"].endswith(".")
        assert "cannot be answered (" not in wrong["error"]
        assert "prediction" in right


def test_files_of_any_name_and_kind_are_refused_without_waiting(tmp_path: Path) -> None:
    pipe, folder, empty, large = (tmp_path / name for name in ("pipe.png", "folder.png", "empty.png", "large.png"))
    os.mkfifo(pipe)
    folder.mkdir()
    empty.touch()
    with large.open("wb") as file:
        file.truncate(2**40)
    loop = tmp_path / "loop.png"
    loop.symlink_to(loop)
    strange = ["é" * 1000, "a\0b", "", "/dev/zero", "/dev/stdin", "/proc/self/mem", "/proc/kmsg", "\udcff", "x/" * 3000]
    names = [*strange, *map(str, (pipe, folder, empty, large, loop))]
    found = answers(IMAGES, [json.dumps({"file": name}).encode() for name in names])
    assert len(found) == len(names)
    for body in found:
        assert "cannot be answered (" not in body["error"]
        assert len(body["error"]) <= 800


def test_both_a_file_and_pixels_are_no_image() -> None:
    assert "is not an image" in answers(IMAGES, [json.dumps({"file": "x.png", "pixels": PIXELS}).encode()])[0]["error"]


def test_every_warning_is_given_once_whichever_lines_bring_it(tmp_path: Path) -> None:
    notes: list[str] = []
    out = io.BytesIO()
    answer_stream(network(TABLE), [row(spare=1)] * 5, out, notes.append)
    assert notes == ["ignored the column 'spare', which the network does not use"]

    import PIL.Image

    files = [tmp_path / f"{number}.png" for number in range(3)]
    for number, file in enumerate(files):
        PIL.Image.fromarray(np.zeros((5 + number, 9), np.uint8)).save(file)
    notes.clear()
    answer_stream(network(IMAGES), [json.dumps({"file": str(file)}).encode() for file in files], out, notes.append)
    assert len(notes) == 1


def test_warnings_that_are_always_different_come_to_an_end() -> None:
    notes: list[str] = []
    lines = [row(**{f"spare{number}": 1}) for number in range(3 * MOST_NOTES)]
    answer_stream(network(TABLE), lines, io.BytesIO(), notes.append)
    assert len(notes) == MOST_NOTES
    assert notes[-1] == "further warnings are not told"


def test_nothing_grows_with_the_number_of_lines() -> None:
    def odd(count: int) -> Iterable[bytes]:
        for number in range(count):
            yield row(**{f"spare{number}": 1, "town": f"town {number}", "since": f"day {number}"})
            yield row(age=f"no number {number}")

    checkpoint = network(TABLE.model_copy(update={"columns": [one for one in TABLE.columns if one.name != "words"]}))
    out = Path(os.devnull).open("wb")  # noqa: SIM115
    with out:
        answer_stream(checkpoint, odd(200), out, [].append)
        gc.collect()
        before = len(gc.get_objects())
        answer_stream(checkpoint, odd(400), out, [].append)
        gc.collect()
        assert len(gc.get_objects()) < before + 100


class Endless(io.RawIOBase):
    """So many bytes without a line's end, and then a row."""

    def __init__(self, count: int) -> None:
        self.left = count

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        part = b"x" * min(len(buffer), self.left) or b"\n" + row()
        part = b"" if self.left < 0 else part
        self.left = self.left - len(part) if self.left else -1
        buffer[: len(part)] = part
        return len(part)


def test_a_line_without_end_is_answered_without_being_held() -> None:
    out = io.BytesIO()
    checkpoint = network(TABLE)
    tracemalloc.start()
    try:
        answer_stream(checkpoint, read_lines(io.BufferedReader(Endless(8 * LONGEST_LINE))), out, [].append)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    wrong, right = map(json.loads, out.getvalue().splitlines())
    assert "longer than 32 MiB" in wrong["error"]
    assert right["prediction"] in ("no", "yes")
    assert peak < 3 * LONGEST_LINE


def test_a_reader_who_goes_ends_the_stream_quietly(tmp_path: Path) -> None:
    checkpoints.save(tmp_path / "net.pt", network(TABLE))
    process = Nnlab(tmp_path, "predict", tmp_path / "net.pt", "--stream", stdin=subprocess.PIPE).process
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdin.write(row().decode() + "\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["row"] == 1
    process.stdout.close()
    process.stdin.write(row().decode() + "\n")
    process.stdin.flush()
    assert process.wait() == 1
    assert process.stderr.read() == ""
    process.stdin.close()
