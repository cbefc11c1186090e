"""What the lab's panes show: the settings, the present run and how it is looked at in, lines out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ...engine.models.naming import describe_model
from ..live import draw
from ..live.draw import KINDS
from ..live.view import RunView
from ..render.blocks import Line, Lines, fit, flow, words
from ..render.palette import NOTE, ORANGE, RenderOptions
from ..render.slider import slider
from ..render.tables import wrapped
from ..render.text import duration, inert, number, percent
from ..trainer.state import RunState

if TYPE_CHECKING:
    from .choices import Lab
    from .session import LabSession
    from .settings import Setting

FIRST_KEYS = ("toggle_play", "move", "change", "type_value", "next_pane", "app.help", "app.quit")
PICTURES = tuple(kind for kind in KINDS if kind != "network")
LABEL = 12  # cells of a setting's name, and of the gap behind it
PANES = ("picture", "network", "curves", "log")
DRAWS = ("plotext", "..render.curves", "..render.maps", "..render.network")
SMALLEST = (60, 16)
BESIDE, WIDE, HIGH = 76, 110, 32  # columns for settings beside a pane, and beside two; rows for two more
WIDEST, HIGHEST = 150, 45  # for all panes
EMPTY = {"names": "all", "own": "none", "arguments": "none"}  # what no value means
NICE = {"x1^2": "x1²", "x2^2": "x2²", "x1*x2": "x1·x2", "sin(x1)": "sin x1", "sin(x2)": "sin x2"}
WELCOME = (
    ("space", "play and pause"),
    ("↑ ↓", "choose a setting"),
    ("← →", "change it: training begins anew"),
    ("enter", "type it: 10,6 layers, a file"),
    ("", ""),
    ("?", "all keys"),
)


def settings(lab: Lab, width: int, height: int, options: RenderOptions) -> Lines:
    """The settings under their headings, those around the cursor where not all fit."""
    lines: Lines = []
    at, group = 0, ""
    for place, one in enumerate(lab.settings):
        if one.group != group:
            group = one.group
            lines.append(words((group, options.bold)))
        if one == lab.current:
            at = len(lines)
        lines.append(_setting(lab, one, place == min(lab.at, len(lab.settings) - 1), width, options))
    if len(lines) <= height:
        return lines
    first = max(0, min(len(lines) - height, at - height // 2))
    window = lines[first : first + height]
    if first:
        window[0] = words((options.pick("↑ more above", "more above"), options.grey))
    if first + height < len(lines):
        window[-1] = words((options.pick("↓ more below", "more below"), options.grey))
    return window


def _setting(lab: Lab, one: Setting, current: bool, width: int, options: RenderOptions) -> Line:
    label = one.label if options.ascii else NICE.get(one.label, one.label)
    label = ("  " if one.kind == "layer" else " ") + label
    text = lab.text(one) or EMPTY.get(one.kind, "?")
    if one.kind == "own":
        text = text.replace("\\", "/").rpartition("/")[2]
    room = max(1, width - LABEL - 1)
    changed = lab.is_changed(one)
    mark = "*" if changed and not options.colour else ""
    style = options.ink(ORANGE, bold=True) if changed else options.grey if text == "off" else options.ink()
    if not current:
        return words(" ", (label.ljust(LABEL), options.grey), (mark + inert(text, room, ascii=options.ascii), style))
    left, right = options.pick("◂", "<"), options.pick("▸", ">")
    value = mark + inert(text, room - 4 if len(text) > room - 4 else None, ascii=options.ascii)
    return words(
        (options.pick("▌", ">"), options.ink(ORANGE)),
        (label.ljust(LABEL), options.bold),
        f"{left} ",
        (value, style),
        f" {right}",
    )


def title(session: LabSession | None, width: int, options: RenderOptions) -> Lines:
    """The run's state, name, network, epoch, figures and speed."""
    if session is None or session.run is None:
        return [words(("space: play", options.bold))]
    state, run = session.state, session.run
    mark = state.glyph(ascii=options.ascii)
    if state.started is None:
        doing = "getting ready, then plays" if run.going else "getting ready; space: play"
        return [fit(words((f"{mark} ", options.bold), f"{run.name}: {doing}"), width)]
    word = state.state
    if state.state == "paused" and not state.history:
        word = "ready; space: play"
    parts = [f"{mark} {word}", f"{run.name}: {inert(state.started.data, 30, ascii=options.ascii)}"]
    parts.append(describe_model(state.started.section("model")))
    parts += _figures(state)
    if run.kept:
        parts.append("kept")
    if run.monitor.detached:
        parts.append("trains on when left")
    return flow([words((parts[0], options.bold)), *map(words, parts[1:])], width, gap=2)[:1]


