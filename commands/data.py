"""`nnlab data`: which data there is, what is in it, and how it looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..engine.data.catalog import CATALOG
from ..engine.errors import NoTargetError
from ..engine.options import AT, COLUMNS, SYNTHETIC
from .choices import data_sets, recipe_names, splits
from .console import Console
from .data_split import split as divide
from .flags import options, text_options, to_tree
from .help import Command, new_app

if TYPE_CHECKING:
    from ..engine.data.dataset import Dataset
    from ..engine.data.overview.describe import Described

app = new_app("Look at data: list what there is, show its columns, plot it; divide a table.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="A data set's name, or a file.", autocompletion=data_sets)]
Split = Annotated[
    str | None, typer.Option(help="Only these rows: train, 'test[:200]'; all by default.", autocompletion=splits)
]
Recipe = Annotated[str | None, typer.Option(help="Divide rows as this recipe does.", autocompletion=recipe_names)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

WIDE = 125  # columns that the list takes in one table


def data_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say what of a data set is read, behind its own `split` and `recipe`."""
    of_files = options((*COLUMNS, AT["prepare", "text"]), after="recipe", lead="Of a file: ")
    return options(SYNTHETIC, after="split")(text_options(after="recipe")(of_files(function)))


@app.command("list", cls=Command)
def list_(json: Json = False) -> None:
    """List the data sets that come with nnlab; all work without a network."""
    console = Console.of_process()
    if json:
        keys = ("name", "task", "kind", "rows", "features", "classes", "source", "licence")
        console.print_json([{key: getattr(info, key) for key in keys} for info in CATALOG.values()])
        return
    rows = [
        [info.name, info.task, f"{info.rows:,}", str(info.features), str(info.classes or ""), info.source, info.licence]
        for info in CATALOG.values()
    ]
    columns = ["name", "task", "rows", "features", "classes", "source", "licence"]
    numbers = ["rows", "features", "classes"]
    if console.width >= WIDE:
        console.print_table(columns, rows, right=numbers)
        return
    console.print_table(columns[:5], [row[:5] for row in rows], right=numbers)
    console.print_text("\nSource and licence\n")
    console.print_facts({row[0]: f"{row[5]}; {row[6]}" for row in rows})


@app.command(cls=Command)
@data_options
def show(
    context: typer.Context,
    name: Name,
    split: Split = None,
    recipe: Recipe = None,
    json: Json = False,
) -> None:
    """Show a data set: first and last rows, what is missing, statistics of each column, class balance.

    Of a file also what each column is taken for and why, and, with --target, the task and what looks wrong.
    """
    from ..engine.data.overview.describe import describe
    from ..engine.data.sources import is_table
    from ..engine.resolve import resolve
    from .data_show import show_table

    console = Console.of_process()
    try:
        dataset = None if is_table(name) and split is None else _load(context.params, name, split, recipe)
    except NoTargetError:
        if split is not None:
            raise
        dataset = None  # a table of the Hub
    if dataset is None:
        show_table(console, resolve(name, flags=to_tree(context.params), recipe=recipe), json=json)
        return
    described = describe(dataset)
    if json:
        console.print_json({**described.to_json(), "split": split})
    else:
        _show(console, dataset, described)


app.command("split", cls=Command)(divide)


@app.command(cls=Command)
@data_options
def plot(
    context: typer.Context,
    name: Name,
    split: Split = None,
    recipe: Recipe = None,
    json: Json = False,
) -> None:
    """Draw a data set: points for two features, images, else a histogram for each column."""
    console = Console.of_process()
    dataset = _load(context.params, name, split, recipe)
    if json:
        console.print_json(_plot_json(dataset), indent=None)
    else:
        _plot(console, dataset)


def _load(params: dict[str, Any], name: str, split: str | None, recipe: str | None) -> Dataset:
    """The rows that were asked for, divided as a training would divide them."""
    from ..engine.data.overview.describe import subset
    from ..engine.data.sources import load
    from ..engine.resolve import resolve

    config = resolve(name, flags=to_tree(params), recipe=recipe)
    return subset(load(config.data), split, config.data, config.prepare)


