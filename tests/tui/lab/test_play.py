"""Playing with a network: what begins, what acts at once, what begins anew, and which runs stay."""

import pytest
from trainers import Clock, Trainer, Trainers

from nnlab.engine.errors import UsageError
from nnlab.engine.events import EpochEnded, RunFinished, StateChanged
from nnlab.tui.lab.choices import Lab
from nnlab.tui.lab.play import SETTLED, WORTH_KEEPING, Playing


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def playing(trainers: Trainers, clock: Clock) -> Playing:
    """The lab with xor, its first run paused before the first step."""
    made = Playing(Lab("xor"), [], trainers, clock)
    made.begin(going=False)
    return made


def go_to(playing: Playing, label: str) -> None:
    playing.lab.at = [one.label for one in playing.lab.settings].index(label)


def settle(playing: Playing, clock: Clock) -> None:
    """Let the time pass after which changed settings begin."""
    clock.now += SETTLED
    playing.tick()


def asked(trainer: Trainer) -> list[str]:
    return [request["request"] for request in trainer.requests]


def test_the_first_run_waits_and_space_lets_it_go(playing: Playing, trainers: Trainers):
    assert trainers.newest.words == ["xor", "--epochs", "10000", "--name", "lab-1", "--paused"]
    playing.toggle()
    assert playing.going
    trainers.newest.begin()
    playing.tick()
    assert asked(trainers.newest) == ["resume"]
    trainers.newest.write(StateChanged("running", 0))
    playing.tick()
    playing.toggle()
    assert asked(trainers.newest) == ["resume", "pause"]
    assert not playing.going


def test_what_acts_at_once_is_asked_for_and_the_rest_begins_anew(playing: Playing, trainers: Trainers, clock: Clock):
    trainers.newest.begin(epochs=3)
    playing.tick()
    go_to(playing, "lr")
    playing.step(1)
    assert trainers.newest.requests[-1]["lr"] == 0.03
    assert "from now on" in playing.said
    go_to(playing, "activation")
    playing.step(-1)
    assert "begins anew with seed 1" in playing.said
    playing.tick()
    assert len(trainers.started) == 1
    settle(playing, clock)
    assert trainers.newest.words[:5] == ["xor", "--activation", "sigmoid", "--lr", "0.03"]
    assert "--paused" in trainers.newest.words


@pytest.mark.parametrize(
    ("label", "key", "value"),
    [("lr", "lr", 0.03), ("L1", "l1", 1e-5), ("L2", "weight_decay", 1e-5), ("batch", "batch_size", 32)],
)
def test_rates_penalties_and_batches_act_at_once(
    playing: Playing, trainers: Trainers, label: str, key: str, value: float
):
    trainers.newest.begin()
    playing.tick()
    go_to(playing, label)
    playing.step(1)
    assert trainers.newest.requests[-1]["request"] == "set"
    assert trainers.newest.requests[-1][key] == value
    assert playing.due is None


def test_many_changes_make_one_new_run_which_plays_if_the_old_one_did(
    playing: Playing, trainers: Trainers, clock: Clock
):
    trainers.newest.begin()
    trainers.newest.write(StateChanged("running", 0))
    playing.tick()
    for _ in range(5):
        playing.layer(1)
        clock.now += SETTLED / 2
        playing.tick()
    assert len(trainers.started) == 1
    settle(playing, clock)
    assert len(trainers.started) == 2
    assert "10,6,6,6,6,6,6" in trainers.newest.words
    assert "--paused" not in trainers.newest.words


def test_a_rate_changed_while_another_run_is_due_waits_for_it(playing: Playing, trainers: Trainers, clock: Clock):
    trainers.newest.begin()
    playing.tick()
    playing.layer(1)
    go_to(playing, "lr")
    playing.step(1)
    assert asked(trainers.newest) == []
    settle(playing, clock)
    assert "0.03" in trainers.newest.words


def test_a_run_that_another_replaces_leaves_nothing(playing: Playing, trainers: Trainers):
    first = trainers.newest
    first.begin(epochs=3)
    playing.tick()
    playing.reset()
    assert first.child.killed
    playing.tick()
    assert not first.folder.path.exists()
    assert not first.place.exists()
    assert playing.owned == [playing.run and playing.run.watching]
    assert trainers.newest.name == "lab-2"


