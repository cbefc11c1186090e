"""JSON from whoever wrote it: parsed only where it is not nested so deeply that parsers run out of stack."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

DEEPEST = 100  # levels of lists and objects within one another
_KEPT = b'{}[]"\n'
_DROPPED = bytes(set(range(256)) - set(_KEPT))


def loads(text: str | bytes) -> Any:
    """The value of a JSON text. Raises JSONDecodeError for what is none, or is nested more deeply than `DEEPEST`."""
    opening = (text.count(b"{") + text.count(b"[")) if isinstance(text, bytes) else text.count("{") + text.count("[")
    if opening > DEEPEST:
        check_nesting(text if isinstance(text, bytes) else text.encode(errors="replace"))
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError) as error:  # no UTF-8, or a number of too many digits
        raise json.JSONDecodeError(str(error), "", 0) from None


def check_nesting(data: bytes) -> None:
    """Raise JSONDecodeError if a parser could come deeper than `DEEPEST` anywhere, wherever in the text it begins."""
    if b"\\" in data:
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    kept = np.frombuffer(data.translate(None, _DROPPED), np.uint8)
    within = np.cumsum(kept == ord('"'), dtype=np.uint8) & 1  # a text: an odd number of quotes opens one
    if within[kept == ord("\n")].any():
        raise json.JSONDecodeError("a line ends within a text", "", 0)
    opens, closes = np.isin(kept, list(b"{[")) & (within == 0), np.isin(kept, list(b"}]")) & (within == 0)
    depth = np.cumsum(opens.astype(np.int8) - closes.astype(np.int8), dtype=np.int32)
    rise = depth - np.minimum(np.minimum.accumulate(depth), 0) if len(depth) else depth
    if (rise > DEEPEST).any():
        line = int((kept[: np.argmax(rise > DEEPEST)] == ord("\n")).sum()) + 1
        raise json.JSONDecodeError(f"values are nested more than {DEEPEST} deep", "\n" * (line - 1), line - 1)
