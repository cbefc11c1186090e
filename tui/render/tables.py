"""Tables that fit the terminal: columns of words and numbers, and facts by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.style import Style

from .blocks import PLAIN, Line, Lines, blank, fit, width_of, words
from .palette import RenderOptions
from .text import inert

_NARROWEST = 8
_GAP = 2


@dataclass(frozen=True)
class TableColumn:
    """A table's column. Numbers stand right and are never cut; words are, down to eight cells, unless they are to stay
    `whole`. Where even that is too wide, the columns with the highest `spare` are left out first; those with 0 stay."""

    name: str
    numeric: bool = False
    spare: int = 0
    whole: bool = False


def table(
    columns: Sequence[TableColumn],
    rows: Iterable[Sequence[str]],
    width: int,
    options: RenderOptions,
    *,
    styles: Mapping[int, Style] | None = None,
) -> Lines:
    """A head, a rule and rows of text, at most `width` cells wide. `styles`: of whole rows, by their number.

    Text is made inert here. A row may be shorter than the columns.
    """
    cells = [[inert(text, ascii=options.ascii) for text in row] for row in rows]
    cells = [row + [""] * (len(columns) - len(row)) for row in cells]
    heads = [inert(column.name, ascii=options.ascii) for column in columns]
    widest = [max(cell_len(text) for text in texts) for texts in zip(heads, *cells, strict=True)]
    kept, sizes = fitting(columns, widest, width)
    lines = [
        table_row([heads[i] for i in kept], [columns[i] for i in kept], sizes, options, options.bold),
        words((options.pick("─", "-") * (sum(sizes) + _GAP * (len(sizes) - 1)), options.grey)),
    ]
    for index, row in enumerate(cells):
        style = (styles or {}).get(index, PLAIN)
        lines.append(table_row([row[i] for i in kept], [columns[i] for i in kept], sizes, options, style))
    return [fit(line, min(width_of(line), width)) for line in lines]


def table_row(
    texts: Sequence[str], columns: Sequence[TableColumn], sizes: Sequence[int], options: RenderOptions, style: Style
) -> Line:
    """One row of a table whose columns are so wide; what is too long is cut."""
    line: Line = []
    for index, (text, column, size) in enumerate(zip(texts, columns, sizes, strict=True)):
        cut = inert(text, size, ascii=options.ascii)
        line += [*blank(_GAP if index else 0), *fit(words((cut, style)), size, "right" if column.numeric else "left")]
    return line


def fitting(columns: Sequence[TableColumn], widest: Sequence[int], width: int) -> tuple[list[int], list[int]]:
    """Which columns are shown in `width` cells, and how wide each is, where their texts are at most so wide."""
    kept = list(range(len(columns)))
    while True:
        least = [widest[i] if columns[i].numeric or columns[i].whole else min(widest[i], _NARROWEST) for i in kept]
        over = sum(least) + _GAP * (len(kept) - 1) - width
        spare = max(kept, key=lambda i: (columns[i].spare, i))
        if over <= 0 or len(kept) == 1 or columns[spare].spare == 0:
            break
        kept.remove(spare)
    sizes = [widest[i] for i in kept]
    while sum(sizes) + _GAP * (len(sizes) - 1) > width:
        longest = max(range(len(sizes)), key=lambda at: sizes[at] - least[at])
        if sizes[longest] <= least[longest]:
            break
        sizes[longest] -= 1
    return kept, sizes


def facts(pairs: Mapping[str, str], width: int, options: RenderOptions) -> Lines:
    """Names and what is to say of them, one pair a line (more where it is long); pairs without words are left out."""
    shown = {inert(name, 20, ascii=options.ascii): value for name, value in pairs.items() if value}
    left = max(map(cell_len, shown), default=0) + 2
    lines: Lines = []
    for name, value in shown.items():
        for index, part in enumerate(wrapped(inert(value, ascii=options.ascii), max(width - left, 8))):
            head = fit(words((name if index == 0 else "", options.grey)), left)
            lines.append(fit([*head, *words(part)], width))
    return lines


def wrapped(text: str, width: int) -> list[str]:
    """Text broken at spaces into lines of at most `width` cells; a longer word is broken where it must be."""
    lines: list[str] = [""]
    for word in text.split(" "):
        if lines[-1] and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += " " + word
            continue
        if lines[-1]:
            lines.append("")
        for char in word:
            if cell_len(lines[-1] + char) > width:
                lines.append("")
            lines[-1] += char
    return lines


def around(at: int, total: int, most: int) -> range:
    """Which of `total` rows are in view where there is room for `most`: some around row `at`."""
    most = max(most, 1)
    start = max(0, min(at - most // 2, total - most))
    return range(start, min(start + most, total))


def thinned(total: int, most: int, keep: Iterable[int] = ()) -> list[int]:
    """At most `most` of the rows 0 to `total` - 1: the first, the last, those to `keep`, and evenly between."""
    if total <= most:
        return list(range(total))
    chosen = {0, total - 1, *(row for row in keep if 0 <= row < total)}
    rest = [row for row in range(total) if row not in chosen]
    free = max(most - len(chosen), 0)
    return sorted({*chosen, *(rest[round((index + 1) * len(rest) / (free + 1)) - 1] for index in range(free))})
