"""A run's pictures, drawn by Matplotlib: curves, decision map, predicted against true, confusion matrix, images.

Each is made of the same event data as those in the terminal, in the same colours. No state of Matplotlib's is changed.
"""

from __future__ import annotations

import base64
import io
import re
import warnings
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ...engine.errors import UsageError
from ...engine.page import plain
from ...engine.report.story import Story
from ...engine.wording import metric_name, number, percent
from ..render.curves import Epochs, column, metrics_of
from ..render.maps import read_map
from ..render.palette import BAD, CLASSES, GOOD, GREY, TRAIN, VALID
from ..render.reliability import FEWEST

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ...engine.evaluation.effects import Effect
    from ...engine.evaluation.importance import Importance
    from ...engine.evaluation.reliability import Reliability

INK, LINE = "#1c2430", "#d8dde4"
"""The colours of texts and of lines that stand back; in a page these are its own."""
FONT = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
STYLE: dict[str, Any] = {
    **{"svg.fonttype": "none", "svg.hashsalt": "nnlab", "text.parse_math": False, "axes.formatter.use_mathtext": False},
    **{"font.family": "DejaVu Sans", "font.size": 9.5, "axes.titlesize": 10.5, "axes.titlelocation": "left"},
    **{"axes.edgecolor": LINE, "axes.labelcolor": INK, "axes.titlecolor": INK, "text.color": INK, "grid.color": LINE},
    **{"xtick.color": INK, "ytick.color": INK, "axes.spines.top": False, "axes.spines.right": False},
    **{"axes.grid": True, "axes.axisbelow": True, "legend.frameon": False, "figure.facecolor": "none"},
    **{"axes.facecolor": "none", "xtick.major.size": 0, "ytick.major.size": 0, "path.simplify_threshold": 0.5},
}
COLOUR = 3  # channels
RIGHT, WRONG = "#00875f", "#d03c3c"  # of texts, on light and dark grounds
MARKERS = "os^Dv<>pP*"
FAR = 30.0  # times as large as the smallest that the largest loss is, for the scale to be logarithmic
MOST_CLASSES = 40  # of a matrix that are drawn
MOST_BARS = 20  # columns that are drawn
WIDEST_NAME = 24
DOTS = 200
HALF = 0.5

Picture = Callable[[], "Figure"]


def pictures_of(story: Story) -> dict[str, Picture]:
    """What can be drawn of a run, by name, in the order to show it; nothing is drawn until it is asked for."""
    history, best = story.progress.history, story.progress.best_epoch
    found: dict[str, Picture] = {}
    for name in metrics_of(history) if len(history) else []:
        found[name] = lambda name=name: curves(history, name, best)
    makers: dict[str, Callable[[Mapping[str, Any]], Figure]] = {"map": decision_map, "scatter": scatter}
    makers |= {"matrix": matrix, "images": images}
    for kind, make in makers.items():
        if kind in story.pictures:
            data = story.pictures[kind].data
            found[kind] = lambda make=make, data=data: make(data)
    return found | _of_evaluation(story)


def _of_evaluation(story: Story) -> dict[str, Picture]:
    """What can be drawn of the rows that a run was judged on."""
    judged, found = story.evaluation, dict[str, Picture]()
    if judged is None:
        return found
    if (honest := judged.reliability) is not None and not honest.few:
        found["reliability"] = lambda: reliability(honest)
    if judged.importance:
        found["importance"] = lambda: importance(judged.importance, "log loss" if judged.classes else "RMSE")
    if judged.effects:
        found["effects"] = lambda: effects(judged.effects, judged.target)
    return found


def picture_named(story: Story, name: str) -> Figure:
    """One of them. UsageError, with those that there are, where there is no such."""
    found = pictures_of(story)
    if name not in found:
        there = f"it has {', '.join(found)}" if found else "no epoch of it is over"
        raise UsageError(f"The run {story.name!r} has no picture {name[:50]!r}: {there}.")
    return found[name]()


