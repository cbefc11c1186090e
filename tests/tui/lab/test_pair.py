"""The lab split in two: what differs, one clock for both, and what is left of it afterwards."""

import pytest
from stage import play, see
from textual.pilot import Pilot
from trainers import Clock, Trainer, Trainers, a_map

from nnlab.engine.events import EpochEnded, EpochProgress, Event, PictureTaken, RunFinished, StateChanged, to_line
from nnlab.tui.lab.choices import Lab
from nnlab.tui.lab.pair import PATIENCE, Pair
from nnlab.tui.lab.pair_screen import PairScreen
from nnlab.tui.lab.screen import LabScreen
from nnlab.tui.lab.session import SETTLED, LabSession
from nnlab.tui.render.palette import RenderOptions

SIZES = [(60, 16), (80, 24), (120, 40), (200, 60)]
LOOKS = [RenderOptions(colour=False, ascii=True), RenderOptions(), RenderOptions(colour=False), RenderOptions()]
LR = ("training", "lr")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lab(trainers: Trainers, clock: Clock) -> LabSession:
    """The lab with xor, a run of two epochs, and the cursor at the learning rate."""
    made = LabSession(Lab("xor"), [], trainers, clock)
    made.begin(going=False)
    trainers.newest.begin(epochs=2)
    made.tick()
    go_to(made, "lr")
    return made


@pytest.fixture
def pair(lab: LabSession, trainers: Trainers) -> Pair:
    """It, split, both runs ready."""
    return begun(Pair.of(lab, trainers), trainers)


def go_to(session: LabSession, label: str) -> None:
    session.lab.at = [one.label for one in session.lab.settings].index(label)


def begun(pair: Pair, trainers: Trainers) -> Pair:
    for trainer in trainers.started[-2:]:
        trainer.begin()
    pair.tick()
    return pair


def asked(trainer: Trainer, request: str) -> list[object]:
    """What was asked of this kind: the epoch it may go up to, or the request itself."""
    return [one.get("epoch", one["request"]) for one in trainer.requests if one["request"] == request]


def epochs(first: int, last: int, loss: float = 1.0) -> list[Event]:
    """Some epochs, and the picture of the last."""
    record = {"loss_train": loss, "loss_valid": loss, "accuracy_valid": 1 - loss / 2, "lr": 0.01, "seconds": 0.01}
    ended = [EpochEnded({"epoch": number, **record}) for number in range(first, last + 1)]
    return [*ended, PictureTaken("map", last, a_map(last), live=True)]


def epoch(number: int, loss: float = 1.0) -> list[Event]:
    return epochs(number, number, loss)


def test_one_setting_differs_and_everything_else_is_the_same(pair: Pair, trainers: Trainers):
    left, right = trainers.started[-2:]
    assert left.words == ["xor", "--epochs", "10000", "--name", "lab-2", "--pace", "full", "--paused"]
    assert right.words == ["xor", "--lr", "0.03", "--epochs", "10000", "--name", "lab-3", "--pace", "full", "--paused"]
    assert [pair.caption(side) for side in pair.sides] == ["lr 0.01", "lr 0.03"]
    assert pair.commands().splitlines() == [
        "nnlab train xor --epochs 10000",
        "nnlab train xor --lr 0.03 --epochs 10000",
    ]


@pytest.mark.parametrize(
    ("label", "value"),
    [("data set", "xor"), ("activation", "tanh"), ("layer 1", "10"), ("x1^2", "off"), ("seed", "1")],
)
def test_any_setting_can_be_the_one_that_differs(lab: LabSession, trainers: Trainers, label: str, value: str):
    go_to(lab, label)
    pair = Pair.of(lab, trainers)
    left, right = map(pair.caption, pair.sides)
    assert left == f"{label} {value}"
    assert right != left
    assert right.startswith(label)


def test_at_the_end_of_its_values_it_is_a_step_lower(lab: LabSession, trainers: Trainers):
    lab.read(lab.lab.current, "3")
    pair = Pair.of(lab, trainers)
    assert [pair.caption(side) for side in pair.sides] == ["lr 3", "lr 1"]


def test_a_setting_without_steps_waits_for_what_is_typed(trainers: Trainers, clock: Clock, houses: str):
    lab = LabSession(Lab(houses), [], trainers, clock)
    lab.begin(going=False)
    go_to(lab, "columns")
    pair = Pair.of(lab, trainers)
    assert pair.said == "enter types another value of columns for the right side"
    pair.read("area")
    assert pair.caption(pair.sides[1]) == "columns area"


@pytest.mark.parametrize(
    ("speed", "first", "waits"), [("1e", 1, 1.0), ("5e", 1, 0.2), ("20e", 2, 0.1), ("100e", 10, 0.1)]
)
def test_both_go_further_together_at_the_speed_that_is_chosen(
    pair: Pair, trainers: Trainers, clock: Clock, speed: str, first: int, waits: float
):
    left, right = trainers.started[-2:]
    pair.pace = speed
    pair.toggle()
    pair.tick()
    assert asked(left, "limit") == asked(right, "limit") == [first]
    assert asked(left, "resume") == asked(right, "resume") == ["resume"]
    for trainer in (left, right):
        trainer.write(StateChanged("running", 0), *epochs(1, first))
    pair.tick()
    assert asked(left, "limit") == [first], "before its time"
    clock.now += waits
    pair.tick()
    assert asked(left, "limit") == asked(right, "limit") == [first, 2 * first]


