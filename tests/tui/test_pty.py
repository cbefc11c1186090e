"""`nnlab train` in a real terminal: watched, steered, left, watched again, stopped; nothing is left behind."""

import os
import signal
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic

import pexpect
import pyte
import pytest

from nnlab.engine.runs.claim import is_live
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.summary import summarize

pytestmark = pytest.mark.long
PATIENCE = 90.0  # seconds; a loaded machine takes its time to import torch


class Terminal:
    """A program in a pty of 120 x 40, and the screen that a user would see of it."""

    def __init__(self, runs: Path, *words: str, through: Sequence[str] = ("-P", "-m", "nnlab")) -> None:
        self.screen = pyte.Screen(120, 40)
        self.stream = pyte.ByteStream(self.screen)
        environment = {**os.environ, "NNLAB_RUNS": str(runs), "TERM": "xterm-256color", "OMP_NUM_THREADS": "1"}
        for name in ("NO_COLOR", "COLUMNS", "LINES"):
            environment.pop(name, None)
        self.child = pexpect.spawn(
            sys.executable, [*through, *words], dimensions=(40, 120), env=environment, timeout=PATIENCE
        )

    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display)

    def until(self, seen: Callable[[str], bool]) -> str:
        """Read on until the screen shows it."""
        end = monotonic() + PATIENCE
        while monotonic() < end:
            try:
                self.stream.feed(self.child.read_nonblocking(65536, timeout=0.2))
            except pexpect.TIMEOUT:
                pass
            except pexpect.EOF:
                break
            if seen(self.text()):
                return self.text()
        raise AssertionError("the screen never showed it:\n" + self.text())

    def vanish(self) -> None:
        """Close the terminal, as a line that drops does."""
        self.child.ptyproc.fileobj.close()  # pyright: ignore[reportAttributeAccessIssue]

    def ended(self) -> int:
        """Read to the end and return the exit code."""
        end = monotonic() + PATIENCE
        while monotonic() < end:
            try:
                self.stream.feed(self.child.read_nonblocking(65536, timeout=0.2))
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                break
        self.child.close()
        return int(self.child.exitstatus if self.child.exitstatus is not None else -(self.child.signalstatus or 0))


@pytest.fixture
def runs(tmp_path: Path) -> Generator[Path]:
    """A folder of runs; whatever still trains there at the end of a test is ended."""
    yield tmp_path / "runs"
    for control in (tmp_path / "runs").glob("*/events.jsonl"):
        with (control.parent / "control.jsonl").open("a", encoding="utf-8") as file:
            file.write('{"request": "stop"}\n')


def wait_until(true: Callable[[], bool]) -> bool:
    """Whether it became true in time."""
    end = monotonic() + PATIENCE
    while monotonic() < end:
        if true():
            return True
    return False


def processes(runs: Path) -> list[int]:
    """The processes that were started with this folder of runs."""
    found: list[int] = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if f"NNLAB_RUNS={runs}".encode() in place.read_bytes():
                found.append(int(place.parent.name))
    return found


def test_a_training_is_watched_steered_left_watched_again_and_stopped(runs: Path):
    run = RunFolder(runs / "demo")
    first = Terminal(runs, "train", "xor", "--epochs", "1000000", "--name", "demo")
    first.until(lambda text: "getting ready" in text or "running" in text)
    first.until(lambda text: "running" in text and "x1" in text)
    first.child.send(" ")
    first.until(lambda text: "paused" in text.splitlines()[0])
    first.child.send("+")
    first.until(lambda text: "set lr = 0.02" in text)
    first.child.send("d")
    assert first.ended() == 0
    assert "stays paused; `nnlab watch demo`" in first.text()
    assert is_live(run)
    second = Terminal(runs, "watch", "demo")
    second.until(lambda text: "paused" in text.splitlines()[0])
    second.child.send(" ")
    second.until(lambda text: "This training was started elsewhere" in text)
    second.child.send("y")
    second.until(lambda text: "running" in text.splitlines()[0])
    second.child.send("q")
    assert second.ended() == 0
    assert "nnlab watch demo" in second.text()
    assert is_live(run)
    third = Terminal(runs, "watch", "demo")
    third.until(lambda text: "running" in text.splitlines()[0])
    third.child.send("S")
    third.until(lambda text: "Stop the training of demo?" in text)
    third.child.send("y")
    third.until(lambda text: "interrupted" in text)
    third.child.send("q")
    third.ended()
    assert "best" in third.text()
    assert wait_until(lambda: not is_live(run))
    assert summarize(run).status == "interrupted"
    assert run.last.exists()


def test_ctrl_c_saves_stops_and_leaves_the_report(runs: Path):
    run = RunFolder(runs / "demo")
    terminal = Terminal(runs, "train", "xor", "--epochs", "1000000", "--name", "demo")
    terminal.until(lambda text: "running" in text.splitlines()[0])
    terminal.child.send("\x03")
    assert terminal.ended() == 130
    assert "interrupted" in terminal.text()
    assert summarize(run).status == "interrupted"
    assert run.last.exists()


def test_a_training_that_ends_closes_the_screen(runs: Path):
    terminal = Terminal(runs, "train", "xor", "--epochs", "5", "--name", "demo")
    assert terminal.ended() == 0
    assert "nnlab predict demo" in terminal.text()
    assert "how much the loss grows without each" in terminal.text()


def test_what_cannot_begin_is_said_after_the_screen(runs: Path):
    terminal = Terminal(runs, "train", "xor", "--device", "cuda:9", "--name", "demo")
    assert terminal.ended() == 1
    assert "cuda:9" in terminal.text()
    assert not (runs / "demo").exists()


