"""What was met while rows were read that somebody should know: nothing becomes missing without a word."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from ...errors import UsageError, number_of
from ..columns.values import is_text
from ..drift import Drifts
from .readings import Read, Reading

NEARLY_ALL = 0.9  # share of a column's train rows from which on it is told that hardly one is known: some are rare
EXAMPLES = 3


@dataclass
class _Column:
    known: int = 0
    odd: int = 0
    strange: int = 0
    why: tuple[str, str] = ("", "")
    unseen: int = 0
    examples: dict[str, None] = field(default_factory=dict[str, None])
    strangers: dict[str, None] = field(default_factory=dict[str, None])


@dataclass
class Tally:
    """Counts by column, over all tables of one source. `source` is what sentences call it, `row` the number of the next
    table's first row; `early` says that the checkpoint kept no readings, so that nobody knows what training saw. Values
    that are none of a column's categories are told from this `share` of them on: each single one where it is 0.
    `drifts` count what lies outside of what the training saw, where somebody wants to know."""

    source: str = ""
    row: int = 1
    early: bool = False
    share: float = NEARLY_ALL
    columns: dict[str, _Column] = field(default_factory=dict[str, _Column])
    drifts: Drifts | None = None

    def odd(self, reading: Reading, column: pa.ChunkedArray, read: Read, first: int) -> None:
        """Count what cannot be read, of rows from `first` (0 is the table's first) on, and what can be, but was in no
        train row. UsageError with row and value where training saw none that cannot be read."""
        if read.strange is not None:
            counts = self.columns.setdefault(reading.name, _Column())
            counts.strange, counts.why = counts.strange + int(read.strange.sum()), reading.strangers
            _remember(counts.strangers, column, read.strange)
        rows = np.flatnonzero(read.odd)
        if not len(rows):
            return
        value = column[int(rows[0])].as_py()
        if not (reading.lenient and is_text(column.type)):
            place = f"row {self.row + first + int(rows[0])}"
            place = f"{self.source}, {place}" if self.source else place[0].upper() + place[1:]
            raise UsageError(f"{place}: the column {reading.name!r} is {reading.refused(value)}.")
        counts = self.columns.setdefault(reading.name, _Column())
        counts.odd += len(rows)
        _remember(counts.examples, column, read.odd)

    def seen(self, name: str, values: pa.ChunkedArray, unseen: np.ndarray) -> None:
        """Count the values of a column of categories, and those of them that are none."""
        counts = self.columns.setdefault(name, _Column())
        counts.known += len(values) - values.null_count
        counts.unseen += int(unseen.sum())
        _remember(counts.strangers, values, unseen)

    @property
    def told(self) -> list[str]:
        """The columns of which `warnings` tell something, in the same order."""
        odd = [name for name, one in self.columns.items() if one.odd or one.strange or self._unknown(one)]
        unlike = self.drifts.found() if self.drifts is not None else []
        return list(dict.fromkeys([*odd, *(one.column for one in unlike if one.unlike)]))

    def _unknown(self, counts: _Column) -> bool:
        """Whether it is to be told how many values are none of a column's categories."""
        return counts.unseen > 0 and counts.unseen >= self.share * counts.known

    def warnings(self) -> list[str]:
        """A sentence for each column of which something is to be told."""
        told: list[str] = []
        where = f"{self.source}: " if self.source else ""
        why = "as when the network was trained"
        if self.early:
            why = (
                "since the checkpoint is of an earlier nnlab, which did not keep how columns are read (train it again)"
            )
        for name, counts in self.columns.items():
            if counts.odd:
                shown = ", ".join(map(repr, counts.examples))
                told.append(
                    f"{where}{number_of(counts.odd, 'value')} of the column {name!r} cannot be read and "
                    f"count{'s' * (counts.odd == 1)} as missing, {why}: {shown}"
                )
            if counts.strange:
                (what, why), shown = counts.why, ", ".join(map(repr, counts.strangers))
                told.append(
                    f"{where}{number_of(counts.strange, 'value')} of the column {name!r} "
                    f"{f'is {what} and counts' if counts.strange == 1 else f'are {what} and count'} as missing{why}: "
                    f"{shown}"
                )
            if self._unknown(counts):
                shown = ", ".join(map(repr, counts.strangers))
                told.append(
                    f"{where}{counts.unseen:,} of {number_of(counts.known, 'value')} of the column {name!r} "
                    f"{'is not a category' if counts.unseen == 1 else 'are not categories'} that the network knows, as "
                    f"no train row had them, or hardly one: {shown}"
                )
        unlike = self.drifts.found() if self.drifts is not None else []
        return told + [where + one.sentence() for one in unlike if one.unlike]


def _remember(examples: dict[str, None], column: pa.ChunkedArray, which: np.ndarray) -> None:
    """Keep some of these values for the sentence about them."""
    for row in np.flatnonzero(which)[:EXAMPLES].tolist():
        if len(examples) < EXAMPLES:
            examples[str(column[row].as_py())[:40]] = None
