"""`nnlab data split`: a table's rows divided once and for all, into files that train reads as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..engine.errors import number_of
from .choices import columns
from .console import Console
from .flags import text_options, told_of_texts


def of_column(help: str) -> Any:
    """An option whose value is a column."""
    return typer.Option(help=help, autocompletion=columns)


@text_options(after="seed")
def split(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The table to divide.")],
    out: Annotated[Path | None, typer.Option(help="The new folder; <file>-split by default.")] = None,
    target: Annotated[str | None, of_column("Classes that keep their shares.")] = None,
    group: Annotated[
        str | None, typer.Option(help="Rows of one value of this column stay together.", autocompletion=columns)
    ] = None,
    time: Annotated[
        str | None, typer.Option(help="The latest rows by this column are test.", autocompletion=columns)
    ] = None,
    test_size: Annotated[float, typer.Option(help="Share of rows for test.", min=0.001, max=0.999)] = 0.2,
    valid_size: Annotated[float, typer.Option(help="Share of the others for validation.", min=0.001, max=0.999)] = 0.15,
    seed: Annotated[int, typer.Option(help="Which rows: the same seed, the same rows.", min=0, max=2**32 - 1)] = 1,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Divide a table into train, valid and test files in a new folder.

    At random; with --target each class keeps its share, with --group rows stay together, with --time test is the end.
    """
    from ..engine.config import DataConfig
    from ..engine.data.division import Division, divide_table, write_division
    from ..engine.data.reading.names import stem_of
    from ..engine.data.reading.tables import read
    from ..engine.data.reading.text_format import format_of

    console = Console.of_process()
    table = read(file, texts=None, told=format_of(told_of_texts(context.params) or DataConfig()), note=console.warn)
    division = Division(test_size, valid_size, seed, target, group, time)
    parts = divide_table(table, division)
    folder = out or Path(f"{stem_of(file)}-split")
    written = write_division(table, parts, folder, parquet=file.endswith((".parquet", ".pq")))
    sizes = {name: len(rows) for name, rows in parts.items()}
    if json:
        console.print_json({"dir": str(folder), "files": [str(path) for path in written], "rows": sizes})
        return
    for path, rows in zip(written, sizes.values(), strict=True):
        console.print_text(f"{path}  {number_of(rows, 'row')}\n")
    console.print_text(f"Train on them: nnlab train {folder} --target {target or 'COLUMN'}\n")
