"""A sweep over trainers that only write what a training writes: what is tried, stopped, tried again, and concluded."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from nnlab.engine.errors import NnlabError, UsageError
from nnlab.engine.events import EpochEnded, Event, RunFinished, RunStarted, StateChanged, to_line
from nnlab.engine.options import AT
from nnlab.engine.runs.control import Inbox
from nnlab.engine.runs.folder import RunFolder, runs_root
from nnlab.engine.sweep.events import SeedsStarted, SweepEnded, SweepEvent, TrialEnded, TrialStarted
from nnlab.engine.sweep.folder import SweepFolder, claim_sweep, find_sweep
from nnlab.engine.sweep.plan import Plan, read_plan, write
from nnlab.engine.sweep.space import space_of
from nnlab.engine.sweep.sweep import Sweep
from nnlab.engine.training.interrupt import StopRequest

pytest.importorskip("optuna")
EPOCHS = 9
Tree = dict[str, Any]


def loss(config: Tree, epoch: int) -> float:
    return abs(config["training"]["lr"] - 0.05) + config["training"]["seed"] / 1000 + 1 / epoch


@dataclass
class Pretender:
    """A trainer that trains nothing: an epoch at each look. `fails` is asked at each epoch how a run goes wrong: a
    word for how it ends, or an exit code for a process that dies."""

    fails: Callable[[str, int], str | int | None] = lambda run, epoch: None
    began: list[str] = field(default_factory=list[str])
    slow: int = 0  # looks before its first epoch
    said: str = "So it is."
    run: RunFolder | None = None
    config: Tree = field(default_factory=dict[str, Any])
    epoch: int = 0
    epochs: int = 0
    over: tuple[int, str] | None = None
    interrupted: bool = False
    paused: bool = False
    waits: int = 0
    closed: bool = False
    gone: bool = False

    def train(self, words: Sequence[str]) -> None:
        self.over, self.interrupted, self.paused, resumed = None, False, False, words[0] == "--resume"
        self.waits = self.slow
        name = words[1] if resumed else words[3]
        if not resumed and self.fails(name, 0) == 2:
            self.over = 2, "The data have no such column."
            self.run = RunFolder(runs_root() / name)
            return
        self.began.append(f"{name} again" if resumed else name)
        self.run = RunFolder(runs_root() / name)
        if resumed:
            self.config = tomllib.loads(self.run.config.read_text())
            self.epoch = int(self.run.last.read_text())
        else:
            self.run.path.mkdir()
            self.run.config.write_text(Path(words[1]).read_text())
            self.config, self.epoch = tomllib.loads(Path(words[1]).read_text()), 0
            self.run.last.write_text("0")
        self.inbox = Inbox.from_now_on(self.run)
        self.say(RunStarted(name, "", "xor", "binary", 9, "cpu", self.config, first_epoch=self.epoch + 1))

    def ended(self) -> tuple[int, str] | None:
        assert self.run is not None
        if self.over is not None:
            return self.over
        asked = [request["request"] for request in self.inbox.take()[0]]
        if self.interrupted or "stop" in asked:
            return self.finish("terminated" if self.interrupted else "interrupt")
        if asked:
            self.paused = asked[-1] == "pause"
            self.say(StateChanged("paused" if self.paused else "running", self.epoch))
        if self.paused or self.waits:
            self.waits -= not self.paused
            return None
        self.epoch, self.epochs = self.epoch + 1, self.epochs + 1
        value = loss(self.config, self.epoch)
        self.say(EpochEnded({"epoch": self.epoch, "loss_train": value, "loss_valid": value, "seconds": 0.1}))
        wrong = self.fails(self.run.name, self.epoch)
        if isinstance(wrong, int):
            self.over = wrong, ""
            return self.over
        self.run.last.write_text(str(self.epoch))
        if wrong is not None:
            return self.finish(wrong)
        return self.finish("epochs") if self.epoch == self.config["training"]["epochs"] else None

    def finish(self, stopped_by: Any) -> tuple[int, str]:
        assert self.run is not None
        metrics = {"loss_valid": loss(self.config, self.epoch)}
        self.say(RunFinished(self.run.name, "", self.epoch, stopped_by, self.epoch, "", "", metrics, 1.0, self.said))
        self.over = 0, ""
        return self.over

    def interrupt(self) -> None:
        self.interrupted = True

    def close(self) -> None:
        self.closed = True

    def say(self, event: Event) -> None:
        assert self.run is not None
        with self.run.events.open("a") as file:
            file.write(to_line(event) + "\n")


def plan(**told: Any) -> Plan:
    space = space_of([(AT["training", "lr"], "1e-4..1")])
    flags: Tree = {"data": {"name": "xor"}, "training": {"epochs": EPOCHS}}
    told = {"trials": 10, **told}
    return Plan(space, flags, words=(("xor",), ("--epochs", str(EPOCHS))), **told)


def judged(run: str) -> dict[str, float]:
    return {"accuracy": 0.75, "judged": float(run[-1])}


def swept(
    wanted: Plan,
    trainers: Sequence[Pretender],
    *,
    folder: SweepFolder | None = None,
    stop: StopRequest | None = None,
    until: int = 10**6,
) -> list[SweepEvent]:
    """The events of a sweep; a stop is asked for behind so many of them."""
    stop = stop or StopRequest()
    if folder is None:
        folder = claim_sweep(None, "xor")
        write(wanted, folder.path)
    told: list[SweepEvent] = []
    for event in Sweep(wanted, folder, list(trainers), judged, stop).run():
        told.append(event)
        if len(told) >= until:
            stop.reason = "interrupt"
    return told


def ended_in(told: Sequence[SweepEvent]) -> dict[int, TrialEnded]:
    found = [replace(event, done=0, best=False) for event in told if isinstance(event, TrialEnded)]
    assert len({event.trial for event in found}) == len(found)
    return {event.trial: event for event in found}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("nnlab.engine.sweep.jobs.LOOK_EVERY", 0.0)


def test_a_sweep_from_its_first_trial_to_its_last_word():
    trainer = Pretender()
    told = swept(plan(), [trainer])
    trials = ended_in(told)
    assert sorted(trials) == list(range(10))
    assert trials[0].point == {"lr": 0.05} or trials[0].run == "xor-s1-00"
    pruned = [one for one in trials.values() if one.outcome == "pruned"]
    assert pruned
    assert all(one.epochs in (1, 3) for one in pruned)
    last = told[-1]
    assert isinstance(last, SweepEnded)
    assert last.outcomes == {"complete": 10 - len(pruned), "pruned": len(pruned)}
    assert [len(place.values) for place in last.places] == [3, 3, 3]
    assert [place.mean for place in last.places] == sorted(place.mean for place in last.places)
    least = min((one for one in trials.values() if one.outcome == "complete"), key=lambda one: one.value or 0.0)
    assert last.places[0].run == least.run
    assert last.test == judged(least.run)
    lr = [] if least.trial == 0 and not least.point else ["--lr", f"{least.point['lr']:.15g}"]
    assert last.command == ["nnlab", "train", "xor", "--epochs", str(EPOCHS), *lr, "--threads", "1"]
    (seeds,) = [event for event in told if isinstance(event, SeedsStarted)]
    assert len(seeds.runs) == 6
    assert f"{least.run}-seed2" in seeds.runs


def test_the_same_trials_with_any_number_at_once():
    alone = ended_in(swept(plan(trials=18), [Pretender()]))
    assert alone == {
        number: replace(event, run=event.run.replace("-s2-", "-s1-"))
        for number, event in ended_in(swept(plan(trials=18), [Pretender() for _ in range(5)])).items()
    }


@pytest.mark.parametrize("until", [2, 9, 20])
def test_a_sweep_that_was_stopped_goes_on_and_repeats_nothing(until: int):
    whole = ended_in(swept(plan(), [Pretender()]))
    wanted, folder = plan(), claim_sweep(None, "xor")
    write(wanted, folder.path)
    trainers = [Pretender(), Pretender()]
    first = swept(wanted, trainers, folder=folder, until=until)
    assert isinstance(first[-1], SweepEnded)
    assert first[-1].stopped
    again = find_sweep(folder.name)
    second = swept(read_plan(again.path), trainers, folder=again)
    parts = {**ended_in(first), **ended_in(second)}
    assert len(ended_in(first)) + len(ended_in(second)) == 10
    assert {number: replace(one, run="") for number, one in parts.items()} == {
        number: replace(one, run="") for number, one in whole.items()
    }
    began = [run for trainer in trainers for run in trainer.began]
    assert len(began) == len(set(began))
    third = swept(read_plan(again.path), trainers, folder=again)
    assert not ended_in(third)
    assert third[-1].places == second[-1].places  # pyright: ignore[reportAttributeAccessIssue]


def test_what_goes_wrong_with_a_trial_is_a_result():
    def fails(run: str, epoch: int) -> str | int | None:
        wrong = {"03": (4, "diverged"), "04": (1, "failed"), "05": (0, 2), "06": (3, "interrupt")}
        at, how = wrong.get(run[-2:], (99, None))
        return how if epoch == at else None

    told = swept(plan(trials=8), [Pretender(fails), Pretender(fails)])
    trials = ended_in(told)
    assert [trials[number].outcome for number in (3, 4, 5, 6)] == ["diverged", "failed", "refused", "stopped"]
    assert trials[5].message == "The data have no such column."
    assert isinstance(told[-1], SweepEnded)
    assert len(told[-1].places) == 3


def test_a_seed_that_goes_wrong_is_left_out_of_the_mean_and_said_to_be():
    def fails(run: str, epoch: int) -> str | int | None:
        return {"seed2": "diverged", "seed3": "interrupt"}.get(run[-5:]) if epoch == 4 else None

    last = swept(plan(trials=4), [Pretender(fails)])[-1]
    assert isinstance(last, SweepEnded)
    assert [len(place.values) for place in last.places] == [1, 1, 1]
    assert len(last.notes) == 6
    run = last.places[0].run
    assert f"the mean of {run} is without {run}-seed2, which diverged (So it is)" in last.notes
    assert f"the mean of {run} is without {run}-seed3, which was stopped (So it is)" in last.notes


@pytest.mark.parametrize("at", [("xor-s1-02", 1), ("xor-s1-02", 5), ("seed2", 4)])
def test_a_full_disk_ends_the_sweep_which_tries_the_run_again_another_time(at: tuple[str, int]):
    whole = ended_in(swept(plan(trials=4, halving=False), [Pretender()], folder=claim_sweep("whole", "xor")))
    wanted, folder = plan(trials=4, halving=False), claim_sweep(None, "xor")
    write(wanted, folder.path)
    full = Pretender(
        lambda run, epoch: "failed" if run.endswith(at[0]) and epoch == at[1] else None, said="No space left on device."
    )
    with pytest.raises(NnlabError, match=r"failed: No space left on device. With more room, `nnlab sweep --resume"):
        swept(wanted, [full], folder=folder)
    told = swept(wanted, [Pretender()], folder=folder)
    last = told[-1]
    assert isinstance(last, SweepEnded)
    assert last.outcomes == {"complete": 4}
    assert not last.notes
    again = {number: replace(one, run="") for number, one in ended_in(told).items()}
    assert again.items() <= {number: replace(one, run="") for number, one in whole.items()}.items()


def test_a_process_that_says_that_the_disk_is_full_is_not_begun_again_and_again():
    class Full(Pretender):
        def ended(self) -> tuple[int, str] | None:
            return 1, "/runs: No space left on device."

    trainer = Full()
    with pytest.raises(NnlabError, match="No space left on device"):
        swept(plan(), [trainer])
    assert trainer.began == ["xor-s1-00"]


def test_data_that_lack_the_measure_are_refused_before_an_epoch_and_leave_nothing():
    trainer = Pretender()
    with pytest.raises(UsageError, match="no mae of validation rows to choose by: use --measure loss or --measure acc"):
        swept(plan(measure="mae"), [trainer])
    assert trainer.epochs <= 1
    assert trainer.closed
    assert not list(runs_root().iterdir())


def test_a_process_that_dies_is_begun_again_where_it_was_until_that_leads_nowhere():
    deaths: list[str] = []

    def fails(run: str, epoch: int) -> int | None:
        once = run.endswith("-01") and epoch == 5 and not deaths
        deaths.extend([run] if once else [])
        return -9 if once or (run.endswith("-02") and epoch == 3) else None

    trainer = Pretender(fails)
    trials = ended_in(swept(plan(trials=4), [trainer]))
    assert trainer.began.count("xor-s1-01 again") == 1
    assert trials[1].outcome == "complete"
    assert trials[2].outcome == "failed"
    assert "exit code -9" in trials[2].message
    assert trainer.began.count("xor-s1-02 again") == 3


def test_what_is_cut_off_behind_its_last_epoch_is_complete():
    """As a machine that is shut down ends it, or a kill: there is nothing left to resume it for."""

    def fails(run: str, epoch: int) -> str | int | None:
        how = {"00": "terminated", "01": -9, "d2": -9}.get(run[-2:])
        return how if epoch == EPOCHS else None

    class Strict(Pretender):
        def train(self, words: Sequence[str]) -> None:
            super().train(words)
            if self.epoch == EPOCHS:
                self.over = 2, "It has trained its epochs."

        def ended(self) -> tuple[int, str] | None:
            ended = super().ended()
            if self.run is not None and self.epoch == EPOCHS:
                self.run.last.write_text(str(EPOCHS))
            return ended

    told = swept(plan(trials=3), [Strict(fails)])
    trials = ended_in(told)
    assert [trial.outcome for trial in trials.values()] == ["complete"] * 3
    assert {trial.epochs for trial in trials.values()} == {EPOCHS}
    assert isinstance(told[-1], SweepEnded)
    assert [len(place.values) for place in told[-1].places] == [3, 3, 3]


def test_a_default_that_is_refused_ends_the_sweep():
    with pytest.raises(UsageError, match="no such column"):
        swept(plan(), [Pretender(lambda run, epoch: 2), Pretender()])


def test_time_ends_it_and_what_is_not_over_is_gone_on_with(monkeypatch: pytest.MonkeyPatch):
    trainer = Pretender()
    monkeypatch.setattr("nnlab.engine.sweep.sweep.monotonic", lambda: trainer.epochs / 10)
    wanted, folder = plan(trials=None, seconds=7.6), claim_sweep("mine", "xor")  # 6 times 0.9 for the end
    write(wanted, folder.path)
    told = swept(wanted, [trainer], folder=folder)
    last = told[-1]
    assert isinstance(last, SweepEnded)
    assert not last.stopped
    assert last.outcomes["unfinished"] == 1
    assert last.outcomes["complete"] == 2
    more = replace(wanted, trials=last.trials, seconds=None)
    begun = [event for event in swept(more, [Pretender()], folder=folder) if isinstance(event, TrialStarted)]
    assert [event.resumed for event in begun] == [True]


def test_one_process_is_at_work_on_a_sweep():
    wanted, folder = plan(), claim_sweep(None, "xor")
    write(wanted, folder.path)
    first = Sweep(wanted, folder, [Pretender()], judged, StopRequest()).run()
    next(first)
    with pytest.raises(NnlabError, match="Another process is at work"):
        swept(wanted, [Pretender()], folder=folder)
    first.close()  # pyright: ignore[reportAttributeAccessIssue]


def test_names_of_sweeps():
    assert claim_sweep(None, "cars").name == "cars-s1"
    (runs_root() / "cars-s7-00").mkdir()
    assert claim_sweep(None, "cars").name == "cars-s8"
    with pytest.raises(UsageError, match="is there already"):
        claim_sweep("cars-s8", "x")
    with pytest.raises(UsageError, match="'cars-s7-00' is there already, as a trial is called"):
        claim_sweep("cars-s7", "x")
    with pytest.raises(UsageError, match="cannot name a run"):
        claim_sweep("../x", "x")
    with pytest.raises(UsageError, match="There is no sweep"):
        find_sweep("cars-s8")


def test_a_trainer_that_is_gone_gives_its_trial_to_another():
    class Lost(Pretender):
        def ended(self) -> tuple[int, str] | None:
            self.gone = self.gone or self.epoch == 3
            return (1, "") if self.gone else super().ended()

    alone = ended_in(swept(plan(trials=6), [Pretender()]))
    lost, other = Lost(), Pretender()
    told = swept(plan(trials=6), [lost, other])
    assert {number: replace(one, run="") for number, one in ended_in(told).items()} == {
        number: replace(one, run="") for number, one in alone.items()
    }
    assert len(lost.began) == 1
    assert f"{lost.began[0]} again" in other.began


def test_as_many_are_trained_at_once_as_the_plan_says():
    wanted, folder = plan(trials=30, at_once=12, halving=False), claim_sweep(None, "xor")
    write(wanted, folder.path)
    told = swept(read_plan(folder.path), [Pretender() for _ in range(20)], folder=folder)
    steps = [isinstance(event, TrialStarted) - isinstance(event, TrialEnded) for event in told]
    assert max(accumulate(steps)) == 12
