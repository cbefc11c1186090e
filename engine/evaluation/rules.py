"""What a threshold may be asked for by: a number, or what it is to be best at. Plain data, read without NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, WithJsonSchema

HALF = 0.5
LONGEST = 100  # characters
DEAREST = 1e6  # of the two kinds of mistake, as many times as dear as the other


@dataclass(frozen=True)
class Rule:
    """How the threshold of the second of two classes is found: `at` a number, by the greatest `f1`, by the greatest
    mean of the recalls of both classes (`balanced`), or by the least cost, where a row of the second class that is
    missed costs `missed` and another one that is taken for it `alarm`."""

    kind: Literal["at", "f1", "balanced", "cost"]
    at: float = HALF
    missed: float = 1.0
    alarm: float = 1.0


def rule_of(text: str) -> Rule:
    """The rule that is written `0.3`, `f1`, `balanced` or `cost=5:1`. ValueError, with what to write, for another."""
    word = text[:LONGEST].strip().lower()
    if word == "f1":
        return Rule("f1")
    if word == "balanced":
        return Rule("balanced")
    try:
        if word.startswith("cost="):
            missed, alarm = map(float, word.removeprefix("cost=").split(":"))
            if missed > 0 and alarm > 0 and 1 / DEAREST <= missed / alarm <= DEAREST:
                return Rule("cost", missed=missed, alarm=alarm)
        elif 0 < (at := float(word)) < 1:
            return Rule("at", at)
    except (ValueError, OverflowError):
        pass
    raise ValueError(
        f"{text[:40]!r} is no threshold; write a number between 0 and 1, f1, balanced, or cost=5:1 where a missed row "
        "costs five times a false alarm"
    )


def _written(text: str) -> str:
    rule_of(text)
    return text


Threshold = Annotated[str, AfterValidator(_written), WithJsonSchema({"type": "string", "maxLength": LONGEST})]
"""The text of a rule, as a config has it."""
