"""What the lab's panes show: the settings, the present run and how it is looked at in, lines out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from ...engine.data.catalog import CATALOG
from ...engine.errors import number_of
from ...engine.models.naming import describe_model
from ..live import draw
from ..live.kinds import KIND_NAMES, KIND_TABS, KINDS, with_room
from ..live.view import RunView
from ..render.axes import map_frame
from ..render.blocks import Line, Lines, blank, fit, flow, width_of, words
from ..render.captions import Best, caption
from ..render.palette import NOTE, ORANGE, RenderOptions
from ..render.progress import machine_words
from ..render.tables import wrapped
from ..render.text import count, duration, inert, number, percent
from ..trainer.state import RunState
from .speeds import SPEEDS, STEPS
from .unit import ChosenUnit, connections, marked, units_of
from .view import POINTS, LabView

if TYPE_CHECKING:
    from ...engine.config import DataConfig
    from .choices import Lab
    from .session import LabSession
    from .settings import Setting

FIRST_KEYS = (
    *("toggle_play", "move", "change", "do('faster')", "next_pane"),
    *("app.help", "app.quit"),
)
PICTURES = tuple(kind for kind in KINDS if kind != "network")
LABEL = 12  # cells of a setting's name, and of the gap behind it
PANES = ("picture", "network", "curves")
DRAWS = ("plotext", "..render.curves", "..render.maps", "..render.network", "..render.points")
NICE = {"x1^2": "x1²", "x2^2": "x2²", "x1*x2": "x1·x2", "sin(x1)": "sin x1", "sin(x2)": "sin x2"}
WELCOME = (
    ("space", "play and pause"),
    ("↑ ↓", "choose a setting"),
    ("← →", "change it: training restarts"),
    ("enter", "type it: 10,6 layers, a file"),
    ("?", "all keys"),
)

SLOW = 1.0  # seconds of an epoch from which on its steps are told
ABOVE, BELOW = -1, -2
Row = str | int
"""A line of the list of settings: a heading, the number of a setting, or that there are more."""


def setting_rows(lab: Lab, height: int) -> list[Row]:
    """The lines of the list: the settings under their headings, those around the cursor where not all fit."""
    rows: list[Row] = []
    group = ""
    for place, one in enumerate(lab.settings):
        if one.group != group:
            group = one.group
            rows.append(group)
        rows.append(place)
    if len(rows) <= height:
        return rows
    at = rows.index(min(lab.at, len(lab.settings) - 1))
    first = max(0, min(len(rows) - height, at - height // 2))
    window = rows[first : first + height]
    if first:
        window[0] = ABOVE
    if first + height < len(rows):
        window[-1] = BELOW
    return window


def settings(lab: Lab, width: int, height: int, options: RenderOptions) -> Lines:
    """The list of settings."""
    more = {ABOVE: options.pick("↑ more above", "more above"), BELOW: options.pick("↓ more below", "more below")}
    lines: Lines = []
    for row in setting_rows(lab, height):
        if isinstance(row, str):
            lines.append(words((row, options.bold)))
        elif row in more:
            lines.append(words((more[row], options.grey)))
        else:
            current = row == min(lab.at, len(lab.settings) - 1)
            lines.append(_setting(lab, lab.settings[row], current, width, options))
    return lines


def arrow_at(lab: Lab, column: int, width: int) -> int:
    """By how much the current setting changes where its line is clicked at this column: by a step down or up at its
    arrows, not at all elsewhere."""
    value = column - LABEL - 1
    text, room = _value(lab, lab.current, width, ascii=False), max(1, width - LABEL - 1)
    if 0 <= value <= 1:
        return -1
    return 1 if cell_len(text) + 2 <= value < room else 0


def _setting(lab: Lab, one: Setting, current: bool, width: int, options: RenderOptions) -> Line:
    label = one.label if options.ascii else NICE.get(one.label, one.label)
    label = ("  " if one.kind == "layer" else " ") + label
    changed = lab.is_changed(one)
    text = _value(lab, one, width if current else width + 4, ascii=options.ascii)
    mark = "*" if changed and not options.colour else ""
    style = options.ink(ORANGE, bold=True) if changed else options.grey if text == "off" else options.ink()
    if not current:
        return words(" ", (label.ljust(LABEL), options.grey), (mark + text, style))
    left, right = options.pick("◂", "<"), options.pick("▸", ">")
    return words(
        (options.pick("▌", ">"), options.ink(ORANGE)),
        (label.ljust(LABEL), options.bold),
        f"{left} ",
        (mark + text, style),
        f" {right}",
    )


def _value(lab: Lab, one: Setting, width: int, *, ascii: bool) -> str:
    """A setting's value between its arrows in a list of this width."""
    from .settings import EMPTY

    text = lab.text(one) or EMPTY.get(one.kind, "?")
    if one.kind == "own":
        text = text.replace("\\", "/").rpartition("/")[2]
    return inert(text, max(1, width - LABEL - 6), ascii=ascii)


