"""Lines of styled text: what every picture here is made of.

A `Line` is a list of rich `Segment`s, each with a Style (never None), so that a Textual widget can wrap it in a
`Strip` as it is, and `Block` prints a list of them on a rich console.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from rich.style import Style

if TYPE_CHECKING:
    import numpy as np
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.measure import Measurement

Line = list[Segment]
Lines = list[Line]
PLAIN = Style.null()
MORE = "…"  # where a text is cut


@dataclass(frozen=True)
class Block:
    """Lines as a rich renderable, printed as they are: never wrapped, never highlighted."""

    lines: Lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield every segment, a newline after each line."""
        for line in self.lines:
            yield from line
            yield Segment.line()

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """The widest line is both the least and the most this block takes."""
        from rich.measure import Measurement

        width = max(map(width_of, self.lines), default=0)
        return Measurement(width, width)


def paint(chars: np.ndarray[Any, Any], ids: np.ndarray[Any, Any], style_of: Callable[[int], Style]) -> Lines:
    """Turn a picture into lines, neighbours of equal style merged into one segment.

    `chars`: one-cell characters, shape (rows, columns); `ids`: an integer for each cell that `style_of` turns into a
    style. Cheap: one segment a run, one call of `style_of` a run.
    """
    import numpy as np

    lines: Lines = []
    columns = chars.shape[1]
    for row, keys in zip(chars, ids, strict=True):
        string = "".join(row.tolist())
        starts = [0, *(np.flatnonzero(np.diff(keys)) + 1).tolist(), columns]
        spans = pairwise(starts)
        lines.append([Segment(string[a:b], style_of(int(keys[a]))) for a, b in spans if b > a])
    return lines


def words(*parts: str | tuple[str, Style]) -> Line:
    """A line from strings and (string, style) pairs. The strings are taken to be inert already."""
    pairs = ((part, PLAIN) if isinstance(part, str) else part for part in parts)
    return [Segment(text, style) for text, style in pairs if text]


def width_of(line: Line) -> int:
    """How many cells a line takes."""
    return sum(segment.cell_length for segment in line)


def put(line: Line, column: int, sign: str, style: Style) -> Line:
    """The line with a one-cell sign in a column, in place of what was there; unchanged where it is not that long."""
    if column >= width_of(line):
        return line
    before, _, after = Segment.divide(line, [column, column + 1, width_of(line) + 1])
    return [*before, Segment(sign, style), *after]


def fit(line: Line, width: int, align: str = "left") -> Line:
    """Cut or pad a line to exactly `width` cells; `align` is 'left', 'right' or 'centre'. A text that is cut ends with
    an ellipsis."""
    room = width - width_of(line)
    if room < 0:
        return _cut(line, width)
    before = {"left": 0, "right": room, "centre": room // 2}[align]
    return [*blank(before), *line, *blank(room - before)]


def _cut(line: Line, width: int) -> Line:
    if width <= 0:
        return []
    kept, _, gone = Segment.divide(line, [width - 1, width, width_of(line) + 1])
    if not "".join(segment.text for segment in gone).strip():
        return Segment.adjust_line_length(line, width, style=PLAIN)
    style = kept[-1].style if kept else line[0].style
    return [*kept, Segment(MORE, style or PLAIN)]


def in_ascii(lines: Lines) -> Lines:
    """The lines with a sign of ASCII in place of each ellipsis."""
    return [[segment._replace(text=segment.text.replace(MORE, "~")) for segment in line] for line in lines]


def blank(width: int) -> Line:
    """A line of spaces; no segment at all for no width."""
    return [Segment(" " * width, PLAIN)] if width > 0 else []


def plain(lines: Lines) -> str:
    """The lines' characters without any style, trailing spaces cut."""
    return "\n".join("".join(segment.text for segment in line).rstrip() for line in lines)


def beside(pictures: Sequence[Lines], gap: int = 2) -> Lines:
    """Put pictures next to each other, tops in line, `gap` columns between."""
    widths = [max(map(width_of, picture), default=0) for picture in pictures]
    lines: Lines = []
    for y in range(max(map(len, pictures), default=0)):
        line: Line = []
        for index, (picture, width) in enumerate(zip(pictures, widths, strict=True)):
            line += blank(gap if index else 0)
            line += fit(picture[y], width) if y < len(picture) else blank(width)
        lines.append(line)
    return lines


def stack(pictures: Iterable[Lines], gap: int = 1) -> Lines:
    """Put pictures below each other with `gap` empty lines between; empty pictures leave no gap."""
    lines: Lines = []
    for picture in pictures:
        if lines and picture:
            lines += [[] for _ in range(gap)]
        lines += picture
    return lines


def flow(items: Iterable[Line], width: int, gap: int = 3) -> Lines:
    """Lay short lines one after another, breaking where `width` is reached; one too long by itself is cut."""
    lines: Lines = []
    used = width + 1
    for item in items:
        size = min(width_of(item), width)
        if used + gap + size > width:
            lines.append([])
            used = 0
        else:
            lines[-1] += blank(gap)
            used += gap
        lines[-1] += fit(item, size)
        used += size
    return lines
