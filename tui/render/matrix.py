"""The confusion matrix: which class is taken for which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.cells import cell_len
from rich.style import Style

from .blocks import Line, Lines, fit, words
from .canvas import Array
from .palette import RGB, RenderOptions, mix, rgb_style
from .text import inert, percent

_RIGHT: RGB = (0, 135, 95)
_WRONG: RGB = (175, 0, 0)
_GROUND: RGB = (24, 24, 30)
_LIGHT: RGB = (238, 238, 238)
_DIM: RGB = (108, 108, 108)
_LEVELS = 8
_RECALL = 7


def matrix(data: Mapping[str, Any], width: int, options: RenderOptions) -> Lines:
    """Draw a `matrix` picture (`classes`; `counts`, rows the truth, columns the answer) at most `width` cells wide.

    The diagonal is green and in brackets, errors are the redder the larger their share of the row; `·` is none. The
    right column is each class's recall. Where room is short, brackets go first, then the recalls; then the classes
    with most errors are kept and the others gathered in one.
    """
    names = [str(name) for name in data["classes"]]
    if not names:
        return [words(("no classes", options.grey))]
    counts = np.array(data["counts"], dtype=np.int64).reshape(len(names), len(names))
    left = min(max(max(map(cell_len, names)), 5) + 1, max(width // 4, 6))
    size, brackets, recall = 0, False, False
    for brackets, recall in ((True, True), (False, True), (False, False)):
        size = _cell_size(counts, brackets)
        if left + size * len(names) + recall * _RECALL <= width:
            break
    else:
        recall = True
        size = len(str(int(counts.sum()))) + 1
        names, counts = _gather(names, counts, max((width - left - _RECALL) // size, 2))
    size = max(size, min(max(map(cell_len, names)) + 1, (width - left - recall * _RECALL) // len(names)))
    sheet = _Sheet(left, size, brackets, recall, options)
    lines = [
        fit(words(("answer " + options.pick("→", "->"), options.grey)), left + size * len(names), "right"),
        sheet.head(names),
        *(sheet.row(index, name, counts[index]) for index, name in enumerate(names)),
    ]
    return [fit(line, min(width, left + size * len(names) + recall * _RECALL)) for line in lines]


def _cell_size(counts: Array, brackets: bool) -> int:
    """Columns that a cell needs: its number, a space before, and a bracket on each side of the diagonal's."""
    right = len(str(int(np.diag(counts).max()))) + (3 if brackets else 1)
    wrong = len(str(int((counts - np.diag(np.diag(counts))).max()))) + (2 if brackets else 1)
    return max(right, wrong, 3)


@dataclass(frozen=True)
class _Sheet:
    """How a matrix is laid out: columns left of the cells, columns a cell, with brackets and recalls or without."""

    left: int
    size: int
    brackets: bool
    recall: bool
    options: RenderOptions

    def head(self, names: Sequence[str]) -> Line:
        line = words(("truth".ljust(self.left), self.options.grey))
        for name in names:
            label = inert(name, self.size - 1, ascii=self.options.ascii) + (" " if self.brackets else "")
            line += fit(words((label, self.options.bold)), self.size, "right")
        return [*line, *words((" recall" if self.recall else "", self.options.grey))]

    def row(self, index: int, name: str, counts: Array) -> Line:
        total = int(counts.sum())
        line = fit(words((inert(name, self.left - 1, ascii=self.options.ascii), self.options.bold)), self.left)
        for column, count in enumerate(counts.tolist()):
            text = str(count) if count or column == index else self.options.pick("·", ".")
            if self.brackets:
                text = f"[{text}]" if column == index else f"{text} "
            share = count / total if total else 0.0
            line += words((text.rjust(self.size), _style(share, column == index, count, self.options)))
        if not self.recall:
            return line
        recall = percent(counts[index] / total) if total else self.options.pick("–", "-")
        return [*line, *words((recall.rjust(_RECALL), self.options.grey))]


def _style(share: float, right: bool, count: int, options: RenderOptions) -> Style:
    """Colours of a cell: brighter with its share of the row, in a few steps."""
    if not options.colour or options.ascii:
        return options.ink(bold=right)
    if not count:
        return rgb_style(_DIM, _GROUND)
    level = round(share**0.5 * (_LEVELS - 1)) / (_LEVELS - 1)
    return rgb_style(_LIGHT, mix(_GROUND, _RIGHT if right else _WRONG, 0.15 + 0.85 * level), bold=right)


def _gather(names: list[str], counts: Array, most: int) -> tuple[list[str], Array]:
    """At most `most` classes: those with most errors, in their order, and the rest summed up as `others`."""
    if len(names) <= most:
        return names, counts
    errors = counts.sum(axis=0) + counts.sum(axis=1) - 2 * np.diag(counts)
    kept = np.sort(np.argsort(-errors, kind="stable")[: most - 1])
    group = np.full(len(names), len(kept))
    group[kept] = np.arange(len(kept))
    summed = np.zeros((len(kept) + 1, len(kept) + 1), dtype=np.int64)
    np.add.at(summed, (group[:, None], group[None, :]), counts)
    others = f"+{len(names) - len(kept)}"
    return [*(names[index] for index in kept.tolist()), others], summed
