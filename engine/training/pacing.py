"""How fast a training goes that somebody looks at: at full speed, or so many epochs or steps a second."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import UsageError

WRITTEN = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,4})?)(e|steps)")


@dataclass(frozen=True)
class Pace:
    """`interval` are seconds from one epoch to the next, or from one step to the next for `steps`; 0 is full speed."""

    interval: float = 0.0
    steps: bool = False

    @classmethod
    def read(cls, text: str) -> Pace:
        """`5e` are five epochs a second, `1steps` is one step a second, `full` is full speed. UsageError for others."""
        if text == "full":
            return FULL
        found = WRITTEN.fullmatch(text)
        if found is None or not float(found[1]):
            raise UsageError(f"A pace cannot be {text!r}: write 5e (epochs a second), 1steps or full.")
        return cls(1 / float(found[1]), found[2] == "steps")


FULL = Pace()
