"""What the split lab's panes show: the pair and how it is looked at in, lines out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from ...engine.events import EpochProgress, Record
from ...engine.models.naming import describe_model
from ...engine.runs.states import State
from ..live.view import SMOOTHINGS, ZOOMS
from ..render.blocks import Line, Lines, flow, width_of, words
from ..render.palette import CLASSES, RenderOptions
from ..render.progress import machine_words
from ..render.slider import frame_at as slider_frame
from ..render.slider import slider
from ..render.states import glyph
from ..render.text import count, inert, metric_name, number, percent
from . import draw as lab_draw
from .session import LabSession
from .settings import DATA
from .speeds import SPEEDS
from .view import LabView

if TYPE_CHECKING:
    from .pair import Pair

Number = TypeVar("Number", int, float)
COLOURS, MARKS = (CLASSES[2], CLASSES[3]), ("A", "B")
CAPTION = 30  # cells of what tells a side from the other
BRIEF = 76  # cells below which it is told in two words which side is ahead
TWO_CHARTS = 16  # lines from which on there is room for two charts
MEASURES = ("accuracy", "mae", "loss")
FIRST_KEYS = ("toggle_play", "change", "other_side", "speed", "copy", "leave", "app.help")


def title(pair: Pair, width: int, options: RenderOptions) -> Lines:
    """Whether both train, their epoch and speed, and what they have in common."""
    state, said = _state(pair)
    parts = [f"{glyph(state, ascii=options.ascii)} {said}"]
    if pair.epoch:
        parts.append(f"epoch {count(pair.epoch)}")
    if not pair.over:
        parts.append(SPEEDS[pair.pace].name)
    data = [inert(one.lab.data, CAPTION, ascii=options.ascii) for one in pair.sides]
    models = [describe_model(one.lab.config.to_dict()["model"]) for one in pair.sides]
    parts += [both[0] for both in (data, models) if both[0] == both[1]]
    parts += machine_words(told) if (told := _machine(pair)) is not None else []
    return flow([words((parts[0], options.bold)), *map(words, parts[1:])], width, gap=2)[:1]


def _state(pair: Pair) -> tuple[State, str]:
    if not pair.ready or pair.begins is not None:
        return "waiting", "two runs: getting ready"
    if pair.over:
        return "finished", "both have ended"
    if pair.playing:
        return "running", "both running"
    return "paused", "both paused" if pair.epoch else "both ready; space: play"


def _machine(pair: Pair) -> EpochProgress | None:
    """What both trainers take of the machine together, as far as both tell."""
    told = [side.state.machine for side in pair.sides]
    if not pair.playing or (first := told[0]) is None or (second := told[1]) is None:
        return None
    return replace(
        first,
        cpu=_sum(first.cpu, second.cpu),
        memory=_sum(first.memory, second.memory),
        gpu_memory=_sum(first.gpu_memory, second.gpu_memory),
    )


def _sum(one: Number | None, other: Number | None) -> Number | None:
    return one + other if one is not None and other is not None else None


def caption(pair: Pair, place: int, options: RenderOptions) -> str:
    """What tells a side from the other and, where it has ended by itself, how, or how far its epoch is."""
    side = pair.sides[place]
    ended = [f"{side.state.state} after epoch {count(side.state.epoch)}"] if side.state.over else []
    more = ended or lab_draw.steps(side.state, pair.pace)[1:]
    return "  ".join([inert(_caption(pair, side), CAPTION, ascii=options.ascii), *more])


def _caption(pair: Pair, side: LabSession) -> str:
    text = pair.caption(side)
    return text if len(text) <= CAPTION else text.replace("\\", "/").rpartition("/")[2]


def kinds_of(pair: Pair, *, with_curves: bool) -> list[str]:
    """The kinds of pictures that either side has, and curves where they are not always in sight."""
    seen = {kind for one in pair.sides for kind in one.state.pictures}
    kinds = [kind for kind in lab_draw.PICTURES if kind in seen and kind != "landscape"]  # which no trainer takes
    kinds += ["network"] if seen & {"map", "images", "network"} else []
    return [*kinds, "curves"] if kinds and with_curves else kinds


def half(
    pair: Pair,
    place: int,
    kind: str,
    view: LabView,
    known: Mapping[str, Any] | None,
    width: int,
    height: int,
    options: RenderOptions,
) -> Lines:
    """The picture of one side, of the epoch that both have."""
    side = pair.sides[place]
    frames = pair.pictures(view.slider.at)
    mine = replace(view, frame=frames[place])
    if not kind or (not frames[place] and view.slider.at is None):
        return lab_draw.before(side.lab.config.data, known, width, height, options)
    if kind == "network":
        return lab_draw.network(side.state, mine, width, height, options)
    kinds = lab_draw.kinds_of(side.state, mine)
    mine.picture = kinds.index(kind) if kind in kinds else 0
    return lab_draw.picture(side.state, mine, width, height, options)


def subtitle(pair: Pair, place: int, kind: str, view: LabView, known: Mapping[str, Any] | None, width: int) -> str:
    """Which epoch and rows the picture of a side is of."""
    frame = pair.pictures(view.slider.at)[place]
    if kind == "network":
        taken = frame.get(kind)
        return f"epoch {count(taken.epoch)}" if taken is not None and taken.epoch else ""
    mine = replace(view, frame=frame)
    kinds = lab_draw.kinds_of(pair.sides[place].state, mine)
    mine.picture = kinds.index(kind) if kind in kinds else 0
    return lab_draw.subtitle(pair.sides[place].state, mine, known, width)


def curves(pair: Pair, view: LabView, width: int, height: int, options: RenderOptions) -> Lines:
    """The curves of both over each other, up to the epoch that both have."""
    histories = [one.state.history for one in pair.sides]
    if not all(histories):
        return [words(("no epoch yet: space plays both, v changes the speed", options.grey))]
    from ..render.charts import ChartView, chart

    measures = [name for name in ("loss", "accuracy", "mae") if all(_split(one, name) for one in pair.sides)]
    measures = measures[: 2 if height >= TWO_CHARTS else 1]
    first = max(1, pair.epoch - max(2, int(pair.epoch * ZOOMS[view.zoomed]))) if view.zoomed else None
    drawn: Lines = []
    for place, name in enumerate(measures):
        rows = height // len(measures) + (height % len(measures) if not place else 0)
        looked = ChartView(SMOOTHINGS[view.smoothing], view.log and name == "loss", first, pair.epoch, _cursor(view))
        splits = {_split(one, name) for one in pair.sides}
        called = f"{'' if len(splits) > 1 else splits.pop()} {metric_name(name)}".strip()
        drawn += chart(_series(pair, name, options), called, width, rows, options, view=looked)
    return drawn


def _cursor(view: LabView) -> int | None:
    return view.cursor or view.slider.at


def _series(pair: Pair, name: str, options: RenderOptions) -> list[Any]:
    from ..render.charts import Series
    from ..render.curves import column

    found = list[Series]()
    for place, side in enumerate(pair.sides):
        history = side.state.history
        dotted = not place and not options.colour
        values = column(history, f"{name}_{_split(side, name)}")
        label = inert(_caption(pair, side), CAPTION, ascii=options.ascii)
        found.append(Series(label, column(history, "epoch"), values, COLOURS[place], dotted, MARKS[place]))
    return found


def _split(side: LabSession, name: str) -> str:
    """On which rows a side has a measure: on those held out, or else those it trains on; "" where it has none."""
    columns = side.state.history.columns
    return next((split for split in ("valid", "train") if f"{name}_{split}" in columns), "")


def verdict(pair: Pair, width: int, options: RenderOptions) -> Lines:
    """How far both have come at the same epoch, and which is ahead."""
    records = [pair.record(side) for side in pair.sides]
    if not all(records):
        return [[]]
    items: Lines = [words((f"epoch {count(pair.epoch)}", options.bold))]
    told = [name for name in MEASURES if all(_value(record, name) is not None for record in records)]
    items += [_measured(name, records, options) for name in told[:2]]
    if told and pair.setting.key != DATA:
        items.insert(2, _ahead(pair, told, records, options, short=width < BRIEF))
    return _as_many_as_fit(items, width)


def _as_many_as_fit(items: Lines, width: int) -> Lines:
    line: Line = []
    for item in items:
        more = [*words("   "), *item] if line else item
        if width_of(line) + width_of(more) <= width:
            line = [*line, *more]
    return [line]


def _value(record: Record, name: str) -> float | None:
    return record.get(f"{name}_valid", record.get(f"{name}_train"))


def _measured(name: str, records: list[Record], options: RenderOptions) -> Line:
    values = [_value(one, name) or 0.0 for one in records]
    shown = [percent(value) if name == "accuracy" else number(value) for value in values]
    pairs = zip(MARKS, COLOURS, shown, strict=True)
    told = [part for mark, colour, text in pairs for part in ((f"  {mark} ", options.ink(colour)), text)]
    return words(metric_name(name), *told)


def _ahead(pair: Pair, measures: list[str], records: list[Record], options: RenderOptions, *, short: bool) -> Line:
    """Which side is better by the first of these measures that tells them apart, and by how much."""
    for name in measures:
        left, right = (_value(one, name) or 0.0 for one in records)
        if left != right:
            place = int(right > left) if name == "accuracy" else int(right < left)
            who = inert(_caption(pair, pair.sides[place]), CAPTION, ascii=options.ascii)
            by = f" by {100 * abs(right - left):.1f} points" if name == "accuracy" else f": its {name} is lower"
            said = f"{MARKS[place]} is ahead" if short else f"{who} is ahead{by}"
            return words((said, options.ink(COLOURS[place], bold=True)))
    return words(("both the same", options.grey))


def film(view: LabView, width: int, options: RenderOptions) -> Lines:
    """The slider of the epochs that both have, once there are two frames."""
    if len(view.frames) < 2:
        return []
    return slider(view.slider.at, view.frames, width, options, playing=view.slider.playing, present=_newest(view))


def frame_at(view: LabView, x: int, width: int) -> int | None:
    """The epoch of the frame at a column of the slider, None for the present."""
    return slider_frame(x, view.slider.at, view.frames, width, _newest(view))


def _newest(view: LabView) -> str:
    return f"now, epoch {count(view.frames[-1])}" if view.frames else ""
