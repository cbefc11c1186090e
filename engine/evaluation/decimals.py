"""The sign between whole and fraction in rows to predict, which need not be the one that the network learnt from."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable

from ..data.text_files import long_cells
from ..data.values import Decimal

SAMPLE = 4 * 2**20  # bytes that are looked at

_SIGNED: dict[Decimal, re.Pattern[str]] = {
    ",": re.compile(r"[-+]?[0-9]*,[0-9]+([eE][-+]?[0-9]+)?"),
    ".": re.compile(r"[-+]?[0-9]*\.[0-9]+([eE][-+]?[0-9]+)?"),
}
_THOUSANDS: dict[Decimal, re.Pattern[str]] = {
    ",": re.compile(r"[-+]?[1-9][0-9]{0,2}(,[0-9]{3})+"),
    ".": re.compile(r"[-+]?[1-9][0-9]{0,2}(\.[0-9]{3})+"),
}
_QUOTED = re.compile(rb'"\s*[-+]?[0-9]*,[0-9]')


def decimal_sign(texts: Iterable[str | None]) -> Decimal | None:
    """The sign in these values where no other reading is possible: some have it where it cannot part thousands, and
    none has the other one. None where they do not tell."""
    values = {text.strip() for text in texts if text}
    found: list[Decimal] = [sign for sign in _SIGNED if any(map(_SIGNED[sign].fullmatch, values))]
    if len(found) != 1:
        return None
    sign = found[0]
    sure = any(_SIGNED[sign].fullmatch(value) and not _THOUSANDS[sign].fullmatch(value) for value in values)
    return sign if sure else None


def sign_in_csv(sample: bytes, delimiter: str, places: Collection[int]) -> Decimal | None:
    """The sign in the columns of numbers at these places, told by the beginning of a CSV file in UTF-8, whose header
    was read already."""
    text = io.StringIO(sample.decode("utf-8", errors="replace"), newline="")
    try:
        with long_cells():
            rows = list(csv.reader(text, delimiter=delimiter))[: -1 if len(sample) >= SAMPLE else None]
    except csv.Error:
        return None
    return decimal_sign(row[place] for row in rows for place in places if place < len(row))


def may_have_commas(sample: bytes, delimiter: str) -> bool:
    """Whether there may be decimal commas at all; a quick look."""
    return b"," in sample if delimiter != "," else _QUOTED.search(sample) is not None
