"""`nnlab.fit`: a training from Python, with a line of progress on stderr."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..engine.api import fit as fit_quietly
from ..engine.events import EpochEnded, EpochProgress, Event, Noted, RunFinished, RunStarted
from ..engine.network import Network
from ..engine.warn import warn
from ..tui.render.lines import epoch_line
from ..tui.render.progress import progress_line
from .progress_line import ProgressLine

WIDTH = 79


@dataclass
class FitLine:
    """A line that tells the latest epoch, and how far a long one is."""

    line: ProgressLine
    epochs: int = 0
    latest: str = ""

    def tell(self, event: Event) -> None:
        """Show an event of a training, if it is one that a line can show."""
        if isinstance(event, RunStarted):
            self.epochs = event.section("training")["epochs"]
        elif isinstance(event, EpochProgress) and event.doing != "testing" and event.batch:
            self.line.show(progress_line(event, self.epochs, WIDTH, ascii=True))
        elif isinstance(event, EpochEnded):
            self.latest = epoch_line(event.record, self.epochs)
            self.line.show(self.latest)
        elif isinstance(event, RunFinished) and self.latest:
            self.line.put(self.latest, "\n")


def fit(
    data: Any,
    y: Any = None,
    *,
    out: str | Path | None = None,
    name: str | None = None,
    progress: bool | None = None,
    **choices: Any,
) -> Network:
    """Train a network on data and return it.

    `data` are the name of a data set (`"xor"`), a path, a data frame or Arrow table, or rows whose answers are `y`: an
    array (rows, columns) or a frame. Choices have the names of `nnlab train`'s flags: `target="MPG"`, `epochs=50`,
    `hidden=[32, 16]`, `model="net.py:MyNet"` or the class itself. The run is written to a folder only where `out`, a
    new folder, or `name`, that of a run, is given. `progress` shows a line on stderr, by default where that is a
    terminal.

    What somebody should know of the data is warned of. Raises UsageError for choices and data that do not exist or do
    not fit, NnlabError where the training fails or diverges.
    """
    line, notes = FitLine(ProgressLine(sys.stderr)), list[str]()
    shown = sys.stderr.isatty() if progress is None else progress

    def watch(event: Event) -> None:
        if shown:
            line.tell(event)
        if isinstance(event, Noted) and (event.level == "warning" or (event.level == "info" and not event.epoch)):
            notes.append(event.text)

    network = fit_quietly(data, y, out=out, name=name, watch=watch, **choices)
    for note in notes:
        warn(note)
    return network