def as_file(figure: Figure, kind: str) -> bytes:
    """The picture as the bytes of a file, `svg` or `png`, on white ground."""
    out = io.BytesIO()
    with _styled():
        metadata = {"Date": None} if kind == "svg" else None
        figure.savefig(out, format=kind, dpi=DOTS, bbox_inches="tight", facecolor="white", metadata=metadata)
    return out.getvalue()


def within_page(figure: Figure, name: str, label: str) -> str:
    """The picture as SVG within a page: in its colours and its font, with names of its own. `label` is what it shows,
    for those who do not see it."""
    out = io.StringIO()
    with _styled():
        figure.savefig(out, format="svg", bbox_inches="tight", pad_inches=0.02, metadata={"Date": None})
    svg = out.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r'(\sid="|url\(#|href="#)', rf"\1{name}-", svg)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = svg.replace(INK, "currentColor").replace(LINE, "var(--line)").replace("'DejaVu Sans'", FONT)
    return svg.replace("<svg", f'<svg role="img" aria-label="{plain_attribute(label)}"', 1)


def plain_attribute(text: str) -> str:
    """A text as the value of an attribute."""
    return re.sub(r"[<>&\"']", " ", plain(text))


@contextmanager
def _styled() -> Generator[None]:
    """Within it, figures look as all here do. That the font lacks a sign is no warning: a browser draws it in another
    one, and a PNG shows a box."""
    import matplotlib

    with matplotlib.rc_context(cast(Any, STYLE)), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+", UserWarning)
        yield


@contextmanager
def _axes(width: float, height: float) -> Generator[tuple[Figure, Axes]]:
    """A figure of this size in inches, with one pair of axes."""
    from matplotlib.figure import Figure

    with _styled():
        figure = Figure(figsize=(width, height))
        yield figure, figure.subplots()


def curves(history: Epochs, metric: str, best: int = 0) -> Figure:
    """Train and valid of a metric over the epochs, with the band of several members and the best epoch."""
    with _axes(4.9, 2.9) as (figure, axes):
        epochs, drawn = column(history, "epoch"), list[np.ndarray[Any, Any]]()
        for split, colour, style in (("train", TRAIN, (0, (1.2, 1.4))), ("valid", VALID, "solid")):
            values = column(history, f"{metric}_{split}")
            if np.isfinite(values).any():
                axes.plot(epochs, values, color=colour, linestyle=style, linewidth=1.7, label=split)
                drawn.append(values[np.isfinite(values)])
        least, most = (column(history, f"{metric}_valid_{end}") for end in ("least", "most"))
        if np.isfinite(least).any():
            axes.fill_between(epochs, least, most, color=VALID, alpha=0.18, linewidth=0, label="members alone")
        if best:
            axes.axvline(best, color=GREY, linewidth=1, linestyle=(0, (3, 3)), label=f"best epoch, {best:,}")
        values = np.concatenate(drawn) if drawn else np.ones(1)
        if metric != "accuracy" and values.min() > 0 and values.max() > FAR * values.min():
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter("{x:g}")
            axes.yaxis.set_minor_formatter("")
            axes.tick_params(which="minor", length=0)
        axes.locator_params(axis="x", integer=True)
        axes.set_xlabel("epoch")
        axes.set_title(metric_name(metric))
        axes.margins(x=0.01)
        if axes.get_legend_handles_labels()[0]:  # none of a run that diverged at once
            axes.legend(loc="best", fontsize=8.5)
    return figure


