"""What the data page's panes show: a data set and where the user is in it in, lines out.

What draws pictures needs numpy, which is imported only when there is something to draw."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.style import Style

from ...engine.data.catalog import CATALOG
from ...engine.data.overview.view import DatasetView
from ..render.blocks import PLAIN, Line, Lines, blank, fit, words
from ..render.palette import BAD, GREY, ORANGE, RenderOptions
from ..render.tables import TableColumn, around, facts, fitting, table_row, wrapped
from ..render.text import count, inert, many
from .cells import cell
from .state import DataState

PANES = ("data", "rows", "columns", "points", "distribution")
IMAGES = ("data", "points", "columns", "distribution")  # of a data set of images, whose rows are told by their pictures
GAP = 2  # cells between columns
NOTHING = "Choose a data set in the list and press enter, or press o to open a file."
COLUMNS = (
    TableColumn("column"),
    TableColumn("kind", whole=True),
    TableColumn("missing", numeric=True, spare=1),
    TableColumn("unique", numeric=True, spare=2),
    TableColumn("use", spare=3, whole=True),
    TableColumn("why"),
)
NAME, SIZE = 16, 8  # cells in the list
FIRST_KEYS = ("show", "open_file", "train", "next_pane", "app.quit", "app.help")


def title(state: DataState, width: int, _height: int, options: RenderOptions) -> Lines:
    """What is looked at, or what is being read, or why nothing is."""
    if state.loading:
        waiting = f"loading {state.loading} {options.pick('…', '...')}"
        return [words((inert(waiting, width, ascii=options.ascii), options.bold))]
    if state.error:
        return [words((inert(state.error, width, ascii=options.ascii), options.ink(BAD)))]
    dataset = state.dataset
    if dataset is None:
        return []
    parts = [many(dataset.rows, "row"), many(len(dataset.columns), "column")]
    parts += [f"{dataset.task}, predicts {dataset.target}"] if dataset.target else []
    if dataset.images is not None:
        parts.insert(1, "images " + options.pick("×", "x").join(map(str, dataset.images.shape[1:])))
    said = inert("  ".join(parts), ascii=options.ascii)
    return [fit(words((inert(dataset.name, 40, ascii=options.ascii) + "  ", options.bold), said), width)]


def too_small(state: DataState, width: int, _height: int, options: RenderOptions) -> Lines:
    """One line for a terminal that is too small for anything else."""
    said = f"{state.dataset.name}: {many(state.dataset.rows, 'row')}" if state.dataset else state.loading or "data"
    return [words(inert(f"{said}; 60x16 shows more", width, ascii=options.ascii))]


def listed(state: DataState, options: RenderOptions) -> Lines:
    """A line for each data set; cursor, rows and the one in view are told by more than a colour."""
    return [_listed(state, place, options) for place in range(len(state.names))]


def _listed(state: DataState, place: int, options: RenderOptions) -> Line:
    name, current = state.names[place], place == state.listed
    info = CATALOG.get(name)
    sign = words((options.pick("▸ ", "> ") if current else "  ", options.ink(ORANGE, bold=True)))
    rows = count(info.rows) if info else ""
    shown = inert(name if info else name.replace("\\", "/").rpartition("/")[2], NAME, ascii=options.ascii)
    open_ = state.dataset is not None and state.dataset.asked == name
    style = options.bold if current or open_ else PLAIN
    mark = words((options.pick(" ●", " *") if open_ else "", options.ink(ORANGE)))
    return [*sign, *fit(words((shown, style)), NAME), *fit(words((rows, options.grey)), SIZE, "right"), *mark]


def about(name: str, width: int, options: RenderOptions) -> Lines:
    """What is known of a data set before it is read."""
    info = CATALOG.get(name)
    if info is None:
        return facts({"file": name}, width, options)
    said = {"task": info.task, "features": count(info.features), "classes": str(info.classes or "")}
    return facts({**said, "source": info.source, "licence": info.licence}, width, options)


def rows(state: DataState, width: int, height: int, options: RenderOptions) -> Lines:
    """The rows around the cursor, the columns around the chosen one."""
    dataset = state.dataset
    if dataset is None or not dataset.columns:
        return _nothing(state, width, options)
    view, left, columns = rows_view(state, dataset, width, height)
    head: Line = blank(left)
    for place in columns:
        style = options.ink(ORANGE, bold=True) if place == state.column else options.bold
        sign = options.pick("▾", "v") if place == state.column and not options.colour else ""
        head += [*blank(GAP), *_cell(sign + dataset.columns[place], dataset, place, style, options)]
    lines: Lines = [head]
    for number, row in zip(view, dataset.window(view), strict=True):
        current = number == state.row
        sign = options.pick("▸", ">") if current else " "
        line: Line = words((sign, options.ink(ORANGE, bold=True)), (count(number + 1).rjust(left - 1), options.grey))
        for place in columns:
            style = options.bold if current else PLAIN
            line += [*blank(GAP), *_cell(cell(row[dataset.columns[place]]), dataset, place, style, options)]
        lines.append(line)
    return [fit(line, width) for line in lines]


def rows_view(state: DataState, dataset: DatasetView, width: int, height: int) -> tuple[range, int, range]:
    """Which rows are in view, one a line below the heads, how wide their numbers are, and which columns follow them."""
    view = around(state.row, dataset.rows, height - 1)
    left = len(count(view.stop)) + 2
    return view, left, in_view(dataset.widths, state.column, width - left)


def in_view(widths: Sequence[int], chosen: int, room: int) -> range:
    """Which columns fit into `room` cells, the chosen one among them, as far to the left as can be."""
    start = 0
    while start < chosen and sum(width + GAP for width in widths[start : chosen + 1]) > room:
        start += 1
    stop = start + 1
    while stop < len(widths) and sum(width + GAP for width in widths[start : stop + 1]) <= room:
        stop += 1
    return range(start, stop)


def _cell(text: str, dataset: DatasetView, place: int, style: Style, options: RenderOptions) -> Line:
    """A value in its column, numbers at the right."""
    width = dataset.widths[place]
    align = "right" if dataset.is_number(dataset.columns[place]) else "left"
    return fit(words((inert(text, width, ascii=options.ascii), style)), width, align)


def columns(state: DataState, width: int, height: int, options: RenderOptions) -> Lines:
    """What each column is taken for, and why."""
    dataset = state.dataset
    if dataset is None:
        return _nothing(state, width, options)
    texts = [
        [name, kind.kind, count(kind.missing), count(kind.unique), dataset.uses.get(name, ""), kind.why]
        for name, kind in dataset.kinds.items()
    ]
    heads = [column.name for column in COLUMNS]
    widest = [max(map(len, part)) for part in zip(heads, *texts, strict=True)]
    kept, sizes = fitting(COLUMNS, widest, width - 2)
    shown = [COLUMNS[place] for place in kept]
    lines: Lines = [[*blank(2), *table_row([heads[place] for place in kept], shown, sizes, options, options.bold)]]
    for place in around(state.column, len(texts), height - 1):
        current = place == state.column
        sign = words((options.pick("▸ ", "> ") if current else "  ", options.ink(ORANGE, bold=True)))
        row = [texts[place][kept_place] for kept_place in kept]
        lines.append([*sign, *table_row(row, shown, sizes, options, options.bold if current else PLAIN)])
    return [fit(line, width) for line in lines]


def spread(state: DataState, width: int, height: int, options: RenderOptions) -> Lines:
    """How the values of the chosen column are spread: a histogram, or a bar for each value."""
    dataset, name = state.dataset, state.chosen
    if dataset is None or not name:
        return _nothing(state, width, options)
    from ..render.histogram import bars, histogram

    kind = dataset.kinds[name]
    if dataset.is_number(name):
        return histogram(dataset.values(name), _label(dataset, name), width, height, options)
    head = words((inert(name, max(width - 2, 4), ascii=options.ascii), options.bold))
    why = [
        words((part, options.grey)) for part in wrapped(inert(f"{kind.kind}: {kind.why}", ascii=options.ascii), width)
    ]
    if kind.kind in ("text", "identifier", "constant"):
        examples = [cell(row[name]) for row in dataset.window(range(min(dataset.rows, max(height - len(why) - 2, 1))))]
        texts = [words(inert(text, width, ascii=options.ascii)) for text in examples]
        return [head, *why, [], *texts][:height]
    most = max(height - len(why) - 3, 1)
    return [head, *why, [], *bars(dataset.tally(name), width, options, most=most)][:height]


def _label(dataset: DatasetView, name: str) -> str:
    """A column's name, with its unit where that is not its own."""
    return f"{name} (year)" if dataset.kinds[name].kind == "date" else name


