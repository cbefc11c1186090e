"""How a text file is written, as options of all commands that read files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .flags import to_tree

if TYPE_CHECKING:
    from ..engine.config import DataConfig

PANEL = "Text files"
NAMES = ("encoding", "separator", "decimal", "no_header", "skip_rows", "comment")


def _option(text: str, *names: str) -> Any:
    return typer.Option(*names, help=text, rich_help_panel=PANEL, show_default=False)


Encoding = Annotated[str | None, _option("As in shift_jis; UTF-8, UTF-16 and Windows-1252 are found.")]
Separator = Annotated[str | None, _option("Between values: one character, tab or space.")]
Decimal = Annotated[str | None, _option("The sign between whole and fraction: . or a comma.")]
NoHeader = Annotated[bool | None, _option("No names in the first line: column_1, column_2, …", "--no-header/--header")]
SkipRows = Annotated[int | None, _option("Lines to pass over before the header.")]
Comment = Annotated[str | None, _option("Lines that begin so are no rows: #.")]


def told_of_texts(params: Mapping[str, Any]) -> DataConfig | None:
    """What a command's options tell of its text files; None where they tell nothing."""
    from ..engine.config import validate

    told = to_tree({name: params.get(name) for name in NAMES})
    return validate(told).data if told else None
