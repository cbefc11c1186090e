"""A unit of the network, chosen to look at and to change: its weights, and the cursor among them. No textual."""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

STEPS = 10  # by which a weight goes from zero to the largest of its layer


@dataclass(frozen=True)
class Connection:
    """A weight as a trainer is asked for it (`layer`, `to`, `by`), what it is called on the screen, and its `value`, to
    two digits or so, beside the largest of its layer, `scale`."""

    name: str
    layer: int
    to: int
    by: int
    value: float
    scale: float


@dataclass
class ChosenUnit:
    """A unit of a `network` picture, by the numbers of its layer and itself; `at` is the cursor among its weights."""

    layer: int = 0
    unit: int = 0
    at: int = 0

    def move(self, by: int, count: int) -> None:
        """Move the cursor among so many weights."""
        self.at = max(0, min(count - 1, self.at + by))


def units_of(data: Mapping[str, Any]) -> list[tuple[int, int]]:
    """All units of a picture, as layer and unit."""
    if data["form"] not in ("maps", "weights"):
        return []
    return [(layer, unit) for layer, one in enumerate(data["layers"]) for unit in range(len(one["units"]))]


def next_unit(data: Mapping[str, Any], chosen: ChosenUnit | None, by: int) -> ChosenUnit | None:
    """The next unit of the picture, or the one before; the first of the first hidden layer where none is chosen yet."""
    units = units_of(data)
    if not units:
        return None
    here = (chosen.layer, chosen.unit) if chosen is not None else None
    at = units.index(here) + by if here in units else units.index((1, 0)) if (1, 0) in units else 0
    return ChosenUnit(*units[at % len(units)])


def leads_on(data: Mapping[str, Any], chosen: ChosenUnit) -> bool:
    """Whether a single layer of weights leads on from the unit."""
    return chosen.layer < len(data["weights"]) and data["weights"][chosen.layer] is not None


def marked(data: Mapping[str, Any], off: Collection[tuple[int, int]], sign: str) -> Mapping[str, Any]:
    """The picture with a sign behind the names of the units that are off."""
    if not off:
        return data
    layers: list[dict[str, Any]] = []
    for place, layer in enumerate(data["layers"]):
        named = [
            {**one, "name": f"{one['name']}{sign}"} if (place, at) in off else one
            for at, one in enumerate(layer["units"])
        ]
        layers.append({**layer, "units": named})
    return {**data, "layers": layers}


def connections(data: Mapping[str, Any], chosen: ChosenUnit) -> list[Connection]:
    """The weights that lead to the unit, then those that lead on from it, as far as the picture has them."""
    layers, found = data["layers"], list[Connection]()
    for place in (chosen.layer - 1, chosen.layer):
        between = data["weights"][place] if 0 <= place < len(data["weights"]) else None
        if between is None:
            continue
        here, after = layers[place]["units"], layers[place + 1]["units"]
        cells, scale = base64.b64decode(between["cells"]), float(between["scale"] or 0)
        for to, by in _pairs(place, chosen, len(here), len(after)):
            value = (cells[to * len(here) + by] - 127) / 127 * scale
            incoming = place < chosen.layer
            name = f"from {here[by]['name']}" if incoming else f"to {after[to]['name']}"
            found.append(Connection(name, place, to, by, value, scale))
    return found


def _pairs(place: int, chosen: ChosenUnit, here: int, after: int) -> list[tuple[int, int]]:
    """The two ends of each weight, the later one first."""
    if place < chosen.layer:
        return [(chosen.unit, by) for by in range(here)]
    return [(to, chosen.unit) for to in range(after)]


def stepped(one: Connection, by: int) -> float:
    """The weight a step higher or lower, on a ladder that has zero on it."""
    step = _round(max(one.scale, 0.1) / STEPS)
    return round(one.value / step + by) * step


def _round(value: float) -> float:
    return float(f"{value:.1g}")
