"""What is off with a network's layers, in sentences that say what to try. Of plain numbers: no torch is needed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..wording import number, short

if TYPE_CHECKING:
    from ..config import Config

FAR = 10.0  # root mean square of an input from which on it drowns the others
MANY, MOST_OFF = 0.4, 0.5  # shares of a layer's units that are off: too many where nothing is learnt, and in any case
STUCK = 0.97  # share of the loss of a single answer to all rows
WORSE = 1.05  # the same of one that has become worse than that
FADING = 1e-3  # by which the gradient of the first layer's units is smaller than that of the last one's
LARGE = -1.0  # log10 of update to weight, from which on a step is a large part of the weights
TINY = -5.0
MOST = 3  # findings
LONGEST_NAME = 40


@dataclass(frozen=True)
class LayerHealth:
    """One layer's numbers on the probed rows, as `health` tells them; `slope` is the root mean square of the gradient
    of its activations. What cannot be told of it is None, and what is not finite stays so."""

    name: str
    part: str
    activation: str
    units: int
    mean: float
    deviation: float
    dead: float | None
    saturated: float | None
    gradient: float
    update: float | None
    slope: float
    same: bool


@dataclass(frozen=True)
class Condition:
    """All that is known of a network: its layers in order, the loss on the probed rows and that of the best single
    answer, the learning rate and what a schedule made of it for the last step, epochs trained, how far from zero each
    input is, and whether the loss fell of late."""

    layers: Sequence[LayerHealth]
    rows: int
    loss: float
    chance: float
    rate: float
    stepped: float
    epoch: int
    inputs: dict[str, float]
    falling: bool

    @property
    def learns_nothing(self) -> bool:
        """Whether a single answer to all rows would do as well."""
        return not self.loss < STUCK * self.chance


def findings(condition: Condition, config: Config) -> list[str]:
    """What is off, the gravest first, each with what to try; nothing of a network that fares well."""
    cause = _exploded(condition) or _unscaled(condition, config)
    if cause:  # all else comes of it
        return [cause]
    own = config.model.family == "custom"
    found = [
        _same(condition),
        _dead(condition, own=own),
        _fading(condition, own=own),
        _saturated(condition, own=own),
        _too_fast(condition),
        _too_slow(condition),
    ]
    return [sentence for sentence in found if sentence][:MOST]


def _exploded(condition: Condition) -> str:
    """Numbers beyond what a float holds."""
    layer = next((one for one in condition.layers if not math.isfinite(one.mean + one.deviation)), None)
    steep = next((one for one in condition.layers if not math.isfinite(one.gradient)), None)
    if layer is not None:
        what = f"{layer.name}: what it answers is no number any more, the loss exploded"
    elif steep is not None:
        what = f"{steep.name}: its gradient is no number any more, the loss exploded"
    elif not math.isfinite(condition.loss):
        what = "The loss is no number any more, it exploded"
    else:
        return ""
    return f"{what}; {_lower(condition)}, or --clip 1."


def _unscaled(condition: Condition, config: Config) -> str:
    """Inputs far from zero, which drown the others and make all steps too large."""
    name, size = max(condition.inputs.items(), key=lambda item: item[1], default=("", 0.0))
    if not size > FAR:
        return ""
    if name == "pixels" and config.prepare.pixels == "raw":
        return "The pixels go up to 255, and a layer expects numbers of about 1; try --pixels standard."
    shown = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
    how = "" if config.prepare.standardize is None else "; add it to --standardize, or leave that out for all"
    return f"The input {shown} has a size of about {short(size)}, and a layer expects numbers of about 1{how}."


def _same(condition: Condition) -> str:
    """Units that cannot become different."""
    layer = next((one for one in condition.layers if one.same and one.units > 1), None)
    if layer is None:
        return ""
    return f"{layer.name}: its {layer.units} units have the same weights, and learn the same; begin with random ones."


def _dead(condition: Condition, *, own: bool) -> str:
    """A layer of which many units answer nothing to every row."""
    layer = next((one for one in condition.layers if _too_many(one.dead, one, condition)), None)
    if layer is None:
        return ""
    other = "" if own else ", or --activation leaky-relu"
    units = _units(layer.dead, "is dead and answers 0", "are dead and answer 0")
    return f"{layer.name}: {units} to all {condition.rows} rows; {_lower(condition)}{other}."


def _fading(condition: Condition, *, own: bool) -> str:
    """Gradients that do not reach the first layers."""
    hidden = [one for one in condition.layers[:-1] if one.dead != 1]
    if len(hidden) < 3 or not condition.learns_nothing or not hidden[0].slope < FADING * hidden[-1].slope:
        return ""
    first, last = hidden[0], hidden[-1]
    times = last.slope / first.slope if first.slope > 0 else math.inf
    shown = f"{float(f'{times:.1g}'):,.0f}" if times < 1e6 else "more than a million"
    bent = {one.activation for one in hidden} & {"Sigmoid", "Tanh"}
    other = "--activation relu, or fewer layers" if bent and not own else "fewer layers"
    return (
        f"{first.name}: its gradient is {shown} times smaller than that of {last.name}, and it hardly learns; "
        f"try {other}."
    )


def _saturated(condition: Condition, *, own: bool) -> str:
    """Units at their limits, where there is next to no gradient."""
    layer = next((one for one in condition.layers if _too_many(one.saturated, one, condition)), None)
    if layer is None:
        return ""
    other = "" if own else ", or --activation relu"
    units = _units(layer.saturated, "is saturated, at its limit", "are saturated, at their limit")
    return f"{layer.name}: {units} for nearly all rows; {_lower(condition)}{other}."


def _too_many(share: float | None, layer: LayerHealth, condition: Condition) -> bool:
    """Whether so large a share of a layer's units being off is too much."""
    return share is not None and layer.units > 1 and share >= (MANY if condition.learns_nothing else MOST_OFF)


def _units(share: float | None, one: str, some: str) -> str:
    """So many units of a layer, and what they are."""
    return f"every unit {one}" if share == 1 else f"{share or 0:.0%} of its units {some}"


def _too_fast(condition: Condition) -> str:
    """A rate with which it becomes worse, or jumps about."""
    if condition.epoch < 2 or condition.falling:
        return ""
    updates = [one.update for one in condition.layers if one.update is not None]
    worse = condition.loss > WORSE * condition.chance
    if not worse and not (condition.learns_nothing and updates and max(updates) > LARGE):
        return ""
    than = "worse than" if worse else "no better than"
    return (
        f"A loss of {number(condition.loss)} is {than} that of one answer to all rows, {number(condition.chance)}: a "
        f"learning rate of {short(condition.rate)} is likely too large; {_lower(condition)}."
    )


def _too_slow(condition: Condition) -> str:
    """A rate with which nothing happens, whatever a schedule has made of it by now."""
    updates = [one.update for one in condition.layers if one.update is not None]
    if not condition.epoch or not condition.learns_nothing or not updates or not condition.stepped > 0:
        return ""
    largest = max(updates) + math.log10(condition.rate / condition.stepped)
    if largest >= TINY:
        return ""
    return (
        f"A step changes weights by less than one part in {10 ** int(-largest):,}: a learning rate of "
        f"{short(condition.rate)} is likely too small; try --lr {short(condition.rate * 10)}."
    )


def _lower(condition: Condition) -> str:
    """To try a lower rate."""
    return f"try --lr {short(condition.rate / 10)}"
