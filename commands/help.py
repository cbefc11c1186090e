"""How help looks: typer's own text, with headings, a colour where there is one, and options under group titles.

Typer's Rich panels cost more time than all else that `nnlab --help` does, so help is set in plain columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer
from typer import _click
from typer._click.formatting import HelpFormatter
from typer.core import TyperCommand, TyperGroup

from .console import Console


class Formatter(HelpFormatter):
    """Typer's plain help, with bold headings and coloured names on a terminal."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.colour = Console.of_process().colour

    def write_heading(self, heading: str) -> None:
        """A section's title."""
        super().write_heading(typer.style(heading, bold=True) if self.colour else heading)

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Names on the left, what they mean on the right."""
        if self.colour:
            rows = [(typer.style(name, fg="cyan"), meaning) for name, meaning in rows]
        super().write_dl(rows, col_max, col_spacing)


class HelpContext(_click.Context):
    """A context whose help is written by our formatter."""

    formatter_class = Formatter


_TYPES = {"<str>": "TEXT", "<list[str]>": "TEXT", "<int>": "N", "<float>": "X", "<path>": "PATH"}


class Command(TyperCommand):
    """A command whose help puts options under the titles that `rich_help_panel` gives them."""

    context_class = HelpContext

    def format_options(self, ctx: _click.Context, formatter: HelpFormatter) -> None:
        """Write arguments, then each group of options, the untitled ones last."""
        sections: dict[str, list[tuple[str, str]]] = {"Arguments": []}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None:
                names, _, kind = record[0].rpartition(" ")
                shown = _TYPES.get(kind, kind) if param.param_type_name == "option" else ""
                record = (f"{names} {shown}".strip(), record[1])
                title = getattr(param, "rich_help_panel", None) or f"{param.param_type_name.title()}s"
                sections.setdefault(title, []).append(record)
        sections["Options"] = sections.pop("Options", [])
        for title, rows in sections.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


class Group(TyperGroup):
    """A group with the same look."""

    context_class = HelpContext


def new_app(help: str | None = None, *, cls: type[TyperGroup] = Group, completion: bool = False) -> typer.Typer:
    """A typer app with this look; its commands take it on by `@app.command(cls=Command)`."""
    return typer.Typer(
        cls=cls,
        help=help,
        add_completion=completion,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
