"""What `--folds` and `--seeds` share: run folders for several networks, a line for each, mean and spread of all."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ..engine.errors import ExitCode, UsageError
from .console import Console

WIDEST, HEIGHT = 120, 14  # cells and lines of the curves

if TYPE_CHECKING:
    from ..engine.config import Config
    from ..engine.runs.folder import RunFolder
    from ..engine.trackers.wishes import Wishes
    from ..engine.training.folds import FoldDone
    from ..engine.training.interrupt import StopRequest
    from ..engine.training.seeds import SeedDone
    from .telling import Series

    One = FoldDone | SeedDone


@dataclass(frozen=True)
class Work:
    """How several networks are trained: where their runs lie, what is printed, and who else is told."""

    name: str | None
    out: Path | None
    console: Console
    wishes: Wishes | None = None
    json: bool = False
    quiet: bool = False

    @property
    def silent(self) -> bool:
        """Whether no line is printed of each."""
        return self.json or self.quiet


Each = TypeVar("Each", bound="FoldDone | SeedDone")


def told(
    networks: Iterator[Each], line: Callable[[Each], str], console: Console, series: Series, *, silent: bool
) -> list[Each]:
    """All networks, each logged and told in a line once it is done, after what its training noted and none before it;
    the first after what was chosen for its data too."""
    from ..tui.render.text import inert

    done, said = list[Each](), set[str]()
    for one in networks:
        done.append(one)
        series.over(one.dir)
        if not silent:
            notes = (one.chosen, *one.notes) if len(done) == 1 else one.notes
            for note in dict.fromkeys(note for note in notes if note and note not in said):
                console.print_text(f"note: {inert(note)}\n")
            said.update(notes)
            console.print_text(line(one) + "\n")
            console.stdout.flush()
    return done


def interrupted(
    stop: StopRequest, count: int, what: str, done: Sequence[int], console: Console, series: Series
) -> ExitCode | None:
    """The exit code of networks that were stopped, and a line that says which are done; None where they were not."""
    if stop.reason is None:
        return None
    these = f"of {count} {what} these are done: {', '.join(map(str, done)) or 'none'}."
    console.message(f"Interrupted; {these}")
    series.say("stopped", "were stopped", these.capitalize())
    return ExitCode(128 + stop.signal) if stop.signal else ExitCode.INTERRUPTED


def tell_means(series: Series, mean: Mapping[str, float], deviation: Mapping[str, float]) -> None:
    """Tell others that all are done, and the mean of what they reach."""
    reached = ", ".join(f"{name} {value:.4g} ± {deviation[name]:.2g}" for name, value in mean.items())
    series.say("finished", "are done", f"On average {reached}." if reached else "")


def print_means(
    console: Console,
    part: str,
    networks: Mapping[int, One],
    mean: Mapping[str, float],
    deviation: Mapping[str, float],
    sound: Sequence[One],
) -> None:
    """Mean and spread of what networks reach, by their numbers; on a terminal as a table of all, below the curves of
    those that are `sound`."""
    means = (("mean", mean), ("std", deviation))
    if not console.stdout.isatty():
        for word, values in means:
            console.print_text("  ".join([word, *(f"{name} {value:.4g}" for name, value in values.items())]) + "\n")
    elif mean:
        rows = [[str(number), *(_shown(one, name) for name in mean), one.run] for number, one in networks.items()]
        totals = [[word, *(f"{value:.4g}" for value in values.values()), ""] for word, values in means]
        _print_curves(console, [one.dir for one in sound])
        console.print_text("\n")
        console.print_table([part, *mean, "run"], [*rows, *totals], right=list(mean))


def print_how(console: Console, what: str, alone: str) -> None:
    """In which way they were trained; `alone` is why one after another, if they were."""
    how = f"were trained one after another: {alone}" if alone else "took their steps together"
    console.print_text(f"The {what} {how}.\n")


def _shown(one: One, name: str) -> str:
    return f"{one.metrics[name]:.4g}" if name in one.metrics else ""


def _print_curves(console: Console, folders: Sequence[str]) -> None:
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
