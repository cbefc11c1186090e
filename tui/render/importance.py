"""Which columns matter, as bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

from rich.cells import cell_len

from ...engine.evaluation.importance import groups
from .blocks import Lines, fit, flow, words
from .histogram import bar_of
from .palette import BLUE, RenderOptions
from .text import count, inert, short

_MOST = 20  # columns


def importance_lines(told: Sequence[Mapping[str, Any]], measure: str, width: int, options: RenderOptions) -> Lines:
    """The importance of an evaluation as its JSON tells it, a bar for each column and the half of its band behind ±.
    `measure` is what grows where a column is shuffled. Groups of correlated ones are named below; beyond 20
    columns the rest is counted."""
    shown = told[:_MOST]
    title = [words(("columns", options.bold)), words((f"how much the {measure} grows without each", options.grey))]
    names = [inert(one["column"], max(width // 3, 8), ascii=options.ascii) for one in shown]
    sign = options.pick("±", "+-")
    texts = [f"{short(one['worth'])} {sign} {short(one['high'] - one['worth'])}" for one in shown]
    left, right = max(map(cell_len, names)), max(map(len, texts))
    room = max(width - left - right - 3, 1)
    top = max(one["worth"] for one in shown)
    lines = flow(title, width)
    for name, text, one in zip(names, texts, shown, strict=True):
        bar = bar_of(one["worth"] / top if top > 0 else 0.0, room, options)
        lines.append(fit([*fit(words(name), left + 1), *words((bar, options.ink(BLUE)), f"  {text:>{right}}")], width))
    if len(told) > _MOST:
        lines += flow([words((f"and {count(len(told) - _MOST)} more, which matter less", options.grey))], width)
    for group in groups({one["column"]: one["alike"] for one in told}):
        listed = ", ".join(inert(name, max(width // 3, 8), ascii=options.ascii) for name in group)
        said = f"much alike, so that each alone seems to matter less: {listed}"
        lines += [words((line, options.grey)) for line in wrap(said, width)]
    return lines
