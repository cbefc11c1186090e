"""What can be set in the lab: one table of settings, how keys step through each and how each is typed and written.

A setting stands for one value of the config, at its `key`, and has its name and kind from the table of options;
several stand for parts of the same value: each layer's units for the widths of all, each feature for the list of
features. No textual, no torch.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from math import isfinite
from shlex import join, split
from typing import Any, Literal

from ...engine import options
from ...engine.config import Argument
from ...engine.data.catalog import CATALOG
from ...engine.errors import UsageError, expand_home, nearest
from ...engine.models.naming import read_arguments
from ...engine.options import AT, FAMILIES, Place
from ..render.text import short

Kind = options.Kind | Literal["layer", "toggle", "own"]

DATA, FEATURES, FAMILY = ("data", "name"), ("data", "features"), ("model", "family")
OWN, ARGUMENTS = ("model", "file"), ("model", "args")
HIDDEN, EPOCHS, EARLY_STOP = ("model", "hidden"), ("training", "epochs"), ("training", "early_stop")
SAMPLES, CLASSES, NOISE, DRAWN = ("data", "samples"), ("data", "classes"), ("data", "noise"), ("data", "seed")
TURNS = ("data", "turns")
TARGET, SEED, CLIP = ("data", "target"), ("training", "seed"), ("training", "clip")
WIDTHS_APART = re.compile(r"(?<=[0-9])-|[, ]+")  # 10-6 as 10,6; before the first digit it is a minus
OPTIMIZER, MOMENTUM, SCHEDULER = ("training", "optimizer"), ("training", "momentum"), ("training", "scheduler")
EMPTY = {"names": "all", "name": "not chosen", "own": "none", "arguments": "none"}  # what no value is shown as
CAN_BE_OFF = (EARLY_STOP, CLIP)  # which 0 turns off
EXPRESSIONS = ("x1", "x2", "x1^2", "x2^2", "x1*x2", "sin(x1)", "sin(x2)")
GROUPS = {"data": "data", "model": "network", "training": "training"}
MOST_LAYERS = 8
HINTS = {
    "names": "the columns to learn from, as in a,b,a^2,a*b; all of them if empty",
    "name": "the column to predict",
    "own": "a network of your own, as in path/to/net.py:MyNet; none if empty",
    "arguments": "what your network is built with, as in hidden=16 widths=8,4; its defaults if empty",
}


@dataclass(frozen=True)
class Setting:
    """One line of the list. `flag` is its option of `nnlab train`; `choices` are what left and right step through,
    whatever else may be typed; `needs` are the traits of a run (see `lab`) without which it does not matter, beside
    what its option needs of others; `live` ones act on a training at once. `part` is the layer or the feature that it
    stands for."""

    label: str
    key: Place
    flag: str
    kind: Kind
    choices: tuple[Any, ...] = ()
    needs: tuple[str, ...] = ()
    live: bool = False
    part: Any = None

    @property
    def group(self) -> str:
        """Under which heading it stands."""
        return "features" if self.key == FEATURES else GROUPS[self.key[0]]

    @property
    def asks(self) -> str:
        """What is said while its value is typed."""
        hint = f"{HINTS[self.kind]}; " if self.kind in HINTS else ""
        return f"{self.label}: {hint}enter takes it, escape leaves it"

    @property
    def completions(self) -> tuple[str, ...]:
        """What completes a value while it is typed."""
        return self.choices if self.kind in ("choice", "own", "name") else ()

    def step(self, whole: Any, by: int) -> Any:
        """The value at its place after a step up (`by` 1) or down (-1). UsageError where there is no further one."""
        match self.kind:
            case "choice":
                at = self.choices.index(whole) if whole in self.choices else -1
                return self.choices[(at + by) % len(self.choices)]
            case "widths":
                return _layers(whole, by)
            case "layer":
                return [*whole[: self.part], _along(self.choices, whole[self.part], by), *whole[self.part + 1 :]]
            case "toggle":
                return _toggled(whole, self.part)
            case "switch":
                return not whole
            case "own" | "name" if self.choices:
                at = self.choices.index(whole) if whole in self.choices else min(0, -by)
                return self.choices[(at + by) % len(self.choices)]
            case "names" | "name" | "own" | "arguments":
                raise UsageError(f"Enter types {HINTS[self.kind]}.")
            case _:
                return _along(self.choices, whole, by)

    def read(self, text: str, whole: Any) -> Any:
        """The value at its place with what was typed. UsageError for what makes no sense."""
        text = text.strip()
        if text == EMPTY.get(self.kind):
            text = ""
        match self.kind:
            case "choice" if self.key != DATA and text not in self.choices:
                meant = nearest(text, self.choices)
                hint = f"did you mean {meant}?" if meant else f"choose {' or '.join(self.choices)}."
                raise UsageError(f"{self.label} cannot be {text!r}: {hint}")
            case "widths":
                return [_whole(self, word) for word in WIDTHS_APART.split(text) if word]
            case "layer":
                return [*whole[: self.part], _whole(self, text), *whole[self.part + 1 :]]
            case "names":
                return [word.strip() for word in text.split(",") if word.strip()] or None
            case "name":
                return text or None
            case "own":
                return str(expand_home(text)) if text else ""
            case "arguments":
                return read_arguments(_parts(text))
            case "toggle":
                return _toggled(whole, self.part)
            case "switch":
                return _switched(self, text)
            case "number" | "whole" if self.key in CAN_BE_OFF and text in ("off", "none"):
                return 0
            case "number":
                return _number(self, text)
            case "whole":
                return _whole(self, text)
            case _:
                return text

    def text(self, whole: Any) -> str:
        """Its value as it is shown, and as it may be typed."""
        match self.kind:
            case "widths":
                return ",".join(map(str, whole))
            case "layer":
                return str(whole[self.part])
            case "names":
                return ",".join(whole or ())
            case "name":
                return whole or ""
            case "arguments":
                return join(f"{name}={_argument(value)}" for name, value in whole.items())
            case "toggle":
                return "on" if self.part in (whole or EXPRESSIONS[:2]) else "off"
            case "switch":
                return "on" if whole else "off"
            case "number" | "whole" if self.key in CAN_BE_OFF and not whole:
                return "off"
            case "number":
                return short(whole) if float(short(whole)) == whole else repr(whole)
            case _:
                return str(whole)

    def arguments(self, whole: Any) -> list[str]:
        """Its option with the value at its place, every digit of it, as arguments of `nnlab train`."""
        if self.kind == "switch":
            return [f"--{self.flag}"]
        if self.kind == "arguments":
            return [word for name, value in whole.items() for word in (f"--{self.flag}", f"{name}={_argument(value)}")]
        return [f"--{self.flag}", ",".join(map(str, whole)) if isinstance(whole, list) else str(whole)]


def _along(ladder: tuple[Any, ...], value: Any, by: int) -> Any:
    """The next value of a ladder, from one on it or between its rungs; the value itself at its end."""
    at = bisect_right(ladder, value) if by > 0 else bisect_left(ladder, value) - 1
    return ladder[at] if 0 <= at < len(ladder) else value


def _layers(widths: list[int], by: int) -> list[int]:
    """A layer more, as wide as the last, or one fewer."""
    if by > 0 and len(widths) >= MOST_LAYERS:
        raise UsageError(f"The lab goes up to {MOST_LAYERS} layers; `nnlab train` has no limit.")
    if by < 0 and len(widths) <= 1:
        raise UsageError("This network keeps one layer at least; the family linear has none.")
    return [*widths, widths[-1] if widths else WIDTHS[3]] if by > 0 else widths[:-1]


def _toggled(features: list[str] | None, name: str) -> list[str]:
    """The features with one more or one fewer, in the order of the list."""
    chosen = set(features or EXPRESSIONS[:2]) ^ {name}
    if not chosen:
        raise UsageError("A network needs at least one feature.")
    return [expression for expression in EXPRESSIONS if expression in chosen]


def _parts(text: str) -> list[str]:
    try:
        return split(text)
    except ValueError:
        raise UsageError(f"arguments: a quotation mark is not closed in {text}.") from None


def _argument(value: Argument) -> str:
    """An argument's value as `--model-arg` takes it."""
    if isinstance(value, list):
        return ",".join(map(_argument, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _switched(setting: Setting, text: str) -> bool:
    if text not in ("on", "off"):
        raise UsageError(f"{setting.label} cannot be {text!r}: choose on or off.")
    return text == "on"


def _whole(setting: Setting, text: str) -> int:
    if not text.strip().removeprefix("-").isdecimal():
        raise UsageError(f"{setting.label.strip()}: {text!r} is not a whole number.")
    return int(text)


def _number(setting: Setting, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise UsageError(f"{setting.label}: {text!r} is not a number.")
    return value


def _rates(*powers: int) -> tuple[float, ...]:
    return tuple(float(f"{digit}e{power}") for power in powers for digit in (1, 3))


SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
NOISES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.5, 4.0)
PENALTIES = (0.0, *_rates(-5, -4, -3, -2, -1), 1.0)
WIDTHS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 48, 64, 96, 128, 192, 256, 512, 1024)
COUNTS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
SEEDS = tuple(range(1000))
MOMENTA = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99)
FACTORS = (0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99)
NORMS = (0.0, *_rates(-2, -1), 1.0, 3.0, 10.0)
WAITS = (0, 1, 2, 3, 5, *COUNTS[:7])
MEMBERS = (1, 2, 4, 8, 16, 32)
BATCHES = (1, 2, 5, 10, 20, 32, 64, 128, 256, 512, 1024)


