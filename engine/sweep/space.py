"""What a sweep tries: the settings that somebody gave a range, `1e-4..1e-1`, or choices, `32,16 | 64,64`.

Both are written where a setting is, after its option or in a file. Nothing of Optuna's here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from ..config import Tree, merge, validate
from ..errors import UsageError, shown
from ..options import AT, NETWORK, TRAINING, Option, Repeated
from ..written import read

Value = float | int | str
"""A value as a point has it: a number of a range, or the text of a choice."""
Point = dict[str, Value]
"""One value for each of a space's dimensions, by their names."""

OPENS = ("prepare", "scale"), ("prepare", "text"), ("prepare", "pixels")
FIXED = {
    *("quality", "device", "deterministic", "precision", "threads", "step", "checkpoint_every", "on_divergence"),
    *("final", "refit", "calibrate", "threshold", "seed", "loop_seed"),
}
"""Of the training, what says how it is done and not what comes of it, and seeds, of which the best have several."""
RATES = {"lr", "weight_decay", "l1", "clip"}
"""What is tried as often between 0.001 and 0.01 as between 0.01 and 0.1."""
DOUBLED = {"batch_size", "members"}
"""Counts of which a doubled one is the next: 16, 32, 64."""
DIGITS = 4  # of a number that is drawn, so that it can be typed
MOST_CHOICES = 1_000
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both of them among these; `log` says that factors count and not differences."""

    low: float
    high: float
    whole: bool = False
    log: bool = False

    def __str__(self) -> str:
        """As it is written."""
        return f"{_written(self.low)}..{_written(self.high)}"

    def holds(self, value: object) -> bool:
        """Whether it is a number between the two."""
        return isinstance(value, int | float) and self.low <= value <= self.high

    def rounded(self, value: float) -> float | int:
        """A number that was drawn from it, in a few digits."""
        if self.whole:
            return int(value)
        return min(max(float(f"{value:.{DIGITS}g}"), self.low), self.high)


@dataclass(frozen=True)
class Dimension:
    """A setting that is tried with several values: those of a range, or choices as they are written. `argument` is the
    one of a network of the user's own that it is, where it is one."""

    option: Option
    values: Range | tuple[str, ...]
    argument: str = ""

    @property
    def name(self) -> str:
        """What it is called: its option's name, or the argument's behind that."""
        return f"{self.option.name} {self.argument}" if self.argument else self.option.name

    def __str__(self) -> str:
        """Its values as they are written."""
        return str(self.values) if isinstance(self.values, Range) else " | ".join(self.values)

    def tree(self, value: Value) -> Tree:
        """The part of a config that says this value of it. UsageError where it is not written as such options are."""
        return _tree(self.option, self.argument, _text(value))

    def words(self, value: Value) -> list[str]:
        """The words of a command that say this value of it."""
        text = _text(value)
        if self.option.kind == "switch":
            return [f"--{self.option.name}"] if text == "true" else []
        return [f"--{self.option.name}", f"{self.argument}={text}" if self.argument else text]


@dataclass(frozen=True)
class Space:
    """All that a sweep tries, a dimension a setting."""

    dimensions: tuple[Dimension, ...]

    @property
    def size(self) -> int | None:
        """How many points it has where all dimensions are choices, else None."""
        if any(isinstance(one.values, Range) for one in self.dimensions):
            return None
        return math.prod(len(one.values) for one in self.dimensions if not isinstance(one.values, Range))

    def texts(self) -> dict[str, str]:
        """Each dimension's values as they are written."""
        return {one.name: str(one) for one in self.dimensions}

    def tree(self, point: Mapping[str, Value]) -> Tree:
        """The part of a config that says the values of a point, which may lack some."""
        return lay(*(one.tree(point[one.name]) for one in self.dimensions if one.name in point))

    def point_of(self, tree: Mapping[str, Any]) -> Point | None:
        """The point at which a whole config, as a tree, lies; None where it lies beside the space."""
        point: Point = {}
        for one in self.dimensions:
            value = _found(one, tree)
            if value is None:
                return None
            point[one.name] = value
        return point


def lay(*trees: Tree) -> Tree:
    """Lay partial configs over each other, the arguments of a network of the user's one by one."""
    laid = merge(*trees)
    arguments = merge(*(tree.get("model", {}).get("args", {}) for tree in trees))
    return merge(laid, {"model": {"args": arguments}}) if arguments else laid


def _found(dimension: Dimension, tree: Mapping[str, Any]) -> Value | None:
    """The value of a dimension that a config has; None where it is none of them."""
    if isinstance(dimension.values, Range):
        section: Any = tree.get(dimension.option.section, {})
        keyed = section.get(dimension.option.key)
        value = (keyed or {}).get(dimension.argument) if dimension.argument else keyed
        return value if dimension.values.holds(value) and not isinstance(value, bool) else None
    whole = validate(dict(tree)).model_dump()
    for choice in dimension.values:
        if validate(lay(dict(tree), dimension.tree(choice))).model_dump() == whole:
            return choice
    return None


def space_of(written: Iterable[tuple[Option, str]]) -> Space:
    """The space that these settings are written to have, those among them that have one value left out. An option's
    text is what stands behind it; `width=16..256` of an argument.

    Raises UsageError for a range or choices that make no sense, saying where and what to type.
    """
    found = (dimension_of(option, text) for option, text in written)
    dimensions = tuple(one for one in found if one is not None)
    names = [one.name for one in dimensions]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"--{twice} is given two ranges: give it one.")
    return Space(dimensions)


