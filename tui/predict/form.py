"""A form for one row: what its fields hold, how keys change it, and which rows show what each field does."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

STEPS = 20  # from the lowest usual value to the highest
SWEEP = 11  # values of a field that its effect is seen at
FLAGS = ("true", "yes", "y", "t", "on", "1", "ja", "oui", "false", "no", "n", "f", "off", "0", "nein", "non")


@dataclass(frozen=True)
class Field:
    """One input as `nnlab predict --stream` describes it. `values` are the texts that can be chosen; of numbers, none.

    `low` and `high` are the usual values of a number, `decimal` the sign in it; `days` are the usual dates, as ISO
    writes them, where they are known.
    """

    name: str
    kind: str
    values: tuple[str, ...] = ()
    typical: str = ""
    low: float = 0.0
    high: float = 0.0
    decimal: str = "."
    days: tuple[str, str] | None = None

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Field:
        """The field for a description."""
        name, kind = str(told["name"]), str(told["kind"])
        if kind == "number":
            plain = cls(name, kind, low=float(told["low"]), high=float(told["high"]), decimal=str(told["decimal"]))
            return cls(name, kind, (), plain.written(float(told["typical"])), plain.low, plain.high, plain.decimal)
        values = tuple(map(str, told.get("values", ())))
        days = (str(told["low"]), str(told["high"])) if kind == "date" and "low" in told else None
        return cls(name, kind, values, str(told.get("typical", values[0] if values else "")), days=days)

    @property
    def whole(self) -> bool:
        """Whether all that is known of the numbers is whole, as counts and years are."""
        ends = (self.low, self.high, self.number(self.typical))
        return all(end is not None and end == math.trunc(end) for end in ends)

    @property
    def step(self) -> float:
        """One, two or five times a power of ten; some twenty lead from the lowest usual value to the highest."""
        span = (self.high - self.low) / STEPS
        if not (span > 0 and math.isfinite(span)):
            return 1.0
        power = 10.0 ** math.floor(math.log10(span))
        step = next(times * power for times in (1, 2, 5, 10) if times * power >= span * 0.999)
        return max(step, 1.0) if self.whole else step

    def written(self, value: float) -> str:
        """A number as this field's are written, to six digits."""
        return f"{value:.6g}".replace(".", self.decimal)

    def number(self, text: str) -> float | None:
        """The number that a text is, or None."""
        try:
            value = float(text.replace(self.decimal, ".") if self.decimal != "." else text)
        except ValueError:
            return None
        return value if math.isfinite(value) else None

    def stepped(self, text: str, steps: int) -> str:
        """The value so many steps up (or down): a number, or the next of the choices."""
        if self.kind == "number":
            value = self.number(text)
            if value is None:
                return self.typical
            return self.written((round(value / self.step) + steps) * self.step)
        if not self.values:
            return text
        if text not in self.values:
            return self.values[0 if steps > 0 else -1]
        return self.values[(self.values.index(text) + steps) % len(self.values)]

    def remark(self, text: str) -> str:
        """What is odd about a text in this field; nothing where it is as it should be."""
        if not text.strip():
            return ""
        if self.kind == "number":
            value = self.number(text)
            if value is None:
                return "no number"
            return "" if self.low <= value <= self.high else "unusual"
        if self.kind == "date":
            return "unusual" if self._is_beyond(text) else ""
        known = text in self.values or (self.kind == "flag" and text.lower() in FLAGS)
        return "" if known or self.kind == "text" else "unknown"

    def _is_beyond(self, text: str) -> bool:
        """Whether a date is beyond the usual ones; unknown of one that is not written as ISO has it."""
        try:
            day, low, high = (date.fromisoformat(one.strip()[:10]) for one in (text, *(self.days or ("", ""))))
        except ValueError:
            return False
        return not low <= day <= high

    def refusal(self, text: str) -> str:
        """Why a text cannot stand in this field; nothing where it can."""
        return f"{text.strip()!r} is not a number" if self.remark(text) == "no number" else ""

    @property
    def hint(self) -> str:
        """What may be typed here."""
        if self.kind == "number":
            return " to ".join(f"{end:.4g}".replace(".", self.decimal) for end in (self.low, self.high))
        if self.kind == "category":
            return f"one of {len(self.values)}"
        return {"flag": "yes or no", "date": f"such as {self.typical}"}.get(self.kind, "words")

    @property
    def sweep(self) -> tuple[str, ...]:
        """The values at which the effect of this field is seen."""
        if self.kind == "number" and self.high > self.low:
            span = self.high - self.low
            count = int(span) + 1 if self.whole and span < SWEEP else SWEEP
            return tuple(self.written(self.low + span * place / (count - 1)) for place in range(count))
        return self.values[:SWEEP]

    def place(self, text: str) -> int | None:
        """Which value of the sweep a text is, or is nearest to."""
        if self.kind != "number":
            return self.sweep.index(text) if text in self.sweep else None
        value = self.number(text)
        if value is None or self.high <= self.low:
            return None
        share = min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)
        return round(share * (len(self.sweep) - 1))


@dataclass
class Form:
    """The fields of a row with what is in them (empty for what is not known), and the one that keys act on."""

    fields: Sequence[Field]
    values: list[str] = field(default_factory=list[str])
    at: int = 0

    def __post_init__(self) -> None:
        """Begin with what is typical."""
        self.values = self.values or [one.typical for one in self.fields]

    @property
    def current(self) -> Field:
        """The field that keys act on."""
        return self.fields[self.at]

    def move(self, steps: int) -> None:
        """Go to another field; the ends are held."""
        self.at = min(max(self.at + steps, 0), len(self.fields) - 1)

    def step(self, steps: int) -> None:
        """Change the current field by so many steps."""
        self.values[self.at] = self.current.stepped(self.values[self.at], steps)

    def put(self, text: str) -> None:
        """Write a text into the current field."""
        self.values[self.at] = text

    def reset(self) -> None:
        """Back to what is typical."""
        self.values = [one.typical for one in self.fields]

    def question(self, seen: range) -> dict[str, Any]:
        """The row, and after it each seen field at the values of its sweep with all others as they are, as columns."""
        swept = {place: self.fields[place].sweep for place in seen}
        rows = 1 + sum(map(len, swept.values()))
        columns: dict[str, Any] = {}
        start = 1
        for place, (one, text) in enumerate(zip(self.fields, self.values, strict=True)):
            value = text.strip() or None
            sweep = swept.get(place, ())
            columns[one.name] = (
                [value] * start + list(sweep) + [value] * (rows - start - len(sweep)) if sweep else value
            )
            start += len(sweep)
        if rows == 1:
            first = self.fields[0].name
            columns[first] = [columns[first]]
        return columns

    @property
    def outside(self) -> list[str]:
        """The names of the fields whose values are unlike those of the training: beyond the usual ones, or unknown."""
        told = zip(self.fields, self.values, strict=True)
        return [one.name for one, text in told if one.remark(text) in ("unusual", "unknown")]

    def effects(self, seen: range, answers: Sequence[float | None]) -> dict[int, list[float | None]]:
        """The answers to the rows after the first, by the fields that they belong to."""
        found: dict[int, list[float | None]] = {}
        start = 1
        for place in seen:
            size = len(self.fields[place].sweep)
            if size:
                found[place] = list(answers[start : start + size])
            start += size
        return found

    def written(self) -> str:
        """The row as `nnlab predict --row` takes it."""
        pairs = [f"{one.name}={text.strip()}" for one, text in zip(self.fields, self.values, strict=True)]
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow(pairs)
        return line.getvalue()
