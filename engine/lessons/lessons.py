"""A lesson as it is read from its file, and whether a run passes it. Nothing here needs torch."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from .. import recipes
from ..config import Config, Tree, merge, validate
from ..errors import UsageError, expand_home, shown, unknown
from ..history import History
from ..resolve import resolve
from ..runs.folder import RunFolder
from ..runs.log import events_of
from ..runs.progress import Progress
from ..wording import number, short

FOLDER = Path(__file__).parent
LARGEST = 2**16  # bytes of a lesson
Text = Annotated[str, Field(min_length=1, max_length=2_000)]
Measure = Literal["loss_train", "loss_valid", "accuracy_train", "accuracy_valid", "mae_valid", "gap"]
MEASURED: dict[Measure, str] = {
    "loss_train": "train loss",
    "loss_valid": "validation loss",
    "accuracy_train": "train accuracy",
    "accuracy_valid": "validation accuracy",
    "mae_valid": "validation MAE",
    "gap": "last validation loss less the last train loss",
}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Wanted(_Part):
    """What a config has to have: one of some values, or a number between two; of a list its length or each number."""

    key: Text
    says: Text
    one_of: list[Any] = Field(default_factory=list[Any], max_length=20)
    at_least: float = -math.inf
    at_most: float = math.inf
    length: bool = False

    def fits(self, config: Config) -> bool:
        """Whether a run's config has it."""
        section, _, name = self.key.partition(".")
        value: Any = getattr(getattr(config, section, None), name, None)
        if self.length:
            value = len(value) if isinstance(value, Sequence | Mapping) else None  # pyright: ignore
        if self.one_of:
            return value in self.one_of
        numbers: Any = value if isinstance(value, list) else [value]
        plain = [one for one in numbers if isinstance(one, int | float)]
        return bool(plain) and len(plain) == len(numbers) and all(self.at_least <= one <= self.at_most for one in plain)


class Check(_Part):
    """What a run has to reach: a measure, the best of all epochs (a gap: at the end), and parts of the config."""

    measure: Measure
    at_least: float | None = None
    at_most: float | None = None
    epochs: Annotated[int, Field(ge=1)] | None = Field(default=None, description="within how many it is to be reached")
    wants: list[Wanted] = Field(default_factory=list[Wanted], max_length=10)

    @model_validator(mode="after")
    def _whole(self) -> Check:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("a check has at_least or at_most: give one of them")
        return self

    @property
    def says(self) -> str:
        """The goal in words."""
        bound = f"at least {short(self.at_least or 0)}" if self.at_most is None else f"at most {short(self.at_most)}"
        within = f" within {self.epochs} epochs" if self.epochs else ""
        return ", ".join([f"{MEASURED[self.measure]} {bound}{within}", *(one.says for one in self.wants)])


class Lesson(_Part):
    """One lesson. `preset` is a partial config, or a `recipe` is trained as it is; `steps` are what to do, one after
    another; `solution` is what of the preset to change so that the check passes."""

    title: Text
    place: int = 1000
    idea: Text
    steps: list[Text] = Field(min_length=1, max_length=20)
    question: Text
    answer: Text
    recipe: str | None = None
    preset: dict[str, dict[str, Any]] = Field(default_factory=dict[str, dict[str, Any]])
    check: Check
    solution: dict[str, dict[str, Any]] = Field(default_factory=dict[str, dict[str, Any]])
    lab: bool = Field(default=True, description="whether it is played in the lab, or by commands")

    @cached_property
    def data(self) -> str:
        """The data set that it is about."""
        tree: Tree = recipes.read(self.recipe) if self.recipe else self.preset
        return str(tree.get("data", {}).get("name", "xor"))

    def config(self, changes: Tree | None = None) -> Config:
        """The config to begin with, or one with some changes. UsageError where the lesson's file has a wrong one."""
        flags = merge({key: dict(part) for key, part in self.preset.items()}, changes or {})
        return resolve(None, flags=flags, recipe=self.recipe)


def names() -> list[str]:
    """The names of the lessons that come with nnlab, in the order in which they are to be taken."""
    found = {path.relative_to(FOLDER).with_suffix("").as_posix(): path for path in FOLDER.rglob("*.toml")}
    return sorted(found, key=lambda name: (read(found[name]).place, name))


def find(name: str) -> tuple[str, Lesson]:
    """The lesson of this name, or in this file. UsageError with the nearest name where there is none, or for a file
    that is none."""
    path = expand_home(name)
    if path.suffix == ".toml":
        return path.stem, read(path)
    if name not in names():
        raise unknown("lesson", name, names(), see="nnlab lesson list")
    return name, read(FOLDER / f"{name}.toml")


def read(path: Path) -> Lesson:
    """The lesson in a file. UsageError, saying what is wrong with it, for one that cannot be read or is none."""
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST + 1)
        if len(text) > LARGEST:
            raise UsageError(f"The lesson {shown(str(path))} is longer than {LARGEST:,} bytes: make it shorter.")
        return Lesson.model_validate(tomllib.loads(text.decode()))
    except OSError as error:
        raise UsageError(f"The lesson {shown(str(path))} cannot be read ({error.strerror}).") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "its check"
        raise UsageError(f"The lesson {shown(str(path))} is none: {where}: {first['msg']}.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"The lesson {shown(str(path))} is no TOML: {error}.") from None


def reached(check: Check, history: History) -> float:
    """What a run with this history has come to by a check's measure, NaN where it has no such measure."""
    if not history:
        return math.nan
    if check.measure == "gap":
        last = history[-1]
        return last.get("loss_valid", math.nan) - last.get("loss_train", math.nan)
    values = list(history.columns.get(check.measure, ()))[: check.epochs]
    best = max if check.at_most is None else min
    return best(filter(math.isfinite, values), default=math.nan)


def missing_of(lesson: Lesson, folder: RunFolder) -> list[str]:
    """The same of a run in a folder, by its log. UsageError where that cannot be read, or no run has begun there."""
    progress = Progress()
    for event in events_of(folder):
        progress.follow(event)
    if progress.started is None:
        raise UsageError(f"The run {folder.name!r} has not begun: there is nothing to check yet.")
    return missing(lesson, validate(progress.started.config), progress.history)


def missing(lesson: Lesson, config: Config, history: History) -> list[str]:
    """What of a lesson's check a run lacks, in words; nothing where it passes."""
    check, lacks = lesson.check, list[str]()
    if config.data.name != lesson.data:
        lacks.append(f"it is trained on {shown(config.data.name)}, and the lesson is about {lesson.data}")
    lacks += [f"its {one.key} does not fit: {one.says}" for one in check.wants if not one.fits(config)]
    value = reached(check, history)
    low, high = check.at_least, check.at_most
    if not ((low is None or value >= low) and (high is None or value <= high)):
        lacks.append(f"{MEASURED[check.measure]}: {number(value)}, and the goal is {check.says.split(',')[0]}")
    return lacks
