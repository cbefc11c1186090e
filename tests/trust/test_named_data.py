"""Data is read because the user names it, or has named it when training: not because a file from elsewhere does."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from nnlab.engine.api import evaluate, load_checkpoint
from nnlab.engine.errors import UsageError
from nnlab.engine.runs.lookup import is_users

Call = Callable[..., CompletedProcess[str]]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text("x,y\n" + "".join(f"{row % 11},{row * row % 7}\n" for row in range(60)), encoding="utf-8")
    return path


def trained(nnlab: Call, *argv: object) -> None:
    done = nnlab("train", *argv, "--epochs", 1, "--quiet")
    assert done.returncode == 0, done.stderr


def elsewhere(run: Path, folder: Path) -> Path:
    """The run's files as a stranger would send them, in a folder of its own."""
    shutil.copytree(run, folder)
    return folder


def test_the_data_of_the_users_runs_is_read_wherever_they_lie(
    own_world: Path, tmp_path: Path, table: Path, nnlab: Call
):
    trained(nnlab, table, "--target", "y", "--name", "mine")
    trained(nnlab, table, "--target", "y", "--out", tmp_path / "out" / "run")
    for name in ("mine", "latest", own_world / "mine", own_world / "mine" / "best.pt", "run", tmp_path / "out" / "run"):
        done = nnlab("eval", name)
        assert done.returncode == 0, done.stderr
    assert evaluate(own_world / "mine").rows == 12


def test_a_checkpoint_from_elsewhere_has_no_data_read_that_only_it_names(
    own_world: Path, tmp_path: Path, table: Path, nnlab: Call
):
    trained(nnlab, table, "--target", "y", "--name", "mine")
    sent = elsewhere(own_world / "mine", tmp_path / "sent")
    for name in (sent, sent / "best.pt"):
        done = nnlab("eval", name)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"is not read unless you name it: `nnlab eval {name} DATA`" in done.stderr
        assert nnlab("eval", name, table).returncode == 0
    other = tmp_path / "other.csv"
    other.write_text(table.read_text(encoding="utf-8"), encoding="utf-8")
    done = nnlab("eval", sent, other)
    assert done.returncode == 0
    assert "no baseline, since the data it was trained on cannot be read" in done.stderr
    for argv in (["--resume", sent], ["--resume", sent, "--resume-weights-only"]):
        done = nnlab("train", *argv, "--epochs", 3, "--quiet")
        assert (done.returncode, "is not read unless you name it" in done.stderr) == (2, True), done.stderr
        assert nnlab("train", table, *argv, "--epochs", 3, "--quiet").returncode == 0
    with pytest.raises(UsageError, match="is not read unasked"):
        evaluate(sent / "best.pt")
    with pytest.raises(UsageError, match="is not read unasked"):
        evaluate(load_checkpoint(own_world / "mine"))
    assert evaluate(sent / "best.pt", str(table)).rows == 12


def test_what_comes_with_nnlab_is_read_for_any_checkpoint(own_world: Path, tmp_path: Path, nnlab: Call):
    trained(nnlab, "xor", "--samples", 60, "--name", "mine")
    sent = elsewhere(own_world / "mine", tmp_path / "sent")
    assert nnlab("eval", sent).returncode == 0
    assert nnlab("train", "--resume", sent, "--epochs", 2, "--quiet").returncode == 0


@pytest.mark.parametrize("name", ["/**/*.csv", "hf:evil/tracker-id-1234", "/etc/passwd.csv"])
def test_no_name_in_a_checkpoint_is_followed(
    own_world: Path, tmp_path: Path, nnlab: Call, monkeypatch: pytest.MonkeyPatch, name: str
):
    from forging import changed

    trained(nnlab, "xor", "--samples", 60, "--name", "mine")
    forged = changed(
        own_world / "mine" / "last.pt", tmp_path / "x.pt", lambda body: body["config"]["data"].update(name=name)
    )

    def followed(*_: object, **__: object) -> None:
        raise AssertionError("it was followed")

    for place in ("glob.glob", "socket.getaddrinfo", "datasets.load_dataset_builder"):
        monkeypatch.setattr(place, followed)
    done = nnlab("eval", forged)
    assert (done.returncode, name in done.stderr) == (2, True), done.stderr


def test_a_folder_that_a_run_was_made_in_makes_no_other_folder_ones_own(tmp_path: Path, own_world: Path, nnlab: Call):
    done = nnlab("train", "xor", "--epochs", 1, "--out", tmp_path / "mine")
    assert done.returncode == 0, done.stderr
    assert is_users(tmp_path / "mine" / "best.pt")
    assert not is_users(tmp_path / "mine" / "sent" / "best.pt")
    assert own_world.exists()