def _show(console: Console, dataset: Dataset, described: Described) -> None:
    from ..engine.data.overview.describe import ends
    from ..tui.render.blocks import stack
    from ..tui.render.histogram import bars
    from ..tui.render.summaries import describe_table
    from ..tui.render.tables import TableColumn, facts, table

    width, options = console.width, console.render_options
    said = {
        "data": described.name,
        "task": dataset.task,
        "rows": f"{described.rows:,}",
        "target": dataset.target,
        "ignored": ", ".join(dataset.ignore),
    }
    if described.name in CATALOG:
        said |= {"source": CATALOG[described.name].source, "licence": CATALOG[described.name].licence}
    parts = [facts(said, width, options)]
    if dataset.images is None:
        first, last = ends(dataset.table)
        columns = [
            TableColumn(name, name in described.statistics, spare=_spare(name, dataset))
            for name in dataset.table.column_names
        ]
        rows = [[_cell(value) for value in row] for row in [*first, ["…"] * bool(last), *last] if row]
        parts.append(table(columns, rows, width, options))
    columns = [TableColumn("column"), TableColumn("kind"), TableColumn("missing", True), TableColumn("unique", True)]
    kinds = [[c["name"], c["kind"], f"{c['missing']:,}", f"{c['unique']:,}"] for c in described.columns]
    parts.append(table(columns, kinds, width, options))
    if described.statistics:
        parts.append(describe_table(described.statistics, width, options))
    if described.balance:
        parts.append(bars({name: float(rows) for name, rows in described.balance.items()}, width, options))
    console.print_lines(stack(parts))
    if dataset.images is not None:
        console.print_text("\n")
        _images(console, dataset, rows=2)


def _plot(console: Console, dataset: Dataset) -> None:
    from ..engine.data.overview import plots
    from ..tui.render.histogram import bars, histograms
    from ..tui.render.scatter import scatter

    width, options = console.width, console.render_options
    if dataset.images is not None:
        _images(console, dataset, rows=4)
        return
    found = plots.points(dataset)
    if found is not None:
        across = min(width, 100)
        picture = scatter(found.xs, found.ys, found.kinds, found.classes, found.names, across, across // 3 + 4, options)
        console.print_lines(picture)
        return
    numbers = plots.number_columns(dataset)
    if numbers:
        console.print_lines(histograms(numbers, width, options))
    for name, counted in plots.category_columns(dataset).items():
        console.print_text(f"\n{name}\n")
        console.print_lines(bars({value: float(count) for value, count in counted.items()}, width, options))


def _images(console: Console, dataset: Dataset, *, rows: int) -> None:
    """Draw rows of images, as many as the width takes, every class in turn."""
    from ..engine.data.overview.plots import sample_images
    from ..tui.render.images import Captioned, image_grid

    items = [Captioned(pixels, truth) for pixels, truth in sample_images(dataset, 100)]
    console.print_lines(image_grid(items, console.width, console.render_options, rows=rows))


def _plot_json(dataset: Dataset) -> dict[str, Any]:
    """What a plot shows, as plain data."""
    import numpy as np

    from ..engine.data.overview import plots

    if dataset.images is not None:
        images = plots.sample_images(dataset, 20)
        return {"plot": "images", "items": [{"class": truth, "pixels": pixels.tolist()} for pixels, truth in images]}
    found = plots.points(dataset)
    if found is not None:
        rows = np.column_stack([found.xs, found.ys]).tolist()
        points = [[*row, int(kind)] for row, kind in zip(rows, found.kinds, strict=True)]
        return {"plot": "scatter", "names": found.names, "classes": found.classes, "points": points}
    numbers: dict[str, Any] = {}
    for name, values in plots.number_columns(dataset).items():
        counts, edges = np.histogram(values[np.isfinite(values)], bins=20)
        numbers[name] = {"counts": counts.tolist(), "edges": edges.tolist()}
    return {"plot": "histograms", "numbers": numbers, "categories": plots.category_columns(dataset)}


def _spare(name: str, dataset: Dataset) -> int:
    """How soon a column is left out of the rows where they are too wide: the target last, the ignored first."""
    return 0 if name == dataset.target else 2 if name in dataset.ignore else 1


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.5g}" if isinstance(value, float) else str(value)