def test_what_is_kept_or_trained_for_long_stays(playing: Playing, trainers: Trainers):
    first = trainers.newest
    first.begin(epochs=3)
    playing.tick()
    playing.keep()
    assert asked(first) == ["save"]
    assert str(first.folder.best) in playing.said
    playing.reset()
    assert asked(first)[-1] == "stop"
    assert "lab-1 is kept" in playing.said
    second = trainers.newest
    second.begin(epochs=1, seconds=WORTH_KEEPING)
    playing.tick()
    playing.reset()
    playing.tick()
    assert not first.child.killed
    assert not second.child.killed
    assert first.folder.path.exists()
    assert second.folder.path.exists()


def test_a_run_that_is_left_trains_on(playing: Playing, trainers: Trainers):
    first = trainers.newest
    first.begin(epochs=3)
    playing.tick()
    playing.leave()
    playing.leave()
    playing.leave()
    playing.reset()
    for watching in playing.owned:
        watching.close()
    assert asked(first) == ["resume"]
    assert not first.child.killed


def test_when_the_lab_is_left_a_run_that_never_trained_goes_with_it(playing: Playing, trainers: Trainers):
    trainers.newest.begin()
    playing.tick()
    playing.close()
    assert trainers.newest.child.killed
    assert not trainers.newest.folder.path.exists()
    assert playing.owned == []


def test_when_the_lab_is_left_a_run_that_trained_saves_and_stops(playing: Playing, trainers: Trainers):
    trainers.newest.begin(epochs=2)
    playing.tick()
    playing.close()
    for watching in playing.owned:
        watching.close()
    assert asked(trainers.newest) == ["stop"]
    assert trainers.newest.folder.path.exists()


def test_one_epoch_and_a_new_seed(playing: Playing, trainers: Trainers, clock: Clock):
    trainers.newest.begin()
    playing.tick()
    playing.one_epoch()
    assert asked(trainers.newest) == ["epoch"]
    playing.new_seed(7)
    settle(playing, clock)
    assert trainers.newest.words[trainers.newest.words.index("--seed") + 1] == "7"


def test_what_is_over_is_played_anew(playing: Playing, trainers: Trainers, clock: Clock):
    first = trainers.newest
    first.begin(epochs=2)
    first.write(RunFinished("lab-1", str(first.folder.path), 2, "early_stop", 2, "", "", {}, 1.0))
    playing.tick()
    assert "space plays anew" in playing.said
    playing.layer(1)
    settle(playing, clock)
    assert len(trainers.started) == 1
    playing.toggle()
    assert "--paused" not in trainers.newest.words
    assert "10,6,6" in trainers.newest.words


def test_a_trainer_that_dies_is_said(playing: Playing, trainers: Trainers):
    trainers.newest.begin(epochs=2)
    playing.tick()
    trainers.newest.child.returncode = -9
    playing.tick()
    assert "exit code -9" in playing.said
    assert not playing.alive


def test_what_cannot_begin_is_said_and_another_setting_tries_again(playing: Playing, trainers: Trainers, clock: Clock):
    trainers.newest.fail("Say --target 'y'.")
    playing.tick()
    assert playing.said == "Say --target 'y'."
    assert playing.run is None
    with pytest.raises(UsageError, match="space plays"):
        playing.keep()
    playing.layer(1)
    settle(playing, clock)
    assert len(trainers.started) == 2
    assert not trainers.started[0].place.exists()


def test_the_network_is_asked_for_once_it_is_saved(playing: Playing, trainers: Trainers):
    with pytest.raises(UsageError, match="Nothing was trained yet"):
        playing.trained()
    trainers.newest.begin()
    playing.tick()
    with pytest.raises(UsageError, match="learnt nothing yet"):
        playing.trained()
    trainers.newest.write(EpochEnded({"epoch": 1, "loss_train": 1.0, "lr": 0.1, "seconds": 0.1}))
    playing.tick()
    with pytest.raises(UsageError, match="being saved"):
        playing.trained()
    assert asked(trainers.newest) == ["save"]
    trainers.newest.folder.best.touch()
    assert playing.trained() == trainers.newest.folder
    playing.reset()
    playing.tick()
    assert trainers.newest.name == "lab-2"
    assert trainers.started[0].folder.path.exists()


def test_the_command_is_that_of_the_settings(playing: Playing, trainers: Trainers):
    trainers.newest.begin(epochs=1)
    playing.tick()
    go_to(playing, "lr")
    playing.step(1)
    assert playing.command() == "nnlab train xor --lr 0.03 --epochs 10000"
    assert "values of now" in playing.said
