"""What a column of a table was taken for, and what of it counts as missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, get_args

import numpy as np
import pyarrow as pa

from ...config import KindName
from ...errors import UsageError
from ..reading.readings import Reading, as_written
from . import arrow

KINDS: tuple[str, ...] = get_args(KindName)
UNUSED = ("text", "identifier", "constant")  # kinds that no network sees unless asked
MOSTLY = 0.9  # share of values that must read as numbers, or dates, for the column to be one
DISTINCT = 0.95  # share of rows with a value of their own from which texts are no categories
FEW_ROWS = 20  # with fewer rows, values that all differ mean nothing
LONG = 100_000  # rows by which a long column's distinct values are estimated...


@dataclass(frozen=True)
class ColumnKind:
    """What a column is taken for. `why` is half a sentence for the user; `unique` counts its different values, of a
    long column with over 10,000 at least so many; `reading` is how its values are read. `absent` counts the texts that
    were taken for missing values, `odd` those that cannot be read and count as missing too, as far as there are any;
    `first` is a value, `whole` says that all are whole numbers, however they are stored; `doubts` are notes of what
    could be meant otherwise than it is read."""

    name: str
    kind: KindName
    why: str
    missing: int
    unique: int
    reading: Reading
    absent: Mapping[str, int] = field(default_factory=dict[str, int])
    odd: Mapping[str, int] = field(default_factory=dict[str, int])
    first: Any = None
    whole: bool = False
    doubts: tuple[str, ...] = ()


def lenient(kind: ColumnKind, known: pa.ChunkedArray) -> ColumnKind:
    """With the texts that cannot be read, which count as missing."""
    odd = kind.reading.read(known).odd
    if not odd.any():
        return kind
    if odd.all():
        raise UsageError(
            f"The column {kind.name!r} holds no {kind.reading.wanted}s, but values such as {known[0].as_py()!r}"
            f": leave out --kind {kind.name!r}={kind.kind}."
        )
    told = counts_of(known, odd)
    reading = kind.reading.model_copy(update={"lenient": True})
    why = f"{kind.why}; {int(odd.sum()):,} that are none count as missing"
    return replace(kind, why=why, reading=reading, odd=told)


def counts_of(column: pa.ChunkedArray, rows: np.ndarray) -> dict[str, int]:
    """How often each different text occurs in these rows, blanks aside, the most frequent first; at most a thousand."""
    pc = arrow.compute()
    if not rows.any():
        return {}
    texts = pc.utf8_trim_whitespace(as_written(column.filter(arrow.mask(rows))).drop_null())
    found = {str(one["values"]): int(one["counts"]) for one in texts.value_counts().to_pylist()[:1000]}
    return dict(sorted(((text, count) for text, count in found.items() if text), key=lambda one: -one[1]))
