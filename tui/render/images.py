"""Images in characters: half-blocks with colour, a ramp of characters without; and grids of them with captions."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .blocks import Line, Lines, beside, fit, paint, stack, width_of, words
from .canvas import Array
from .palette import BAD, GOOD, RAMP, RenderOptions, rgb_style
from .text import inert, percent

GREY_LEVELS, COLOUR_LEVELS = 16, 8
_WIDEST, _NARROWEST, _APART = 32, 14, 2  # cells of an image in a grid, and between two
_LARGEST = 4  # times its own size that an image is enlarged to
_ROOMY = 10_000  # cells in which any caption has room
_NAMES = {"worst mistakes": "most confident errors", "least certain": "least confident predictions"}


@dataclass(frozen=True)
class Captioned:
    """An image, uint8 of shape (channels, height, width), with what it is and what the network says it is.

    `answer` None shows the truth alone."""

    pixels: Array
    truth: str = ""
    answer: str | None = None
    probability: float | None = None


def image(pixels: Array, width: int, options: RenderOptions, *, enlarge: bool = False) -> Lines:
    """Draw one image, uint8 of shape (channels, height, width), at most `width` cells wide; enlarged to that only where
    this is asked for.

    One or three channels; of others the first. Larger images are averaged down, smaller ones drawn with values between
    their pixels', keeping their proportions: a cell is taken to be twice as high as wide.
    """
    channels, _, across = pixels.shape
    columns = max(width, 2) if enlarge else min(across, max(width, 2))
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
    cell = max(min(widest, _WIDEST, width), min(_NARROWEST, width))
    across = max((width + _APART) // (cell + _APART), 1)
    tiles = [_tile(item, cell, options) for item in items]
    bands = [beside(tiles[start : start + across], _APART) for start in range(0, len(tiles), across)]
    return stack(bands[:rows])


def _filled(items: Sequence[Captioned], width: int, height: int, options: RenderOptions) -> Lines:
    """Images as large as lets all of them be seen in a pane of this size; where even small ones do not fit, the first
    ones, so large that they fill it best. The room that is left is shared between them."""
    tried: list[tuple[int, int, int]] = []
    for one in _tilings(items, width, height, options):
        tried.append(one)
        if one[1] * one[2] >= len(items):
            break
    whole = tried[-1][1] * tried[-1][2] >= len(items)
    cell, across, down = tried[-1] if whole else max(tried, key=lambda one: one[0] ** 2 * one[1] * one[2])
    shown = items[: across * down]
    across = min(across, len(shown))
    gap = max(min((width - across * cell) // max(across - 1, 1), 3 * _APART), 0)
    tiles = [_tile(item, cell, options, enlarge=True) for item in shown]
    return stack(beside(tiles[start : start + across], gap) for start in range(0, len(tiles), across))


def _tilings(
    items: Sequence[Captioned], width: int, height: int, options: RenderOptions
) -> Iterator[tuple[int, int, int]]:
    """Cells that an image may take across, the largest first, with how many fit side by side and below each other."""
    _, high, wide = items[0].pixels.shape
    least = min(_NARROWEST, width)
    asked = [item for item in items if item.answer is not None]  # others have a caption of one line, however narrow
    named = max((width_of(_caption(item, _ROOMY, options)[0]) for item in asked), default=0)
    for cell in range(max(min(width, _LARGEST * wide), least), least - 1, -1):
        lines = _lines(cell, high, wide, options)
        if lines > height and cell > least:
            continue
        lines += 1 if named <= cell else 2
        across, down = (width + _APART) // (cell + _APART), (height + 1) // (lines + 1)
        if down or cell == least:
            yield cell, max(across, 1), max(down, 1)


def _lines(cell: int, high: int, wide: int, options: RenderOptions) -> int:
    """How many lines `image` takes for an image of this size in so many cells."""
    per_cell = 2 if options.colour and not options.ascii else 1
    return -(-max(round(high * cell / wide * per_cell / 2), 1) // per_cell)


def mistakes(
    data: Mapping[str, Any], width: int, options: RenderOptions, *, rows: int | None = None, height: int | None = None
) -> Lines:
    """Draw an `images` picture (`PictureTaken.data`): its heading and its images with what is predicted and what is
    true. At most `rows` rows of them in their own size or, where a `height` is given, as large as it has room for."""
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
    what = str(data.get("what", "images"))
    heading = words((inert(_NAMES.get(what, what), width, ascii=options.ascii), options.bold))
    if not items:
        return [fit([*heading, *words((": none", options.grey))], min(width, width_of(heading) + 6))]
    if height is not None:
        return [heading, *_filled(items, width, height - 1, options)][:height]
    return [heading, *image_grid(items, width, options, rows=rows)]


def _tile(item: Captioned, width: int, options: RenderOptions, *, enlarge: bool = False) -> Lines:
    picture = [fit(line, width, "centre") for line in image(item.pixels, width, options, enlarge=enlarge)]
    return [*picture, *(fit(line, width) for line in _caption(item, width, options))]


def _caption(item: Captioned, width: int, options: RenderOptions) -> Lines:
    """`✓ 7  98.1 %` where what is predicted is true, `✗ 4, true 9  71.0 %` where not; two lines where one is too
    narrow."""
    if item.answer is None:
        return [words(inert(item.truth, width, ascii=options.ascii))]
    room = max((width - 9) // 2, 2)
    truth = inert(item.truth, max(room, width - 9 - len(item.answer)), ascii=options.ascii)
    answer = inert(item.answer, max(room, width - 9 - len(item.truth)), ascii=options.ascii)
    right = item.answer == item.truth
    mark, colour = (options.pick("✓", "ok"), GOOD) if right else (options.pick("✗", "x"), BAD)
    line: Line = words((f"{mark} {answer}", options.ink(colour, bold=True)), "" if right else f", true {truth}")
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
    """Another size: `columns` pixels across, and `per_cell` pixels a cell in height (a cell being two high)."""
    _, down, across = pixels.shape
    rows = max(round(down * columns / across * per_cell / 2), 1)
    return _resized(_resized(pixels.astype(float), across, columns, 2), down, rows, 1)


def _resized(pixels: Array, old: int, new: int, axis: int) -> Array:
    """`new` pixels along an axis of `old` ones: means of neighbouring stretches, or values between two."""
    if old == new:
        return pixels
    if new > old:
        at = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
        low = np.floor(at).astype(int)
        share = (at - low).reshape([-1 if i == axis else 1 for i in range(3)])
        high = np.minimum(low + 1, old - 1)
        return np.take(pixels, low, axis) * (1 - share) + np.take(pixels, high, axis) * share
    edges = np.arange(new) * old // new
    sums = np.add.reduceat(pixels, edges, axis=axis)
    sizes = np.diff(np.r_[edges, old])
    return sums / sizes.reshape([-1 if i == axis else 1 for i in range(3)])
