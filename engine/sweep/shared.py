"""A study in a database, on which any number of machines work at once, each with its own folder of runs.

Nobody is more than the others: each makes the next trial that is free, trains it, and keeps how it ended. A trial
begins as one that waits, without settings; who turns it from waiting to running, which only one can, has it, and puts
its run and its settings down before the next one may be made. While it is trained it gives signs of life. One that has
given none for GRACE seconds of the database's clock waits once more, with its settings, for whoever is free.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from platform import node
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ..errors import NnlabError, UsageError, shown
from .database import BEAT_EVERY, GRACE, SILENT, Database, keep
from .folder import SweepFolder
from .plan import Plan, plan_of, tree_of, write
from .space import Point
from .study import Proposal, Study, Told, direction, told_of

if TYPE_CHECKING:
    from optuna import Study as OptunaStudy
    from optuna.storages import RDBStorage
    from optuna.trial import FrozenTrial

LOOK_EVERY = 0.5  # seconds for which it is known how the trials are
AGAIN_EVERY = 1.0  # seconds between two tries of a database that does not answer
PLAN, ROWS, BEGUN, MEMBER, OWNER = "plan", "rows", "begun", "member ", "owner"  # what the study keeps besides
Answer = TypeVar("Answer")


class SharedStudy(Study):
    """The trials of a sweep in a database. A database that does not answer is asked again for GRACE seconds, in which
    the trials go on. Raises NnlabError where it does not answer then, as all methods do, or Optuna or a driver is not
    installed; UsageError where it has no such sweep."""

    def __init__(self, plan: Plan, folder: SweepFolder, database: Database) -> None:
        self.database, self.folder = database, folder
        self.member = keep(folder.path, database).member
        self._kept: list[FrozenTrial] = []
        self._read_at = self._beaten = float("-inf")
        self._pulses: dict[str, dict[str, Any]] = {}
        super().__init__(plan, folder.path)

    def _open(self, folder: Path | None) -> OptunaStudy:
        assert folder is not None
        self.backend = self.database.open()
        return _loaded(self.backend, folder.name, self.database)

    # ------------------------------------------------------------------ trials

    def _all(self) -> list[FrozenTrial]:
        """All trials, also those that have not begun, as they were a moment ago."""
        if monotonic() - self._read_at >= LOOK_EVERY:
            self._kept = self._ask(lambda: self.study.get_trials(deepcopy=False))
            self._read_at = monotonic()
        return self._kept

    def _trials(self) -> list[FrozenTrial]:
        """Those that have begun: all before them have."""
        trials = self._all()
        first = next((trial.number for trial in trials if "run" not in trial.user_attrs), len(trials))
        return trials[:first]

    @property
    def unfinished(self) -> list[Told]:
        """The trials that this machine has begun, when its process was killed."""
        return [told_of(one) for one in self._trials() if _runs(one) and self._mine(one)]

    @property
    def to_train_on(self) -> list[int]:
        """Promoted trials that were over, of those that this machine has trained."""
        trials = self._trials()
        return [number for number in super().to_train_on if self._mine(trials[number])]

    @property
    def waits(self) -> bool:
        """Whether there is a trial that is not over, or not begun, so that it may come to be free."""
        begun, most = self._trials(), self.most
        return most is None or len(begun) < most or any(not trial.state.is_finished() for trial in begun)

    def is_mine(self, number: int) -> bool:
        """Whether this machine has trained a trial last."""
        return self._mine(self._trials()[number])

    def free(self) -> int | None:
        """The number of the first trial that waits for somebody and may begin; None where there is none now."""
        begun, most = self._trials(), self.most
        again = next((trial.number for trial in begun if _waits(trial)), None)
        number = len(begun)
        if again is not None:
            return again
        if (most is not None and number >= most) or not self.may_propose(number):
            return None
        if number == len(self._all()):
            import optuna

            waiting = optuna.create_trial(state=optuna.trial.TrialState.WAITING)
            self._write(lambda: self.storage.create_new_trial(self.study._study_id, waiting))
        return number if number < len(self._all()) and _waits(self._all()[number]) else None

    def claim(self, number: int) -> bool:
        """Whether this machine, and no other, trains this trial from now on."""
        import optuna

        trial = self._all()[number]
        if trial.state.is_finished() or _runs(trial):
            return self._mine(trial)
        self._ask(lambda: self.backend.record_heartbeat(trial._trial_id))
        running = optuna.trial.TrialState.RUNNING
        got = self._write(
            lambda: self._unless_over(lambda: self.storage.set_trial_state_values(trial._trial_id, running))
        )
        if got:
            self._write(lambda: self.storage.set_trial_user_attr(trial._trial_id, OWNER, self.member))
        return bool(got)

    def start(self, number: int, point: Point | None, run: str) -> None:
        """Put down the settings of a trial that this machine has claimed, and that it begins."""
        identity = self._all()[number]._trial_id
        distributions = self._distributions

        def put() -> None:
            for name, value in (point or {}).items():
                inner = distributions[name].to_internal_repr(value)
                self.storage.set_trial_param(identity, name, inner, distributions[name])
            self.storage.set_trial_user_attr(identity, "run", run)

        self._write(put)

    def end(self, told: Told, proposal: Proposal) -> None:
        """Keep how a trial ended, unless it was given to others meanwhile."""
        before = self._fresh()[told.number]
        if not self._mine(before):
            return
        over = before.state.is_finished()

        def put() -> None:
            if not over and self._fresh()[told.number].state.is_finished():
                return  # kept already, by a try of which no answer came
            super(SharedStudy, self).end(told, proposal)

        self._write(put)

    def give_back(self, numbers: Iterable[int]) -> None:
        """Let others train these trials, of which this machine has saved what it has."""
        for number in numbers:
            trial = self._fresh()[number]
            if _runs(trial) and self._mine(trial):
                self._wait_again(trial._trial_id)

    # ------------------------------------------------------------------ machines

    def beat(self, numbers: Iterable[int], trainers: int) -> tuple[list[int], list[tuple[str, int]]]:
        """Give signs of life, now and then, of the trials that this machine trains, `numbers`, and give back those
        whose machine gives none. Returns which of them are others' by now, and who has come, with the number of its
        trainers, or is gone, with 0."""
        if monotonic() - self._beaten < BEAT_EVERY:
            return [], []
        self._beaten = monotonic()
        lost: list[int] = []
        trials = self._fresh()
        for number in numbers:
            if _waits(trials[number]) and self._mine(trials[number]):  # by who took this machine for gone
                self.claim(number)
                trials = self._fresh()
            if self._mine(trials[number]):
                self._ask(lambda one=trials[number]: self.backend.record_heartbeat(one._trial_id))
            else:
                lost.append(number)
        for identity in self._ask(lambda: self.backend._get_stale_trial_ids(self.study._study_id)):
            self._wait_again(identity)
        return lost, self._met(trainers)

    def leave(self) -> None:
        """Say that this machine is gone."""
        with suppress(NnlabError):
            self._say(0)

    def _met(self, trainers: int) -> list[tuple[str, int]]:
        """Say that this machine is there, and see who else is, or is gone."""
        self._say(trainers)
        attrs, found = self._ask(lambda: self.study.user_attrs), list[tuple[str, int]]()
        self._read(attrs)
        self.plan = plan_of(attrs[PLAN], f"The sweep {self.folder.name!r} in {self.database.shown}")
        for key, said in attrs.items():
            if not key.startswith(MEMBER) or key == MEMBER + self.member:
                continue
            pulse = self._pulses.setdefault(key, {"said": said, "since": monotonic(), "there": False})
            if said != pulse["said"]:
                pulse |= {"said": said, "since": monotonic()}
                there = bool(said["trainers"])
            else:
                there = pulse["there"] and monotonic() - pulse["since"] < SILENT
            if there != pulse["there"]:
                pulse["there"] = there
                found.append((said["name"], said["trainers"] if there else 0))
        return found

    def _say(self, trainers: int) -> None:
        body = {
            "name": f"{node() or 'machine'}-{self.member[:6]}",
            "trainers": trainers,
            "at": monotonic(),
        }  # which nobody compares
        self._ask(lambda: self.study.set_user_attr(MEMBER + self.member, body))

    # ------------------------------------------------------------------ what all go by

    @property
    def begun(self) -> bool:
        """Whether the default trial has, so that data and settings are sound."""
        return bool(self._ask(lambda: self.study.user_attrs).get(BEGUN))

    def tell_begun(self) -> None:
        """Let the others begin."""
        self._write(lambda: self.study.set_user_attr(BEGUN, True))

    def change(self, plan: Plan, folder: Path) -> None:
        """Go on by another plan, as all others do from now on."""
        super().change(plan, folder)
        self._write(lambda: self.study.set_user_attr(PLAN, tree_of(plan)))

    def spend(self, seconds: float) -> None:
        """Keep how long it has been at work: as long as on the machine that has been longest."""
        self._write(lambda: super(SharedStudy, self).spend(max(seconds, self.seconds)))

    def check_rows(self, rows: dict[str, int]) -> None:
        """Keep which rows are learnt, by their fingerprint; UsageError where they are others here than on the machine
        that was the first."""
        before = self._ask(lambda: self.study.user_attrs).get(ROWS)
        if before is None:
            self._write(lambda: self.study.set_user_attr(ROWS, rows))
        elif before != rows:
            raise UsageError(
                f"The data {self.plan.config({}).data.name!r} have other rows here than where {self.folder.name!r} was"
                " begun: copy the same files to this machine."
            )

    # ------------------------------------------------------------------ the database

    @property
    def storage(self) -> Any:
        """What Optuna writes to."""
        return self.study._storage

    def _mine(self, trial: FrozenTrial) -> bool:
        return trial.user_attrs.get(OWNER) == self.member

    def _fresh(self) -> list[FrozenTrial]:
        self._read_at = float("-inf")
        return self._all()

    def _wait_again(self, identity: int) -> None:
        """Have a trial wait for somebody, unless it is over by now."""
        import optuna

        waiting = optuna.trial.TrialState.WAITING
        self._write(lambda: self._unless_over(lambda: self.storage.set_trial_state_values(identity, waiting)))

    def _unless_over(self, act: Callable[[], bool]) -> bool:
        import optuna

        try:
            return act()
        except optuna.exceptions.UpdateFinishedTrialError:
            return False

    def _write(self, act: Callable[[], Answer]) -> Answer:
        """Do what changes the trials."""
        try:
            return self._ask(act)
        finally:
            self._read_at = float("-inf")

    def _ask(self, act: Callable[[], Answer]) -> Answer:
        """Do it, again and again where the database does not answer, but not for ever."""
        import optuna
        from sqlalchemy.exc import SQLAlchemyError

        began = monotonic()
        while True:
            try:
                return act()
            except (optuna.exceptions.StorageInternalError, SQLAlchemyError) as error:
                if monotonic() - began > GRACE:
                    raise self.database.refused(error) from None
                threading.Event().wait(AGAIN_EVERY)


def open_study(plan: Plan, folder: SweepFolder, database: Database | None) -> Study:
    """The study of a sweep: in this database, else in its folder's journal."""
    return Study(plan, folder.path) if database is None else SharedStudy(plan, folder, database)


