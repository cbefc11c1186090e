"""`nnlab data show FILE`: what nnlab makes of a user's table."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from .console import Console

if TYPE_CHECKING:
    from ..engine.config import Config
    from ..engine.data.overview.inspect import Inspection


def show_table(console: Console, config: Config, *, json: bool) -> None:
    """Print the columns, their kinds and why, how each would be used, and warnings."""
    from ..engine.data.overview.inspect import inspect

    found = inspect(config)
    if json:
        console.print_json(found.to_json())
    else:
        _print(console, found)


def _print(console: Console, found: Inspection) -> None:
    from ..engine.data.overview.describe import ends
    from ..tui.render.blocks import stack
    from ..tui.render.histogram import bars
    from ..tui.render.summaries import describe_table
    from ..tui.render.tables import TableColumn, facts, table

    width, options = console.width, console.render_options
    said = {"data": found.name, "rows": f"{len(found.table):,}"}
    if found.target:
        said |= {"target": found.target, "task": f"{found.task} ({found.why})"}
    parts = [facts(said, width, options)]
    first, last = ends(found.table)
    names = found.table.column_names
    rows = [[_cell(value) for value in row] for row in [*first, ["…"] * bool(last), *last] if row]
    parts.append(table([TableColumn(name, name in found.statistics) for name in names], rows, width, options))
    heads = [
        TableColumn("column"),
        TableColumn("kind"),
        TableColumn("missing", True),
        TableColumn("unique", True),
        TableColumn("use"),
    ]
    body = [
        [name, kind.kind, f"{kind.missing:,}", f"{kind.unique:,}", found.uses[name]]
        for name, kind in found.kinds.items()
    ]
    parts.append(table(heads, body, width, options))
    parts.append(facts({name: f"{kind.kind}: {kind.why}" for name, kind in found.kinds.items()}, width, options))
    if found.statistics:
        parts.append(describe_table(found.statistics, width, options))
    if found.balance:
        parts.append(bars({name: float(rows) for name, rows in found.balance.items()}, width, options))
    console.print_lines(stack(parts))
    for warning in found.warnings:
        console.warn(warning)
    if not found.target:
        console.message(f"Use --target {names[-1]!r}, or another column, to see which task that is.")


def _cell(value: Any) -> str:
    if value is None or value != value:  # NaN
        return ""
    if isinstance(value, datetime):
        return str(value).removesuffix(" 00:00:00")
    return f"{value:.5g}" if isinstance(value, float) else str(value)[:40]
