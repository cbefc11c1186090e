"""What lies in a run's folder from elsewhere leads to no file of the user's, and lets nobody wait."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Call = Callable[..., CompletedProcess[str]]

FILES = ["config.toml", "events.jsonl", "history.csv", "lock", "film.jsonl", "control.jsonl"]


@pytest.fixture
def theirs(tmp_path: Path, own_world: Path, nnlab: Call) -> Path:
    """A run's folder that came from elsewhere."""
    done = nnlab("train", "xor", "--epochs", 2, "--name", "kept")
    assert done.returncode == 0, done.stderr
    shutil.copytree(own_world / "kept", tmp_path / "theirs")
    return tmp_path / "theirs"


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", ["link", "dangling", "pipe"])
def test_a_link_or_a_pipe_in_a_runs_folder_leads_nowhere(
    name: str, kind: str, theirs: Path, tmp_path: Path, nnlab: Call
) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine\n")
    (theirs / name).unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(theirs / name)
    else:
        (theirs / name).symlink_to(precious if kind == "link" else tmp_path / "new")
    for argv in (("train", "--resume", theirs, "--epochs", 4), ("eval", theirs / "best.pt")):
        done = nnlab(*argv)
        assert done.returncode in (0, 1, 2), done
        assert "Traceback" not in done.stderr
        assert "went wrong" not in done.stderr
    assert precious.read_text() == "mine\n"
    assert not (tmp_path / "new").exists()
