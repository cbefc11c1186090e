"""Absurd values for every option and every key: taken, or refused in one sentence with exit code 2, nothing written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import absurd
import pytest

Call = Callable[..., CompletedProcess[str]]

# Values that no option takes, or that many do; `tests/torture/absurd_values.py` has the others.
OPTIONS = sorted({(command, option) for command, option in absurd.options()})
KEYS = absurd.places()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "here"
    place.mkdir()
    absurd.table(place / "table.csv")
    monkeypatch.chdir(place)
    return place


@pytest.mark.parametrize(
    ("command", "option"), OPTIONS, ids=lambda part: " ".join(part) if isinstance(part, tuple) else part
)
def test_an_option_takes_a_value_or_refuses_it_in_a_sentence(
    command: tuple[str, ...], option: str, folder: Path, own_world: Path, nnlab: Call
):
    for value in absurd.FEW:
        absurd.outcome(nnlab, absurd.words_of(command, option, value), folder, own_world)


@pytest.mark.parametrize("section", ["data", "prepare", "model", "training"])
def test_a_key_takes_a_value_or_refuses_it_in_a_sentence(
    section: str, folder: Path, own_world: Path, tmp_path: Path, nnlab: Call
):
    config = tmp_path / "config.toml"
    for key in [key for name, key in KEYS if name == section]:
        for value in absurd.TOML[:8]:
            config.write_text(absurd.config_with(section, key, value), encoding="utf-8")
            absurd.outcome(nnlab, ["train", "--config", str(config)], folder, own_world)


def refusal(done: CompletedProcess[str], runs: Path) -> str:
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert len(done.stderr) < 1_000
    assert not list(runs.glob("*"))
    return done.stderr


WRONG = {
    "threads": (("--threads", "100000"), "threads"),
    "more threads than a machine has": (("--threads", "4000"), "this machine has"),
    "l1": (("--l1", "1e39"), "--l1 cannot be 1e+39"),
    "weight decay": (("--weight-decay", "1e39", "--optimizer", "rmsprop"), "--weight-decay cannot be"),
    "lr": (("--lr", "1e39", "--optimizer", "rmsprop"), "--lr cannot be"),
    "layers": (("--hidden", ",".join("1" * 1001)), "--hidden cannot be"),
    "width": (("--hidden", "10000000000000"), "--hidden"),
    "many parameters": (("--hidden", "1000000000000"), "parameters"),
    "warm-up": (("--warmup", "1" + "0" * 400), "--warmup cannot be"),
    "epochs": (("--epochs", "1" + "0" * 400, "--scheduler", "cosine"), "--epochs cannot be"),
    "saves": (("--checkpoint-every", "9" * 5000 + "e"), "write it as 5e"),
    "features": (("--features", ","), "no feature"),
    "device": (("--device", "cuda:" + "9" * 80), "no device"),
    "slices": (("--train-split", "train+" * 500 + "train"), "--train-split"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_number_out_of_its_range_is_named_by_its_flag(name: str, own_world: Path, nnlab: Call):
    words, said = WRONG[name]
    assert said in refusal(nnlab("train", "xor", *words), own_world)


HOMES = (
    ("eval", "~nosuch/x.pt"),
    ("predict", "~nosuch/x.pt"),
    ("train", "~nosuch/x.csv"),
    ("train", "--resume", "~nosuch/x"),
    ("runs", "show", "~nosuch/x"),
    ("runs", "rm", "~nosuch/x", "--yes"),
    ("model", "show", "~nosuch/x.pt"),
    ("data", "show", "~nosuch/x.csv"),
)


@pytest.mark.parametrize("words", HOMES, ids=" ".join)
def test_the_home_of_a_user_whom_nobody_knows(words: tuple[str, ...], own_world: Path, nnlab: Call):
    assert "'~nosuch'" in refusal(nnlab(*words), own_world)


def test_a_runs_folder_in_such_a_home(own_world: Path, nnlab: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NNLAB_RUNS", "~nosuch/runs")
    for words in (("runs", "list"), ("train", "xor", "--epochs", 1)):
        assert "'~nosuch'" in refusal(nnlab(*words), own_world)
    assert not list(tmp_path.iterdir())


def test_the_whole_machine_is_no_data_set(own_world: Path, nnlab: Call):
    for name in ("/", "//", "/."):
        assert "whole machine" in refusal(nnlab("data", "show", name), own_world)
    for name in ("hf:", "hf:nosuch/b/c", "hf:a b"):
        assert "hf:owner/name" in refusal(nnlab("train", name), own_world)


def test_a_config_without_end_is_refused(own_world: Path, tmp_path: Path, nnlab: Call):
    assert "bytes" in refusal(nnlab("train", "--config", "/dev/zero"), own_world)
    (tmp_path / "deep.toml").write_text("a = " + "[" * 5_000 + "]" * 5_000)
    assert "nested too deep" in refusal(nnlab("train", "--config", tmp_path / "deep.toml"), own_world)