def points(state: DataState, width: int, height: int, options: RenderOptions) -> Lines:
    """Images from the cursor's row on, or the rows as points of two columns."""
    dataset = state.dataset
    if dataset is None:
        return _nothing(state, width, options)
    if dataset.images is not None:
        return _images(state, dataset, width, height, options)
    if (axes := state.axes) is None:
        said = "A plot of points needs two columns of numbers."
        return [words((part, options.grey)) for part in wrapped(said, width)]
    from ...engine.data.overview.view import MOST_POINTS
    from ..render.scatter import scatter

    xs, ys = (dataset.values(name, MOST_POINTS) for name in axes)
    kinds, names = dataset.groups(state.group)
    right, up = (inert(_label(dataset, name), 30, ascii=options.ascii) for name in axes)
    by = inert(f", by {state.group}" if names else "", ascii=options.ascii)
    across, above = options.pick("→", "across"), options.pick("↑", "up")
    head = words((f"{above} {up}  {across} {right}", options.bold), (by, options.grey))
    return [fit(head, width), *scatter(xs, ys, kinds, names, ("", ""), width, height - 1, options)]


def _images(state: DataState, dataset: DatasetView, width: int, height: int, options: RenderOptions) -> Lines:
    """As many images as there is room for."""
    from ..render.images import Captioned, image_grid

    view, _, down = images_view(state, dataset, width, height, options)
    labels = [cell(row.get(dataset.target)) for row in dataset.window(view)]
    items = [Captioned(dataset.image(row), label) for row, label in zip(view, labels, strict=True)]
    lines = image_grid(items, width, options, rows=down)[: height - 1]
    return [
        *lines,
        words((f"rows {count(view.start + 1)} to {count(view.stop)} of {count(dataset.rows)}", options.grey)),
    ]


