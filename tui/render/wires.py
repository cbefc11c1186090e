"""Connections between two columns of units: lines of braille dots, or of signs where there is no braille."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .canvas import Array
from .palette import Look

WEAKEST, WEAKEST_PLAIN = 0.2, 0.4  # shares of the strongest weight; fewer where brightness cannot tell them apart
_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])


@dataclass(frozen=True)
class Wire:
    """A connection from height `start` on the left to `end` on the right, in lines from the top; `strength` is its
    weight as a share of the strongest, from -1 to 1."""

    start: float
    end: float
    strength: float


def wires(left: list[float], right: list[float], weights: Array, most: int) -> list[Wire]:
    """The strongest connections of `weights`, shape (right, left), whole numbers up to 127 either way; the strongest
    last."""
    shares = weights / 127
    order = np.argsort(np.abs(shares), axis=None)[-most:].tolist()
    places = [divmod(place, len(left)) for place in order]
    return [Wire(left[there], right[here], float(shares[here, there])) for here, there in places]


def draw_wires(lines: list[Wire], columns: int, rows: int, look: Look) -> tuple[Array, Array]:
    """Characters and strengths, each of shape (rows, columns); a stronger wire lies over a weaker one. Where there is
    no colour negative ones are dotted, in ASCII made of minus signs."""
    chars, strengths = np.full((rows, columns), " ", dtype="<U1"), np.zeros((rows, columns))
    bits = np.zeros((rows, columns), dtype=np.int64)
    across, down = (1, 1) if look.ascii else (2, 4)
    for wire in lines:
        if abs(wire.strength) < (WEAKEST if look.colour else WEAKEST_PLAIN):
            continue
        steps = 2 + round(max(columns * across, abs(wire.end - wire.start) * down))
        way = np.linspace(0, 1, steps)
        if not look.colour and not look.ascii and wire.strength < 0:
            way = way[::4]
        heights = wire.start + (wire.end - wire.start) * way
        x = np.minimum((way * columns * across).astype(int), columns * across - 1)
        y = np.clip((heights * down).astype(int), 0, rows * down - 1)
        strengths[y // down, x // across] = wire.strength
        if look.ascii:
            chars[y, x] = "+" if wire.strength > 0 else "-"
        else:
            np.bitwise_or.at(bits, (y // down, x // across), _BITS[y % down, x % across])
    if not look.ascii:
        chars = np.where(bits > 0, (bits + 0x2800).astype(np.uint32).view("<U1").reshape(bits.shape), " ")
    return chars, strengths