def _setting(place: Place, steps: tuple[Any, ...] = (), *needs: str, live: bool = False) -> Setting:
    """The setting for an option that has one of its own."""
    option = AT[place]
    return Setting(option.label, place, option.name, option.kind, steps or option.choices, needs, live)


def _families(names: tuple[str, ...], trait: str) -> Setting:
    return Setting(AT[FAMILY].label, FAMILY, AT[FAMILY].name, "choice", names, (trait,))


SETTINGS: tuple[Setting, ...] = (
    Setting("data set", DATA, "", "choice", tuple(CATALOG)),
    _setting(TARGET, (), "own"),
    _setting(SAMPLES, COUNTS[2:], "synthetic"),
    _setting(CLASSES, tuple(range(2, 11)), "classes"),
    _setting(TURNS, (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0), "turns"),
    _setting(NOISE, NOISES, "synthetic"),
    _setting(DRAWN, SEEDS, "synthetic"),
    _setting(("data", "test_size"), SHARES[1:], "cut"),
    *(Setting(name, FEATURES, "features", "toggle", needs=("synthetic",), part=name) for name in EXPRESSIONS),
    _setting(FEATURES, (), "columns"),
    _families(tuple(name for name in FAMILIES if name != "cnn"), "flat"),
    _families(FAMILIES, "image"),
    Setting("own net", OWN, AT[FAMILY].name, "own"),
    _setting(ARGUMENTS, (), "custom"),
    _setting(("model", "channels")),
    _setting(HIDDEN),
    *(Setting(f"layer {n + 1}", HIDDEN, "hidden", "layer", WIDTHS, part=n) for n in range(MOST_LAYERS)),
    _setting(("model", "activation")),
    _setting(("model", "dropout"), SHARES),
    _setting(("model", "noise"), NOISES[:10]),
    _setting(("model", "members"), MEMBERS),
    _setting(("model", "embedding")),
    _setting(SEED, SEEDS),
    _setting(OPTIMIZER),
    _setting(MOMENTUM, MOMENTA),
    _setting(("training", "nesterov"), (), "momentum"),
    _setting(("training", "lr"), (*_rates(-5, -4, -3, -2, -1), 1.0, 3.0), live=True),
    _setting(("training", "batch_size"), BATCHES, live=True),
    _setting(("training", "l1"), PENALTIES, live=True),
    _setting(("training", "weight_decay"), PENALTIES, live=True),
    _setting(CLIP, NORMS),
    _setting(SCHEDULER),
    _setting(("training", "factor"), FACTORS),
    _setting(("training", "patience"), WAITS),
    _setting(("training", "step_size"), WAITS[1:]),
    _setting(("training", "warmup"), WAITS),
    _setting(EPOCHS, (*COUNTS, 20_000, 50_000, 100_000)),
    _setting(EARLY_STOP, (0, *WAITS[4:])),
    _setting(("training", "refit"), (), "ends"),
    _setting(("training", "calibrate"), (), "ends"),
)