def _figures(state: RunState) -> list[str]:
    if not state.history:
        return []
    last = state.history[-1]
    parts = [f"epoch {int(last['epoch'])}", f"loss {number(last.get('loss_valid', last['loss_train']))}"]
    if "accuracy_valid" in last:
        parts.append(f"accuracy {percent(last['accuracy_valid'])}")
    if "mae_valid" in last:
        parts.append(f"mae {number(last['mae_valid'])}")
    if state.pace and state.state == "running":
        parts.append(f"{1 / state.pace:.3g} epochs/s" if state.pace < 1 else f"{duration(state.pace)} an epoch")
    return parts


def too_small(session: LabSession | None, width: int, options: RenderOptions) -> Lines:
    """The essentials, and the size that shows more."""
    said = " ".join(_figures(session.state)[:2]) if session is not None else ""
    return [fit(words(("60x16 shows the lab  ", options.bold), said), width)]


def message(text: str, width: int, options: RenderOptions) -> Lines:
    """The last thing worth saying, in up to three lines."""
    safe = inert(text, 3 * width - 24, ascii=options.ascii)  # a line that is wrapped may end some cells early
    return [words((part, options.ink(NOTE))) for part in wrapped(safe, max(width, 20))[:3]] or [[]]


def film(view: RunView, width: int, options: RenderOptions) -> Lines:
    """The slider, once there are two frames."""
    if len(view.frames) < 2:
        return []
    return slider(view.slider.at, view.frames, width, options, playing=view.slider.playing)


def shown_panes(width: int, height: int, first: int) -> list[str]:
    """The panes that a screen of this size shows: beside the settings as many as fit, the `first` of them and the next
    ones; where nothing fits beside, settings and panes one at a time; none on one that is too small."""
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return []
    if width < BESIDE:
        return [("settings", *PANES)[first % (len(PANES) + 1)]]
    room = 1 if width < WIDE else 2 if height < HIGH else 3 if width < WIDEST or height < HIGHEST else 4
    return ["settings", *(PANES[(first + place) % len(PANES)] for place in range(room))]


def pane_title(name: str, width: int, height: int) -> str:
    """A pane's title: the names of all, its own marked, where tab changes between them."""
    names = ("settings", *PANES) if width < BESIDE else PANES
    if name not in names or len(shown_panes(width, height, 0)) > 2:
        return name
    return "  ".join(f"[b reverse] {each} [/]" if each == name else each for each in names)


def wanted(state: RunState, view: RunView, seen: Sequence[str]) -> list[str]:
    """The kinds of pictures that panes in sight are about to show."""
    kind = shown_kind(state, view)
    kinds = ([kind] if kind else list(PICTURES)) if "picture" in seen else []
    return [*kinds, "network"] if "network" in seen else kinds


def shown_kind(state: RunState, view: RunView) -> str:
    """The kind of picture in view besides the network, "" while there is none."""
    kinds = [kind for kind in PICTURES if kind in (state.pictures or view.frame)]
    return kinds[view.picture % len(kinds)] if kinds else ""


def picture(state: RunState, view: RunView, width: int, height: int, options: RenderOptions) -> Lines:
    """What the network answers; before there is a picture, which keys to press."""
    kind, pictures = shown_kind(state, view), view.frame or state.pictures
    if not kind:
        return welcome(width, height, options)
    if kind not in pictures:
        return [words((f"no {kind} was drawn at that epoch", options.grey))]
    return draw.drawn(kind, pictures[kind].data, width, height, options)


def network(state: RunState, view: RunView, width: int, height: int, options: RenderOptions) -> Lines:
    """The network's units, as far as they can be drawn."""
    taken = (view.frame or state.pictures).get("network")
    if taken is None:
        said = "this network's units cannot be drawn" if state.pictures else "no picture yet"
        return [words((part, options.grey)) for part in wrapped(said, width)]
    return draw.drawn("network", taken.data, width, height, options, view.unit)


def curves(state: RunState, view: RunView, width: int, height: int, options: RenderOptions) -> Lines:
    """Loss and metric, with the epoch that the film is at."""
    return draw.curves(state, replace(view, cursor=view.slider.at), width, height, options)


def welcome(width: int, height: int, options: RenderOptions) -> Lines:
    """The keys that a beginner needs, in the middle."""
    lines: Lines = [fit(words(("the lab: play with a network", options.bold)), width, "centre"), []]
    wide = min(width, 42)
    for key, what in WELCOME:
        line = words((inert(key, ascii=options.ascii).rjust(7) + "  ", options.bold), what)
        lines.append(fit(fit(line, wide), width, "centre"))
    above: Lines = [[] for _ in range(max(0, (height - len(lines)) // 2))]
    return [*above, *lines][:height]