def opens(option: Option) -> bool:
    """Whether an option may be given a range or choices. All trials are judged on the same rows, so that those of the
    data may not; and how a training is done changes nothing that could be better."""
    if option.place in OPENS or option in NETWORK:
        return True
    return option in TRAINING and option.key not in FIXED


def dimension_of(option: Option, text: str) -> Dimension | None:
    """The dimension that is written behind an option; None where that is one value. Raises UsageError as `space_of`."""
    argument, _, inner = text.partition("=") if option.kind == "arguments" else ("", "", text)
    argument = argument.strip()
    place = f"--{option.name} {argument}={inner.strip()}" if argument else f"--{option.name} {inner.strip()}"
    ranged, chosen = _is_range(option, inner), "|" in inner
    if not (ranged or chosen):
        return None
    if not opens(option):
        if option not in TRAINING and option.kind not in ("whole", "number", "choice"):
            return None  # a column or a file may be called so
        raise UsageError(f"{place} cannot be tried with several values: give it one.")
    if ranged and chosen:
        raise UsageError(f"{place} is both a range and choices: write one of them, as in 1..10 or '1 | 10'.")
    values = _range(option, argument, inner, place) if ranged else _choices(option, argument, inner, place)
    return Dimension(option, values, argument)


def _is_range(option: Option, text: str) -> bool:
    """Whether a text is meant as a range: two dots between numbers, or wherever only numbers may be."""
    if ".." not in text:
        return False
    if option.kind in ("whole", "number", "widths", "weights", "choice"):
        return True
    low, _, high = text.partition("..")
    return bool(NUMBER.match(low.strip()) or NUMBER.match(high.strip()))


def _range(option: Option, argument: str, text: str, place: str) -> Range:
    if option.kind not in ("whole", "number", "arguments"):
        several = "32,16 | 64,64" if option.kind == "widths" else " | ".join(option.choices[:2]) or "one | another"
        raise UsageError(f"{place} has no range, since it is no number: write choices, as in '{several}'.")
    low, high = (part.strip() for part in text.split("..", 1))
    for end in (low, high):
        if not NUMBER.fullmatch(end):
            raise UsageError(f"{place} is no range: write it as {_example(option)}, a number on each side of the dots.")
    ends = float(low), float(high)
    if not all(map(math.isfinite, ends)):
        raise UsageError(f"{place} is no range: it is infinite, so write smaller numbers.")
    whole = option.kind == "whole" or (bool(argument) and all(re.fullmatch("[+-]?[0-9]+", end) for end in (low, high)))
    if whole and not all(end.is_integer() for end in ends):
        raise UsageError(f"{place} is a range of counts: begin and end it with whole numbers, as in 10..100.")
    if ends[0] > ends[1]:
        raise UsageError(f"{place} ends before it begins: write it as {high}..{low}.")
    if ends[0] == ends[1]:
        raise UsageError(f"{place} is one value: write it as {place.split('..')[0]}.")
    if option.key in RATES and ends[0] <= 0:
        raise UsageError(
            f"{place} begins at {low}, and a range of rates is tried by factors: begin it above, as in "
            f"{_written(ends[1] / 10_000)}..{high}."
        )
    for end in ends:
        validate(_tree(option, argument, _text(int(end) if whole else end)))
    log = option.key in RATES or (option.key in DOUBLED and ends[0] > 0)
    return Range(int(ends[0]), int(ends[1]), True, log) if whole else Range(*ends, log=log)


def _choices(option: Option, argument: str, text: str, place: str) -> tuple[str, ...]:
    parts = [",".join(word.strip() for word in part.split(",")) for part in text.split("|")]
    if not all(parts) or len(parts) > MOST_CHOICES:
        raise UsageError(f"{place} lacks a choice between two bars: write them as in 'one | another'.")
    twice = next((part for part in parts if parts.count(part) > 1), None)
    if twice is not None:
        raise UsageError(f"{place} has {shown(twice)} twice: name each choice once.")
    for part in parts:
        validate(_tree(option, argument, part))
    return tuple(parts)


def _tree(option: Option, argument: str, text: str) -> Tree:
    """The part of a config that an option says with this text behind it."""
    if option.kind in ("switch", "negated"):
        return {option.section: {option.key: text}}
    repeated = option.kind in get_args(Repeated)
    return {option.section: read(option, [f"{argument}={text}" if argument else text] if repeated else text)}


def _example(option: Option) -> str:
    return "1e-4..1e-1" if option.key in RATES else "10..100" if option.kind == "whole" else "0..0.5"


def _written(number: float) -> str:
    """A number as it is typed: 0.0001, 1e-05, 32."""
    return f"{number:.15g}"


def _text(value: Value) -> str:
    return value if isinstance(value, str) else _written(value)


def spoken(tree: Mapping[str, Any]) -> list[tuple[Option, str]]:
    """The settings of a file that are written as texts which may be ranges or choices, each with its option."""
    found: list[tuple[Option, str]] = []
    for (section, key), option in AT.items():
        within: Any = tree.get(section)
        value = within.get(key) if isinstance(within, dict) else None
        if isinstance(value, str):
            found.append((option, value))
        elif option.kind == "arguments" and isinstance(value, dict):
            found += [(option, f"{name}={text}") for name, text in value.items() if isinstance(text, str)]
    return found


def without(tree: Mapping[str, Any], space: Space) -> Tree:
    """The tree without the settings that are a space's dimensions."""
    rest: Tree = {key: {**value} if isinstance(value, dict) else value for key, value in tree.items()}
    for one in space.dimensions:
        section = rest.get(one.option.section, {})
        if one.argument:
            section["args"] = {key: value for key, value in section.get("args", {}).items() if key != one.argument}
        else:
            section.pop(one.option.key, None)
    return rest
