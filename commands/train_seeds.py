"""`nnlab train --seeds`: a line a seed, then mean and spread of what they reach."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engine.errors import ExitCode, NnlabError, number_of
from .console import Console
from .train_folds import claimer, how, print_curves, print_notes

if TYPE_CHECKING:
    from ..engine.config import Config
    from ..engine.training.seeds import SeedDone


def train_seeds(
    config: Config, seeds: int, name: str | None, out: Path | None, console: Console, *, json: bool, quiet: bool
) -> ExitCode:
    """Train a network for each seed and print what comes of it. Each is a run of its own: NAME-seed1, NAME-seed2, ...,
    or OUT/seed1, OUT/seed2, ...; without either, they are named by the data. Raises UsageError where one exists,
    NnlabError where all diverge."""
    from ..engine.training.interrupt import stop_on_signals
    from ..engine.training.seeds import train_seeds as trained

    claim = claimer(config, seeds, name, out, "seeds", "seed", config.training.seed)
    done: list[SeedDone] = []
    said: set[str] = set()
    with stop_on_signals() as stop:
        for seed in trained(config, seeds, claim, stop):
            done.append(seed)
            if not (json or quiet):
                print_notes(console, (seed.chosen, *seed.notes), said)
                console.print_text(_line(seed) + "\n")
                console.stdout.flush()
    if stop.reason is not None:
        finished = ", ".join(str(seed.seed) for seed in done) or "none"
        console.message(f"Interrupted; of {seeds} seeds these are done: {finished}.")
        return ExitCode(128 + stop.signal) if stop.signal else ExitCode.INTERRUPTED
    if json:
        console.print_json(_body(config, done))
    elif not quiet:
        _print(console, done)
    if not _sound(done):
        raise NnlabError(f"All of them diverged, the first: {done[0].message}")
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


def _print(console: Console, done: Sequence[SeedDone]) -> None:
    from ..engine.training.folds import spread

    mean, deviation = spread([seed.metrics for seed in _sound(done)])
    if not console.stdout.isatty():
        for word, values in (("mean", mean), ("std", deviation)):
            console.print_text("  ".join([word, *(f"{name} {value:.4g}" for name, value in values.items())]) + "\n")
    elif mean:
        rows = [[str(seed.seed), *(_shown(seed.metrics, name) for name in mean), seed.run] for seed in done]
        totals = [
            [word, *(f"{value:.4g}" for value in values.values()), ""]
            for word, values in (("mean", mean), ("std", deviation))
        ]
        print_curves(console, [seed.dir for seed in _sound(done)])
        console.print_text("\n")
        console.print_table(["seed", *mean, "run"], [*rows, *totals], right=list(mean))
    console.print_text(how("networks", done[0].alone))


def _shown(metrics: dict[str, float], name: str) -> str:
    return f"{metrics[name]:.4g}" if name in metrics else ""


def _body(config: Config, done: Sequence[SeedDone]) -> dict[str, Any]:
    """The object of `--seeds --json`."""
    from ..engine.training.folds import spread

    mean, deviation = spread([seed.metrics for seed in _sound(done)])
    told = {"data": config.data.name, "seeds": [vars(seed) for seed in done]}
    return {**told, "mean": mean, "std": deviation, "config": config.to_dict()}
