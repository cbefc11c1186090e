"""The confusion matrix: which class is taken for which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.cells import cell_len
from rich.style import Style

from .blocks import Line, Lines, blank, fit, words
from .canvas import Array
from .palette import RGB, RenderOptions, mix, rgb_style
from .text import inert, percent

_RIGHT: RGB = (0, 135, 95)
_WRONG: RGB = (175, 0, 0)
_GROUND: RGB = (24, 24, 30)
_LIGHT: RGB = (238, 238, 238)
_DIM: RGB = (108, 108, 108)
_LIGHT_RIGHT: RGB = (95, 215, 175)
_LIGHT_WRONG: RGB = (255, 135, 135)
_DARK: RGB = (24, 24, 30)
_LEVELS = 8
_RECALL = 7
_TALLEST = 7  # lines of a cell


def matrix(data: Mapping[str, Any], width: int, options: RenderOptions, *, height: int | None = None) -> Lines:
    """Draw a `matrix` picture (`classes`; `counts`, rows the true class, columns the predicted one) at most `width`
    cells wide. Where a `height` is given, cells are as large as it has room for, and no more lines are drawn.

    The diagonal is green, or in brackets without colour, errors are the redder the larger their share of the row; `·`
    is none. The right column is each class's recall. Where room is short, brackets go first, then the recalls, then
    counts become percentages of the row; then the classes with most errors are kept and the others gathered in one.
    """
    names = [str(name) for name in data["classes"]]
    if not names:
        return [words(("no classes", options.grey))]
    counts = np.array(data["counts"], dtype=np.int64).reshape(len(names), len(names))
    most = len(names) if height is None else max(height - 2, 2)
    if len(names) > most:
        names, counts = _gather(names, counts, most)
    left = min(max(max(map(cell_len, names)), 4) + 1, max(width // 4, 6))
    told = options.colour and not options.ascii  # which cells are right, by their colour
    size, brackets, recall, percents = 0, False, False, False
    for brackets, recall, percents in (
        (not told, True, False),
        (False, True, False),
        (False,) * 3,
        (False, False, True),
    ):
        size = _percent_size(counts) if percents else _cell_size(counts, brackets)
        if left + size * len(names) + recall * _RECALL <= width:
            break
    else:
        recall, percents = True, False
        size = len(str(int(counts.sum()))) + 1
        names, counts = _gather(names, counts, max((width - left - _RECALL) // size, 2))
    wide = (width - left - recall * _RECALL) // len(names)
    tall = 1
    if height is not None and told:
        tall = max(min((height - 2) // len(names), _TALLEST), 1)
        tall -= 1 - tall % 2  # so that a line is in the middle
    size = max(size, min(max(max(map(cell_len, names)) + 1, 2 * tall + 2 if tall > 1 else 0), wide))
    sheet = _Sheet(left, size, tall, brackets, recall, percents, options)
    lines = [sheet.axes(len(names)), sheet.head(names)]
    for index, name in enumerate(names):
        lines += sheet.row(index, name, counts[index])
    return [fit(line, min(width, left + size * len(names) + recall * _RECALL)) for line in lines]


def _cell_size(counts: Array, brackets: bool) -> int:
    """Columns that a cell needs: its number, a space before, and a bracket on each side of the diagonal's."""
    right = len(str(int(np.diag(counts).max()))) + (3 if brackets else 1)
    wrong = len(str(int((counts - np.diag(np.diag(counts))).max()))) + (2 if brackets else 1)
    return max(right, wrong, 3)


def _percent_size(counts: Array) -> int:
    """Columns that a cell needs for percentages of its row."""
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return 4 if (shares >= 0.995).any() else 3


@dataclass(frozen=True)
class _Sheet:
    """How a matrix is laid out: columns left of the cells, columns and lines of a cell, with brackets and recalls or
    without, with percentages of the row in place of counts."""

    left: int
    size: int
    tall: int
    brackets: bool
    recall: bool
    percents: bool
    options: RenderOptions

    def axes(self, classes: int) -> Line:
        """The line that names the columns' axis, and the unit where these are no counts."""
        room = self.size * classes + self.recall * _RECALL
        said = "predicted " + self.options.pick("→", "->") + (" in % of the row" if self.percents else "")
        said = said if len(said) < room else inert("predicted", room - 1, ascii=self.options.ascii)
        return [*blank(self.left + 1), *fit(words((said, self.options.grey)), room - 1)]

    def head(self, names: Sequence[str]) -> Line:
        """The line that names the rows' axis and the columns."""
        line = words(("true".ljust(self.left), self.options.grey))
        for name in names:
            label = inert(name, self.size - 1, ascii=self.options.ascii) + (" " if self.brackets else "")
            line += words((self._placed(label), self.options.bold))
        return [*line, *words((" recall" if self.recall else "", self.options.grey))]

    def _placed(self, text: str) -> str:
        """A text in its cell: at the right of a low one, in the middle of a high one."""
        room = self.size - cell_len(text)
        after = room // 2 if self.tall > 1 else 0
        return " " * (room - after) + text + " " * after

    def row(self, index: int, name: str, counts: Array) -> Lines:
        """A class's row, what is said in its middle line."""
        total = int(counts.sum())
        label = inert(name, self.left - 1, ascii=self.options.ascii)
        middle = fit(words((label, self.options.bold)), self.left)
        others = blank(self.left)
        for column, count in enumerate(counts.tolist()):
            share = count / total if total else 0.0
            style = _style(share, column == index, count, self.options)
            middle += words((self._placed(self._cell(count, share, right=column == index)), style))
            others += words((" " * self.size, style))
        if self.recall:
            recall = percent(counts[index] / total) if total else self.options.pick("–", "-")
            middle += words((recall.rjust(_RECALL), self.options.grey))
        return [middle if line == self.tall // 2 else others for line in range(self.tall)]

    def _cell(self, count: int, share: float, *, right: bool) -> str:
        if not count and not right:
            text = self.options.pick("·", ".")
        else:
            text = f"{100 * share:.0f}" if self.percents else str(count)
            text = "<1" if self.percents and text == "0" and count else text
        if not self.brackets:
            return text
        return f"[{text}]" if right else f"{text} "


def _style(share: float, right: bool, count: int, options: RenderOptions) -> Style:
    """Colours of a cell: brighter with its share of the row, in a few steps."""
    if not options.colour or options.ascii:
        return options.ink(bold=right)
    ground = options.paper(_GROUND)
    if not count:
        return rgb_style(_DIM, ground)
    level = round(share**0.5 * (_LEVELS - 1)) / (_LEVELS - 1)
    if options.light:
        return rgb_style(_DARK, mix(ground, _LIGHT_RIGHT if right else _LIGHT_WRONG, 0.15 + 0.85 * level), bold=right)
    return rgb_style(_LIGHT, mix(ground, _RIGHT if right else _WRONG, 0.15 + 0.85 * level), bold=right)


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
