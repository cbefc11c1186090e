"""JSON from whoever wrote it: as Python values, or the reason why not. Nothing in it is guessed, nothing overflows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...errors import shown

DEEPEST = 64  # lists and objects within each other
DEEPEST_UNREAD = 100  # the same in a text that Arrow parses, which runs out of stack
TOO_DEEP = "it is nested too deeply"
_KEPT = b'{}[]"\n'
_DROPPED = bytes(set(range(256)) - set(_KEPT))
MOST = 2**20  # lists, objects and names in all: each takes dozens of times the memory of its text


class MalformedError(ValueError):
    """The text is no JSON; more text after it might make it such."""


def parse(data: bytes | str, most: int | None = MOST, *, constants: bool = True) -> Any:
    """The value that a JSON text is, in UTF-8 where it comes as bytes; NaN and Infinity, which the standard has not,
    are read as numbers where such `constants` are taken.

    Raises `MalformedError` for what is no JSON, and ValueError for JSON that has no one meaning or is out of all
    bounds: a name that occurs twice in an object, half a character, numbers of thousands of digits, lists and objects
    nested too deeply or more than `most` of them. The error's text is a reason in plain words.
    """
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text") from None
    brackets = text.count("[") + text.count("{")
    if most is not None and brackets + text.count(":") > most:
        raise ValueError(f"it has more than {most:,} lists, objects and names")
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=float if constants else _refuse)
    except json.JSONDecodeError as error:
        where = f"in line {error.lineno}" if "\n" in text.strip() else f"at character {error.pos + 1}"
        raise MalformedError(f"{error.msg[:1].lower()}{error.msg[1:]} {where}") from None
    except KeyError as error:
        raise ValueError(f"it says {shown(error.args[0])} twice") from None
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    except _ConstantError as error:
        raise ValueError(f"{error} is no number in JSON: write null for a missing value") from None
    except ValueError:  # of Python's own bound on whole numbers
        raise ValueError("a number in it has thousands of digits") from None
    if brackets > DEEPEST:
        _check_depth(value)
    if "\\ud" in text or "\\uD" in text:
        _check_texts(value)
    return value


class _ConstantError(ValueError):
    """A number that the standard has not."""


def _refuse(name: str) -> None:
    raise _ConstantError(name)


def _check_depth(value: Any) -> None:
    """Raise ValueError where lists and objects are nested more than `DEEPEST` deep."""
    for depth, _ in enumerate(_levels(value)):
        if depth > DEEPEST:
            raise ValueError(TOO_DEEP)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; KeyError for a name that it has twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        seen = set[str]()
        raise KeyError(next(name for name, _ in pairs if name in seen or seen.add(name)))
    return found


def _check_texts(value: Any) -> None:
    """Raise ValueError for a text that is no Unicode: a lone half of a pair, which is written as `\\ud800`."""
    for level in _levels(value):
        for text in level:
            if isinstance(text, str) and not text.isascii():
                try:
                    text.encode()
                except UnicodeEncodeError:
                    raise ValueError(f"the text {shown(text)} holds half a character") from None


def _levels(value: Any) -> Iterator[list[Any]]:
    """The value, then all that lies in it, in what lies in it, and so on; names in objects too."""
    level = [value]
    while level:
        yield level
        level = [part for whole in level if isinstance(whole, dict | list) for part in _parts(whole)]


def _parts(whole: dict[str, Any] | list[Any]) -> Iterator[Any]:
    if isinstance(whole, dict):
        yield from whole
        yield from whole.values()
    else:
        yield from whole


def check_nesting(data: bytes) -> None:
    """Raise ValueError if a parser could come deeper than `DEEPEST_UNREAD`, wherever in the text it begins; the error's
    text is a reason as `parse` gives it."""
    if b"\\" in data:
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    kept = np.frombuffer(data.translate(None, _DROPPED), np.uint8)
    within = np.cumsum(kept == ord('"'), dtype=np.uint8) & 1  # a text: an odd number of quotes opens one
    if within[kept == ord("\n")].any():
        raise MalformedError("a line ends within a text")
    opens, closes = np.isin(kept, list(b"{[")) & (within == 0), np.isin(kept, list(b"}]")) & (within == 0)
    depth = np.cumsum(opens.astype(np.int8) - closes.astype(np.int8), dtype=np.int32)
    rise = depth - np.minimum(np.minimum.accumulate(depth), 0) if len(depth) else depth
    if (rise > DEEPEST_UNREAD).any():
        line = int((kept[: np.argmax(rise > DEEPEST_UNREAD)] == ord("\n")).sum()) + 1
        raise ValueError(f"{TOO_DEEP} in line {line}")
