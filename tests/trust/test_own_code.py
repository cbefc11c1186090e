"""No code runs that its user has not named: whatever a stranger's checkpoint, config or run folder says of a file."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from forging import Body, changed

from nnlab.engine import (
    build_network,
    configure,
    evaluate,
    load_checkpoint,
    load_network,
    predict,
    train,
)
from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.config import read_toml, validate
from nnlab.engine.errors import UsageError
from nnlab.engine.models.trust import is_trusted
from nnlab.engine.training.session import begin

Call = Callable[..., CompletedProcess[str]]

TEXT = """
from torch import nn
open({ran!r}, "a").write("x")
import helper

class Net(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.last = nn.Linear(in_features, out_features)

    def forward(self, x):
        return self.last(x)
"""


@pytest.fixture
def theirs(tmp_path: Path, nnlab: Call, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a run that a stranger made with a network of their own; its code writes `ran` when it runs."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "net.py").write_text(TEXT.format(ran=str(tmp_path / "ran")), encoding="utf-8")
    (folder / "helper.py").write_text("", encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setenv("NNLAB_RUNS", str(tmp_path / "their-runs"))
        named = f"{folder / 'net.py'}:Net"
        done = nnlab("train", "xor", "--model", named, "--epochs", 2, "--out", folder / "run", "--plain")
        assert done.returncode == 0, done.stderr
    (tmp_path / "ran").unlink()
    return folder / "run"


def doors(run: Path, out: Path) -> dict[str, list[object]]:
    """Every command that would build the run's network."""
    return {
        "resume": ["train", "--resume", run, "--epochs", 3, "--plain"],
        "resume weights": ["train", "--resume", run, "--resume-weights-only", "--out", out, "--plain"],
        "config": ["train", "--config", run / "config.toml", "--out", out, "--plain"],
        "config, other data": ["train", "iris", "--config", run / "config.toml", "--out", out, "--plain"],
        "config, arguments": [
            *("train", "--config", run / "config.toml", "--model-arg", "out_features=2", "--out", out, "--plain")
        ],
        "folds": ["train", "--config", run / "config.toml", "--folds", 2, "--out", out, "--plain"],
        "eval": ["eval", run],
        "eval, other data": ["eval", run / "last.pt", "xor", "--data-seed", 2],
        "predict": ["predict", run / "best.pt", "--row", "x1=1,x2=2"],
        "stream": ["predict", run, "--stream"],
        "show": ["model", "show", run],
    }


DOORS = list(doors(Path(), Path()))
BY_A_CONFIG = ("config", "config, other data", "config, arguments", "folds")  # which does not tell the text


def refusal(done: CompletedProcess[str], ran: Path) -> str:
    assert not ran.exists(), "it ran"
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    return done.stderr


@pytest.mark.parametrize("door", DOORS)
def test_a_strangers_code_runs_through_no_door_until_it_is_named(
    theirs: Path, tmp_path: Path, nnlab: Call, own_world: Path, door: str
):
    words, out, ran = doors(theirs, tmp_path / "out")[door], tmp_path / "out", tmp_path / "ran"
    said = refusal(nnlab(*words, stdin='{"x1": 1, "x2": 2}\n'), ran)
    file = theirs.parent / "net.py"
    assert f"code in {file}, which you have not named here before as it is now: look at it" in said
    assert f"use --model {file}:Net" in said
    assert not out.exists()
    assert not (own_world / ".trusted-networks").exists()
    again = refusal(nnlab(*words, stdin='{"x1": 1, "x2": 2}\n'), ran)
    assert again == said, "the first refusal changed what is trusted"
    assert nnlab("train", "xor", "--model", f"{file}:Net", "--epochs", 1, "--plain").returncode == 0
    done = nnlab(*words, stdin='{"x1": 1, "x2": 2}\n')
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("file", ["net.py", "helper.py"])
@pytest.mark.parametrize("door", DOORS)
def test_what_was_named_and_is_another_text_by_now_must_be_named_again(
    theirs: Path, tmp_path: Path, nnlab: Call, door: str, file: str
):
    named = ["train", "xor", "--model", f"{theirs.parent / 'net.py'}:Net", "--epochs", 1, "--plain"]
    assert nnlab(*named).returncode == 0
    (tmp_path / "ran").unlink()
    with (theirs.parent / file).open("a", encoding="utf-8") as text:
        text.write(f"\nopen({str(tmp_path / 'ran')!r}, 'w')\n")
    said = refusal(nnlab(*doors(theirs, tmp_path / "out")[door]), tmp_path / "ran")
    assert ("as it is now" if door in BY_A_CONFIG else "has changed since it was trained") in said


def test_python_runs_what_it_names_and_nothing_that_a_file_names(theirs: Path, tmp_path: Path):
    checkpoint, ran = load_checkpoint(theirs / "last.pt"), tmp_path / "ran"
    for call in (
        lambda: evaluate(theirs / "best.pt"),
        lambda: predict(checkpoint, [{"x1": 1, "x2": 2}]),
        lambda: load_network(checkpoint),
        lambda: build_network(checkpoint.config),
        lambda: list(train(checkpoint.config)),
        lambda: list(train(validate(read_toml(theirs / "config.toml")))),
        lambda: begin(checkpoint.config, resume=checkpoint),
        lambda: begin(checkpoint.config, weights=checkpoint),
    ):
        with pytest.raises(UsageError, match="not named here before"):
            call()
        assert not ran.exists()
    config = configure("xor", model=f"{theirs.parent / 'net.py'}:Net", training={"epochs": 1})
    list(train(config))
    assert ran.exists()
    assert predict(checkpoint, [{"x1": 1, "x2": 2}])
    assert list(train(configure("xor", model="linear", training={"epochs": 1})))


@pytest.mark.parametrize(
    ("place", "tree"),
    [
        ("config", {"family": "custom", "file": "net.py", "class_name": "Net"}),
        ("config", {"family": "linear"}),
        ("config", {"hidden": [3]}),
        ("config", {"activation": "relu"}),
        ("config", {"dropout": 0.25}),
        ("spec", {"activation": "gelu"}),
        ("spec", {"file": "net.py"}),
        ("spec", {"family": "custom", "file": "net.py", "class_name": "Net", "sha256": "0" * 64}),
    ],
    ids=lambda value: value if isinstance(value, str) else ", ".join(value),
)
def test_a_checkpoint_whose_config_and_network_differ_is_refused_when_it_is_loaded(
    tmp_path: Path, nnlab: Call, place: str, tree: dict[str, Any]
):
    run, ran = tmp_path / "run", tmp_path / "ran"
    assert nnlab("train", "xor", "--hidden", 4, "--epochs", 2, "--out", run, "--plain").returncode == 0
    (tmp_path / "helper.py").touch()
    file = tmp_path / "net.py"
    file.write_text(TEXT.format(ran=str(ran)), encoding="utf-8")
    tree = {key: str(file) if value == "net.py" else value for key, value in tree.items()}

    def change(body: Body) -> None:
        below = body["config"]["model"] if place == "config" else body["spec"]
        below.update(tree)

    for name in ("last.pt", "best.pt"):
        changed(run / name, run / name, change)
    with pytest.raises(UsageError, match="its config names another network than its weights are of"):
        checkpoints.load(run / "last.pt")
    for door, words in doors(run, tmp_path / "out").items():
        if not door.startswith(("config", "folds")):
            assert "another network" in refusal(nnlab(*words), ran)


@pytest.mark.parametrize("kept", ["file", "class_name", "args"])
def test_a_checkpoint_of_ones_own_network_names_one_file_and_class(theirs: Path, tmp_path: Path, kept: str):
    def change(body: Body) -> None:
        body["config"]["model"][kept] = {"args": {"a": 1}}.get(kept, "other.py")

    path = changed(theirs / "last.pt", tmp_path / "x.pt", change)
    with pytest.raises(UsageError, match=f"another network than its weights are of .another {kept}"):
        checkpoints.load(path)


def test_a_digest_that_is_left_out_or_someone_elses_opens_nothing(theirs: Path, tmp_path: Path, nnlab: Call):
    trusted = tmp_path / "mine.py"
    trusted.write_text(TEXT.format(ran=str(tmp_path / "mine-ran")), encoding="utf-8")
    (tmp_path / "helper.py").touch()
    assert nnlab("train", "xor", "--model", f"{trusted}:Net", "--name", "mine", "--epochs", 1).returncode == 0
    mine = load_checkpoint("mine").spec.sha256
    assert is_trusted(mine)
    for digest in ({"sha256": ""}, {"sha256": mine}):
        path = changed(theirs / "last.pt", tmp_path / "x.pt", partial(_claim, digest))
        refusal(nnlab("eval", path), tmp_path / "ran")
        refusal(nnlab("predict", path, "--row", "x1=1,x2=2"), tmp_path / "ran")


def _claim(digest: dict[str, str], body: Body) -> None:
    body["spec"].update(digest)


def test_old_lists_and_checkpoints_of_a_file_that_stands_alone_still_hold(tmp_path: Path, nnlab: Call, own_world: Path):
    """The digest was that of the file, one a line."""
    file = tmp_path / "net.py"
    file.write_text(TEXT.format(ran=str(tmp_path / "ran")).replace("import helper", ""), encoding="utf-8")
    assert nnlab("train", "xor", "--model", f"{file}:Net", "--name", "old", "--epochs", 1).returncode == 0
    old = hashlib.sha256(file.read_bytes()).hexdigest()
    assert load_checkpoint("old").spec.sha256 == old
    assert (own_world / ".trusted-networks").read_text(encoding="ascii") == old + "\n"
    assert nnlab("eval", "old").returncode == 0
    assert nnlab("train", "--resume", "old", "--epochs", 2, "--plain").returncode == 0


def test_a_moved_network_goes_on_where_it_is_named(theirs: Path, nnlab: Call, tmp_path: Path):
    moved = shutil.move(theirs.parent / "net.py", tmp_path / "moved.py")
    shutil.move(theirs.parent / "helper.py", tmp_path / "helper.py")
    assert "which is not there" in refusal(nnlab("eval", theirs), tmp_path / "ran")
    words = ["train", "--resume", theirs, "--model", f"{moved}:Net", "--epochs", 4, "--plain"]
    assert nnlab(*words).returncode == 0
    for words in (["eval", theirs], ["train", "--resume", theirs, "--epochs", 5, "--plain"]):
        assert nnlab(*words).returncode == 0


def test_what_cannot_be_remembered_is_said(theirs: Path, tmp_path: Path, nnlab: Call, own_world: Path):
    own_world.write_text("a file where the runs should be", encoding="utf-8")
    done = nnlab("eval", theirs, "--model", f"{theirs.parent / 'net.py'}:Net")
    assert done.returncode == 1
    assert "remembers which networks of your own you named: set NNLAB_RUNS" in done.stderr
    assert not (tmp_path / "ran").exists()


def test_looking_at_a_config_names_nothing(theirs: Path, tmp_path: Path, nnlab: Call, own_world: Path):
    for words in (["--config", theirs / "config.toml"], ["xor", "--model", f"{theirs.parent / 'net.py'}:Net"]):
        done = nnlab("train", *words, "--dry-run")
        assert done.returncode == 0
        assert 'family = "custom"' in done.stdout
    assert not (tmp_path / "ran").exists()
    assert not (own_world / ".trusted-networks").exists()


def test_a_stream_says_it_too(theirs: Path, tmp_path: Path, nnlab: Call):
    """The predict page asks this way."""
    done = nnlab("predict", theirs, "--stream", stdin=json.dumps({"x1": 1, "x2": 2}) + "\n")
    assert "not named here before" in refusal(done, tmp_path / "ran")
