"""`nnlab sweep` in a real terminal: watched, paused, left and watched again, stopped, brought to its end; nothing is
left behind."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path

import pytest
from test_pty import Terminal, processes, wait_until

from nnlab.engine.runs.claim import is_live
from nnlab.engine.runs.folder import RunFolder

pytest.importorskip("optuna")
pytestmark = pytest.mark.long
WORDS = ("sweep", "xor", "--samples", "200", "--lr", "1e-3..1", "--epochs", "300", "--no-halving", "--jobs", "1")


@pytest.fixture
def runs(tmp_path: Path) -> Generator[Path]:
    """A folder of runs; what still works there at the end of a test is told to end."""
    yield tmp_path / "runs"
    wait_until(lambda: not processes(tmp_path / "runs"))


def events(runs: Path) -> list[str]:
    log = runs / "own" / "sweep.jsonl"
    return [json.loads(line)["event"] for line in log.read_text().splitlines()] if log.exists() else []


def test_a_sweep_is_watched_paused_left_and_goes_on_to_its_end(runs: Path):
    terminal = Terminal(runs, *WORDS, "--trials", "4", "--name", "own")
    terminal.until(lambda text: "of 4 trials" in text and "best loss" in text)
    terminal.child.send(" ")
    terminal.until(lambda text: "  paused  " in text)
    terminal.child.send("d")
    assert terminal.ended() == 0
    assert is_live(RunFolder(runs / "own")), "it goes on without a screen"
    again = Terminal(runs, "watch", "own")
    again.until(lambda text: "  paused  " in text)
    again.child.send(" ")
    again.until(lambda text: "at work" in text or "?" in text)
    if "  paused  " in again.text():  # who only watches is asked
        again.child.send("y")
    again.until(lambda text: "  over  " in text and "winner own-0" in text)
    again.child.send("q")
    assert again.ended() == 0
    assert events(runs)[-1] == "sweep_ended"
    assert events(runs).count("trial_ended") == 4
    assert wait_until(lambda: not processes(runs))


def test_a_sweep_whose_screen_is_left_by_ctrl_c_saves_and_can_go_on(runs: Path):
    terminal = Terminal(runs, *WORDS, "--trials", "40", "--name", "own")
    terminal.until(lambda text: "best loss" in text)
    terminal.child.send("\x03")
    terminal.until(lambda text: "nnlab sweep --resume own" in text)
    assert terminal.ended() == 130
    assert not is_live(RunFolder(runs / "own"))
    assert wait_until(lambda: not processes(runs))
    before = events(runs).count("trial_ended")
    again = Terminal(runs, "sweep", "--resume", "own", "--jobs", "1", "--trials", str(before + 2))
    again.until(lambda text: "on the test rows, looked at once" in text)
    assert again.ended() == 0
    assert events(runs).count("trial_ended") == before + 2
