"""A table's raw columns as inputs of an ONNX graph, and their values as the network's readings give them.

What a file's texts are read by (`data.reading.readings`) becomes types here: numbers are numbers, NaN where missing;
categories, dates and words for yes and no are texts, empty where missing, and numbers where they were such in training.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, cast

import numpy as np

from ..data.columns.encoders import (
    Embedding,
    Hashed,
    Missing,
    OneHot,
)
from ..data.columns.values import MISSING
from ..data.derived import Derived
from ..data.reading.numbers import number_text
from ..data.reading.readings import (
    TRUTHS,
    BooleanReading,
    CategoryReading,
    DateReading,
    NumberReading,
    Reading,
)
from ..data.schema import Schema
from ..errors import UsageError
from .dates import ISO, days_of_numbers, days_of_texts
from .graph import ML, Graph

Form = Literal["number", "text"]

EXACT = 2**53  # whole numbers up to which each is a number of double precision
UNSEEN, ABSENT = -1, -2  # the codes of categories that no train row had, and of missing ones


@dataclass(frozen=True)
class Given:
    """A raw column: its name, its form, and in words what it takes."""

    name: str
    form: Form
    doc: str


def given_columns(schema: Schema) -> list[Given]:
    """The columns that a row must have, in the forms in which ONNX takes them. UsageError for one that it cannot
    express."""
    return [_given(schema, name) for name in schema.inputs]


def _given(schema: Schema, name: str) -> Given:
    reading = schema.reading_of(name)
    column = next((one for one in schema.columns if one.name == name and not isinstance(one, Missing)), None)
    if isinstance(column, Hashed):
        raise UsageError(
            f"The column {name!r} is text whose words are hashed, which ONNX cannot express: train without it "
            f"(--drop {name!r}), or use --to python."
        )
    if isinstance(column, OneHot | Embedding) and isinstance(reading, DateReading):
        raise UsageError(
            f"The column {name!r} has dates that are taken for categories, which ONNX cannot express: train without it "
            f"(--drop {name!r}), or use --to python."
        )
    match reading:
        case NumberReading():
            unit = ", times of day and durations in seconds" if reading.clock else ""
            return Given(name, "number", f"a number{unit}; NaN is missing")
        case DateReading(unit=""):
            return Given(name, "text", f"a date as {ISO}; an empty text is missing")
        case DateReading(unit=unit):
            return Given(name, "number", f"a date as a number ({unit}); NaN is missing")
        case BooleanReading(counted=True):
            return Given(name, "number", "1 or 0; NaN is missing")
        case BooleanReading():
            words = f"{', '.join(reading.yes)}, or {', '.join(reading.no)}"
            return Given(name, "text", f"{words}; an empty text is missing")
        case CategoryReading():
            if isinstance(column, OneHot | Embedding) and _are_numbers(reading, column.categories):
                return Given(name, "number", "the number of a category; NaN is missing")
            return Given(name, "text", "a category, without blanks around it; an empty text is missing")


def _are_numbers(reading: CategoryReading, categories: Sequence[str]) -> bool:
    """Whether categories are numbers, each of which double precision holds."""
    return reading.whole and all(
        number_text(text) == text and (not text.lstrip("-").isdigit() or abs(int(text)) < EXACT) and _finite(text)
        for text in categories
    )


def _finite(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


@dataclass
class Raw:
    """The raw columns of a schema, inputs of the graph, whose values are counted where they are not understood, or were
    in no train row."""

    graph: Graph
    schema: Schema
    _counted: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self._given = given_columns(self.schema)
        for one in self._given:
            self.graph.take_input(one.name, one.form, doc=one.doc)

    @cached_property
    def _names(self) -> dict[str, int]:
        """The place of each raw number among all."""
        return {one.name: place for place, one in enumerate(one for one in self._given if one.form == "number")}

    @cached_property
    def _raw(self) -> str:
        """All raw numbers, double (rows, numbers)."""
        return self.graph.joined([self.graph.column(name) for name in self._names], 1)

    @cached_property
    def _numbers(self) -> str:
        """The same, NaN where they are infinite or stand for a missing one."""
        graph = self.graph
        infinite = graph.node("IsInf", self._raw)
        self._counted.append(infinite)
        odd = graph.any(graph.node("IsNaN", self._raw), infinite)
        codes = [_codes(self.schema.reading_of(name)) for name in self._names]
        for turn in range(max(map(len, codes), default=0)):
            row = [each[turn] if turn < len(each) else math.nan for each in codes]
            odd = graph.any(odd, graph.node("Equal", self._raw, graph.number([row])))
        return graph.node("Where", odd, graph.number(math.nan), self._raw)

    @cached_property
    def numbers(self) -> tuple[str, dict[str, int]]:
        """Raw and derived numbers, double (rows, numbers), and the place of each by its name."""
        graph, places = self.graph, dict(self._names)
        parts = [self._numbers] if places else []
        for derived in self.schema.derived:
            parts.append(self._derived(derived))
            places[derived.name] = len(places)
        return graph.joined(parts, 1), places

    def _derived(self, derived: Derived) -> str:
        graph = self.graph
        values = [graph.taken(self._numbers, [self._names[part.name]]) for part in derived.of]
        if derived.form == "sine":
            return graph.node("Sin", values[0])
        product = graph.node("Mul", values[0], values[-1])
        return graph.node("Where", graph.node("IsInf", product), graph.number(math.nan), product)

    def _number(self, name: str) -> str:
        """A raw number, double (rows,)."""
        return self.graph.node("Gather", self._numbers, self.graph.whole(self._names[name]), axis=1)

    def _is_text(self, name: str) -> bool:
        return name not in self._names

    def truth(self, name: str) -> str:
        """Yes as 1, no as 0, double (rows,), NaN where missing."""
        graph, reading = self.graph, cast(BooleanReading, self.schema.reading_of(name))
        if self._is_text(name):
            yes, no = (
                graph.node("RegexFullMatch", name, pattern=_any_of(words)) for words in (reading.yes, reading.no)
            )
            known = graph.any(yes, no, self._is_absent(name, reading))
        else:
            value = self._number(name)
            yes, no = (graph.node("Equal", value, graph.number(truth)) for truth in (1, 0))
            known = graph.any(yes, no, graph.node("IsNaN", value))
        self._counted.append(graph.column(graph.node("Not", known)))
        other = graph.node("Where", no, graph.number(0), graph.number(math.nan))
        return graph.node("Where", yes, graph.number(1), other)

    def _is_absent(self, name: str, reading: Reading) -> str:
        """Whether a text means that there is no value."""
        words = _absent(reading)
        keys = self.graph.node("LabelEncoder", name, domain=ML, **_mapping(words, [ABSENT] * len(words)))
        return self.graph.node("Equal", keys, self.graph.whole(ABSENT))

    def codes(self, column: OneHot | Embedding) -> str:
        """The index of each value's category, int64 (rows,); below 0 where missing or unseen."""
        graph, name, reading = self.graph, column.name, self.schema.reading_of(column.name)
        if isinstance(reading, BooleanReading):
            places = {truth: place for place, truth in enumerate(column.categories) if truth in TRUTHS}
            keys = [float(truth == "true") for truth in places]
            return self._of_numbers(self.truth(name), keys, list(places.values()))
        if not self._is_text(name):
            known = {float(text): place for place, text in enumerate(column.categories) if _finite(text)}
            return self._of_numbers(self._number(name), list(known), list(known.values()))
        absent = _absent(reading)
        codes = {text: UNSEEN if _is_code(text, reading) else place for place, text in enumerate(column.categories)}
        if isinstance(reading, CategoryReading) and reading.truths:
            codes |= {each: codes[text] for text in TRUTHS if text in codes for each in _spelt(text)}
        codes |= dict.fromkeys(absent, ABSENT)
        found = graph.node("LabelEncoder", name, domain=ML, **_mapping(list(codes), list(codes.values())))
        self._counted.append(graph.column(graph.node("Equal", found, graph.whole(UNSEEN))))
        return found

    def _of_numbers(self, values: str, keys: list[float], places: list[int]) -> str:
        graph = self.graph
        if not keys:
            keys, places = [math.inf], [UNSEEN]
        found = graph.node("LabelEncoder", values, domain=ML, **_mapping(keys, places))
        known = graph.any(graph.node("IsNaN", values), graph.node("GreaterOrEqual", found, graph.whole(0)))
        self._counted.append(graph.column(graph.node("Not", known)))
        return found

    def placed(self, column: OneHot | Embedding) -> str:
        """The same, with the place after the last category for missing and unseen ones."""
        codes = self.codes(column)
        outside = self.graph.node("Less", codes, self.graph.whole(0))
        return self.graph.node("Where", outside, self.graph.whole(len(column.categories)), codes)

    def days(self, name: str) -> str:
        """Days since 1970, double (rows,), NaN where missing."""
        graph, reading = self.graph, cast(DateReading, self.schema.reading_of(name))
        if self._is_text(name):
            days, read = days_of_texts(graph, name)
            absent = self._is_absent(name, reading)
            read = graph.node("And", read, graph.node("Not", absent))
        else:
            value = self._number(name)
            absent = graph.node("IsNaN", value)
            days, read = days_of_numbers(graph, graph.node("Where", absent, graph.number(0), value), reading.unit)
            read = graph.node("And", read, graph.node("Not", absent))
        self._counted.append(graph.column(graph.node("Not", graph.any(read, absent))))
        return graph.node("Where", read, days, graph.number(math.nan))

    def unknown(self) -> str:
        """How many values of a row were counted, int64 (rows,)."""
        graph = self.graph
        whole = graph.cast(graph.joined(self._counted, 1), np.int64)
        return graph.node("ReduceSum", whole, graph.whole([1]), keepdims=0)


