"""How the layers of a network fare: their answers and gradients as small histograms, and what is off in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .blocks import Lines, words
from .palette import BAD, GOOD, RAMP, RenderOptions
from .tables import TableColumn, table, wrapped
from .text import inert, number, percent, short

_EIGHTHS = "▁▂▃▄▅▆▇█"
USUAL = -3.0  # log10 of update to weight
DECADES = 6  # of updates and gradients from the lowest bar of a trend to the highest
LOWERED = 0.3  # of a learning rate, below which it tells why updates are small
SHOWN = 12  # numbers of a trail
NARROW = 70  # cells, below which histograms are half as wide
COLUMNS = (
    TableColumn("", whole=True),
    TableColumn("units", True, spare=3),
    TableColumn("answers", whole=True, spare=1),
    TableColumn("mean", True, spare=7),
    TableColumn("spread", True, spare=6),
    TableColumn("off", True),
    TableColumn("over time", whole=True, spare=9),
    TableColumn("gradients", whole=True, spare=2),
    TableColumn("norm", True, spare=4),
    TableColumn("over time", whole=True, spare=8),
    TableColumn("update", True),
    TableColumn("over time", whole=True, spare=5),
)
"""What is told of a layer; where there is little room those with the highest `spare` are left out first."""
EXPLAINED = "off: dead or saturated units. update: log10 of a step's change to the weights, usually about -3"


def health(data: Mapping[str, Any], width: int, height: int, options: RenderOptions) -> Lines:
    """The data of a `health` picture: what is off, then a line for each layer, in at most `height` lines."""
    said = findings(data["findings"], width, options)[: max(1, height // 2)]
    layers = data["layers"]
    room = max(1, height - len(said) - 4)
    steepest = _steepest(layers)
    rows = [_row(layer, options, steepest, halved=width < NARROW) for layer in layers[:room]]
    left_out = data["more"] + len(layers) - len(rows)
    lines = [*said, [], *table(COLUMNS, rows, width, options)]
    if left_out:
        lines.append(words((f"and {left_out:,} more", options.grey)))
    notes = [words((part, options.grey)) for part in wrapped(_explained(data), width)]
    return [*lines, *([] if len(lines) + len(notes) > height else notes)][:height]


def findings(sentences: Sequence[str], width: int, options: RenderOptions) -> Lines:
    """What is off, each sentence behind a mark; that nothing is, where there is none."""
    if not sentences:
        return [words((f"{options.pick('✓', '+')} The layers fare well.", options.ink(GOOD)))]
    mark, safe = options.pick("▲", "!"), [inert(one, ascii=options.ascii) for one in sentences]
    parts = [
        (mark if not place else " ", part) for one in safe for place, part in enumerate(wrapped(one, max(width - 2, 8)))
    ]
    return [words((f"{sign} ", options.ink(BAD)), part) for sign, part in parts]


def _explained(data: Mapping[str, Any]) -> str:
    """What the columns mean, and that a schedule makes updates small where it does."""
    rate, stepped = data["rate"], data.get("stepped")
    if not rate or stepped is None or stepped > LOWERED * rate:
        return f"{EXPLAINED}."
    return f"{EXPLAINED}, and less at a rate of {short(stepped)}, which the schedule makes of {short(rate)}."


def _steepest(layers: Sequence[Mapping[str, Any]]) -> float:
    """The base-10 logarithm of the largest gradient that any layer has, or had."""
    known = [
        one for layer in layers for one in layer["trail"].get("gradient", []) if one is not None and 0 < one < math.inf
    ]
    return math.log10(max(known, default=1.0))


def _row(layer: Mapping[str, Any], options: RenderOptions, steepest: float, *, halved: bool) -> list[str]:
    """What a layer's line tells; its histograms with half as many bins where there is little room. Gradients over time
    are drawn on a logarithmic scale that ends at the `steepest`, the same for all layers."""
    off = [layer[name] for name in ("dead", "saturated") if layer[name] is not None]
    trails = {name: layer["trail"].get(name, [])[-SHOWN:] for name in ("off", "gradient", "update")}
    logs = [math.log10(one) if one is not None and 0 < one < math.inf else None for one in trails["gradient"]]
    answers, gradients = (
        _halved(layer[name]["counts"]) if halved else layer[name]["counts"] for name in ("activations", "gradients")
    )
    called = f"{layer['name']} {layer['activation'] or layer['part']}"
    return [
        called,
        f"{layer['units']:,}",
        bars(answers, options),
        number(layer["mean"], 2),
        number(layer["deviation"], 2),
        percent(max(off)) if off else "",
        trend(trails["off"], 0, 1, options),
        bars(gradients, options),
        short(layer["gradient"]),
        trend(logs, steepest - DECADES, steepest, options),
        _power(layer["update"]),
        trend(trails["update"], USUAL - DECADES / 2, USUAL + DECADES / 2, options),
    ]


def _halved(counts: Sequence[int]) -> list[int]:
    """A histogram of half as many bins."""
    return [sum(counts[place : place + 2]) for place in range(0, len(counts), 2)]


def _power(update: float | None) -> str:
    return "none" if update is None else f"{update:.1f}"


def bars(counts: Sequence[int], options: RenderOptions) -> str:
    """A histogram of one line: a bin with anything in it is seen, however little that is."""
    most = max(counts, default=0) or 1
    ramp = RAMP[1:] if options.ascii else _EIGHTHS
    return "".join(ramp[math.ceil(count / most * (len(ramp) - 1))] if count else " " for count in counts)


def trend(values: Sequence[float | None], low: float, high: float, options: RenderOptions) -> str:
    """Numbers one after another as a line of bars between two limits; a gap where there is none."""
    ramp = RAMP[1:] if options.ascii else _EIGHTHS
    shares = [None if one is None or not math.isfinite(one) else (one - low) / (high - low) for one in values]
    return "".join(" " if one is None else ramp[round(min(max(one, 0), 1) * (len(ramp) - 1))] for one in shares)
