"""What somebody wants of a sweep: data, fixed settings, space, and how many trials or how much time. It stands in the
sweep's folder as `sweep.toml`, from which the sweep goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, Literal, cast, get_args

from ..config import Config, Tree, merge, read_toml
from ..errors import UsageError, shown
from ..options import AT, OPTIONS, Option
from ..quality import LARGE, settle
from ..resolve import refuse_idle, resolve
from ..runs.folder import SWEEP as SOURCE
from .space import Point, Space, Value, lay, space_of

Measure = Literal["loss", "accuracy", "mae"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
TRIALS = 20  # where nobody says how many, or how long
AT_ONCE = 8  # trials that may be trained at once, where nobody says how many
GRID = 256  # points that are all tried, where nobody says how many
SHAPES: dict[str, Measure] = {"label_smoothing": "accuracy", "class_weights": "accuracy", "loss": "mae"}
"""Settings that say what a loss is, so that losses of different ones say nothing of each other, and what does."""
TIME = re.compile(r"([0-9]*\.?[0-9]+) *(s|m|h|d)")
UNITS = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}


@dataclass(frozen=True)
class Plan:
    """A sweep as somebody wants it.

    `flags` and `file` are what they fixed, as partial configs, `recipe` what lies below; `words` say the same as those
    of `nnlab train`, an option with what stands behind it in each. `measure` is what trials are judged by, on the
    validation rows. Without `halving` every trial is trained to its end. At most `trials` are made, in `seconds`, where
    these are given. With `ensemble` the best mix of them is kept in the end. `at_once` of them may be trained at the
    same time, by all machines together.
    """

    space: Space
    flags: Tree = field(default_factory=dict[str, Any])
    file: Tree = field(default_factory=dict[str, Any])
    recipe: str | None = None
    words: tuple[tuple[str, ...], ...] = ()
    measure: Measure = "loss"
    trials: int | None = None
    seconds: float | None = None
    seed: int = 1
    halving: bool = True
    at_once: int = AT_ONCE
    ensemble: bool = False

    @property
    def gridded(self) -> bool:
        """Whether every point is tried: all dimensions are choices, and there are not too many."""
        size = self.space.size
        return size is not None and size <= (self.trials or GRID)

    @property
    def most(self) -> int | None:
        """How many trials there are at most, with the default one; None where the time alone says."""
        if self.trials is None and self.gridded:
            return cast(int, self.space.size) + 1
        return TRIALS if self.trials is None and self.seconds is None else self.trials

    @property
    def better_high(self) -> bool:
        """Whether the higher value of the measure is the better one."""
        return self.measure == "accuracy"

    def config(self, point: Mapping[str, Value], **training: object) -> Config:
        """The config of a trial at this point; of the data set's default, as told, at an empty one. `training` has keys
        of the training that are not to be those. Raises UsageError as `resolve` does."""
        flags = merge(self._flags(point), {"training": training} if training else {})
        return resolve(None, flags=flags, recipe=self.recipe, file=self.file)

    def trial(self, point: Mapping[str, Value], seed: int | None = None) -> Config:
        """The same for a training of the sweep's: with one thread, unless somebody said otherwise, since several go on
        at once, and nothing learnt of the validation rows, which are to judge it."""
        told = any("threads" in tree.get("training", {}) for tree in (self.flags, self.file))
        own = {} if seed is None else {"seed": seed}
        return self.config(
            point, refit=False, calibrate=False, threshold=None, **({} if told else {"threads": 1}), **own
        )

    def effective(self, point: Mapping[str, Value]) -> Point:
        """The values of a point that have an effect beside its others, such as no momentum beside adam."""
        if not any(one.option.needs for one in self.space.dimensions):
            return dict(point)
        idle = self._idle(point)
        without = {one.name for one in self.space.dimensions if one.option in idle}
        return {name: value for name, value in point.items() if name not in without}

    def tells(self, point: Mapping[str, Value]) -> list[str]:
        """The words of `nnlab train` that make the trial at this point, without those that have no effect there."""
        idle = self._idle(point)
        fixed = [word for group in self.words if _option_of(group[0]) not in idle for word in group]
        swept = [one for one in self.space.dimensions if one.name in point and one.option not in idle]
        threads = [] if "threads" in self.flags.get("training", {}) else ["--threads", "1"]
        return [*fixed, *(word for one in swept for word in one.words(point[one.name])), *threads]

    def check(self) -> None:
        """Raise UsageError for a space without dimensions, a measure that cannot judge, a setting that has no effect
        whatever the others are, and all that `resolve` refuses."""
        if not self.space.dimensions:
            raise UsageError(
                "There is nothing to try: give a setting a range or choices, as in --lr 1e-4..1e-1 or --hidden"
                " '32,16 | 64,64'."
            )
        keys = [one.option.key for one in self.space.dimensions]
        shaping = next((key for key in keys if key in SHAPES), None)
        if shaping is not None and self.measure == "loss":
            name = AT["training", shaping].name
            raise UsageError(f"Losses of different --{name} cannot be compared: use --measure {SHAPES[shaping]}.")
        if self.config({}).data.valid_split == "none":
            raise UsageError("A sweep chooses by the validation rows: leave out --valid-split none.")
        said = [one.option for one in self.space.dimensions]
        told = [one for one in OPTIONS if one.needs and self.flags.get(one.section, {}).get(one.key)]
        points = list(self._combinations())
        for option in (one for one in (*told, *said) if one.needs):
            if all(option in self._idle(point) for point in points):
                refuse_idle({option.section: {option.key: True}}, settle(self.config(points[0]), LARGE))
        for one in self.space.dimensions:
            for value in (one.values.low, one.values.high) if not isinstance(one.values, tuple) else one.values:
                self.config({one.name: value})

    def _combinations(self) -> Iterator[Point]:
        """Points of the settings that decide whether others have an effect."""
        deciding = {(one.section, one.needs[0]) for one in OPTIONS if one.needs}
        chosen = [one for one in self.space.dimensions if one.option.place in deciding]
        values = [one.values for one in chosen if isinstance(one.values, tuple)]
        for choices in product(*values):
            yield {one.name: choice for one, choice in zip(chosen, choices, strict=True)}

    def _flags(self, point: Mapping[str, Value]) -> Tree:
        """What was fixed, and over it the values of a point, without what has no effect beside them."""
        flags = lay(self.flags, self.space.tree(point))
        idle = {one.place for one in self._idle(point)}
        return {
            section: {key: value for key, value in keys.items() if (section, key) not in idle}
            for section, keys in flags.items()
        }

    def _idle(self, point: Mapping[str, Value]) -> set[Option]:
        """The options that have no effect at this point, whoever told them."""
        flags = merge(self.flags, self.space.tree(point))
        deciding = {
            section: {key: value for key, value in keys.items() if not _needs(section, key)}
            for section, keys in flags.items()
        }
        config = settle(resolve(None, flags=deciding, recipe=self.recipe, file=self.file), LARGE)
        return {
            one
            for one in OPTIONS
            if one.needs and getattr(getattr(config, one.section), one.needs[0]) not in one.needs[1:]
        }


def measure_for(space: Space) -> Measure:
    """What trials of this space are judged by unless somebody says: their loss, where that is the same for all."""
    measures: list[Measure] = [SHAPES[one.option.key] for one in space.dimensions if one.option.key in SHAPES]
    return measures[0] if measures else "loss"


def seconds_of(text: str) -> float:
    """`30s`, `10m`, `1.5h` as seconds. UsageError for what is not written so."""
    match = TIME.fullmatch(text.strip())
    if match is None or not 0 < float(match[1]) * UNITS[match[2]] < 10**9:
        raise UsageError(f"--time cannot be {shown(text)}: write it as 30s, 10m or 1h.")
    return float(match[1]) * UNITS[match[2]]


def tree_of(plan: Plan) -> Tree:
    """A plan as plain data, of which `plan_of` makes it again."""
    return {
        "words": [list(group) for group in plan.words],
        "recipe": plan.recipe or "",
        "measure": plan.measure,
        "trials": plan.trials or 0,
        "seconds": plan.seconds or 0.0,
        "seed": plan.seed,
        "halving": plan.halving,
        "at_once": plan.at_once,
        "ensemble": plan.ensemble,
        "space": [
            {"option": one.option.name, "values": _told(one.argument, str(one))} for one in plan.space.dimensions
        ],
        "flags": plan.flags,
        "file": plan.file,
    }


def plan_of(kept: Mapping[str, Any], place: str) -> Plan:
    """The plan that was kept at this place. UsageError where it is none."""
    by_name = {one.name: one for one in OPTIONS}
    try:
        space = space_of((by_name[one["option"]], one["values"]) for one in kept["space"])
        return Plan(
            space,
            kept["flags"],
            kept["file"],
            kept["recipe"] or None,
            tuple(tuple(group) for group in kept["words"]),
            kept["measure"],
            kept["trials"] or None,
            kept["seconds"] or None,
            kept["seed"],
            kept["halving"],
            kept.get("at_once", AT_ONCE),  # earlier sweeps have none
            kept.get("ensemble", False),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{place} is no plan of a sweep: it lacks {error}.") from None


def write(plan: Plan, folder: Path) -> None:
    """Keep a plan in the sweep's folder, where `read_plan` finds it."""
    import tomli_w

    part = folder / f"{SOURCE}.part"
    part.write_text(tomli_w.dumps(tree_of(plan)), encoding="utf-8")
    part.replace(folder / SOURCE)


def read_plan(folder: Path) -> Plan:
    """The plan in a sweep's folder. UsageError where it cannot be read or is none."""
    return plan_of(read_toml(folder / SOURCE), str(folder / SOURCE))


def _told(argument: str, values: str) -> str:
    return f"{argument}={values}" if argument else values


def _needs(section: str, key: str) -> bool:
    return (section, key) in AT and bool(AT[section, key].needs)


def _option_of(word: str) -> Option | None:
    return next((one for one in OPTIONS if word == f"--{one.name}"), None)
