"""How `nnlab sweep` works on a sweep: one that begins, goes on, or is joined, in its folder's journal or a database."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..engine.errors import ExitCode, UsageError, number_of, shown
from ..engine.sweep.database import VARIABLE
from .console import Console
from .telling import sweep_followed

if TYPE_CHECKING:
    from ..engine.sweep.database import Database
    from ..engine.sweep.events import SweepEvent
    from ..engine.sweep.folder import SweepFolder
    from ..engine.sweep.jobs import Trainer
    from ..engine.sweep.plan import Plan
    from ..engine.trackers.wishes import Wishes
    from ..engine.training.interrupt import StopRequest


@dataclass(frozen=True)
class Work:
    """How a sweep is worked on: with so many trainers, what is printed where, and who else is told."""

    jobs: int
    console: Console
    json: bool = False
    quiet: bool = False
    wishes: Wishes | None = None


def begin(plan: Plan, name: str | None, storage: str | None, work: Work) -> ExitCode:
    """Make the folder of a new sweep, and its study where that is in a database, and work on it."""
    from ..engine.data.reading.names import stem_of
    from ..engine.sweep.database import keep
    from ..engine.sweep.folder import claim_sweep, discard
    from ..engine.sweep.plan import write

    database, made = _database(storage or os.environ.get(VARIABLE)), False
    folder = claim_sweep(name, stem_of(plan.config({}).data.name))
    try:
        if database is not None:
            keep(folder.path, database)
        write(plan, folder.path)
        if database is not None:
            from ..engine.sweep.shared import create_shared

            create_shared(plan, folder, database)
            made = True
        return _work(plan, folder, database, work)
    finally:
        if not any(body["event"] == "trial_ended" for body in folder.events()) and not _has_runs(folder):
            discard(folder)
            if database is not None and made:
                from ..engine.sweep.shared import discard_shared

                discard_shared(folder, database)


def _database(storage: str | None) -> Database | None:
    if storage is None:
        return None
    from ..engine.sweep.database import database_at

    return database_at(storage)


def _has_runs(folder: SweepFolder) -> bool:
    return any(folder.path.parent.glob(f"{folder.name}-[0-9]*"))


def join(name: str, storage: str | None, jobs: int, console: Console, *, quiet: bool) -> ExitCode:
    """Lend trainers to whoever works on the sweep with this folder of runs; else work on its study in a database."""
    from ..engine.runs.claim import is_live
    from ..engine.runs.folder import RunFolder, runs_root
    from ..engine.sweep.database import database_of, kept
    from ..engine.sweep.folder import find_sweep

    name = find_sweep(name).name if name == "latest" else name
    path = runs_root() / name
    storage = storage or os.environ.get(VARIABLE)
    if is_live(RunFolder(path)) or not (storage or (path.is_dir() and kept(path))):
        from .sweep_join import join as lend

        return lend(name, jobs, console, quiet=quiet)
    from ..engine.sweep.shared import fetch

    folder = _found_or_new(name)
    database = database_of(folder.path, storage) if kept(folder.path) else _database(storage)
    assert database is not None
    plan = fetch(folder, database)
    if not quiet:
        console.print_text(f"joined {folder.name} in {database.shown} with {number_of(jobs, 'trainer')}\n")
        console.stdout.flush()
    return _work(plan, folder, database, Work(jobs, console, quiet=quiet), leads=False)


def _found_or_new(name: str) -> SweepFolder:
    """The folder of a sweep that is in a database, which need not be there. UsageError for a name that another run or
    sweep has here."""
    from ..engine.runs.claim import check_name, made_root
    from ..engine.sweep.database import kept
    from ..engine.sweep.folder import SweepFolder

    path = made_root() / check_name(name)
    if path.exists() and kept(path) is None:
        raise UsageError(
            f"{shown(name)} is a run or a sweep of this machine's own: to join another one of that name, choose another"
            " folder of runs by NNLAB_RUNS."
        )
    return SweepFolder(path)


def go_on(
    text: str, storage: str | None, trials: int | None, seconds: float | None, work: Work, *, ensemble: bool = False
) -> ExitCode:
    """Go on with a sweep: with as many trials in all, and for as long from now on, as are said now, and to an ensemble
    where one was, or is, asked for."""
    from ..engine.runs.folder import SWEEP, runs_root
    from ..engine.sweep.database import database_of, kept
    from ..engine.sweep.folder import at_work, find_sweep
    from ..engine.sweep.plan import read_plan, write
    from ..engine.sweep.shared import create_shared, fetch, open_study

    told = storage or os.environ.get(VARIABLE)
    here = text == "latest" or (runs_root() / text / SWEEP).is_file()
    folder = find_sweep(text) if here or told is None else _found_or_new(text)
    if storage is not None and here and kept(folder.path) is None:
        raise UsageError(f"The study of {folder.name!r} is in its folder, not in a database: leave out --storage.")
    database = database_of(folder.path, told) if here else _database(told)
    if not here and database is not None:
        fetch(folder, database)
    with at_work(folder):
        plan = read_plan(folder.path)
        if database is not None:
            create_shared(plan, folder, database, again=True)
        study = open_study(plan, folder, database) if database or seconds is not None else None
        plan = study.plan if study else plan
        seconds = seconds + study.seconds if seconds is not None and study else seconds
        ensemble = ensemble or plan.ensemble
        plan = replace(plan, trials=trials or plan.trials, seconds=seconds or plan.seconds, ensemble=ensemble)
        if study is not None:
            study.change(plan, folder.path)
        else:
            write(plan, folder.path)
    return _work(plan, folder, database, work)


def _work(plan: Plan, folder: SweepFolder, database: Database | None, work: Work, *, leads: bool = True) -> ExitCode:
    """Work on a sweep, and have others told of it."""
    begun = folder.log.stat().st_size if folder.log.exists() else 0
    with sweep_followed(str(folder.path), begun, work.wishes, work.console):
        return _worked(plan, folder, database, work, leads=leads)


def _worked(plan: Plan, folder: SweepFolder, database: Database | None, work: Work, *, leads: bool) -> ExitCode:
    """Work on a sweep and print what it tells; on a terminal, show it."""
    console, jobs = work.console, work.jobs
    if console.live and leads and not (work.json or work.quiet):
        from .sweep_screen import sweep_on_screen

        return sweep_on_screen(folder, jobs, console, database.whole if database else None)
    from ..engine.sweep.mixing import mix
    from ..engine.sweep.sweep import Sweep
    from ..engine.training.interrupt import stop_on_signals
    from .sweep_report import Printer
    from .sweep_trainer import TrainerProcess

    if database is not None:
        from ..engine.sweep.shared import check_rows

        check_rows(plan, folder, database)
    trainers: list[Trainer] = [TrainerProcess() for _ in range(jobs)]
    printer = Printer(console, plan, json=work.json, quiet=work.quiet)
    try:
        with stop_on_signals() as stop:
            stop.patient = True
            for event in Sweep(plan, folder, trainers, _judged, stop, database, leads, mix).run():
                _print(printer, event, stop)
    finally:
        for trainer in trainers:
            trainer.close()
    if stop.reason is not None:
        if not work.quiet:
            again = "resume" if leads else "join"
            console.message(f"Saved; to go on: nnlab sweep --{again} {folder.name}")
        return ExitCode(128 + stop.signal) if stop.signal else ExitCode.FAILED
    if not (leads or work.quiet):
        console.message("All trials are over; the machine on which the sweep was begun has the last word.")
    return ExitCode.DONE


def _print(printer: Any, event: SweepEvent, stop: StopRequest) -> None:
    """Print an event; once nobody takes the output, ask for a stop."""
    try:
        printer.print(event)
    except OSError:
        stop.reason = stop.reason or "interrupt"


def _judged(run: str) -> dict[str, float]:
    """What a run's network is worth on the test rows."""
    from ..engine.network import load

    return load(run).evaluate(split="test").metrics
