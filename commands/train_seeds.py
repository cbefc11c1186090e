"""`nnlab train --seeds`: a line a seed, then mean and spread of what they reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..engine.errors import ExitCode, NnlabError, number_of
from .telling import series_told
from .train_several import Work, claimer, interrupted, print_how, print_means, tell_means, told

if TYPE_CHECKING:
    from ..engine.config import Config
    from ..engine.training.seeds import SeedDone


def train_seeds(config: Config, seeds: int, work: Work) -> ExitCode:
    """Train a network for each seed, print what comes of it and tell others as they wish. Each is a run of its own:
    NAME-seed1, NAME-seed2, ..., or OUT/seed1, OUT/seed2, ...; without either, they are named by the data. Raises
    UsageError where one exists, NnlabError where all diverge."""
    from ..engine.training.folds import spread
    from ..engine.training.interrupt import stop_on_signals
    from ..engine.training.seeds import train_seeds as trained

    console = work.console
    claim = claimer(config, seeds, work.name, work.out, "seeds", "seed", config.training.seed)
    with series_told(f"{seeds} seeds of {config.data.name}", work.wishes, console) as series, stop_on_signals() as stop:
        done = told(trained(config, seeds, claim, stop), _line, console, series, silent=work.silent)
        code = interrupted(stop, seeds, "seeds", [seed.seed for seed in done], console, series)
        if code is not None:
            return code
        sound = _sound(done)
        means = spread([seed.metrics for seed in sound])
        if work.json:
            console.print_json(_body(config, done))
        elif not work.quiet:
            print_means(console, "seed", {seed.seed: seed for seed in done}, *means, sound)
            print_how(console, "networks", done[0].alone)
        if not sound:
            raise NnlabError(f"All of them diverged, the first: {done[0].message}")
        tell_means(series, *means)
    return ExitCode.DONE


def _sound(done: Sequence[SeedDone]) -> list[SeedDone]:
    """Those that did not diverge."""
    return [seed for seed in done if seed.stopped_by != "diverged"]


def _line(seed: SeedDone) -> str:
    reached = "  ".join(f"{name} {value:.4g}" for name, value in seed.metrics.items())
    how_far = f"best epoch {seed.best_epoch} of {seed.epochs}; {seed.seconds:.1f} s"
    if seed.stopped_by == "diverged":
        reached, how_far = "diverged", f"{number_of(seed.epochs, 'epoch')}; {seed.seconds:.1f} s"
    return f"seed {seed.seed}  {reached}  ({how_far})  {seed.run}"


def _body(config: Config, done: Sequence[SeedDone]) -> dict[str, Any]:
    """The object of `--seeds --json`."""
    from ..engine.training.folds import spread

    mean, deviation = spread([seed.metrics for seed in _sound(done)])
    told = {"data": config.data.name, "seeds": [vars(seed) for seed in done]}
    return {**told, "mean": mean, "std": deviation, "config": config.to_dict()}
