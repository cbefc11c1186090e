"""Connections between two columns of units: lines of braille dots, or of signs where there is no braille."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .canvas import Array
from .palette import RenderOptions

WEAKEST, WEAKEST_PLAIN = 0.2, 0.4  # shares of the strongest weight; fewer where brightness cannot tell them apart
_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], dtype=np.uint32)


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


def draw_wires(lines: list[Wire], columns: int, rows: int, options: RenderOptions) -> tuple[Array, Array]:
    """Characters and strengths, each of shape (rows, columns); a stronger wire lies over a weaker one. Where there is
    no colour negative ones are dotted, in ASCII made of minus signs. A blank cell has its left neighbour's strength, so
    that cells of one style lie together."""
    chars, strengths = np.full((rows, columns), " ", dtype="<U1"), np.zeros((rows, columns))
    across, down = (1, 1) if options.ascii else (2, 4)
    seen = [wire for wire in lines if abs(wire.strength) >= (WEAKEST if options.colour else WEAKEST_PLAIN)]
    if not seen:
        return chars, strengths
    starts, ends, shares = np.array([(wire.start, wire.end, wire.strength) for wire in seen]).T[:, :, None]
    way = np.linspace(0, 1, 2 + int(max(columns * across, np.abs(ends - starts).max() * down)))
    x = np.broadcast_to(np.minimum(way * columns * across, columns * across - 1), (len(seen), len(way))).astype(int)
    y = np.clip((starts + (ends - starts) * way) * down, 0, rows * down - 1).astype(int)
    shown = (
        (shares > 0) | (np.arange(len(way)) % 4 == 0)
        if not (options.colour or options.ascii)
        else np.ones_like(x, bool)
    )
    x, y, shares = x[shown], y[shown], np.broadcast_to(shares, shown.shape)[shown]
    strengths[y // down, x // across] = shares  # in their order, the strongest last
    if options.ascii:
        chars[y, x] = np.where(shares > 0, "+", "-")
    else:
        bits = np.zeros((rows, columns), dtype=np.uint32)
        np.bitwise_or.at(bits, (y // down, x // across), _BITS[y % down, x % across])
        chars = np.where(bits > 0, (bits + np.uint32(0x2800)).view("<U1"), " ")
    nearest = np.maximum.accumulate(np.where(chars == " ", 0, np.arange(columns)), axis=1)
    return chars, np.take_along_axis(strengths, nearest, axis=1)