def decision_map(data: Mapping[str, Any]) -> Figure:
    """What is answered where, of two columns, with the points that were looked at; wrong ones are hollow."""
    from matplotlib.colors import to_rgb

    picture = read_map(data)
    with _axes(5.2, 4.4) as (figure, axes):
        if picture.classes:
            colours = np.array([to_rgb(CLASSES[index % len(CLASSES)]) for index in range(len(picture.classes))])
            share = (0.22 + 0.5 * np.asarray(picture.confidence))[..., None]
            ground = 1 - share + share * colours[np.asarray(picture.cells, dtype=int)]
        else:
            ground = np.asarray(picture.cells)
        extent = (*picture.x_range, *picture.y_range)
        shown = axes.imshow(ground, extent=extent, aspect="auto", interpolation="nearest", vmin=0, vmax=1)
        points = np.asarray(picture.points)
        for index, name in enumerate(picture.classes):
            here = points[points[:, 2] == index]
            colour, mark = CLASSES[index % len(CLASSES)], MARKERS[index % len(MARKERS)]
            right, wrong = here[here[:, 3] > 0], here[here[:, 3] == 0]
            label = _short(name)
            axes.scatter(*right[:, :2].T, s=15, c=colour, marker=mark, edgecolors="white", linewidths=0.4, label=label)
            axes.scatter(*wrong[:, :2].T, s=22, c="white", marker=mark, edgecolors=colour, linewidths=1.3)
        if picture.classes:
            axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), fontsize=8.5, title="wrong ones are white")
        else:
            low, high = picture.values
            bar = figure.colorbar(shown, ax=axes, ticks=[0, 0.5, 1])
            bar.ax.set_yticklabels([f"{low:.4g}", f"{(low + high) / 2:.4g}", f"{high:.4g}"])
        axes.grid(visible=False)
        axes.set_xlabel(_short(picture.x))
        axes.set_ylabel(_short(picture.y))
        axes.set_title("predicted values" if not picture.classes else "decision map")
        axes.set_xlim(*picture.x_range)
        axes.set_ylim(*picture.y_range)
    return figure


def scatter(data: Mapping[str, Any]) -> Figure:
    """Predicted against true values: on the line they are equal."""
    points = np.asarray(data["points"], dtype=float).reshape(-1, 2)
    points = points[np.isfinite(points).all(axis=1)]
    with _axes(4.6, 4.2) as (figure, axes):
        if len(points):
            low, high = float(points.min()), float(points.max())
            axes.plot([low, high], [low, high], color=GREY, linewidth=1, linestyle=(0, (3, 3)))
        axes.scatter(points[:, 0], points[:, 1], s=13, c=VALID, alpha=0.65, linewidths=0)
        axes.set_xlabel(f"true {_short(str(data['target']))}")
        axes.set_ylabel("predicted")
        axes.set_title("predicted against true")
    return figure


def matrix(data: Mapping[str, Any]) -> Figure:
    """Which class is taken for which: right answers green, wrong ones the redder the larger their share of the row."""
    names = [_short(str(name)) for name in data["classes"]]
    counts = np.asarray(data["counts"], dtype=np.int64).reshape(len(names), len(names))
    names, counts = names[:MOST_CLASSES], counts[:MOST_CLASSES, :MOST_CLASSES]
    side = min(8.5, max(2.6, 0.42 * len(names) + 1.2))
    with _axes(side + 0.9, side) as (figure, axes):
        from matplotlib.colors import to_rgb

        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        right = np.eye(len(names), dtype=bool)
        colours = np.where(right[..., None], to_rgb(GOOD), to_rgb(BAD)).astype(float)
        strength = np.where(right, 0.85 * shares, np.minimum(1, 0.25 * (counts > 0) + shares))[..., None]
        axes.imshow(np.concatenate([colours, strength], axis=2), interpolation="nearest")
        size = max(5.0, min(9.5, 150 / max(len(names), 1)))
        for row, at in zip(*np.nonzero(counts), strict=True):
            text = f"{counts[row, at]:,}"
            ink = "black" if strength[row, at, 0] > HALF else INK
            axes.text(at, row, text, ha="center", va="center", fontsize=size, color=ink)
        turned = max(map(len, names), default=0) > 4
        axes.set_xticks(
            range(len(names)), names, rotation=45 * turned, ha="right" if turned else "center", fontsize=size
        )
        axes.set_yticks(range(len(names)), names, fontsize=size)
        axes.grid(visible=False)
        axes.set_xlabel("predicted")
        axes.set_ylabel("true")
        axes.set_title("confusion matrix")
    return figure


def reliability(told: Reliability) -> Figure:
    """How often answers are right that are said with so much: honest ones are on the line, those of a network too sure
    of itself below it. A dot is the larger the more rows it is of; those of few rows are left out."""
    bins = [one for one in told.bins if one.rows >= FEWEST]
    said, right, rows = (np.array([getattr(one, key) for one in bins]) for key in ("said", "right", "rows"))
    with _axes(4.2, 3.8) as (figure, axes):
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=(0, (3, 3)))
        axes.plot(said, right, color=VALID, linewidth=1.4)
        axes.scatter(said, right, s=12 + 120 * rows / rows.max(), c=VALID, linewidths=0)
        axes.set_xlabel("probability that is said")
        axes.set_ylabel("share that is right")
        axes.set_title(f"reliability, ECE {number(told.ece)}")
    return figure