def create_shared(plan: Plan, folder: SweepFolder, database: Database, *, again: bool = False) -> None:
    """Make a study for a new sweep, `again` where that may have been cut off. UsageError where the database has one of
    this name already, NnlabError as `open` does."""
    import optuna

    storage, name = database.open(), folder.name
    keep(folder.path, database)
    try:
        study = optuna.create_study(storage=storage, study_name=name, direction=direction(plan), load_if_exists=again)
        if PLAN not in study.user_attrs:
            study.set_user_attr(PLAN, tree_of(plan))
    except optuna.exceptions.DuplicatedStudyError:
        raise UsageError(
            f"The database {database.shown} has a sweep {folder.name!r} already: join it by --join {folder.name}, or"
            " choose another --name."
        ) from None
    except optuna.exceptions.StorageInternalError as error:
        raise database.refused(error) from None


def check_rows(plan: Plan, folder: SweepFolder, database: Database) -> None:
    """Raise UsageError where a trial cannot be trained on this machine, or its rows are others than where the sweep was
    begun."""
    from ..training.session import begin

    SharedStudy(plan, folder, database).check_rows(begin(plan.trial({})).fingerprint)


def discard_shared(folder: SweepFolder, database: Database) -> None:
    """Remove a study in which no trial has ended."""
    import optuna

    with suppress(KeyError, NnlabError, optuna.exceptions.StorageInternalError):
        optuna.delete_study(study_name=folder.name, storage=database.open())


