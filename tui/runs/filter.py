"""Which runs to show, as typed: `data:xor lr<0.01 accuracy_valid>=0.9 spiral`. Pure: text in, a test of runs out."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from ...engine.errors import UsageError, nearest, unknown
from ...engine.runs.compare import PARTS, setting_name
from .moments import span

Value = str | float
Fields = Mapping[str, Value]

TERM = re.compile(r"(?P<field>[A-Za-z][\w.]*)(?P<sign><=|>=|!=|<|>|:|=)(?P<value>.*)", re.DOTALL)
WORD = re.compile(r'(?:"[^"]*"|[^\s"])+')
TIMES = {"when": "modified"}  # what is shown as a text, and the field of the same in seconds
ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Term:
    """One condition on one field; without a field, a word that any text of the run may hold."""

    field: str
    sign: str
    value: str

    def accepts(self, fields: Fields) -> bool:
        """Whether a run with these fields is meant; one that lacks the field is not."""
        if not self.field:
            return any(self.value in found.lower() for found in fields.values() if isinstance(found, str))
        if self.field not in fields:
            return False
        found = fields[self.field]
        return self._fits_text(found.lower()) if isinstance(found, str) else self._fits_number(found)

    def _fits_text(self, found: str) -> bool:
        match self.sign:
            case ":":
                return self.value in found
            case "=":
                return self.value == found
            case "!=":
                return self.value != found
            case _:
                return False

    def _fits_number(self, found: float) -> bool:
        wanted = number_of(self.value)
        if wanted is None:
            return False
        if self.sign in ORDERS:
            return ORDERS[self.sign](found, wanted)
        return math.isclose(found, wanted, rel_tol=1e-9) != (self.sign == "!=")


@dataclass(frozen=True)
class Filter:
    """All conditions hold. One without any lets every run through."""

    terms: tuple[Term, ...] = ()

    def accepts(self, fields: Fields) -> bool:
        """Whether a run with these fields is to be shown."""
        return all(term.accepts(fields) for term in self.terms)


def parse(text: str, texts: Collection[str], numbers: Collection[str], states: Collection[str] = ()) -> Filter:
    """Read a filter. `texts` and `numbers` are the fields that runs have, `states` what the field `state` can be.

    Words are separated by spaces, or stand in double quotes. UsageError for an unknown field, a value that is no
    number where one is needed, an unknown state, a quotation mark that is not closed.
    """
    if text.count('"') % 2:
        raise UsageError("A quotation mark is not closed.")
    return Filter(tuple(_term(word, texts, numbers, states) for word in WORD.findall(text)))


def _term(word: str, texts: Collection[str], numbers: Collection[str], states: Collection[str]) -> Term:
    found = None if word.startswith('"') else TERM.fullmatch(word)
    if found is None:
        return Term("", ":", word.replace('"', "").lower())
    field, sign, value = found["field"].lower(), found["sign"], found["value"].replace('"', "").lower()
    if field not in texts and field not in numbers and field.partition(".")[0] in PARTS:
        field = setting_name(field)  # as it is called in the config: training.lr
    if field not in texts and field not in numbers:
        raise unknown("field", field, sorted({*texts, *numbers}))
    if not value:
        raise UsageError(f"What should {field} be? Say {field}{sign} and a value, without a space between.")
    if field in numbers and field not in texts and number_of(value) is None:
        raise UsageError(f"{field} is a number, and {value!r} is none.")
    if field in TIMES and sign in ORDERS:
        return Term(TIMES[field], sign, _seconds(field, sign, value))
    if field not in numbers and sign in ORDERS:
        raise UsageError(f"{field} is a word: say {field}:{value}.")
    if field == "state" and sign != "!=" and not any(value in state for state in states):
        meant = nearest(value, states)
        hint = f"did you mean {meant!r}?" if meant else "choose from " + ", ".join(states) + "."
        raise UsageError(f"No run is ever {value!r}: {hint}")
    return Term(field, sign, value)


def _seconds(field: str, sign: str, value: str) -> str:
    """The limit that a day or a time means: its end for what is after it or up to it, else its beginning."""
    found = span(value)
    if found is None:
        raise UsageError(f'{field} is a day or a time, and {value!r} is none: type 2026-11-27, "27 Nov" or 14:30.')
    return repr(found[sign in (">", "<=")])


def number_of(text: str) -> float | None:
    """The number that a text means, also a percentage; None where it is none, or none that can be compared."""
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        return None
    return None if math.isnan(value) else value
