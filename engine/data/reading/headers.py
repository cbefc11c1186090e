"""Whether a table's first line seems to be something else than the names of its columns."""

from __future__ import annotations

import re

import pyarrow as pa

from ..columns.values import is_number, is_text

FEW = 1000  # values in which a name is looked for
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")


def doubts(names: list[str], table: pa.Table, source: str) -> list[str]:
    """What somebody should know of the first line of a table, whose columns are called `names` there: that it seems to
    be a row, a title, or one name where there should be several."""
    if _seems_row(names, table):
        listed = ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
        return [f"the first line of {source} ({listed}) seems to be a row: use --no-header if no names stand there"]
    if len(names) == 1:
        return [f"{source} has one column: use --separator if another sign than , ; tab or | stands between its values"]
    nameless = names.count("")
    if nameless > 1 and nameless * 2 >= len(names):
        return [
            f"the first line of {source} names {len(names) - nameless} of its {len(names)} columns: use --skip-rows 1 "
            "if it is a title"
        ]
    return []


def _seems_row(names: list[str], table: pa.Table) -> bool:
    """Whether each name could be a value of its column, and some are numbers, but not just the columns' places."""
    known = [name for name in names if name]
    numbers = [name for name in known if _NUMBER.fullmatch(name)]
    places = [str(place) for place in range(len(known) + 1)]
    if not numbers or known in (places[:-1], places[1:]):
        return False
    return all(map(_is_value, names, table.columns))


def _is_value(name: str, column: pa.ChunkedArray) -> bool:
    if not name:
        return True
    if is_number(column.type):
        return bool(_NUMBER.fullmatch(name))
    return is_text(column.type) and name in {str(value).strip() for value in column.slice(0, FEW).to_pylist()}