def _absent(reading: Reading) -> list[str]:
    """The texts that mean that there is no value."""
    return list(dict.fromkeys(["", *(MISSING if reading.missing is None else reading.missing)]))


def _codes(reading: Reading) -> list[float]:
    """The finite numbers that mean that there is no value."""
    return [float(text) for text in reading.missing or () if _finite(text)]


def _is_code(text: str, reading: Reading) -> bool:
    return _finite(text) and float(text) in _codes(reading)


def _spelt(word: str) -> list[str]:
    """A word with each of its letters in lower or upper case."""
    spelt = [""]
    for letter in word:
        spelt = [before + each for before in spelt for each in (letter, letter.upper())]
    return spelt


def _mapping(keys: Sequence[str] | Sequence[float], values: Sequence[int]) -> dict[str, Any]:
    """What a LabelEncoder is told: values by keys, `UNSEEN` for all others."""
    from onnx import TensorProto, helper

    texts = isinstance(keys[0], str)
    kind = TensorProto.STRING if texts else TensorProto.DOUBLE
    encoded: Any = [str(key).encode("utf-8", "replace") for key in keys] if texts else list(keys)
    return {
        "keys_tensor": helper.make_tensor("keys", kind, [len(keys)], encoded),
        "values_tensor": helper.make_tensor("values", TensorProto.INT64, [len(values)], list(values)),
        "default_tensor": helper.make_tensor("default", TensorProto.INT64, [1], [UNSEEN]),
    }


def _any_of(words: Sequence[str]) -> str:
    """A pattern of these words, in lower or upper case, with blanks around them; numbers with zeros and a point."""
    return rf"\s*(?:{'|'.join(map(_pattern, words))})\s*"


def _pattern(word: str) -> str:
    if re.fullmatch(r"[0-9]+", word):
        return rf"\+*0*{word}(?:\.0*)?"
    return "".join(map(_letter, word))


def _letter(letter: str) -> str:
    """A pattern of all characters that are this one in lower case."""
    forms = {letter, letter.upper()} | ({"\u212a"} if letter == "k" else set[str]())
    written = sorted(rf"\x{{{ord(form):x}}}" for form in forms if len(form) == 1)
    return written[0] if len(written) == 1 else f"[{''.join(written)}]"