def test_the_one_ahead_waits_and_both_are_shown_at_the_epoch_that_both_have(
    pair: Pair, trainers: Trainers, clock: Clock
):
    left, right = trainers.started[-2:]
    pair.pace, pair.wanted = "full", "map"
    for trainer in (left, right):
        trainer.write(PictureTaken("map", 0, a_map(0), live=True))
    pair.toggle()
    pair.tick()
    left.write(*epoch(1))
    clock.now += 5
    pair.tick()
    assert asked(left, "limit") == [1]
    assert pair.epoch == 0
    assert [frame["map"].epoch for frame in pair.frames] == [0, 0]
    right.write(*epoch(1)[:1])
    pair.tick()
    assert asked(left, "limit") == [1], "its picture is not there yet"
    right.write(*epoch(1)[1:])
    pair.tick()
    assert asked(left, "limit") == asked(right, "limit") == [1, 2]
    assert [frame["map"].epoch for frame in pair.frames] == [1, 1]
    left.write(*epoch(2, 0.5))
    pair.tick()
    assert [frame["map"].epoch for frame in pair.frames] == [1, 1]
    assert [pair.record(side)["epoch"] for side in pair.sides] == [1, 1]


def test_a_picture_that_never_comes_stops_nobody(pair: Pair, trainers: Trainers, clock: Clock):
    pair.pace, pair.wanted = "full", "map"
    pair.toggle()
    for trainer in trainers.started[-2:]:
        trainer.write(PictureTaken("map", 0, a_map(0), live=True))
    pair.tick()
    for trainer in trainers.started[-2:]:
        trainer.write(*epoch(1)[:1])
    pair.tick()
    clock.now += PATIENCE
    pair.tick()
    assert asked(trainers.newest, "limit") == [1, 2]


def test_at_full_speed_both_go_further_and_further_at_a_time(pair: Pair, trainers: Trainers, clock: Clock):
    pair.pace = "full"
    pair.toggle()
    for _ in range(5):
        before = pair.limit
        pair.tick()
        for trainer in trainers.started[-2:]:
            trainer.write(*epochs(before + 1, pair.limit))
        clock.now += 0.1
    assert asked(trainers.newest, "limit") == [1, 3, 7, 15, 31]
    clock.now += 1.0
    pair.tick()
    assert asked(trainers.newest, "limit")[-1] == 31 + 8


def test_one_that_has_ended_is_not_waited_for(pair: Pair, trainers: Trainers, clock: Clock):
    left, right = trainers.started[-2:]
    pair.toggle()
    pair.tick()
    left.write(*epoch(1), RunFinished("lab-2", "", 1, "early_stop", 1, "", "", {}, 1.0))
    left.child.returncode = 0
    right.write(*epoch(1))
    clock.now += 1
    pair.tick()
    right.write(*epoch(2))
    clock.now += 1
    pair.tick()
    assert asked(right, "limit")[-1] == 3
    assert pair.epoch == 2
    assert [pair.record(side)["epoch"] for side in pair.sides] == [1, 2]
    assert pair.playing
    right.write(RunFinished("lab-3", "", 2, "epochs", 1, "", "", {}, 1.0))
    right.child.returncode = 0
    pair.tick()
    assert not pair.playing
    assert "both have ended" in pair.said
    pair.toggle()
    assert pair.playing
    assert trainers.newest.name == "lab-5"


def test_space_pauses_both_and_n_trains_one_epoch_of_both(pair: Pair, trainers: Trainers, clock: Clock):
    left, right = trainers.started[-2:]
    pair.toggle()
    pair.tick()
    pair.toggle()
    pair.tick()
    assert asked(left, "pause") == asked(right, "pause") == ["pause"]
    for trainer in (left, right):
        trainer.write(*epoch(1))
    pair.tick()
    pair.one_epoch()
    pair.tick()
    assert asked(left, "limit")[-1] == asked(right, "limit")[-1]
    for trainer in (left, right):
        trainer.write(*epoch(2))
    clock.now += 1
    pair.tick()
    assert not pair.playing
    assert asked(right, "pause") == ["pause", "pause"]


def test_another_value_begins_both_anew_together(pair: Pair, trainers: Trainers, clock: Clock):
    pair.toggle()
    pair.tick()
    pair.step(1)
    assert pair.said == "lr 0.1: both restart with seed 1"
    clock.now += SETTLED
    pair.tick()
    left, right = trainers.started[-2:]
    assert (left.name, right.name) == ("lab-4", "lab-5")
    assert "--paused" in left.words
    assert "0.1" in right.words
    begun(pair, trainers)
    pair.tick()
    assert asked(left, "resume") == asked(right, "resume") == ["resume"]
    pair.new_seed(7)
    clock.now += SETTLED
    pair.tick()
    assert all(one.words[-7:-5] == ["--seed", "7"] or "7" in one.words for one in trainers.started[-2:])


