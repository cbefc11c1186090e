"""The same seed gives the same trials, stopped at the same epochs, however many are at work and in whatever order they
end; the default comes first; what was kept is all that is needed to go on."""

from __future__ import annotations

import random
from pathlib import Path
from statistics import fmean

import pytest

from nnlab.engine.options import AT
from nnlab.engine.sweep.plan import AT_ONCE, Plan, measure_for, read_plan, seconds_of, write
from nnlab.engine.sweep.space import Point, space_of
from nnlab.engine.sweep.study import QUASI, Proposal, Study, Told, first_points

pytest.importorskip("optuna")
LR, HIDDEN, OPTIMIZER = AT["training", "lr"], AT["model", "hidden"], AT["training", "optimizer"]
EPOCHS = 27


def plan(*written: tuple[object, str], **told: object) -> Plan:
    space = space_of(written or [(LR, "1e-4..1"), (HIDDEN, "32,16 | 64,64 | 8")])  # pyright: ignore[reportArgumentType]
    return Plan(space, flags={"data": {"name": "xor"}}, **told)  # pyright: ignore[reportArgumentType]


def worth(point: Point, epoch: int) -> float:
    """A loss that falls, to what the point is worth."""
    lr = float(point.get("lr", 0.01))
    return abs(lr - 0.05) + len(str(point.get("hidden"))) / 50 + 1 / epoch


def searched(wanted: Plan, folder: Path, jobs: int, trials: int, rng: random.Random) -> list[Told]:
    """A search whose trials, so many at once, go on and end by chance."""
    folder.mkdir()
    study = Study(wanted, folder)
    at_work: dict[int, tuple[Proposal, int]] = {}
    while len(study.trials) < trials or at_work:
        number = len(study.trials)
        if number < trials and len(at_work) < jobs and study.may_propose(number):
            proposal = study.propose(number)
            assert proposal is not None
            study.start(number, proposal.point, f"run-{number}")
            at_work[number] = proposal, 0
            continue
        number = rng.choice(list(at_work))
        proposal, epoch = at_work[number]
        value = worth(proposal.point or {}, epoch + 1)
        goes_on = proposal.goes_on(epoch + 1, value)
        at_work[number] = proposal, epoch + 1
        if not goes_on or epoch + 1 == EPOCHS:
            del at_work[number]
            outcome = "complete" if goes_on else "pruned"
            study.end(Told(number, f"run-{number}", proposal.point, outcome, value, epoch + 1, EPOCHS, 1.0), proposal)
    return study.trials


def test_the_same_trials_however_many_are_at_work(tmp_path: Path):
    wanted = plan(trials=22)
    alone = searched(wanted, tmp_path / "1", 1, 22, random.Random(1))
    for jobs in (2, AT_ONCE):
        assert searched(wanted, tmp_path / str(jobs), jobs, 22, random.Random(jobs)) == alone
    assert alone[0].point == {"lr": 0.05, "hidden": "32,16"} or alone[0].point is None
    assert {told.outcome for told in alone} == {"complete", "pruned"}
    assert all(told.outcome == "complete" for told in alone[:AT_ONCE])
    best = min(alone, key=lambda told: told.value or 0.0)
    assert best.outcome == "complete"
    early, late = ([told.value or 9.0 for told in part] for part in (alone[:QUASI], alone[QUASI:]))
    assert fmean(late) < fmean(early)


def test_another_seed_gives_other_trials():
    points = first_points(plan(), 8)
    assert first_points(plan(), 8) == points
    assert first_points(plan(seed=2), 8)[1:] != points[1:]
    assert len({str(point) for point in points}) == 8


def test_choices_alone_are_all_tried_once():
    wanted = plan((HIDDEN, "8 | 32,16 | 64"), (OPTIMIZER, "sgd | adam"))
    points = first_points(wanted, 99)
    default = wanted.space.point_of(wanted.config({}).to_dict())
    assert wanted.gridded
    assert wanted.most == 7
    beside = points[1:] if default is None else points
    assert sorted(str(sorted(point.items())) for point in beside) == sorted(
        {str(sorted(point.items())) for point in beside}
    )
    assert len(beside) == 6


def test_a_study_that_is_opened_again_goes_on(tmp_path: Path):
    wanted = plan(trials=12)
    before = searched(wanted, tmp_path / "s", 2, 12, random.Random(3))
    (tmp_path / "s" / "study.journal.lock").touch()  # as a killed process leaves it
    again = Study(wanted, tmp_path / "s")
    assert again.trials == before
    proposal = again.propose(12)
    assert proposal is not None
    assert proposal.point == searched(plan(trials=13), tmp_path / "t", 1, 13, random.Random(4))[12].point


def test_what_has_no_value_is_kept_and_not_ranked(tmp_path: Path):
    wanted = plan(trials=3)
    study = Study(wanted, tmp_path)
    proposal = study.propose(0)
    assert proposal is not None
    study.start(0, None, "run")
    told = Told(0, "run", None, "failed", None, 0, 0, 0.0, "There is not enough memory.")
    study.end(told, proposal)
    assert Study(wanted, tmp_path).trials == [told]
    assert study.importance() == {}


def test_a_plan_is_read_back_as_it_was_written(tmp_path: Path):
    wanted = plan((LR, "1e-4..1"), (AT["model", "args"], "width=16..256"), trials=9, seconds=30.0, measure="accuracy")
    write(wanted, tmp_path)
    assert read_plan(tmp_path) == wanted


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("1.5m", 90), ("2h", 7200)])
def test_times(text: str, seconds: float):
    assert seconds_of(text) == seconds


def test_losses_that_say_nothing_of_each_other_are_not_compared():
    assert measure_for(space_of([(AT["training", "label_smoothing"], "0..0.2")])) == "accuracy"
    assert measure_for(space_of([(AT["training", "loss"], "mse | mae")])) == "mae"
    assert measure_for(space_of([(LR, "1..2")])) == "loss"