def title(session: LabSession | None, width: int, options: RenderOptions) -> Lines:
    """The run's state, name, network, epoch, figures and speed."""
    if session is None or session.run is None:
        return [words(("space: play", options.bold))]
    state, run = session.state, session.run
    if session.shown is None:
        about = f"{inert(_base_name(session.lab.data), 30, ascii=options.ascii)}: about to begin"
        return [fit(words((options.pick("… ", ". "), options.bold), about), width)]
    mark = state.glyph(ascii=options.ascii)
    if state.started is None:
        doing = "getting ready, then plays" if run.going else "getting ready; space: play"
        return [fit(words((f"{mark} ", options.bold), f"{run.name}: {doing}"), width)]
    word = state.state
    if state.state == "paused" and not state.history and state.within is None:
        word = "ready; space: play"
    parts = [f"{mark} {word}", f"{run.name}: {inert(state.started.data, 30, ascii=options.ascii)}"]
    within, figures = steps(state, session.pace), _figures(state)
    parts += [*within, *figures[2:]] if within else figures
    if not state.over:
        parts.append(speed(state, session.pace))
    if run.kept:
        parts.append("kept")
    if run.monitor.detached:
        parts.append("keeps training when you leave")
    machine = _machine(state)
    model = describe_model(state.started.section("model"))  # which the settings tell as well
    lines = [
        flow([words((each[0], options.bold)), *map(words, each[1:])], width, gap=2)
        for each in ([*parts, model, *machine], [*parts, *machine], parts)
    ]
    return next((one for one in lines if len(one) == 1), lines[-1])[:1]


def speed(state: RunState, pace: str) -> str:
    """How fast it trains: as it was asked to, or as it can where that is slower, or where it is to go at full speed."""
    seconds = state.pace if state.state == "running" else None
    asked = SPEEDS[pace]
    if seconds and (pace == "full" or seconds * asked.epochs > 1):
        return f"{1 / seconds:,.0f} epochs/s" if seconds < 0.5 else f"{duration(seconds)}/epoch"
    return asked.name


def steps(state: RunState, pace: str) -> list[str]:
    """How far the present epoch is, where that can be followed: step by step, or since epochs take long."""
    within = state.within
    if within is None or within.doing != "training" or not (pace == STEPS or state.pace is None or state.pace >= SLOW):
        return []
    name, loss = ("batch loss", within.batch_loss) if pace == STEPS else ("loss", within.loss)
    parts = [f"epoch {count(within.epoch)}", f"step {count(within.batch)} of {count(within.batches)}"]
    return [*parts, f"{name} {number(loss)}"]


def _figures(state: RunState) -> list[str]:
    if not state.history:
        return []
    last = state.history[-1]
    parts = [f"epoch {int(last['epoch']):,}", f"loss {number(last.get('loss_valid', last['loss_train']))}"]
    if "accuracy_valid" in last:
        parts.append(f"accuracy {percent(last['accuracy_valid'])}")
    if "mae_valid" in last:
        parts.append(f"mae {number(last['mae_valid'])}")
    return parts


def too_small(session: LabSession | None, width: int, options: RenderOptions) -> Lines:
    """The essentials, and the size that shows more."""
    said = " ".join(_figures(session.state)[:2]) if session is not None else ""
    return [fit(words(("60x16 shows the lab  ", options.bold), said), width)]


