"""What of a column's texts could be meant otherwise than it is read, in notes: values that look alike, mixed units."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

import numpy as np
import pyarrow as pa

from ...errors import number_of
from ..reading.numbers import MONEY
from . import arrow
from .values import MISSING, is_text

MOST = 100_000  # different texts that are compared
SHOWN = 3  # examples in a note
LONGEST = 40  # characters of an example


def alike_notes(
    column: pa.ChunkedArray, name: str, missing: Collection[str] | None = None, *, merged: bool = False
) -> tuple[str, ...]:
    """Notes of values that differ in nothing but case, blanks or the Unicode form of their letters: those that are kept
    apart, or, where they are yes and no and `merged`, taken for the same, and those that are the same since blanks
    around values are not read. `missing` are texts that are no values, the usual ones where it is None."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not is_text(column.type):
        return ()
    absent = MISSING if missing is None else missing
    ways: dict[str, list[str]] = {}
    for text in column.unique().drop_null().slice(0, MOST).to_pylist():
        if text.strip() not in absent:
            ways.setdefault(_folded(text), []).append(text)
    several = [sorted(texts) for texts in ways.values() if len(texts) > 1]
    apart = [texts for texts in ([*dict.fromkeys(map(str.strip, each))] for each in several) if len(texts) > 1]
    padded = [texts for texts in several if len({text.strip() for text in texts}) < len(texts)]
    notes: list[str] = []
    if apart:
        how = "taken for the same" if merged else "kept apart"
        notes.append(f"values of {name!r} that look alike are {how}: {_listed(apart)}")
    if padded:
        notes.append(f"blanks around values of {name!r} are ignored, so these are the same: {_listed(padded)}")
    return tuple(notes)


def unit_notes(texts: pa.ChunkedArray, counts: np.ndarray, name: str) -> tuple[str, ...]:
    """A note of numbers that are written with different units, percent signs or currencies; each text occurs as often
    as it is counted."""
    pc = arrow.compute()
    texts = texts.cast(pa.large_string())
    if not pc.any(pc.match_substring_regex(texts, _UNIT)).as_py():
        return ()
    units = pc.struct_field(pc.extract_regex(texts, pattern=f"(?P<unit>{_UNIT})"), "unit").fill_null("none")
    found = {unit: int(counts[arrow.to_numpy(pc.equal(units, unit))].sum()) for unit in units.unique().to_pylist()}
    if len(found) < 2:
        return ()
    listed = ", ".join(f"{unit} ({number_of(count, 'value')})" for unit, count in found.items())
    return (f"numbers of {name!r} are written with different units and read without them: {listed}",)


_UNIT = f"%|{MONEY}"


def _folded(text: str) -> str:
    """What texts that look alike have in common."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _listed(groups: list[list[str]]) -> str:
    shown = ["/".join(_shown(text) for text in texts[:SHOWN]) for texts in groups[:SHOWN]]
    return ", ".join(shown) + (f" and {len(groups) - SHOWN} more" if len(groups) > SHOWN else "")


def _shown(text: str) -> str:
    """A text in quotes, by its code points where its form is what tells it from another."""
    told = text[:LONGEST]
    return repr(told) if unicodedata.is_normalized("NFC", told) else ascii(told)
