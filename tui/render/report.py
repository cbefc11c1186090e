"""The report that a training leaves in the scrollback, drawn from its events alone."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...engine.errors import number_of
from ...engine.events import IMPORTED, Event, PictureTaken, Record, RunFinished, RunStarted
from ...engine.models.naming import describe_model
from ...engine.runs.progress import Progress
from ...engine.runs.states import ENDS
from .blocks import Block, Line, Lines, beside, in_ascii, stack, width_of, words
from .captions import Best, caption
from .curves import ByHand, curve, metrics_of
from .images import mistakes
from .lines import stopped
from .maps import decision_map
from .matrix import matrix
from .palette import RenderOptions
from .scatter import predicted_against_true
from .states import SIGNS
from .summaries import epoch_table
from .tables import TableColumn, facts, table
from .text import count, duration, inert, metric_name, number, short

SIDE_BY_SIDE = 118
_SPLITS = ("train", "valid", "test")
_WIDEST_MAP = 76
_GAP = 2
_HEADINGS = {
    "map": "decision map",
    "scatter": "predicted against true",
    "matrix": "confusion matrix",
}


def report(
    events: Iterable[Event], width: int, options: RenderOptions, *, most_epochs: int = 12, columns: Lines | None = None
) -> Block:
    """Everything worth keeping of a run: what it was, its epochs, curves, pictures and metrics, which `columns` matter,
    where somebody has found out, and what to type next.

    Events may stop anywhere, as those of a run that is still going on do; what is missing is left out. `width` from
    60 columns.
    """
    progress, pictures = Progress(), dict[str, PictureTaken]()
    for event in events:  # none is kept: there may be millions
        progress.follow(event)
        if isinstance(event, PictureTaken):
            pictures[event.kind] = event
    started, finished, history = progress.started, progress.finished, progress.history
    best = progress.best_epoch or None
    parts: list[Lines] = []
    if started:
        parts.append(header(started, finished, width, options))
    if history:
        parts.append(epoch_table(history, width, options, best=best, most=most_epochs))
        parts.append(_curves(history, best, progress.rates, width, options))
    parts.append(draw_pictures(list(pictures.values()), width, options, best=Best.of(progress)))
    if finished:
        imported = started is not None and started.task == IMPORTED
        final = started.section("training").get("final", "final") if started else "final"
        title = "best epoch" if imported else f"{final} checkpoint"
        parts.append(final_metrics(finished.metrics, width, options, title=title))
        parts.append(columns or [])
        parts.append([] if imported else ending(finished, width, options))  # there is no network to go on with
    lines = stack(parts)
    return Block(in_ascii(lines) if options.ascii else lines)


def header(started: RunStarted, finished: RunFinished | None, width: int, options: RenderOptions) -> Lines:
    """The run's name and what was trained on what, how."""
    training: Mapping[str, Any] = started.section("training")
    rows = ", ".join(f"{count(started.rows[name])} {name}" for name in started.rows)
    stop, log = "", started.task == IMPORTED
    if finished and not log:
        stop = f"{number_of(finished.epochs, 'epoch')} in {duration(finished.seconds)}"
    said = {
        "data": f"{started.data} ({started.task}), {rows} rows" if rows else f"{started.data} ({started.task})",
        "network": "" if log else f"{describe_model(started.section('model'))}, {count(started.parameters)} parameters",
        "training": "" if log else _mixed(started.section("model")) or _training(training, started.place),
        "time": stop,
        "note": "validated on the test split, as its recipe says" if started.validates_on_test else "",
    }
    name = inert(started.run, max(width - 4, 8), ascii=options.ascii)
    rule = options.pick("─", "-")
    title = words(
        (rule * 2 + " ", options.grey), (name, options.bold), (" " + rule * max(width - len(name) - 4, 0), options.grey)
    )
    return [title, *facts(said, width, options)]


def _mixed(model: Mapping[str, Any]) -> str:
    """Of how many networks an ensemble is the mean, and the share of each; empty for any other network."""
    shares = model.get("shares") or []
    return f"apart, of each network; their shares: {', '.join(f'{share:.2f}' for share in shares)}" if shares else ""


def _training(training: Mapping[str, Any], device: str) -> str:
    parts = [str(training.get("optimizer", "")), f"lr {short(float(training['lr']))}" if "lr" in training else ""]
    if training.get("scheduler", "none") != "none":
        parts.append(f"{training['scheduler']} schedule")
    if "batch_size" in training:
        parts.append(f"batch {training['batch_size']}")
    if "seed" in training:
        parts.append(f"seed {training['seed']}")
    return ", ".join(part for part in [*parts, f"on {device}"] if part)