def fetch_plan(name: str, database: Database) -> Plan:
    """The plan of a sweep in a database. UsageError where there is none of this name."""
    import optuna

    try:
        attrs = _loaded(database.open(), name, database).user_attrs
    except optuna.exceptions.StorageInternalError as error:
        raise database.refused(error) from None
    place = f"The study {shown(name)} in {database.shown}"
    if not isinstance(attrs.get(PLAN), dict):
        raise UsageError(f"{place} is no sweep of nnlab's.")
    return plan_of(cast("dict[str, Any]", attrs[PLAN]), place)


def fetch(folder: SweepFolder, database: Database) -> Plan:
    """Make the folder of a sweep in a database on this machine, where it is not there; returns its plan."""
    plan = fetch_plan(folder.name, database)
    folder.path.mkdir(exist_ok=True)
    keep(folder.path, database)
    write(plan, folder.path)
    return plan


def _loaded(storage: RDBStorage, name: str, database: Database) -> OptunaStudy:
    import optuna

    try:
        return optuna.load_study(study_name=name, storage=storage)
    except KeyError:
        there = sorted(optuna.get_all_study_names(storage))
        hint = f"it has {', '.join(there[:8])}." if there else "it has none."
        raise UsageError(f"The database {database.shown} has no sweep {shown(name)}: {hint}") from None


def _waits(trial: FrozenTrial) -> bool:
    return trial.state.name == "WAITING"


def _runs(trial: FrozenTrial) -> bool:
    return trial.state.name == "RUNNING"