def test_when_it_is_left_the_left_run_goes_on_and_the_right_one_leaves_nothing(
    pair: Pair, lab: LabSession, trainers: Trainers
):
    left, right = trainers.started[-2:]
    pair.toggle()
    pair.tick()
    assert pair.leave() is lab
    assert asked(left, "limit")[-1] is None
    assert left.requests[-2]["rate"] == "5e"
    assert right.child.killed
    assert not right.folder.path.exists()
    assert [monitor for monitor in lab.owned if monitor.launch is not None] == lab.owned
    assert len(lab.owned) == 2  # the run before the split has not ended yet
    assert lab.going


def test_the_right_side_can_be_the_one_that_goes_on(pair: Pair, trainers: Trainers):
    left, right = trainers.started[-2:]
    stays = pair.leave(1)
    assert stays.lab.value(LR) == 0.03
    assert left.child.killed
    assert not right.child.killed


def test_what_both_trainers_take_of_the_machine_is_told_together(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin(epochs=1)
        await see(screen, pilot)
        await pilot.press("c")
        for trainer in trainers.started[-2:]:
            trainer.begin()
            told = EpochProgress(1, 0, 28, 0.7, 9.0, 9.0, 1.0, "training", cpu=0.5, memory=300_000_000)
            trainer.folder.progress.write_text(to_line(told) + "\n", encoding="utf-8")
        await pilot.press("space")
        assert "CPU 100 %  memory 600 MB" in await see(pilot.app.screen, pilot)

    play(trainers, script)


def test_whatever_closes_the_screens_no_second_trainer_stays(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin(epochs=1)
        await see(screen, pilot)
        await pilot.press("c")
        assert len(trainers.started) == 3

    play(trainers, script)
    assert all(trainer.child.killed for trainer in trainers.started[-2:])


@pytest.mark.parametrize(("size", "options"), list(zip(SIZES, LOOKS, strict=True)))
def test_both_are_seen_side_by_side_and_told_apart(trainers: Trainers, size: tuple[int, int], options: RenderOptions):
    clock = Clock()

    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        assert screen.session is not None
        trainers.newest.begin(epochs=1)
        go_to(screen.session, "lr")
        await pilot.press("c")
        split = pilot.app.screen
        assert isinstance(split, PairScreen)
        for trainer in trainers.started[-2:]:
            trainer.begin()
        await see(split, pilot)
        await pilot.press("space")
        for trainer, loss in zip(trainers.started[-2:], (1.0, 0.5), strict=True):
            trainer.write(*epoch(1, loss))
        seen = await see(split, pilot)
        for wanted in ("A  lr 0.01", "B  lr 0.03", "at1", "epoch 1", "accuracy", "50.0 %", "75.0 %", "both running"):
            assert wanted in seen, wanted
        assert ("B is ahead" if size[0] == 60 else "lr 0.03 is ahead by 25.0 points") in seen
        assert all(len(line) <= size[0] for line in seen.splitlines())
        assert not options.ascii or seen.isascii()
        await pilot.press("m", "m")
        await see(split, pilot)
        await pilot.press("tab", "right")
        assert split.pair.caption(split.pair.sides[0]) == "lr 0.03"
        await pilot.press("y")
        assert split.pair.said.startswith("copied: nnlab train xor")
        await pilot.press("enter", *"much", "enter")
        assert "is not a number" in split.pair.said
        await pilot.press("escape")
        assert pilot.app.screen is screen
        assert "back in one lab" in await see(screen, pilot)

    play(trainers, script, size, options, clock=clock)


def test_another_setting_is_chosen_and_changed_side_by_side(pair: Pair, trainers: Trainers, clock: Clock):
    pair.move(1)
    batch = pair.setting
    assert batch.label != "lr"
    assert "←→ change it at the right" in pair.said
    assert [pair.caption(side) for side in pair.sides] == ["lr 0.01", "lr 0.03"]  # what differs
    pair.step(1)
    left, right = map(pair.caption, pair.sides)
    assert left.startswith("lr 0.01, ")
    assert right.startswith("lr 0.03, ")
    assert left.split(", ")[1] != right.split(", ")[1]
    clock.now += SETTLED
    pair.tick()
    assert len(trainers.started[-1].words) == len(trainers.started[-2].words) + 4  # two settings
    pair.move(-1)
    assert pair.setting.label == "lr"
    pair.step(-1)
    assert "lr" not in pair.caption(pair.sides[0])  # equal again
    pair.move(-99)
    pair.move(99)
    pair.at = 0
    pair.move(-1)
    assert "at the left" in pair.said


def test_a_run_that_took_long_stays_when_the_lab_is_split_which_is_told(lab: LabSession, trainers: Trainers):
    trainers.newest.write(EpochEnded({"epoch": 3, "loss_train": 1.0, "loss_valid": 1.0, "lr": 0.01, "seconds": 61.0}))
    lab.tick()
    assert lab.state.trained > 60
    pair = Pair.of(lab, trainers)
    assert pair.said.startswith("lab-1 is kept; ")
