"""`nnlab train --folds`: a line a fold, then mean and spread of what they reach."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engine.errors import ExitCode, UsageError, number_of
from .console import Console

WIDEST, HEIGHT = 120, 14  # cells and lines of the folds' curves

if TYPE_CHECKING:
    from ..engine.config import Config
    from ..engine.runs.folder import RunFolder
    from ..engine.training.folds import FoldDone


def train_folds(
    config: Config, folds: int, name: str | None, out: Path | None, console: Console, *, json: bool, quiet: bool
) -> ExitCode:
    """Cross-validate and print what comes of it. Each fold is a run of its own: NAME-fold1, NAME-fold2, ..., or
    OUT/fold1, OUT/fold2, ...; without either, they are named by the data. Raises UsageError where one exists."""
    from ..engine.training.folds import cross_validate
    from ..engine.training.interrupt import stop_on_signals

    claim = claimer(config, folds, name, out, "cv", "fold")
    done: list[FoldDone] = []
    said: set[str] = set()
    with stop_on_signals() as stop:
        for fold in cross_validate(config, folds, lambda fold: claim(fold - 1), stop):
            done.append(fold)
            if not (json or quiet):
                print_notes(console, fold.notes if len(done) > 1 else (fold.chosen, *fold.notes), said)
                console.print_text(_line(fold, folds) + "\n")
                console.stdout.flush()
    if stop.reason is not None:
        finished = ", ".join(str(fold.fold) for fold in done) or "none"
        console.message(f"Interrupted; of {folds} folds these are done: {finished}.")
        return ExitCode(128 + stop.signal) if stop.signal else ExitCode.INTERRUPTED
    if json:
        console.print_json(_body(config, done))
    elif not quiet:
        _print(console, done)
        console.print_text(how("folds", done[0].alone))
    return ExitCode.DONE


def print_notes(console: Console, notes: Sequence[str], said: set[str]) -> None:
    """The notes that are not yet `said`, a line each; they are from now on."""
    from ..tui.render.text import inert

    for note in dict.fromkeys(notes):
        if note and note not in said:
            console.print_text(f"note: {inert(note)}\n")
            said.add(note)


def how(what: str, alone: str) -> str:
    """In which way several networks were trained, in a line."""
    return (
        f"The {what} were trained one after another: {alone}.\n"
        if alone
        else f"The {what} took their steps together.\n"
    )


def claimer(
    config: Config, count: int, name: str | None, out: Path | None, series: str, part: str, first: int = 1
) -> Callable[[int], RunFolder]:
    """Makes the run folders of several networks, by their places from 0: NAME-fold1, OUT/fold1 or DATA-cv1-fold1, where
    `series` is cv, `part` fold and `first` the number of the first. UsageError at the first one, before anything is
    trained, where one of them exists; by then it is known that there are rows for so many."""
    from ..engine.runs.claim import check_free, check_name, claim, stem_for
    from ..engine.runs.folder import runs_root

    base = (
        check_name(name) if name is not None else _free_name(config, runs_root(), series, part) if out is None else ""
    )
    alias = stem_for(os.path.realpath(out).rpartition(os.sep)[2]) if out else ""

    def named(place: int) -> tuple[str | None, Path | None]:
        word = f"{part}{first + place}"
        return f"{base}-{word}" if base else None, out / word if out else None

    def claim_one(place: int) -> RunFolder:
        for each in range(count) if place == 0 else ():
            check_free(*named(each))
        run, folder = named(place)
        return claim(run, out=folder, alias=f"{alias}-{part}{first + place}")

    return claim_one


def _free_name(config: Config, root: Path, series: str, part: str) -> str:
    """`<data>-cv<n>`, where `series` is cv, n being the first number after all that were used."""
    from ..engine.data.reading.names import stem_of
    from ..engine.runs.claim import stem_for

    stem = stem_for(stem_of(config.data.name))
    names = [entry.name for entry in root.iterdir()] if root.is_dir() else []
    used = [re.fullmatch(rf"{re.escape(stem)}-{series}([0-9]{{1,9}})-{part}[0-9]+", name) for name in names]
    return f"{stem}-{series}{max((int(match[1]) for match in used if match), default=0) + 1}"


def _line(fold: FoldDone, folds: int) -> str:
    metrics = "  ".join(f"{name} {value:.4g}" for name, value in fold.metrics.items())
    rows = f"{number_of(fold.train_rows, 'row')}, {fold.test_rows:,} held out"
    return (
        f"fold {fold.fold}/{folds}  {metrics}  ({rows}; best epoch {fold.best_epoch}; {fold.seconds:.1f} s)  {fold.run}"
    )


def _print(console: Console, done: Sequence[FoldDone]) -> None:
    from ..engine.training.folds import spread

    mean, deviation = spread([fold.metrics for fold in done])
    if not console.stdout.isatty():
        for word, values in (("mean", mean), ("std", deviation)):
            console.print_text("  ".join([word, *(f"{name} {value:.4g}" for name, value in values.items())]) + "\n")
        return
    rows = [[str(fold.fold), *(f"{value:.4g}" for value in fold.metrics.values()), fold.run] for fold in done]
    totals = [
        [word, *(f"{value:.4g}" for value in values.values()), ""]
        for word, values in (("mean", mean), ("std", deviation))
    ]
    print_curves(console, [fold.dir for fold in done])
    console.print_text("\n")
    console.print_table(["fold", *mean, "run"], [*rows, *totals], right=list(mean))


def print_curves(console: Console, folders: Sequence[str]) -> None:
    """The runs' curves as their mean and a band; nothing where a log cannot be read."""
    from ..engine.runs.folder import RunFolder
    from ..engine.runs.log import events_of
    from ..engine.runs.progress import progress_of
    from ..tui.render.curves import fold_curves, metrics_of

    try:
        histories = [progress_of(events_of(RunFolder(Path(folder)))).history for folder in folders]
    except UsageError as error:
        console.warn(str(error))
        return
    width, options = min(console.width, WIDEST), console.render_options
    for metric in metrics_of(histories[0])[:2]:
        console.print_text("\n")
        console.print_lines(fold_curves(histories, metric, width, HEIGHT, options))


def _body(config: Config, done: Sequence[FoldDone]) -> dict[str, Any]:
    """The object of `--folds --json`."""
    from ..engine.training.folds import spread

    mean, deviation = spread([fold.metrics for fold in done])
    told = {"data": config.data.name, "folds": [vars(fold) for fold in done]}
    return {**told, "mean": mean, "std": deviation, "config": config.to_dict()}