def beside_message(lines: Lines, session: LabSession | None, width: int, options: RenderOptions) -> Lines:
    """What is worth saying and, right of its last line where there is room, what of the machine the title lacks."""
    told = _machine(session.state) if session is not None else []
    said = "".join(segment.text for line in title(session, width, options) for segment in line)
    left_out = "  ".join(part for part in told if part not in said)
    room = width - width_of(lines[-1])
    if not left_out or room < len(left_out) + 3:
        return lines
    return [*lines[:-1], [*fit(lines[-1], width - len(left_out)), *words((left_out, options.grey))]]


def _machine(state: RunState) -> list[str]:
    """What the trainer takes of the machine, while it trains."""
    return machine_words(state.machine) if state.machine and state.state == "running" else []


def message(text: str, width: int, options: RenderOptions) -> Lines:
    """The last thing worth saying, in up to three lines."""
    safe = inert(text, 3 * width - 24, ascii=options.ascii)  # a line that is wrapped may end some cells early
    return [words((part, options.ink(NOTE))) for part in wrapped(safe, max(width, 20))[:3]] or [[]]


def log(state: RunState, width: int, height: int, options: RenderOptions) -> Lines:
    """The newest lines of the log, one above the other; a single one stands back."""
    from .words import on_screen

    lines = [on_screen(line) for line in state.log[-height:]]
    if height > 1:
        return [words(inert(line, width, ascii=options.ascii)) for line in lines]
    more = f"   o opens the log, {number_of(len(state.log), 'line')}" if len(state.log) > 1 else ""
    return [words((inert(line, width - len(more), ascii=options.ascii) + more, options.grey)) for line in lines]


def kinds_of(state: RunState, view: RunView) -> list[str]:
    """The kinds of pictures of the run that is shown, besides its network."""
    seen = state.pictures or view.frame
    return [kind for kind in PICTURES if kind in seen or (seen and kind == "landscape")]


def pane_titles(
    current: str, alone: Sequence[str], state: RunState, view: RunView, width: int, *, ascii: bool
) -> dict[str, str]:
    """Each pane's title: the names of all where only one is seen, and the kinds of pictures where there are several, in
    at most so many cells. Those that others stand for can be clicked."""
    titles: dict[str, str] = {}
    kinds, shown = kinds_of(state, view), shown_kind(state, view)
    room = width - (sum(len(one) + 2 for one in alone) + 3 if "picture" in alone else 2)
    fitting, before, behind = with_room(kinds, shown, room)
    signs = ["~" if ascii and sign else sign for sign in (before, behind)]
    tabs = " ".join(_tab(KIND_TABS[one], f"kind('{one}')", one == shown) for one in fitting).join(signs)
    for name in ("settings", *PANES):
        own = tabs if name == "picture" and len(kinds) > 1 else name
        if name in alone:
            others = "  ".join(_tab(one, f"pane('{one}')", one == name) for one in alone)
            titles[name] = f"{others}   {own}" if own != name else others
        else:
            titles[name] = f"{'> ' if ascii else '▸ '}{own}" if name == current else own
    return titles


def _tab(name: str, action: str, chosen: bool) -> str:
    return f"[b reverse] {name} [/]" if chosen else f"[@click=screen.show_{action}]{name}[/]"


def wanted(state: RunState, view: RunView, seen: Sequence[str]) -> list[str]:
    """The kinds of pictures that panes in sight are about to show."""
    kind = shown_kind(state, view)
    kinds = ([kind] if kind else list(PICTURES)) if "picture" in seen else []
    return [*kinds, "network"] if "network" in seen else kinds


def shown_kind(state: RunState, view: RunView) -> str:
    """The kind of picture in view besides the network, "" while there is none."""
    kinds = kinds_of(state, view)
    return kinds[view.picture % len(kinds)] if kinds else ""