def _curves(history: Sequence[Record], best: int | None, rates: ByHand, width: int, options: RenderOptions) -> Lines:
    """Loss and metric, side by side where there is room."""
    names = metrics_of(history)[:2]
    wide = width >= SIDE_BY_SIDE and len(names) == 2
    each = (width - _GAP) // 2 if wide else min(width, 120)
    height = 16 if wide else 14
    pictures = [curve(history, name, each, height, options, best=best, by_hand=rates) for name in names]
    return beside(pictures, gap=_GAP) if wide else stack(pictures)


def draw_pictures(
    pictures: Sequence[PictureTaken], width: int, options: RenderOptions, *, best: Best | None = None
) -> Lines:
    """What the network answers: maps, scatters and matrices two side by side where they fit, images below them."""
    charts = [picture for picture in pictures if picture.kind in _HEADINGS]
    paired = len(charts) > 1 and width >= SIDE_BY_SIDE
    drawn = [_picture(picture, (width - _GAP) // 2 if paired else width, options, best) for picture in charts]
    rows = 1 if width >= SIDE_BY_SIDE else 2
    images = [
        _captioned(picture, mistakes(picture.data, width, options, rows=rows), width, options, best)
        for picture in pictures
        if picture.kind == "images"
    ]
    step = 2 if paired else 1
    return stack([*(beside(drawn[at : at + step], gap=_GAP) for at in range(0, len(drawn), step)), *images])


def _picture(picture: PictureTaken, width: int, options: RenderOptions, best: Best | None) -> Lines:
    across = min(width, _WIDEST_MAP)
    values = picture.kind == "map" and not picture.data.get("classes")
    title = [words(("predicted values" if values else _HEADINGS[picture.kind], options.bold))]
    if picture.kind == "map":
        drawn = decision_map(picture.data, across, min(across // 2 + 3, 38), options)
    elif picture.kind == "scatter":
        drawn = predicted_against_true(picture.data, across, 22, options)
    else:
        drawn = matrix(picture.data, width, options)
    return _captioned(picture, [*title, *drawn], width, options, best)


def _captioned(picture: PictureTaken, lines: Lines, width: int, options: RenderOptions, best: Best | None) -> Lines:
    """The lines with what the picture is of behind their heading, or below it where there is no room."""
    said = words((inert(caption(picture, best), width, ascii=options.ascii), options.grey))
    head, *rest = lines
    if width_of(head) + 2 + width_of(said) <= width:
        return [[*head, *words("  "), *said], *rest]
    return [head, said, *rest]


def final_metrics(
    metrics: Mapping[str, float], width: int, options: RenderOptions, *, title: str = "final checkpoint"
) -> Lines:
    """The final checkpoint's metrics, a row each, a column for each split (`<name>_<split>` keys)."""
    splits = [split for split in _SPLITS if any(key.endswith(f"_{split}") for key in metrics)]
    names = dict.fromkeys(key.rsplit("_", 1)[0] for key in metrics if key.rsplit("_", 1)[-1] in _SPLITS)
    if not names:
        return []
    rows = [[metric_name(name), *(number(metrics.get(f"{name}_{split}")) for split in splits)] for name in names]
    return table([TableColumn(title), *(TableColumn(split, True) for split in splits)], rows, width, options)


def ending(finished: RunFinished, width: int, options: RenderOptions) -> Lines:
    """How it ended, where the checkpoints are, and what to type next."""
    sign = SIGNS[ENDS[finished.stopped_by]]
    colour, mark = sign.colour, options.pick(sign.glyph, sign.letter)
    sentence = finished.message or stopped(finished)
    room = max(width - len(mark) - 1, 8)
    first: Line = words((mark + " ", options.ink(colour, bold=True)), inert(sentence, room, ascii=options.ascii))
    best = f"{finished.best} (epoch {finished.best_epoch})" if finished.best_epoch else finished.best
    return [
        first,
        *facts({**({"best": best} if best else {}), "last": finished.last, "next": ""}, width, options),
        *_next(finished, width, options),
    ]


def _next(finished: RunFinished, width: int, options: RenderOptions) -> Lines:
    """Commands to go on with, whole and on lines of their own so that they can be copied."""
    run = shlex.quote(finished.run)
    commands = [f"nnlab eval {run}", f"nnlab predict {run} INPUT", f"nnlab runs show {run}"]
    if finished.stopped_by in ("interrupt", "terminated", "failed"):
        commands.insert(0, f"nnlab train --resume {run}")
    return [
        words(
            ("next  " if index == 0 else "      ", options.grey),
            (inert(command, width - 6, ascii=options.ascii), options.bold),
        )
        for index, command in enumerate(commands)
    ]
