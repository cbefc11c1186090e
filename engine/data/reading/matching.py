"""Columns of rows to predict, matched with those that the network needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...errors import UsageError, nearest, shown
from ..columns.values import distinct
from ..schema import Schema

Note = Callable[[str], None]

SHOWN = 5  # names of columns in a sentence


def named(raw: Sequence[str], source: str, schema: Schema) -> list[str]:
    """A source's columns by the names that training gives them: trimmed, and told apart where two are called alike.

    Raises UsageError where two are called like one that the network needs, and it knows of but one.
    """
    raw = [name.strip() for name in raw]
    names, needed = distinct(raw), set(schema.inputs)
    for name, own in zip(raw, names, strict=True):
        if own != name and name in needed and own not in needed:
            count = raw.count(name)
            raise UsageError(f"{source} has {count} columns named {name!r}: which one is meant cannot be told.")
    return names


def match_columns(found: Sequence[str], source: str, schema: Schema, note: Note) -> None:
    """Refuse missing columns by name, with the nearest one there is; note unknown ones, the target not counted."""
    needed = dict.fromkeys(schema.inputs)
    present = dict.fromkeys(found)
    missing = [name for name in needed if name not in present]
    unknown = [name for name in present if name and name not in needed and name != schema.target]
    if missing:
        meant = nearest(missing[0], unknown)
        raise UsageError(
            f"{source} has no {_columns(missing)}, which the network needs"
            + (f" (is it {meant!r}?)." if meant else ".")
        )
    if unknown:
        note(f"{source}: ignored the {_columns(unknown)}, which the network does not use")


def _columns(names: Sequence[str]) -> str:
    """`column 'a'`, `columns 'a', 'b'`, or the first few of many."""
    listed = ", ".join(shown(name) for name in names[:SHOWN])
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"column{'s' if len(names) > 1 else ''} {listed}{more}"
