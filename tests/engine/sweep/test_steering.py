"""What a user asks of a sweep at work: a pause, more trials, the end of one trial, the whole of another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from test_sweep import EPOCHS, Pretender, ended_in, judged, plan, swept

from nnlab.engine.options import AT
from nnlab.engine.runs.control import send
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.sweep.events import SweepEnded, SweepEvent, SweepProgress, SweepSteered, TrialEnded, TrialStarted
from nnlab.engine.sweep.folder import SweepFolder, claim_sweep
from nnlab.engine.sweep.plan import Plan, read_plan, write
from nnlab.engine.sweep.space import space_of
from nnlab.engine.sweep.sweep import Sweep
from nnlab.engine.training.interrupt import StopRequest

pytest.importorskip("optuna")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("nnlab.engine.sweep.jobs.LOOK_EVERY", 0.0)


def steered(
    wanted: Plan, trainers: Sequence[Pretender], ask: Callable[[SweepEvent, SweepFolder], None]
) -> tuple[SweepFolder, list[SweepEvent]]:
    """The events of a sweep whose user asks for something behind each."""
    folder, told = claim_sweep(None, "xor"), list[SweepEvent]()
    write(wanted, folder.path)
    for event in Sweep(wanted, folder, list(trainers), judged, StopRequest()).run():
        told.append(event)
        ask(event, folder)
    return folder, told


def said(told: Sequence[SweepEvent]) -> list[str]:
    return [event.message for event in told if isinstance(event, SweepSteered)]


def request(folder: SweepFolder, what: str, **values: object) -> None:
    send(RunFolder(folder.path), what, **values)


def test_a_pause_holds_every_trial_and_costs_no_time(monkeypatch: pytest.MonkeyPatch):
    clock = iter(range(10**9))
    for place in ("sweep", "steering"):
        monkeypatch.setattr(f"nnlab.engine.sweep.{place}.monotonic", lambda: float(next(clock)))
    held: list[int] = []
    trainers = [Pretender(), Pretender()]

    def ask(event: SweepEvent, folder: SweepFolder) -> None:
        if isinstance(event, TrialStarted) and event.trial == 3:
            request(folder, "pause")
        if isinstance(event, SweepProgress) and held and len(held) < 20:
            held.append(sum(trainer.epochs for trainer in trainers))
            if len(held) == 20:
                request(folder, "resume")
        if isinstance(event, SweepSteered) and event.did == "paused":
            held.append(-1)

    _, told = steered(plan(trials=6, seconds=200.0), trainers, ask)
    assert len(held) == 20
    assert len(set(held[5:])) == 1  # epochs, once both have heard of it
    assert said(told) == ["paused: no epoch is trained until it goes on", "it goes on"]
    assert [one.outcome for one in ended_in(told).values()].count("stopped") == 0
    assert isinstance(told[-1], SweepEnded)
    assert told[-1].trials == 6


def test_more_trials_are_made_and_remembered():
    def ask(event: SweepEvent, folder: SweepFolder) -> None:
        if isinstance(event, TrialEnded) and event.trial == 2:
            request(folder, "more", trials=3)

    folder, told = steered(plan(trials=4), [Pretender()], ask)
    assert said(told) == ["3 trials more: 7 in all"]
    assert len(ended_in(told)) == 7
    assert read_plan(folder.path).trials == 7
    whole = ended_in(swept(plan(trials=7), [Pretender()]))
    assert {number: replace(one, run="", of=7) for number, one in ended_in(told).items()} == {
        number: replace(one, run="") for number, one in whole.items()
    }


def test_what_makes_no_sense_is_told_and_passed_over():
    def ask(event: SweepEvent, folder: SweepFolder) -> None:
        if isinstance(event, TrialStarted) and event.trial == 1:
            for what, values in (
                ("more", {"trials": -3}),
                ("more", {}),
                ("stop", {"trial": 7}),
                ("stop", {"trial": "all"}),
                ("promote", {"trial": 0}),
                ("sing", {}),
            ):
                request(folder, what, **values)
            with (folder.path / "control.jsonl").open("a") as file:
                file.write("[1]\ntorn\n")

    _, told = steered(plan(trials=3), [Pretender()], ask)
    assert len(said(told)) == 8
    assert len(ended_in(told)) == 3
    assert "a request is ignored: trial 0 has ended as complete" in said(told)
    grid = Plan(space_of([(AT["training", "lr"], "0.1 | 0.2")]), {"data": {"name": "xor"}, "training": {"epochs": 2}})
    _, told = steered(grid, [Pretender()], lambda event, folder: request(folder, "more", trials=2))
    assert "a request is ignored: every combination is tried already" in said(told)


def test_a_trial_is_stopped_alone():
    def ask(event: SweepEvent, folder: SweepFolder) -> None:
        if isinstance(event, TrialStarted) and event.trial == 2:
            request(folder, "stop", trial=2)

    _, told = steered(plan(trials=5, halving=False), [Pretender()], ask)
    outcomes = {number: one.outcome for number, one in ended_in(told).items()}
    assert outcomes == {0: "complete", 1: "complete", 2: "stopped", 3: "complete", 4: "complete"}


def test_a_promoted_trial_is_kept_or_trained_on_and_counts_from_then_on():
    pruned = [one.trial for one in ended_in(swept(plan(), [Pretender()])).values() if one.outcome == "pruned"]
    kept, again = pruned[0], pruned[1]

    def ask(event: SweepEvent, folder: SweepFolder) -> None:
        if isinstance(event, TrialStarted) and event.trial == kept and not event.resumed:
            request(folder, "promote", trial=kept)
        if isinstance(event, TrialEnded) and event.trial == again and event.outcome == "pruned":
            request(folder, "promote", trial=again)

    trainer = Pretender(slow=2)
    folder, told = steered(plan(), [trainer], ask)
    ends = [(one.trial, one.outcome, one.epochs) for one in told if isinstance(one, TrialEnded)]
    assert (kept, "complete", EPOCHS) in ends
    assert (kept, "pruned", 1) not in ends
    assert [one for one in ends if one[0] == again] == [(again, "pruned", 1), (again, "complete", EPOCHS)]
    assert trainer.began.count(f"{folder.run(again)} again") == 1
    (at,) = [one.epochs for one in told if isinstance(one, TrialEnded) and one.trial == again and one.epochs > 1]
    assert at == EPOCHS
    once_more = swept(read_plan(folder.path), [trainer], folder=folder)
    assert not [one for one in once_more if isinstance(one, TrialEnded)]
    assert trainer.began.count(f"{folder.run(again)} again") == 1


def test_a_trial_that_is_trained_on_is_gone_on_with_after_a_stop():
    trainer, stop = Pretender(), StopRequest()
    wanted, folder = plan(), claim_sweep(None, "xor")
    write(wanted, folder.path)
    promoted: list[int] = []
    for event in Sweep(wanted, folder, [trainer], judged, stop).run():
        if isinstance(event, TrialEnded) and event.outcome == "pruned" and not promoted:
            promoted.append(event.trial)
            request(folder, "promote", trial=event.trial)
        if isinstance(event, TrialStarted) and event.resumed:
            stop.reason = "interrupt"
    second = swept(read_plan(folder.path), [trainer], folder=folder)
    assert ended_in(second)[promoted[0]].outcome == "complete"
    assert ended_in(second)[promoted[0]].epochs == EPOCHS
