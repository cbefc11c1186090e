"""Playing with a network: what begins, what acts at once, what begins anew, and which runs stay."""

from pathlib import Path
from typing import Any, cast

import pytest
from trainers import Clock, Trainer, Trainers

from nnlab.engine.errors import UsageError
from nnlab.engine.events import EpochEnded, RunFinished, RunStarted, StateChanged, StoppedBy
from nnlab.tui.lab.choices import Lab
from nnlab.tui.lab.run import WORTH_KEEPING
from nnlab.tui.lab.session import PATIENCE, SETTLED, LabSession
from nnlab.tui.lab.settings import EPOCHS


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def session(trainers: Trainers, clock: Clock) -> LabSession:
    """The lab with xor, its first run paused before the first step."""
    made = LabSession(Lab("xor"), [], trainers, clock)
    made.begin(going=False)
    return made


def go_to(session: LabSession, label: str) -> None:
    session.lab.at = [one.label for one in session.lab.settings].index(label)


def settle(session: LabSession, clock: Clock) -> None:
    """Let the time pass after which changed settings begin."""
    clock.now += SETTLED
    session.tick()


def asked(trainer: Trainer) -> list[str]:
    return [request["request"] for request in trainer.requests]


def test_the_first_run_waits_and_space_lets_it_go(session: LabSession, trainers: Trainers):
    assert trainers.newest.words == ["xor", "--epochs", "10000", "--name", "lab-1", "--pace", "5e", "--paused"]
    session.toggle()
    assert session.going
    trainers.newest.begin()
    session.tick()
    assert asked(trainers.newest) == ["resume"]
    trainers.newest.write(StateChanged("running", 0))
    session.tick()
    session.toggle()
    assert asked(trainers.newest) == ["resume", "pause"]
    assert not session.going


def test_what_acts_at_once_is_asked_for_and_the_rest_begins_anew(session: LabSession, trainers: Trainers, clock: Clock):
    trainers.newest.begin(epochs=3)
    session.tick()
    go_to(session, "lr")
    session.step(1)
    assert trainers.newest.requests[-1]["lr"] == 0.03
    assert "from now on" in session.said
    go_to(session, "activation")
    session.step(-1)
    assert "training restarts with seed 1" in session.said
    session.tick()
    assert len(trainers.started) == 1
    settle(session, clock)
    assert trainers.newest.words[:5] == ["xor", "--activation", "sigmoid", "--lr", "0.03"]
    assert "--paused" in trainers.newest.words


@pytest.mark.parametrize(
    ("label", "key", "value"),
    [("lr", "lr", 0.03), ("L1", "l1", 1e-5), ("L2", "weight_decay", 1e-5), ("batch", "batch_size", 32)],
)
def test_rates_penalties_and_batches_act_at_once(
    session: LabSession, trainers: Trainers, label: str, key: str, value: float
):
    trainers.newest.begin()
    session.tick()
    go_to(session, label)
    session.step(1)
    assert trainers.newest.requests[-1]["request"] == "set"
    assert trainers.newest.requests[-1][key] == value
    assert session.due is None


def test_many_changes_make_one_new_run_which_plays_if_the_old_one_did(
    session: LabSession, trainers: Trainers, clock: Clock
):
    trainers.newest.begin()
    trainers.newest.write(StateChanged("running", 0))
    session.tick()
    for _ in range(5):
        session.layer(1)
        clock.now += SETTLED / 2
        session.tick()
    assert len(trainers.started) == 1
    settle(session, clock)
    assert len(trainers.started) == 2
    assert "10,6,6,6,6,6,6" in trainers.newest.words
    assert "--paused" not in trainers.newest.words


def test_a_rate_changed_while_another_run_is_due_waits_for_it(session: LabSession, trainers: Trainers, clock: Clock):
    trainers.newest.begin()
    session.tick()
    session.layer(1)
    go_to(session, "lr")
    session.step(1)
    assert asked(trainers.newest) == []
    settle(session, clock)
    assert "0.03" in trainers.newest.words


def test_a_run_that_another_replaces_leaves_nothing(session: LabSession, trainers: Trainers):
    first = trainers.newest
    first.begin(epochs=3)
    session.tick()
    session.reset()
    assert asked(first) == ["stop"]
    session.tick()
    assert first.folder.path.exists()
    first.child.returncode = 130
    session.tick()
    assert not first.folder.path.exists()
    assert not first.place.exists()
    assert session.owned == [session.run and session.run.monitor]
    assert trainers.newest.name == "lab-2"


