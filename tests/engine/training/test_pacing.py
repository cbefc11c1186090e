"""A training goes as fast as somebody wants to see it, pictures and requests included."""

from pathlib import Path
from time import monotonic, time

import pytest

from nnlab.engine.config import validate
from nnlab.engine.errors import UsageError
from nnlab.engine.events import EpochEnded, EpochProgress, Event, PictureTaken, RunStarted, StateChanged
from nnlab.engine.runs.claim import claim
from nnlab.engine.runs.control import send
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.training.pacing import FULL, Pace
from nnlab.engine.training.session import begin
from nnlab.engine.training.train import run


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return claim(out=tmp_path / "run")


def timed(folder: RunFolder, epochs: int, pace: str, **asked: object) -> list[tuple[float, Event]]:
    """The events of a small training that goes at this pace, and when each came."""
    tree = {"data": {"name": "xor", "samples": 40}, "model": {"hidden": [3]}, "training": {"epochs": epochs}}
    found: list[tuple[float, Event]] = []
    for event in run(begin(validate(tree, source="test")), folder, pace=Pace.read(pace)):
        if not found:
            send(folder, "pictures", every=0.0, until=time() + 30, width=8, height=8, kinds=["map"])
            if asked:
                send(folder, "pace", **asked)
        found.append((monotonic(), event))
    return found


def times(events: list[tuple[float, Event]], kind: type[Event]) -> list[float]:
    return [at for at, event in events if isinstance(event, kind)]


@pytest.mark.parametrize(
    ("text", "pace"), [("full", FULL), ("5e", Pace(0.2)), ("0.5e", Pace(2.0)), ("1steps", Pace(1.0, True))]
)
def test_a_pace_is_read(text: str, pace: Pace):
    assert Pace.read(text) == pace


@pytest.mark.parametrize("text", ["", "5", "0e", "e", "-1e", "1e9e", "fast", "None"])
def test_what_is_no_pace_is_refused(text: str):
    with pytest.raises(UsageError, match="1steps or full"):
        Pace.read(text)


def test_epochs_come_at_their_pace_each_with_its_picture(folder: RunFolder):
    events = timed(folder, 6, "20e")
    ended = times(events, EpochEnded)
    assert ended[-1] - ended[0] >= 4 / 20 - 0.01  # one that was late may be made up for
    drawn = {event.epoch for _, event in events if isinstance(event, PictureTaken) and event.live}
    assert drawn >= {1, 2, 3, 4, 5, 6}


def test_steps_come_at_their_pace(folder: RunFolder):
    ended = times(timed(folder, 2, "20steps"), EpochEnded)
    assert ended[1] - ended[0] >= 1 / 20 - 0.01  # 27 rows, 20 and 7 a step


def test_each_slow_step_is_told_as_soon_as_it_is_taken_also_where_it_is_paused(folder: RunFolder):
    tree = {"data": {"name": "xor", "samples": 80}, "model": {"hidden": [3]}, "training": {"epochs": 1}}
    steps, told = 0, list[int]()
    losses: list[float] = []
    for event in run(begin(validate(tree, source="test")), folder, pace=Pace.read("4steps")):
        if isinstance(event, RunStarted):
            send(folder, "pictures", every=0.0, until=time() + 30, width=8, height=8, kinds=["map"])
        elif isinstance(event, EpochProgress) and event.batch:
            steps = event.batches
            told.append(event.batch)
            losses.append(event.batch_loss)
            if len(told) == 1:
                assert event.loss == event.batch_loss
                send(folder, "pause")
        elif isinstance(event, PictureTaken) and event.live and event.step:
            assert event.epoch == 0
            assert told[-1] == event.step
        elif isinstance(event, StateChanged) and event.state == "paused":
            send(folder, "resume")
    assert told == sorted(told)
    assert set(told) == set(range(1, steps + 1))
    assert all(0 < loss < 10 for loss in losses)


def test_another_pace_is_taken_at_once(folder: RunFolder):
    began = monotonic()
    timed(folder, 50, "1e", rate="full")
    assert monotonic() - began < 5


def test_a_slow_training_is_paused_and_stopped_at_once(folder: RunFolder):
    tree = {"data": {"name": "xor", "samples": 40}, "model": {"hidden": [3]}, "training": {"epochs": 50}}
    began = 0.0
    for event in run(begin(validate(tree, source="test")), folder, pace=Pace.read("0.1e")):
        if isinstance(event, EpochEnded):
            began = monotonic()
            send(folder, "pause")
        elif isinstance(event, StateChanged) and event.state == "paused":
            send(folder, "stop")
    assert monotonic() - began < 3


def test_a_training_goes_up_to_a_limit_and_waits_there_with_its_picture(folder: RunFolder):
    """So that another one at its side is at the same epoch at the same time; a pause there is no way round it."""
    tree = {"data": {"name": "xor", "samples": 40}, "model": {"hidden": [3]}, "training": {"epochs": 50}}
    reached: list[float] = []
    paused = 0
    for event in run(begin(validate(tree, source="test")), folder):
        if isinstance(event, RunStarted):
            send(folder, "pictures", every=60.0, until=time() + 30, width=8, height=8, kinds=["map"])
            send(folder, "limit", epoch=7)
        elif isinstance(event, EpochEnded):
            reached.append(event.record["epoch"])
            if event.record["epoch"] in (7, 12):
                send(folder, "pause")
        elif isinstance(event, StateChanged) and event.state == "paused":
            paused += 1
            send(folder, "resume")
        elif isinstance(event, PictureTaken) and event.live and event.epoch in (7, 12):
            assert reached[-1] == event.epoch
            send(folder, "limit", epoch=12 if event.epoch == 7 else None)
    assert paused == 2
    assert reached == list(range(1, 51))
