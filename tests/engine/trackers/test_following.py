"""A run is followed by its folder: what is new is passed on once, and its end, a stall or a crash is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nnlab.engine.events import EpochEnded, Event, Record, RunFinished, RunStarted, StateChanged, to_line
from nnlab.engine.runs.claim import locked
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.trackers.following import STALLED, Follower
from nnlab.engine.trackers.messages import Message


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.got: list[Any] = []

    def start(self, started: RunStarted) -> None:
        self.got.append(started.run)

    def epoch(self, record: Record) -> None:
        self.got.append(int(record["epoch"]))

    def end(self, finished: RunFinished | None) -> None:
        self.got.append(finished and finished.stopped_by)


class Run:
    """A run that is written and watched at once: each wait of the follower's does the next thing, and time passes."""

    def __init__(self, path: Path) -> None:
        path.mkdir(parents=True)
        self.folder, self.now = RunFolder(path), 0.0
        self.said: list[Message] = []
        self.sink = Kept()
        self.follower = Follower(self.folder, self.sink, self.said.append, lambda: self.now)

    def write(self, *events: Event) -> None:
        with self.folder.events.open("a", encoding="utf-8") as log:
            log.writelines(to_line(event) + "\n" for event in events)

    def follow(self, *steps: Callable[[], object], seconds: float = 1.0) -> list[str]:
        left = list(steps)

        def wait(_: float) -> None:
            self.now += seconds
            if left:
                left.pop(0)()

        self.follower.run(wait)
        assert not left
        return [message.what for message in self.said]

    def started(self, first: int = 1) -> RunStarted:
        return RunStarted("x", str(self.folder.path), "xor", "binary", 1, "cpu", {}, first_epoch=first)

    def finished(self, how: Any, message: str = "") -> RunFinished:
        return RunFinished("x", str(self.folder.path), 2, how, 1, "", "", {"accuracy_test": 0.5}, 65.0, message)


def epoch(number: int, seconds: float = 0.1) -> EpochEnded:
    return EpochEnded({"epoch": number, "loss_train": 1.0, "accuracy_valid": 0.75, "seconds": seconds})


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path / "x")


@pytest.mark.parametrize(
    ("how", "what", "title"),
    [
        ("epochs", "finished", "nnlab: x is done"),
        ("early_stop", "finished", "nnlab: x is done"),
        ("interrupt", "stopped", "nnlab: x was stopped"),
        ("terminated", "stopped", "nnlab: x was stopped"),
        ("diverged", "diverged", "nnlab: x diverged"),
        ("failed", "failed", "nnlab: x failed"),
    ],
)
def test_its_end_is_told_once(run: Run, how: str, what: str, title: str):
    run.write(run.started())
    with locked(run.folder):
        said = run.follow(lambda: run.write(epoch(1)), lambda: run.write(epoch(2), run.finished(how)))
    assert said == [what]
    assert run.said[0].title == title
    assert run.said[0].text == "2 epochs in 1 min 05 s; valid accuracy 0.7500."
    assert run.sink.got == ["x", 1, 2, how]


def test_a_reason_is_told_in_its_own_words(run: Run):
    run.write(run.started(), run.finished("diverged", "The loss is no longer a number."))
    run.follow()
    assert run.said[0].text == "The loss is no longer a number."


def test_what_was_told_before_a_run_went_on_is_not_told_again(run: Run):
    run.write(run.started(), epoch(1), run.finished("interrupt"), run.started(2), epoch(2))
    with locked(run.folder):
        assert run.follow(lambda: run.write(epoch(3), run.finished("epochs"))) == ["finished"]
    assert run.sink.got == ["x", 2, 3, "epochs"]


def test_a_start_after_a_divergence_is_the_same_run(run: Run):
    run.write(run.started(), epoch(1))
    with locked(run.folder):
        run.follow(lambda: run.write(run.started(1), epoch(1), run.finished("epochs")))
    assert run.sink.got == ["x", 1, 1, "epochs"]


def test_one_that_dies_without_a_word_has_crashed(run: Run):
    run.write(run.started(), epoch(1))
    assert run.follow() == ["crashed"]
    assert "epoch 2" in run.said[0].text
    assert run.sink.got == ["x", 1, None]


def test_a_stall_is_told_once_until_something_is_new(run: Run):
    run.write(run.started(), epoch(1))
    waits = [lambda: None] * 6
    with locked(run.folder):
        again, end = lambda: run.write(epoch(2)), lambda: run.write(run.finished("epochs"))
        said = run.follow(*waits, again, *waits, end, seconds=STALLED / 2.5)
    assert said == ["stalled", "stalled", "finished"]
    assert "in epoch 2" in run.said[0].text


def test_long_epochs_progress_and_a_pause_are_no_stall(run: Run):
    run.write(run.started(), epoch(1, seconds=STALLED))
    with locked(run.folder):
        end = lambda: run.write(StateChanged("running", 2), epoch(2), run.finished("epochs"))  # noqa: E731
        pause = lambda: run.write(StateChanged("paused", 1))  # noqa: E731
        assert run.follow(*[lambda: None] * 9, pause, *[lambda: None] * 30, end, seconds=STALLED / 2.5) == ["finished"]
    other = Run(run.folder.path.with_name("y"))
    other.write(other.started(), epoch(1))
    with locked(other.folder):
        steps = [lambda: other.folder.progress.write_text(f"{other.now}\n", encoding="utf-8")] * 20
        assert other.follow(*steps, lambda: other.write(other.finished("epochs")), seconds=STALLED / 2) == ["finished"]
