"""What is known of the evaluations of runs: each belongs to the run that it is of. No textual, no clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...engine.errors import NnlabError
from ...engine.runs.reader import Run

MOST = 50  # evaluations that are kept, those of the runs that were evaluated last


@dataclass(frozen=True)
class Judged:
    """What an evaluation of a run said when that had had so many `epochs`: `told` as `nnlab eval --json` tells it, or
    None with the `trouble`."""

    epochs: int
    told: Mapping[str, Any] | None = None
    trouble: str = ""


@dataclass
class Evaluations:
    """One run at a time is evaluated, the `awaited` one, which has had so many `epochs`. `top` is the first line in
    view of what is told of the run `at`. `revision` grows with all that can be seen."""

    known: dict[Path, Judged] = field(default_factory=dict[Path, Judged])
    awaited: Path | None = None
    epochs: int = 0
    at: Path | None = None
    top: int = 0
    revision: int = 0

    def of(self, run: Run) -> Judged | None:
        """What is known of a run. One that has had fewer epochs than it was evaluated with is another run in the same
        folder."""
        judged = self.known.get(run.folder.path)
        return None if judged is None or run.epochs < judged.epochs else judged

    def is_awaited(self, run: Run) -> bool:
        """Whether this run is being evaluated."""
        return self.awaited == run.folder.path

    def keep(self, paths: Collection[Path]) -> None:
        """Forget all other runs: what comes to lie in their folders is not what was evaluated."""
        for path in self.known.keys() - paths:
            del self.known[path]

    def knows(self, run: Run) -> bool:
        """Whether a run, as it is now, was evaluated, or is about to be."""
        judged = self.of(run)
        return self.is_awaited(run) or (judged is not None and judged.epochs == run.epochs)

    def begin(self, run: Run) -> None:
        """This run is being evaluated, and no other any more."""
        self.awaited, self.epochs = run.folder.path, run.epochs
        self.scroll(run, 0)

    def take(self, result: Mapping[str, Any] | NnlabError) -> None:
        """This came of the run that was awaited."""
        if self.awaited is None:
            return
        told = None if isinstance(result, NnlabError) else result
        self.known.pop(self.awaited, None)
        self.known[self.awaited] = Judged(self.epochs, told, str(result) if told is None else "")
        for path in list(self.known)[:-MOST]:
            del self.known[path]
        self.awaited = None
        self.revision += 1

    def top_of(self, run: Run) -> int:
        """The first line in view of what is told of a run."""
        return self.top if self.at == run.folder.path else 0

    def scroll(self, run: Run, top: int) -> None:
        """Show what is told of a run from this line on."""
        self.at, self.top = run.folder.path, top
        self.revision += 1