def test_what_is_kept_or_trained_for_long_stays(session: LabSession, trainers: Trainers):
    first = trainers.newest
    first.begin(epochs=3)
    session.tick()
    session.keep()
    assert asked(first) == ["save"]
    assert str(first.folder.best) in session.said
    session.reset()
    assert asked(first)[-1] == "stop"
    assert "lab-1 is kept" in session.said
    second = trainers.newest
    second.begin(epochs=1, seconds=WORTH_KEEPING)
    session.tick()
    session.reset()
    first.child.returncode = second.child.returncode = 130
    session.tick()
    assert first.folder.path.exists()
    assert second.folder.path.exists()


def test_a_run_that_has_not_begun_cannot_be_left_since_nobody_would_let_it_go(session: LabSession, trainers: Trainers):
    with pytest.raises(UsageError, match="lab-1 is getting ready"):
        session.leave()
    trainers.newest.begin()
    session.tick()
    session.leave()
    assert asked(trainers.newest) == ["pace", "resume"]  # as fast as it can, since nobody looks


def test_a_run_that_is_left_trains_on(session: LabSession, trainers: Trainers):
    first = trainers.newest
    first.begin(epochs=3)
    session.tick()
    session.leave()
    session.leave()
    session.leave()
    session.reset()
    for monitor in session.owned:
        monitor.close()
    assert [request for request in asked(first) if request != "pace"] == ["resume"]
    assert first.requests[-1]["rate"] == "full"
    assert session.owned[0].launch is not None
    assert session.owned[0].launch.stays


def test_when_the_lab_is_left_a_run_that_never_trained_goes_with_it(session: LabSession, trainers: Trainers):
    trainers.newest.begin()
    session.tick()
    session.close()
    assert trainers.newest.child.killed
    assert not trainers.newest.folder.path.exists()
    assert session.owned == []


def test_when_the_lab_is_left_a_run_that_trained_saves_and_stops(session: LabSession, trainers: Trainers):
    trainers.newest.begin(epochs=2)
    session.tick()
    session.close()
    for monitor in session.owned:
        monitor.close()
    assert asked(trainers.newest) == ["stop"]
    assert trainers.newest.folder.path.exists()


def test_one_epoch_and_a_new_seed(session: LabSession, trainers: Trainers, clock: Clock):
    trainers.newest.begin()
    session.tick()
    session.one_epoch()
    assert asked(trainers.newest) == ["epoch"]
    session.new_seed(7)
    settle(session, clock)
    assert trainers.newest.words[trainers.newest.words.index("--seed") + 1] == "7"


def finish(trainer: Trainer, stopped_by: StoppedBy = "epochs", message: str = "") -> None:
    last = RunFinished(trainer.name, str(trainer.folder.path), 2, stopped_by, 2, "", "", {}, 1.0, message)
    trainer.write(last)
    trainer.child.returncode = 0


def test_what_is_over_trains_on_or_begins_again_by_two_keys(session: LabSession, trainers: Trainers):
    first = trainers.newest
    first.begin(epochs=2)
    finish(first, "early_stop")
    session.tick()
    assert session.said.endswith("space trains 10,000 more epochs, r restarts")
    session.toggle()
    assert trainers.newest.words == ["--resume", "lab-1", "--epochs", "10002", "--pace", "5e"]
    assert session.lab.value(EPOCHS) == 10_002
    assert session.run is not None
    assert session.run.name == "lab-1"
    first.write(RunStarted("lab-1", "", "xor", "binary", 108, "cpu", {"training": {"epochs": 10_002}}, first_epoch=3))
    first.write(EpochEnded({"epoch": 3, "loss_train": 1.0}))
    session.tick()
    assert session.state.state == "running"
    assert session.state.epoch == len(session.state.history) == 3
    finish(trainers.newest)
    session.reset()
    assert "--paused" in trainers.newest.words
    assert first.folder.path.exists()


def test_what_cannot_train_on_begins_again(session: LabSession, trainers: Trainers):
    trainers.newest.begin(epochs=2)
    finish(trainers.newest, "diverged", "It diverged.")
    session.tick()
    assert session.said == "It diverged; r restarts"
    session.toggle()
    assert trainers.newest.name == "lab-2"
    assert "--paused" not in trainers.newest.words


def test_what_is_wrong_with_training_on_is_said(session: LabSession, trainers: Trainers):
    trainers.newest.begin(epochs=2)
    finish(trainers.newest)
    session.tick()
    session.toggle()
    trainers.newest.fail("The data have changed.")
    session.tick()
    assert session.said == "The data have changed."
    assert session.goes_on


@pytest.mark.parametrize("over", [False, True])
@pytest.mark.parametrize("label", ["data set", "activation", "lr"])
def test_the_same_key_does_the_same_to_a_run_that_is_over(
    session: LabSession, trainers: Trainers, clock: Clock, label: str, over: bool
):
    trainers.newest.begin(epochs=2)
    if over:
        finish(trainers.newest)
    session.tick()
    go_to(session, label)
    session.step(1)
    settle(session, clock)
    if label != "lr" or over:
        assert trainers.newest.name == "lab-2"
        assert trainers.newest.words[:-5] == session.command().split()[2:]
    else:
        assert trainers.newest.requests[-1]["lr"] == session.lab.value(("training", "lr"))


