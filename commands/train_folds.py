"""`nnlab train --folds`: a line a fold, then mean and spread of what they reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..engine.errors import ExitCode, number_of
from .telling import series_told
from .train_several import Work, claimer, interrupted, print_how, print_means, tell_means, told

if TYPE_CHECKING:
    from ..engine.config import Config
    from ..engine.training.folds import FoldDone


def train_folds(config: Config, folds: int, work: Work) -> ExitCode:
    """Cross-validate, print what comes of it and tell others as they wish. Each fold is a run of its own: NAME-fold1,
    NAME-fold2, ..., or OUT/fold1, OUT/fold2, ...; without either, they are named by the data. Raises UsageError where
    one exists."""
    from ..engine.training.folds import cross_validate, spread
    from ..engine.training.interrupt import stop_on_signals

    console = work.console
    claim = claimer(config, folds, work.name, work.out, "cv", "fold")
    with series_told(f"{folds} folds of {config.data.name}", work.wishes, console) as series, stop_on_signals() as stop:
        each = cross_validate(config, folds, lambda fold: claim(fold - 1), stop)
        done = told(each, lambda fold: _line(fold, folds), console, series, silent=work.silent)
        code = interrupted(stop, folds, "folds", [fold.fold for fold in done], console, series)
        if code is not None:
            return code
        means = spread([fold.metrics for fold in done])
        if work.json:
            console.print_json(_body(config, done))
        elif not work.quiet:
            print_means(console, "fold", {fold.fold: fold for fold in done}, *means, done)
            print_how(console, "folds", done[0].alone)
        tell_means(series, *means)
    return ExitCode.DONE


def _line(fold: FoldDone, folds: int) -> str:
    metrics = "  ".join(f"{name} {value:.4g}" for name, value in fold.metrics.items())
    rows = f"{number_of(fold.train_rows, 'row')}, {fold.test_rows:,} held out"
    return (
        f"fold {fold.fold}/{folds}  {metrics}  ({rows}; best epoch {fold.best_epoch}; {fold.seconds:.1f} s)  {fold.run}"
    )


def _body(config: Config, done: Sequence[FoldDone]) -> dict[str, Any]:
    """The object of `--folds --json`."""
    from ..engine.training.folds import spread

    mean, deviation = spread([fold.metrics for fold in done])
    told = {"data": config.data.name, "folds": [vars(fold) for fold in done]}
    return {**told, "mean": mean, "std": deviation, "config": config.to_dict()}
