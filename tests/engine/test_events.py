"""Events survive the way to a line of JSON and back; a NaN becomes null."""

import json
import math

import pytest

from nnlab.engine.events import (
    CheckpointSaved,
    EpochEnded,
    EpochProgress,
    Event,
    Noted,
    PictureTaken,
    RunFinished,
    RunStarted,
    StateChanged,
    from_json,
    to_line,
)

EVENTS: list[Event] = [
    RunStarted("xor-1", "/runs/xor-1", "xor", "binary", 108, "cpu", {"training": {"lr": 0.1}}, {"train": 700}),
    EpochEnded({"epoch": 1, "loss_train": 0.5, "loss_valid": 0.6, "lr": 0.1, "seconds": 0.01}),
    CheckpointSaved("best", "/runs/xor-1/best.pt", 1),
    Noted("learning rate reduced to 0.01", 1),
    EpochProgress(2, 3, 10, 0.5, 4.2, 134.4, 1.7, "training", 0.98, 287_000_000, None, 0.4),
    StateChanged("paused", 1),
    PictureTaken("matrix", 1, {"classes": ["0", "1"], "counts": [[1, 2], [3, 4]]}),
    RunFinished("xor-1", "/runs/xor-1", 1, "epochs", 1, "best.pt", "last.pt", {"accuracy_test": 1.0}, 0.1),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_comes_back_as_it_was(event: Event):
    assert from_json(json.loads(to_line(event))) == event


def test_an_epoch_is_flat_and_starts_with_its_kind():
    line = to_line(EVENTS[1])
    assert line.startswith('{"event":"epoch","epoch":1,"loss_train":0.5')


def test_a_nan_becomes_null_and_comes_back_as_nan():
    line = to_line(EpochEnded({"epoch": 2, "loss_train": math.nan}))
    assert json.loads(line)["loss_train"] is None
    event = from_json(json.loads(line))
    assert isinstance(event, EpochEnded)
    assert math.isnan(event.record["loss_train"])


def test_an_unknown_kind_is_none_and_a_broken_one_an_error():
    assert from_json({"event": "of a later version"}) is None
    with pytest.raises(ValueError, match="checkpoint"):
        from_json({"event": "checkpoint"})
