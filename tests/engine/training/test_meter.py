"""How far an epoch is told while it lasts: seldom enough, nowhere for long, and true."""

from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from nnlab.engine.config import validate
from nnlab.engine.events import EpochEnded, EpochProgress, Event, Record, RunFinished, StateChanged, from_json, to_json
from nnlab.engine.runs.claim import claim
from nnlab.engine.runs.epoch_progress import ProgressReader
from nnlab.engine.runs.log import read_events
from nnlab.engine.training import controller as controllers
from nnlab.engine.training import meter as meters
from nnlab.engine.training.interrupt import StopRequest
from nnlab.engine.training.session import Session, begin
from nnlab.engine.training.train import go_on, run


def session(**training: Any) -> Session:
    tree: dict[str, Any] = {
        "data": {"name": "xor", "samples": 400},
        "model": {"hidden": [4]},
        "training": {"epochs": 3, "batch_size": 4, **training},
    }
    return begin(validate(tree, source="test"))


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look is one at which something is due."""
    monkeypatch.setattr(controllers, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(meters, "EVERY", 0.0)


@pytest.mark.usefixtures("always")
def test_batches_loss_pace_and_what_is_left_are_told_within_the_epoch():
    trained = session()
    seen = [event for event in run(trained) if isinstance(event, EpochProgress | EpochEnded)]
    told = [
        event
        for event in takewhile(lambda one: isinstance(one, EpochProgress), seen)
        if isinstance(event, EpochProgress)
    ]
    assert {event.epoch for event in told} == {1}
    assert [event.batch for event in told] == sorted({event.batch for event in told})
    assert {event.batches for event in told} == {trained.total_steps}
    later = told[-1]
    assert 0 < later.batch <= later.batches
    assert 0 < later.loss < 10
    assert later.rate > 0
    assert later.rows == pytest.approx(4 * later.rate)
    assert later.left == pytest.approx((later.batches - later.batch) / later.rate)
    assert later.memory is None or later.memory > 10_000_000


def test_short_epochs_tell_of_themselves():
    seen = list(run(session(epochs=30)))
    assert sum(isinstance(event, EpochProgress) for event in seen) <= 2


@pytest.mark.usefixtures("always")
def test_it_is_in_no_log_and_gone_in_the_end(tmp_path: Path):
    folder = claim(out=tmp_path / "run")
    reader, read = ProgressReader(folder.progress), list[EpochProgress]()
    for event in run(session(), folder):
        if isinstance(event, EpochProgress):
            told = reader.poll()
            assert told is not None
            read.append(told)
            assert to_json(told) == to_json(event)
            assert reader.poll() is None
    assert read
    assert not folder.progress.exists()
    assert not [path for path in folder.path.iterdir() if path.name.startswith("progress")]
    assert not any(isinstance(event, EpochProgress) for event in read_events(folder))


@pytest.mark.parametrize("content", [b"", b"\xff\n", b"5\n", b'{"event":"note","text":"x","epoch":1}\n', b"{" * 9000])
def test_a_file_that_tells_nothing_is_passed_over(content: bytes, tmp_path: Path):
    (tmp_path / "progress.json").write_bytes(content)
    assert ProgressReader(tmp_path / "progress.json").poll() is None


def test_what_is_read_back_is_checked():
    body = to_json(EpochProgress(1, 2, 3, float("nan"), 1.0, 4.0, 1.0, "training"))
    assert body["loss"] is None
    assert isinstance(from_json(body), EpochProgress)
    with pytest.raises(ValueError, match="doing"):
        from_json({**body, "doing": "sleeping"})


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("doing", ["training", "validating", "testing"])
def test_a_stop_waits_for_no_rows_and_tells(doing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("nnlab.engine.evaluation.answers.BATCH_ROWS", (1, 8))
    stop, folder = StopRequest(), claim(out=tmp_path / "run")
    after = list[Event]()
    for event in run(session(), folder, stop):
        if stop.reason is not None:
            after.append(event)
        elif isinstance(event, EpochProgress) and event.doing == doing:
            stop.reason = "interrupt"
    ended = after[-1]
    assert isinstance(ended, RunFinished)
    assert not ended.metrics
    if doing == "testing":
        assert ended.stopped_by == "epochs"
        return
    assert isinstance(after[0], StateChanged)
    assert (after[0].state, ended.stopped_by) == ("stopping", "interrupt")


@pytest.mark.usefixtures("always")
def test_what_was_stopped_while_it_was_validated_goes_on_to_the_same_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("nnlab.engine.evaluation.answers.BATCH_ROWS", (1, 8))
    whole = session()
    list(run(whole))
    stop, folder = StopRequest(), claim(out=tmp_path / "run")
    for event in run(session(), folder, stop):
        if isinstance(event, EpochProgress) and event.doing == "validating":
            stop.reason = "interrupt"
    rows = [
        event.record
        for event in go_on(folder, lambda last: begin(last.config, resume=last))
        if isinstance(event, EpochEnded)
    ]
    assert [_timeless(row) for row in rows] == [_timeless(row) for row in whole.history]


def _timeless(row: Record) -> Record:
    return {name: value for name, value in row.items() if name != "seconds"}


def test_a_run_that_is_stopped_tells_what_is_known_of_its_best_epoch():
    stop, trained = StopRequest(), session(epochs=50)
    event: Event | None = None
    for event in run(trained, stop=stop):
        if isinstance(event, EpochEnded) and event.epoch == 3:
            stop.reason = "interrupt"
    assert isinstance(event, RunFinished)
    best = trained.history.of_epoch(event.best_epoch)
    assert event.metrics == {name: best[name] for name in ("loss_valid", "accuracy_valid")}
