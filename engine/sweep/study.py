"""The search: which settings a trial tries, and which trials are worth their time. Optuna does it and keeps it.

Whatever runs beside it, trial n knows how the trials up to n - `at_once` ended, and of those after them nothing but
their settings. So it is the same trial however many are trained at once and however fast they are, and is stopped at
the same epoch. A trial waits until those have ended; with fewer than `at_once` trainers it hardly ever has to.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from ..errors import NnlabError
from .folder import JOURNAL
from .plan import Plan, write
from .space import Point, Range

if TYPE_CHECKING:
    from optuna import Study as OptunaStudy
    from optuna import Trial
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

QUASI = 16  # trials, the default's among them, that are spread evenly before the results count
REDUCTION = 3  # of so many trials the best is trained on at each rung
RUNGS = 2  # below the last epoch
RUNG = "completed_rung_"
PROMOTED, AGAIN = "promoted", "again-"  # what the journal keeps of trials that somebody has promoted

Outcome = Literal["complete", "pruned", "stopped", "diverged", "failed", "refused"]
"""How a trial ended: trained to its end; not worth more; a user stopped it; or what went wrong with it."""
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
UNTRAINED: tuple[Outcome, ...] = "pruned", "stopped"
"""Of a trial that can be trained on."""


@dataclass(frozen=True)
class Told:
    """A trial as the journal has it. `value` is what it reached, None where nothing is known of that; `epochs` are
    those that count, of the `planned` ones. Without an `outcome` it is not over."""

    number: int
    run: str
    point: Point | None
    outcome: Outcome | None = None
    value: float | None = None
    epochs: int = 0
    planned: int = 0
    seconds: float = 0.0
    message: str = ""


@dataclass
class Proposal:
    """A trial to be: its point, None for a default that lies beside the space, and whether it is worth more after each
    epoch. `best` is the best value that it knows of, `sign` what makes the lower value the better one."""

    trial: Trial
    point: Point | None
    best: float | None
    sign: float
    halving: bool
    last: tuple[int, float] | None = None

    def goes_on(self, epoch: int, value: float) -> bool:
        """Take what it would be worth if it ended with this epoch; whether it is worth another one. The best trial of
        those that it knows always is."""
        self.last = epoch, value
        self.trial.report(value, epoch)
        halved = self.halving and self.trial.should_prune()
        return not halved or self.best is None or self.sign * value < self.sign * self.best

    @property
    def rungs(self) -> dict[str, float]:
        """What it was worth at each rung, by Optuna's name for that."""
        told = self.trial.study.trials[self.trial.number].system_attrs
        return {name: value for name, value in told.items() if name.startswith(RUNG)}


