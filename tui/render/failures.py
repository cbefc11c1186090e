"""Where a network fails: its worst rows, and the kinds of rows on which it is surely worse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .blocks import Lines, flow, stack, width_of, words
from .palette import RenderOptions
from .tables import TableColumn, table
from .text import count, many, number, percent

_MOST, WHOLE = 10, 1_000_000  # slices that are shown, and cells in which any table has room


def failure_lines(told: Mapping[str, Any], width: int, options: RenderOptions) -> Lines:
    """The failures of an evaluation as its JSON tells them: slices that are surely worse, if there are any, then the
    worst rows with as many of their columns as there is room for."""
    return stack([_slices(told, width, options), _worst(told["worst"], width, options)])


def _slices(told: Mapping[str, Any], width: int, options: RenderOptions) -> Lines:
    shares = told["measure"] == "error_rate"
    shown = percent if shares else number
    what = "wrong answers" if shares else "mean absolute error"
    of = f"by {what}, of {many(told['tried'], 'kind')} tried on {many(told['rows'], 'row')}"
    head = flow([words(("surely worse than the others", options.bold)), words((of, options.grey))], width)
    if not told["slices"]:
        none = "none: no kind of rows stands out" if told["tried"] else "no two kinds of 20 rows or more to compare"
        return [*head, words((none, options.grey))]
    columns = [TableColumn("rows where"), *(TableColumn(name, True) for name in ("rows", "error"))]
    columns += [TableColumn("with 95 %", True, spare=1), TableColumn("others", True)]
    dash = options.pick("–", "-")
    rows = [
        [
            one["said"],
            count(one["rows"]),
            shown(one["error"]),
            f"{shown(one['low'])} {dash} {shown(one['high'])}",
            shown(one["others"]),
        ]
        for one in told["slices"][:_MOST]
    ]
    lines = head + table(columns, rows, width, options)
    more = len(told["slices"]) - _MOST
    return lines + ([words((f"and {count(more)} more in --json", options.grey))] if more > 0 else [])


def _worst(worst: Sequence[Mapping[str, Any]], width: int, options: RenderOptions) -> Lines:
    classes = worst[0]["probability"] is not None
    names = list(worst[0]["values"])
    columns = [TableColumn("row", True), TableColumn("truth", not classes), TableColumn("answer", not classes)]
    columns.append(TableColumn("P(truth)" if classes else "off by", True))
    numeric = [all(isinstance(one["values"][name], int | float) for one in worst) for name in names]
    columns += [TableColumn(name, each, spare=1) for name, each in zip(names, numeric, strict=True)]
    rows = [
        [
            count(one["row"]),
            *(one[key] if classes else number(one[key]) for key in ("truth", "answer")),
            percent(one["probability"]) if classes else number(one["off"]),
            *map(_text, one["values"].values()),
        ]
        for one in worst
    ]
    whole, shown = (width_of(table(columns, rows, each, options)[1]) for each in (WHOLE, width))
    said = ["numbered as in the data", *([] if whole == shown else ["more columns in --json"])]
    title = flow([words(("worst rows", options.bold)), *(words((part, options.grey)) for part in said)], width)
    return title + table(columns, rows, width, options)


def _text(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
