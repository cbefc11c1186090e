"""Images in characters: half-blocks with colour, a ramp of characters without; and grids of them with captions."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .blocks import Line, Lines, beside, fit, paint, stack, width_of, words
from .canvas import Array
from .palette import BAD, GOOD, RAMP, RenderOptions, rgb_style
from .text import inert, percent

GREY_LEVELS, COLOUR_LEVELS = 16, 8
_WIDEST = 32


@dataclass(frozen=True)
class Captioned:
    """An image, uint8 of shape (channels, height, width), with what it is and what the network says it is.

    `answer` None shows the truth alone."""

    pixels: Array
    truth: str = ""
    answer: str | None = None
    probability: float | None = None


def image(pixels: Array, width: int, options: RenderOptions) -> Lines:
    """Draw one image, uint8 of shape (channels, height, width), at most `width` cells wide; never enlarged.

    One or three channels; of others the first. Larger images are averaged down, keeping their proportions: a cell
    is taken to be twice as high as wide.
    """
    channels, _, across = pixels.shape
    columns = min(across, max(width, 2))
    colour = options.colour and not options.ascii
    shown = _shrink(pixels if channels == 3 and colour else _grey(pixels), columns, per_cell=2 if colour else 1)
    if not colour:
        level = np.rint(shown[0] / 255 * (len(RAMP) - 1)).astype(np.int64)
        return paint(np.array(list(RAMP))[level], np.zeros_like(level), lambda _: options.ink())
    if shown.shape[1] % 2:
        shown = np.concatenate((shown, shown[:, -1:] * 0), axis=1)
    levels = COLOUR_LEVELS if channels == 3 else GREY_LEVELS
    steps = np.rint(shown / 255 * (levels - 1)).astype(np.int64)
    number = steps[0] if len(steps) == 1 else (steps[0] * levels + steps[1]) * levels + steps[2]
    top, bottom = number[0::2], number[1::2]
    base = levels ** len(steps)

    def colours(code: int) -> tuple[int, int, int]:
        parts = (code,) * 3 if len(steps) == 1 else (code // levels**2, code // levels % levels, code % levels)
        red, green, blue = (round(part * 255 / (levels - 1)) for part in parts)
        return red, green, blue

    chars = np.where(top == bottom, " ", "▀")
    return paint(chars, top * base + bottom, lambda key: rgb_style(colours(key // base), colours(key % base)))


def image_grid(items: Sequence[Captioned], width: int, options: RenderOptions, *, rows: int | None = None) -> Lines:
    """Images side by side with a caption under each, as many in a row as `width` holds; at most `rows` rows."""
    if not items:
        return [words(("no images to draw", options.grey))]
    widest = max(item.pixels.shape[2] for item in items)
    cell = max(min(widest, _WIDEST, width), min(14, width))
    across = max((width + 2) // (cell + 2), 1)
    tiles = [_tile(item, cell, options) for item in items]
    bands = [beside(tiles[start : start + across]) for start in range(0, len(tiles), across)]
    return stack(bands[:rows])


def mistakes(data: Mapping[str, Any], width: int, options: RenderOptions, *, rows: int | None = None) -> Lines:
    """Draw an `images` picture (`PictureTaken.data`): its heading and its images with truth and answer."""
    shape = tuple(int(size) for size in data["shape"])
    items = [
        Captioned(
            np.frombuffer(base64.b64decode(item["pixels"]), dtype=np.uint8).reshape(shape),
            str(item["truth"]),
            str(item["answer"]),
            None if item.get("probability") is None else float(item["probability"]),
        )
        for item in data["items"]
    ]
    heading = words((inert(str(data.get("what", "images")), width, ascii=options.ascii), options.bold))
    if not items:
        return [fit([*heading, *words((": none", options.grey))], min(width, width_of(heading) + 6))]
    return [heading, *image_grid(items, width, options, rows=rows)]


def _tile(item: Captioned, width: int, options: RenderOptions) -> Lines:
    picture = [fit(line, width, "centre") for line in image(item.pixels, width, options)]
    return [*picture, *(fit(line, width) for line in _caption(item, width, options))]


def _caption(item: Captioned, width: int, options: RenderOptions) -> Lines:
    """`✓ 7  98.1 %` where the answer is right, `✗ 4, is 9  71.0 %` where not; two lines where one is too narrow."""
    truth = inert(item.truth, max(width // 2 - 4, 3), ascii=options.ascii)
    if item.answer is None:
        return [words(truth)]
    answer = inert(item.answer, max(width // 2 - 4, 3), ascii=options.ascii)
    right = item.answer == item.truth
    mark, colour = (options.pick("✓", "ok"), GOOD) if right else (options.pick("✗", "x"), BAD)
    line: Line = words((f"{mark} {answer}", options.ink(colour, bold=True)), "" if right else f", is {truth}")
    share = words((percent(item.probability), options.grey)) if item.probability is not None else []
    if width_of(line) + width_of(share) + 2 <= width:
        return [[*line, *words("  "), *share]]
    return [line, share]


def _grey(pixels: Array) -> Array:
    """One channel: luma (Rec. 601 weights) of three, else the first."""
    if len(pixels) != 3:
        return pixels[:1].astype(float)
    return np.tensordot([0.299, 0.587, 0.114], pixels.astype(float), axes=1)[None]


def _shrink(pixels: Array, columns: int, *, per_cell: int) -> Array:
    """Average down to `columns` pixels across, and `per_cell` pixels a cell in height (a cell being two high)."""
    _, down, across = pixels.shape
    rows = max(round(down * columns / across * per_cell / 2), 1)
    return _average(_average(pixels.astype(float), across, columns, 2), down, rows, 1)


def _average(pixels: Array, old: int, new: int, axis: int) -> Array:
    """Means of `new` neighbouring stretches along an axis of `old` pixels."""
    if old == new:
        return pixels
    edges = np.arange(new) * old // new
    sums = np.add.reduceat(pixels, edges, axis=axis)
    sizes = np.diff(np.r_[edges, old])
    return sums / sizes.reshape([-1 if i == axis else 1 for i in range(3)])