def images_view(
    state: DataState, dataset: DatasetView, width: int, height: int, options: RenderOptions
) -> tuple[range, int, int]:
    """Which rows' images are in view, and how many of them stand side by side and below each other."""
    cells, lines = tile_size(dataset, width, options)
    across, down = max((width + 2) // cells, 1), max(height // lines, 1)
    start = max(0, min(state.row, dataset.rows - across * down))
    return range(start, min(start + across * down, dataset.rows)), across, down


def tile_size(dataset: DatasetView, width: int, options: RenderOptions) -> tuple[int, int]:
    """Cells and lines from one image to the next."""
    from ..render.images import Captioned, image_grid

    tile = image_grid([Captioned(dataset.image(0), "0")], width, options)
    return max(sum(segment.cell_length for segment in line) for line in tile) + 2, len(tile) + 1


def _nothing(state: DataState, width: int, options: RenderOptions) -> Lines:
    """Why there is nothing to see."""
    said = state.error or (f"loading {state.loading} ..." if state.loading else NOTHING)
    style = options.ink(BAD if state.error else GREY)
    return [words((part, style)) for part in wrapped(inert(said, ascii=options.ascii), width) if part]


DRAW: dict[str, Callable[[DataState, int, int, RenderOptions], Lines]] = {
    **{"rows": rows, "columns": columns},
    **{"points": points, "distribution": spread},
}
