"""The sign between whole and fraction in rows to predict, which need not be the one that the network learnt from."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..columns.values import Decimal

_SIGNED: dict[Decimal, re.Pattern[str]] = {
    ",": re.compile(r"[-+]?[0-9]*,[0-9]+([eE][-+]?[0-9]+)?"),
    ".": re.compile(r"[-+]?[0-9]*\.[0-9]+([eE][-+]?[0-9]+)?"),
}
_THOUSANDS: dict[Decimal, re.Pattern[str]] = {
    ",": re.compile(r"[-+]?[1-9][0-9]{0,2}(,[0-9]{3})+"),
    ".": re.compile(r"[-+]?[1-9][0-9]{0,2}(\.[0-9]{3})+"),
}


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