def importance(told: Sequence[Importance], measure: str) -> Figure:
    """By how much answers get worse without each column, with the band in which that lies; the most important first."""
    shown = told[:MOST_BARS][::-1]
    worth, low, high = (np.array([getattr(one, key) for one in shown]) for key in ("worth", "low", "high"))
    with _axes(5.2, max(1.6, 0.3 * len(shown) + 0.9)) as (figure, axes):
        axes.barh(range(len(shown)), worth, height=0.6, color=VALID)
        axes.errorbar(worth, range(len(shown)), xerr=[worth - low, high - worth], fmt="none", ecolor=GREY, capsize=2.5)
        axes.set_yticks(range(len(shown)), [_short(one.column) for one in shown])
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(f"how much the {measure} grows without it")
        axes.set_title("columns")
    return figure


def effects(told: Sequence[Effect], target: str) -> Figure:
    """What the answers become where all rows have one value in a column, on average and of some single rows."""
    from matplotlib.figure import Figure

    with _styled():
        figure = Figure(figsize=(2.7 * len(told), 2.5), layout="constrained")
        cells = np.atleast_1d(np.asarray(figure.subplots(1, len(told), sharey=len({one.answer for one in told}) == 1)))
        for cell, one in zip(cells.ravel(), told, strict=True):
            at = np.array(one.at, dtype="datetime64[D]") if one.kind == "date" else np.array(one.at)
            if one.kind == "category":
                cell.bar([_short(str(name), 9) for name in one.at], one.mean, color=VALID)
                cell.tick_params(axis="x", rotation=45)
            else:
                for row in one.rows:
                    cell.plot(at, row, color=GREY, linewidth=0.9, linestyle=(0, (1.2, 1.4)))
                cell.plot(at, one.mean, color=VALID, linewidth=1.8)
                cell.tick_params(axis="x", rotation=45 * (one.kind == "date"))
            cell.set_xlabel(_short(one.column))
            what = target if one.answer is None else f"P({one.answer})"
            cell.set_title(_short(what), fontsize=9)
    return figure


def images(data: Mapping[str, Any]) -> Figure:
    """The answers that were furthest off, or least certain: each image, what it is and what it was taken for."""
    from matplotlib.figure import Figure

    items: Sequence[Mapping[str, Any]] = data["items"]
    across = min(len(items), 6) or 1
    down = max(1, -(-len(items) // across))
    with _styled():
        figure = Figure(figsize=(1.15 * across, 1.5 * down), layout="constrained")
        cells = np.atleast_1d(np.asarray(figure.subplots(down, across, squeeze=False))).ravel()
        for cell in cells:
            cell.set_axis_off()
        for cell, item in zip(cells, items, strict=False):
            pixels = np.frombuffer(base64.b64decode(item["pixels"]), np.uint8).reshape(data["shape"])
            grey = len(pixels) != COLOUR
            shown = pixels[0] if grey else pixels.transpose(1, 2, 0)
            cell.imshow(shown, cmap="gray" if grey else None, vmin=0, vmax=255, interpolation="nearest")
            right = item["truth"] == item["answer"]
            said = f"{_short(str(item['truth']), 9)} → {_short(str(item['answer']), 9)}"
            cell.set_title(said, fontsize=7.5, loc="center", color=RIGHT if right else WRONG, pad=2)
            if item.get("probability") is not None:
                share = percent(float(item["probability"]))
                cell.text(0.5, -0.08, share, ha="center", va="top", fontsize=7, transform=cell.transAxes)
    return figure


def _short(text: str, most: int = WIDEST_NAME) -> str:
    """A name from data as it stands in a picture."""
    text = plain(text).replace("\n", " ")
    return text if len(text) <= most else text[: most - 1] + "…"