class Study:
    """The trials of a sweep in Optuna's journal, in the sweep's folder, or in memory without one. Raises NnlabError
    where Optuna is not there."""

    def __init__(self, plan: Plan, folder: Path | None) -> None:
        self.plan = plan
        self.study: OptunaStudy = self._open(folder)
        self._read(self.study.user_attrs)

    def _open(self, folder: Path | None) -> OptunaStudy:
        """The study in the journal of this folder, or in memory."""
        optuna = optuna_or_refuse()
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        for left in folder.glob(f"{JOURNAL}.lock*") if folder else ():
            left.unlink()  # by a process that was killed: this one alone is at work here
        storage = JournalStorage(JournalFileBackend(str(folder / JOURNAL))) if folder else None
        return optuna.create_study(
            storage=storage, study_name=folder and folder.name, load_if_exists=True, direction=direction(self.plan)
        )

    def _read(self, kept: Mapping[str, Any]) -> None:
        """Take what is kept of trials that somebody has promoted."""
        self.promoted: frozenset[int] = frozenset(kept.get(PROMOTED, []))
        self._again = {
            number: Told(**kept[f"{AGAIN}{number}"]) for number in self.promoted if kept.get(f"{AGAIN}{number}")
        }

    @property
    def trials(self) -> list[Told]:
        """All trials so far, by their numbers."""
        return [self._again.get(trial.number) or told_of(trial) for trial in self._trials()]

    @property
    def to_train_on(self) -> list[int]:
        """The trials that were over when somebody promoted them, and have not been trained on to another end."""
        trials, waiting = self._trials(), sorted(self.promoted - self._again.keys())
        return [one for one in waiting if told_of(trials[one]).outcome in UNTRAINED]

    def promote(self, number: int) -> None:
        """Keep that a trial is to be trained to its end whatever it reaches, once more where it had another end."""
        self._again.pop(number, None)
        self.study.set_user_attr(f"{AGAIN}{number}", None)
        self._keep_promoted(self.promoted | {number})

    def demote(self, number: int) -> None:
        """Keep that nobody wants a trial to be trained to its end any more."""
        if number in self.promoted:
            self._keep_promoted(self.promoted - {number})

    def _keep_promoted(self, numbers: frozenset[int]) -> None:
        self.promoted = numbers
        self.study.set_user_attr(PROMOTED, sorted(numbers))

    @property
    def seconds(self) -> float:
        """How long the sweep has been at work."""
        return float(self.study.user_attrs.get("seconds", 0.0))

    def spend(self, seconds: float) -> None:
        """Keep how long it has been at work."""
        self.study.set_user_attr("seconds", seconds)

    @property
    def unfinished(self) -> list[Told]:
        """The trials that were begun and are not over, and that nobody else trains."""
        return [told for told in self.trials if told.outcome is None]

    def free(self) -> int | None:
        """The number of the next trial, as soon as all is known that it has to know; None where there is none now."""
        number, most = len(self._trials()), self.most
        return number if (most is None or number < most) and self.may_propose(number) else None

    def claim(self, number: int) -> bool:  # noqa: ARG002
        """Whether nobody else trains this trial, which no one may from now on."""
        return True

    @property
    def begun(self) -> bool:
        """Whether the default trial has on another machine, so that data and settings are sound."""
        return False

    def tell_begun(self) -> None:
        """Let other machines begin."""

    def change(self, plan: Plan, folder: Path) -> None:
        """Go on by another plan, and keep it in the sweep's folder."""
        self.plan = plan
        write(plan, folder)

    def may_propose(self, number: int) -> bool:
        """Whether all is known that this trial has to know."""
        known = self._trials()[: max(0, number - self.plan.at_once + 1)]
        return all(trial.state.is_finished() for trial in known)

    def propose(self, number: int) -> Proposal | None:
        """The trial of this number, the same whenever it is asked for; None where all of a grid was tried."""
        import optuna

        earlier = self._trials()[:number]
        known = [one for one in earlier[: max(0, number - self.plan.at_once + 1)] if one.state.is_finished()]
        epochs = told_of(earlier[0]).planned if known else 0
        sampler = optuna.samplers.TPESampler(seed=_seed(self.plan.seed, number), n_startup_trials=0, constant_liar=True)
        pruner = optuna.pruners.SuccessiveHalvingPruner(max(1, -(-epochs // REDUCTION**RUNGS)), REDUCTION)
        view = optuna.create_study(sampler=sampler, pruner=pruner, direction=direction(self.plan))
        view.add_trials([self._seen(trial, ended=trial.number < len(known)) for trial in earlier])
        point = self._first(number) if number < QUASI or self.plan.gridded else {}
        if point is None:
            return None
        if number and point:
            view.enqueue_trial(point)
        trial = view.ask({} if number == 0 else self._distributions)
        ended = [one.value for one in map(told_of, known) if one.value is not None]
        sign = -1.0 if self.plan.better_high else 1.0
        best = min(ended, key=lambda value: sign * value, default=None)
        return Proposal(trial, self._point(trial.params) if number else self.default, best, sign, self.plan.halving)

    def start(self, number: int, point: Point | None, run: str) -> None:
        """Keep that a trial begins, before it does."""
        import optuna

        params: dict[str, Any] = {**(point or {})}
        distributions = {name: self._distributions[name] for name in params}
        running = optuna.trial.TrialState.RUNNING
        attrs = {"run": run}
        self.study.add_trial(
            optuna.create_trial(state=running, params=params, distributions=distributions, user_attrs=attrs)
        )
        assert len(self._trials()) == number + 1

    def end(self, told: Told, proposal: Proposal) -> None:
        """Keep how a trial ended. Cut off in between, it can be kept once more."""
        import optuna

        trial = self._trials()[told.number]
        if trial.state.is_finished():  # and was promoted: later trials knew its first end, and go on knowing that
            self._again[told.number] = told
            self.study.set_user_attr(f"{AGAIN}{told.number}", asdict(told))
            return
        storage, identity = self.study._storage, trial._trial_id
        for name, value in proposal.rungs.items():
            storage.set_trial_system_attr(identity, name, value)
        if proposal.last is not None:
            storage.set_trial_intermediate_value(identity, *proposal.last)
        about = {"outcome": told.outcome, "epochs": told.epochs, "planned": told.planned, "seconds": told.seconds}
        about |= {"value": told.value, "message": told.message, "point": told.point}
        storage.set_trial_user_attr(identity, "told", json.dumps(about))
        if told.outcome == "complete":
            self.study.tell(told.number, told.value)
        else:
            self.study.tell(told.number, state=optuna.trial.TrialState.PRUNED)

    def importance(self) -> dict[str, float]:
        """How much of the difference between trials each setting makes, the largest first; empty where too few were
        trained to their end to tell."""
        import optuna

        state = optuna.trial.TrialState.COMPLETE
        ended = [self._seen(trial, ended=True) for trial in self._trials() if trial.state == state]
        ended = [trial for trial in ended if trial.params]
        if len(ended) < 4 or len({trial.value for trial in ended}) < 2:
            return {}
        view = optuna.create_study(direction=direction(self.plan))
        view.add_trials(ended)
        found = optuna.importance.get_param_importances(view)
        return {name: float(value) for name, value in found.items()}

    def _trials(self) -> list[FrozenTrial]:
        return self.study.get_trials(deepcopy=False)

    def _seen(self, trial: FrozenTrial, *, ended: bool) -> FrozenTrial:
        """A trial as a later one knows it: all of it where it has ended by then, else its settings."""
        import optuna

        params: dict[str, Any] = {**((told_of(trial).point if ended else None) or trial.params)}
        shown: dict[str, Any] = {
            "params": params,
            "distributions": {name: self._distributions[name] for name in params},
        }
        if not ended:
            return optuna.create_trial(state=optuna.trial.TrialState.RUNNING, **shown)
        shown |= {"intermediate_values": trial.intermediate_values, "system_attrs": trial.system_attrs}
        return optuna.create_trial(state=trial.state, value=trial.value if trial.values else None, **shown)

    def _point(self, params: Mapping[str, Any]) -> Point:
        """A point as it was drawn, in numbers of a few digits and in the order of the space."""
        point: Point = {}
        for one in self.plan.space.dimensions:
            value = params[one.name]
            point[one.name] = one.values.rounded(value) if isinstance(one.values, Range) else value
        return point

    def _first(self, number: int) -> Point | None:
        """The point of one of the first trials, which no result has any bearing on; None behind the last of a grid, and
        an empty one for the default."""
        if not number:
            return {}
        return self._spread[number - 1] if number <= len(self._spread) else None

    @cached_property
    def _spread(self) -> list[Point]:
        """Points that are spread evenly, or, of choices alone, all of them in an order by chance."""
        import optuna

        plan, size = self.plan, self.plan.space.size or 0
        choices = {one.name: list(one.values) for one in plan.space.dimensions if isinstance(one.values, tuple)}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = (
                optuna.samplers.GridSampler(choices, seed=plan.seed)
                if plan.gridded
                else optuna.samplers.QMCSampler(scramble=True, seed=plan.seed, warn_independent_sampling=False)
            )
        view = optuna.create_study(sampler=sampler)
        if not plan.gridded:  # whose first point is none of its own
            view.ask(self._distributions)
            view.tell(0, 0.0)
        asked = [view.ask(self._distributions) for _ in range(size if plan.gridded else QUASI - 1)]
        points = [self._point(trial.params) for trial in asked]
        if not plan.gridded:
            return points
        # What has no effect there is no other point, nor is the default.
        unlike = {json.dumps(plan.effective(point)): point for point in reversed(points) if point != self.default}
        return list(reversed(unlike.values()))

    @property
    def most(self) -> int | None:
        """How many trials there are at most; None where the time alone says."""
        most = self.plan.most
        return min(most or len(self._spread) + 1, len(self._spread) + 1) if self.plan.gridded else most

    @cached_property
    def default(self) -> Point | None:
        """Where the data set's default lies; None where that is beside the space, or known once the rows are read."""
        config = self.plan.config({})
        return None if config.training.quality else self.plan.space.point_of(config.to_dict())

    @cached_property
    def _distributions(self) -> dict[str, BaseDistribution]:
        """The space as Optuna has it."""
        from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

        found: dict[str, BaseDistribution] = {}
        for one in self.plan.space.dimensions:
            values = one.values
            if not isinstance(values, Range):
                found[one.name] = CategoricalDistribution(values)
            elif values.whole:
                found[one.name] = IntDistribution(int(values.low), int(values.high), log=values.log)
            else:
                found[one.name] = FloatDistribution(values.low, values.high, log=values.log)
        return found


def first_points(plan: Plan, most: int) -> list[Point]:
    """The points of a sweep's first trials, an empty one for a default beside the space. No result has any bearing on
    those of less than QUASI."""
    study, points = Study(plan, None), list[Point]()
    for number in range(min(most, plan.most or most, QUASI)):
        proposal = study.propose(number)
        if proposal is None:
            break
        points.append(proposal.point or {})
        study.start(number, proposal.point, "")
    return points


def optuna_or_refuse() -> Any:
    """Optuna, which says nothing by itself. NnlabError with what installs it where it is not there."""
    try:
        import optuna
    except ImportError:
        raise NnlabError(
            "A sweep needs Optuna, which is not installed: `pip install 'nnlab[sweep]'` brings it."
        ) from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def direction(plan: Plan) -> Literal["maximize", "minimize"]:
    """Which values of the plan's measure are better, as Optuna says it."""
    return "maximize" if plan.better_high else "minimize"


def _seed(seed: int, number: int) -> int:
    return (seed * 1_000_003 + number) % 2**32


def told_of(trial: FrozenTrial) -> Told:
    """A trial of the journal."""
    attrs = trial.user_attrs
    point = cast(Point, dict(trial.params)) or None
    if not trial.state.is_finished():
        return Told(trial.number, attrs["run"], point)
    about = json.loads(attrs["told"])
    return Told(
        trial.number,
        attrs["run"],
        about["point"] or point,
        about["outcome"],
        about["value"],
        about["epochs"],
        about["planned"],
        about["seconds"],
        about["message"],
    )