def picture(state: RunState, view: LabView, width: int, height: int, options: RenderOptions) -> Lines:
    """What the network of the run answers; one of its units instead, while the mouse is over that."""
    kind, pictures = shown_kind(state, view), view.frame or state.pictures
    if view.hovered is not None and (taken := pictures.get("network")) is not None:
        return _unit(taken.data, view.hovered, width, height, options)
    if kind == "landscape" and kind not in pictures:
        return [words((part, options.grey)) for part in wrapped(state.computing or draw.AROUND, width)]
    if kind not in pictures:
        return [words((f"no {KIND_NAMES.get(kind, 'picture')} was drawn after that epoch", options.grey))]
    data = pictures[kind].data
    return draw.drawn(kind, view.pointed(data) if kind == "map" else data, width, height, options, view.unit)


def subtitle(state: RunState, view: LabView, known: Mapping[str, Any] | None, width: int) -> str:
    """Which epoch and rows a picture is of."""
    kind, pictures = shown_kind(state, view), view.frame or state.pictures
    taken = pictures.get(kind)
    if taken is None:
        return (
            f"{len(known['points'])} of its rows; not trained yet" if known is not None and not state.pictures else ""
        )
    room = max(width - 6, 1)
    said = caption(taken, Best.of(state), room)
    if kind == "map" and view.points:  # other rows than those of the picture itself
        rows = POINTS[view.points].replace("held out", taken.split or "held out")
        epoch = caption(replace(taken, of=0))
        whole = f"{epoch}, {'no points' if rows == 'none' else rows + ' rows'}"
        said = whole if len(whole) <= room else epoch
    return inert(said, room)


def before(
    data: DataConfig | None, known: Mapping[str, Any] | None, width: int, height: int, options: RenderOptions
) -> Lines:
    """What there is to see of the data before there is a picture of the network: its points, or what is known of it,
    and which keys to press."""
    if known is not None:
        from ..render.points import points

        return points(known, *map_frame(width, height), options)
    name = data.name if data is not None else ""  # it is not known before the settings are
    lines: Lines = [words((inert(_base_name(name), width, ascii=options.ascii), options.bold))]
    if (info := CATALOG.get(name)) is not None:
        lines.append(words(f"{info.rows:,} images, {info.classes} classes"))
        lines.append(words((info.source, options.grey)))
    lines.append([])
    for key, what in WELCOME:
        lines.append(words((inert(key, ascii=options.ascii).rjust(7) + "  ", options.bold), what))
    above: Lines = [[] for _ in range(max(0, (height - len(lines)) // 3))]
    margin = max(0, (width - max(map(width_of, lines))) // 2)
    return [*above, *([*blank(margin), *line] for line in lines)][:height]


def _base_name(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2] or name


def _unit(data: Mapping[str, Any], chosen: ChosenUnit, width: int, height: int, options: RenderOptions) -> Lines:
    """One unit, large, with its weights."""
    from ..render.unit import unit

    weights = [(one.name, one.value, one.scale) for one in connections(data, chosen)]
    return unit(data, chosen.layer, chosen.unit, weights, chosen.at, width, height, options)


def network(
    state: RunState,
    view: LabView,
    width: int,
    height: int,
    options: RenderOptions,
    off: Collection[tuple[int, int]] = (),
) -> Lines:
    """The network's units, as far as they can be drawn; those that are `off` are marked."""
    taken = (view.frame or state.pictures).get("network")
    if taken is None:
        said = f"Units cannot be drawn. {draw.no_units(state)}" if state.history and state.pictures else ""
        return [words((part, options.grey)) for part in wrapped(said, width)] if said else []
    if (chosen := view.chosen) is not None and (chosen.layer, chosen.unit) in units_of(taken.data):
        return _unit(marked(taken.data, off, ", off"), chosen, width, height, options)
    return draw.drawn("network", marked(taken.data, off, options.pick("×", "x")), width, height, options, view.unit)


def curves(state: RunState, view: LabView, width: int, height: int, options: RenderOptions) -> Lines:
    """Loss and metric, with the cursor, or the epoch that the film is at."""
    if not (state.history or state.first_losses):
        return [words(("no epoch yet: space plays, v changes the speed", options.grey))]
    return draw.curves(state, replace(view, cursor=view.cursor or view.slider.at), width, height, options)