def test_a_closed_terminal_stops_and_saves_the_training(runs: Path):
    run = RunFolder(runs / "demo")
    terminal = Terminal(runs, "train", "xor", "--epochs", "1000000", "--name", "demo")
    terminal.until(lambda text: "running" in text.splitlines()[0])
    terminal.child.kill(signal.SIGHUP)
    terminal.ended()
    assert wait_until(lambda: not is_live(run))
    assert summarize(run).status == "interrupted"
    assert run.last.exists()


@pytest.mark.parametrize("seen", ["", "getting ready"])
def test_a_terminal_closed_before_the_run_began_leaves_no_trainer(runs: Path, seen: str):
    terminal = Terminal(runs, "train", "xor", "--epochs", "1000000", "--name", "demo")
    if seen:
        terminal.until(lambda text: seen in text)
    else:
        assert wait_until(lambda: len(processes(runs)) > 1)
    terminal.vanish()
    assert wait_until(lambda: not processes(runs))


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
@pytest.mark.parametrize("module", ["typer", "tempfile", "textual", "nnlab.tui.live.screen"])
def test_a_signal_before_the_screen_shows_ends_it_and_its_trainer(runs: Path, module: str, name: str, code: int):
    hitting = Path(__file__).parent.parent / "trust" / "hitting.py"
    through = [str(hitting), "import", module, "1", name, "nnlab"]
    terminal = Terminal(runs, "train", "xor", "--epochs", "1000000", "--name", "demo", through=through)
    assert terminal.ended() == code
    assert not terminal.text().strip()
    assert wait_until(lambda: not processes(runs))
    assert summarize(RunFolder(runs / "demo")).status in ("empty", "interrupted")  # the latter if it was quick


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_to_the_screen_stops_and_saves_the_training(runs: Path, name: str, code: int):
    run = RunFolder(runs / "demo")
    terminal = Terminal(runs, "train", "xor", "--epochs", "1000000", "--name", "demo")
    terminal.until(lambda text: "running" in text.splitlines()[0])
    terminal.child.kill(signal.Signals[name])
    assert terminal.ended() == code
    assert "Traceback" not in terminal.text()
    assert wait_until(lambda: not is_live(run))
    assert summarize(run).status == "interrupted"


def test_keys_pressed_before_the_run_began_are_obeyed_then(runs: Path):
    terminal = Terminal(runs, "train", "xor", "--epochs", "1000000", "--name", "demo")
    terminal.until(lambda text: "getting ready" in text)
    terminal.child.send(" ")
    terminal.until(lambda text: "paused" in text.splitlines()[0])
    terminal.child.send("q")
    assert terminal.ended() == 130


def test_a_session_finds_play_at_once_and_leaves_nothing_behind(runs: Path):
    terminal = Terminal(runs, "tui")
    terminal.until(lambda text: "space play" in text)
    terminal.child.send(" ")
    terminal.until(lambda text: "running" in text and "epochs/s" in text and "misclassified" in text)
    terminal.child.send("2")
    terminal.until(lambda text: "lab-1" in text and "running" in text)
    terminal.child.send("1")
    terminal.until(lambda text: "settings" in text)
    terminal.child.send("q")
    assert terminal.ended() == 0
    assert wait_until(lambda: not processes(runs))


def test_a_session_whose_terminal_closes_leaves_no_process(runs: Path):
    terminal = Terminal(runs, "tui")
    terminal.until(lambda text: "space play" in text)
    terminal.child.send(" ")
    terminal.until(lambda text: "running" in text)
    terminal.vanish()
    assert wait_until(lambda: not processes(runs))


def test_in_plain_lines_a_long_epoch_is_seen_to_go_on_and_a_stop_waits_for_none_of_it(runs: Path):
    plain = Terminal(runs, "train", "mnist", "--model", "cnn", "--epochs", "3", "--plain", "--name", "demo")
    shown = plain.until(lambda text: "left in the epoch" in text)
    (line,) = [line for line in shown.splitlines() if line.startswith("epoch 1/3")]
    assert "batches/s" in line or "/batch" in line
    plain.child.send("\x03")
    began = monotonic()
    plain.until(lambda text: "stopping; saving what was learnt" in text)
    plain.until(lambda text: "--resume demo" in text)
    assert monotonic() - began < 2
    assert plain.ended() == 130
    assert summarize(RunFolder(runs / "demo")).status == "interrupted"
    assert "left in the epoch" not in plain.text()


def lab(runs: Path, *keys: str) -> Terminal:
    """The lab with a run on which these keys were pressed."""
    screen = Terminal(runs, "tui", "xor")
    screen.until(lambda text: "‖ ready" in text)
    for key in keys:
        screen.child.send(key)
        awaited = "both ready" if key == "c" else "  epoch "
        screen.until(lambda text, awaited=awaited: awaited in text)
    return screen


@pytest.mark.parametrize("keys", [[], ["n"], [" "], ["n", "c", " "]])
def test_a_lab_whose_screen_is_killed_leaves_no_trainer_behind(keys: list[str], runs: Path):
    screen = lab(runs, *keys)
    screen.child.kill(signal.SIGKILL)
    began = monotonic()
    assert wait_until(lambda: not processes(runs))
    assert monotonic() - began < 10
    assert not any(is_live(RunFolder(run)) for run in runs.iterdir())


def test_what_was_left_to_train_on_in_the_lab_does_so_when_the_screen_is_killed(runs: Path):
    screen = lab(runs, " ")
    screen.child.send("d")
    screen.until(lambda text: "keeps training" in text)
    screen.child.kill(signal.SIGKILL)
    folder = RunFolder(runs / "lab-1")
    size = folder.events.stat().st_size
    assert wait_until(lambda: folder.events.stat().st_size > size)
    assert is_live(folder)