def test_a_trainer_that_does_not_stop_is_ended_and_what_waits_for_it_begins_again(
    session: LabSession, trainers: Trainers, clock: Clock
):
    first = trainers.newest
    first.begin()
    session.tick()
    session.reset()
    second = trainers.newest
    second.child = first.child
    assert session.run is not None
    assert session.run.monitor.launch is not None
    session.run.monitor.launch.child = cast(Any, first.child)
    clock.now += PATIENCE + 1
    session.tick()
    assert first.child.killed
    assert trainers.newest.name in ("lab-2", "lab-3")
    assert trainers.newest is not second
    session.tick()
    assert not first.folder.path.exists()
    assert session.ending == []


def test_a_trainer_that_dies_is_said(session: LabSession, trainers: Trainers):
    trainers.newest.begin(epochs=2)
    session.tick()
    trainers.newest.child.returncode = -9
    session.tick()
    assert "exit code -9" in session.said
    assert not session.alive


def test_what_cannot_begin_is_said_and_another_setting_tries_again(
    session: LabSession, trainers: Trainers, clock: Clock
):
    trainers.newest.fail("Use --target 'y'.")
    session.tick()
    assert session.said == "Use target 'y'."
    assert session.run is None
    with pytest.raises(UsageError, match="space plays"):
        session.keep()
    session.layer(1)
    settle(session, clock)
    assert len(trainers.started) == 2
    assert not trainers.started[0].place.exists()


def test_the_network_is_asked_for_once_it_is_saved(session: LabSession, trainers: Trainers):
    with pytest.raises(UsageError, match="Nothing has been trained yet"):
        session.trained()
    trainers.newest.begin()
    session.tick()
    with pytest.raises(UsageError, match="not been trained yet"):
        session.trained()
    trainers.newest.write(EpochEnded({"epoch": 1, "loss_train": 1.0, "lr": 0.1, "seconds": 0.1}))
    session.tick()
    with pytest.raises(UsageError, match="being saved"):
        session.trained()
    assert asked(trainers.newest) == ["save"]
    trainers.newest.folder.best.touch()
    assert session.trained() == trainers.newest.folder
    session.reset()
    session.tick()
    assert trainers.newest.name == "lab-2"
    assert trainers.started[0].folder.path.exists()


def test_the_speed_is_asked_for_and_told_to_every_run(session: LabSession, trainers: Trainers, clock: Clock):
    trainers.newest.begin()
    session.tick()
    session.change_speed(1)
    assert trainers.newest.requests[-1] == {"request": "pace", "rate": "20e"} | {
        key: trainers.newest.requests[-1][key] for key in trainers.newest.requests[-1].keys() - {"request", "rate"}
    }
    assert session.said == "speed: 20 epochs/s"
    session.layer(1)
    settle(session, clock)
    assert trainers.newest.words[trainers.newest.words.index("--pace") + 1] == "20e"
    for _ in range(3):
        session.change_speed(1)
    assert session.said == "speed: 1 step/s"
    session.change_speed(-1)
    assert session.said == "speed: full speed"


def test_no_run_is_shown_for_settings_that_it_does_not_have(session: LabSession, trainers: Trainers, clock: Clock):
    trainers.newest.begin(epochs=3)
    session.tick()
    assert session.shown is session.run
    session.layer(1)
    assert session.shown is None
    settle(session, clock)
    assert session.shown is session.run
    assert session.run is not None
    assert session.run.config == session.lab.config


def test_the_command_is_that_of_the_settings(session: LabSession, trainers: Trainers):
    trainers.newest.begin(epochs=1)
    session.tick()
    go_to(session, "lr")
    session.step(1)
    assert session.command() == "nnlab train xor --lr 0.03 --epochs 10000"
    assert "current values" in session.said


def test_a_name_that_another_lab_has_taken_meanwhile_makes_way_for_the_next(
    session: LabSession, trainers: Trainers, own_world: Path
):
    (own_world / "lab-1").mkdir(parents=True)
    trainers.newest.fail("The run 'lab-1' exists already.")
    session.tick()
    assert trainers.newest.name == "lab-2"
    trainers.newest.begin()
    session.tick()
    assert session.state.started is not None
    assert "exists already" not in session.said


def test_how_to_begin_is_not_said_any_more_once_it_is_done(session: LabSession, trainers: Trainers):
    session.said = "space plays"
    trainers.newest.begin()
    session.tick()
    session.toggle()
    assert session.said == ""
