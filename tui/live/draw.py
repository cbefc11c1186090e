"""What the live screen's panes show: a run's state and the user's view of it in, lines out.

What draws needs numpy, which is imported only when there is something to draw: the screen itself shows before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from rich.cells import cell_len

from ...engine.models.naming import describe_model
from ...engine.runs.progress import main_metric
from ..render.blocks import Lines, fit, words
from ..render.palette import RenderOptions
from ..render.progress import bar, machine_words, progress_words, share_of
from ..render.tables import wrapped
from ..render.text import duration, inert, number, reached, short
from ..trainer.state import RunState
from .kinds import KIND_NAMES, KIND_TABS, KINDS, drawn, with_room
from .view import SMOOTHINGS, ZOOMS, RunView

if TYPE_CHECKING:
    from ..render.charts import ChartView

DRAWS = ("plotext", "..render.curves", "..render.summaries")
AROUND = "the loss around the weights is computed as soon as there is a run"
TWO_CHARTS = 16  # lines from which on there is room for two charts
BAR = 16  # cells of the bar that shows how far a long epoch is

Draw = Callable[[RunState, RunView, int, int, RenderOptions], Lines]


def title(state: RunState, view: RunView, width: int, _height: int, options: RenderOptions) -> Lines:
    """Data, model, epoch, speed, time left, state."""
    mark = state.glyph(ascii=options.ascii)
    if width < 56:
        return [words((f"{mark} ", options.bold), f"{essentials(state)}; 60x16 shows more")]
    if state.started is None:
        return [
            words(
                (f"{mark} ", options.bold),
                (inert(view.title, width - 30, ascii=options.ascii), options.bold),
                "  getting ready …",
            )
        ]
    within = state.within
    about = (
        inert(f"{state.started.run}: {state.started.data}", 40, ascii=options.ascii),
        describe_model(state.started.section("model")),
    )
    line, used = words((f"{mark} {state.state}", options.bold)), len(state.state) + 2
    if within and within.doing == "training":
        line, used = [*line, *words("  "), *bar(share_of(within), BAR, options)], used + 2 + BAR
    parts = _ended(state, about) if state.over else [*_going(state, about), *_machine(state)]
    return [[*line, *words("".join(f"  {part}" for part in _fitting(parts, width - used)))]]


def _fitting(parts: Sequence[str], width: int) -> list[str]:
    """Those of the parts that have room, two spaces before each."""
    kept, used = list[str](), 0
    for part in parts:
        if part and used + 2 + cell_len(part) <= width:
            kept.append(part)
            used += 2 + cell_len(part)
    return kept


def _machine(state: RunState) -> list[str]:
    """What the trainer takes of the machine, while it trains."""
    return machine_words(state.machine) if state.machine and state.state == "running" else []


def _going(state: RunState, about: Sequence[str]) -> list[str]:
    """What the title tells of a training, the most telling first."""
    within = state.within
    return [
        f"epoch {within.epoch if within else state.epoch:,}/{state.epochs:,}",
        f"{duration(state.remaining)} left" if state.remaining else "",
        *(progress_words(within) if within else ()),
        *about,
        f"lr {short(state.lr)}" if state.lr is not None else "",
        _pace(state.pace) if state.pace else "",
    ]


def _ended(state: RunState, about: Sequence[str]) -> list[str]:
    """What it tells of one that is over: how far it came and what that was good for."""
    best = f"best epoch by {state.best_by}: {state.best_epoch:,}" if state.best_epoch else ""
    time = f"in {duration(state.finished.seconds)}" if state.finished else ""
    metric = main_metric(state.metrics)
    split = f" ({metric[0].rpartition('_')[2]})" if metric else ""
    return [f"epoch {state.epoch:,}/{state.epochs:,}", best, reached(metric) + split, *about, time]


def _pace(seconds: float) -> str:
    if seconds >= 1:
        return f"{duration(seconds)}/epoch"
    return f"{1 / seconds:,.0f} epochs/s" if seconds < 0.1 else f"{1 / seconds:.1f} epochs/s"


def curves(state: RunState, view: RunView, width: int, height: int, options: RenderOptions) -> Lines:
    """The loss and the task's metric, one below the other where there is room."""
    if not state.history:
        return _before_the_first_epoch(state, width, height, options)
    from ..render.curves import curve

    best = state.best_epoch or None
    drawn = [
        curve(state.history, metric, width, rows, options, view=seen, best=best, by_hand=state.rates)
        for metric, rows, seen in _charts(state, view, height)
    ]
    return [line for lines in drawn for line in lines]


def curves_of(state: RunState) -> tuple[object, ...]:
    """What of a run its curves depend on."""
    return state.epoch, len(state.rates), *state.first_losses[-1:]


def _before_the_first_epoch(state: RunState, width: int, height: int, options: RenderOptions) -> Lines:
    """How the loss falls within it, as soon as that can be told."""
    if len(state.first_losses) < 2:
        said = "no epoch is over yet; of a long one the loss so far is drawn here" if state.started else ""
        return [words((part, options.grey)) for part in wrapped(said, width)]
    from ..render.curves import running_loss

    return running_loss(state.first_losses, width, height, options)


def _charts(state: RunState, view: RunView, height: int) -> list[tuple[str, int, ChartView]]:
    """The charts below each other in a pane of this height: metric, lines, and how the user looks at it."""
    from ..render.charts import ChartView
    from ..render.curves import metrics_of

    metrics = metrics_of(state.history)[: 2 if height >= TWO_CHARTS else 1]
    first = None
    if view.zoomed:
        first = max(1, state.epoch - max(2, int(state.epoch * ZOOMS[view.zoomed])))
    each, more = divmod(height, len(metrics))
    smoothing = SMOOTHINGS[view.smoothing]
    loss = ChartView(smoothing, view.log, first, None, view.cursor, log_key="g")
    other = ChartView(smoothing, first=first, cursor=view.cursor)
    return [(metric, each + (not place) * more, other if place else loss) for place, metric in enumerate(metrics)]


def epoch_under(
    state: RunState, view: RunView, at: tuple[int, int], size: tuple[int, int], options: RenderOptions
) -> int | None:
    """The epoch of the curves at a cell of a pane of this size; None beside them."""
    if not state.history:
        return None
    from ..render.curves import epoch_under

    (x, y), (width, height), best = at, size, state.best_epoch or None
    for metric, rows, seen in _charts(state, view, height):
        if y < rows:
            rates = state.rates
            return epoch_under(x, state.history, metric, width, rows, options, view=seen, best=best, by_hand=rates)
        y -= rows
    return None


def epochs(state: RunState, view: RunView, width: int, height: int, options: RenderOptions) -> Lines:
    """The epoch table, the newest at its end; scrolled back by the view."""
    if not state.history:
        return []
    from ..render.summaries import epoch_table

    end = len(state.history) - view.back
    rows = max(2, height - 2)
    return epoch_table(state.history[max(0, end - rows) : end], width, options, best=state.best_epoch, most=rows)[
        :height
    ]


def picture(state: RunState, view: RunView, width: int, height: int, options: RenderOptions) -> Lines:
    """What the network answers, as the picture that fits the task; `m` goes through them. Below it the slider."""
    bar = film(state, view, width, options)
    pictures, kind = view.frame or state.pictures, shown_kind(state, view)
    if kind in pictures:
        lines = drawn(kind, pictures[kind].data, width, height - len(bar), options, view.unit)
    else:
        lines = [words((part, options.grey)) for part in wrapped(_missing(state, view, kind), width)]
    return [*lines, *([] for _ in range(height - len(bar) - len(lines))), *bar]


def _missing(state: RunState, view: RunView, kind: str) -> str:
    """What to say where there is no picture of the kind in view."""
    if kind == "landscape":
        return state.computing or AROUND
    if view.slider.at is not None:
        return f"no {KIND_NAMES.get(kind, 'picture')} of epoch {view.slider.at:,}"
    if kind == "network" and state.history:
        return f"no units yet; {no_units(state)} m shows another picture."
    return f"no {KIND_NAMES.get(kind, 'picture')} yet"


def no_units(state: RunState) -> str:
    """Why the units of a run's network are not drawn, where they are not."""
    if _is_linear(state):
        return "A linear network has no hidden units."
    if "images" in state.pictures:
        return "They are drawn where the first layer is linear or a convolution."
    if "map" not in state.pictures:
        return "They are drawn over two features, and this data set has no map of two."
    return "They are drawn where a network is made of linear layers and activations."


def _is_linear(state: RunState) -> bool:
    return state.family == "linear"


def film(state: RunState, view: RunView, width: int, options: RenderOptions) -> Lines:
    """The slider, once there are two frames."""
    if len(view.frames) < 2:
        return []
    from ..render.slider import slider

    now = present(state, view)
    return slider(view.slider.at, view.frames, width, options, playing=view.slider.playing, present=now)


def frame_at(state: RunState, view: RunView, x: int, width: int) -> int | None:
    """The epoch of the frame at a column of the slider, None for the present."""
    from ..render.slider import frame_at

    return frame_at(x, view.slider.at, view.frames, width, present(state, view))


def present(state: RunState, view: RunView) -> str:
    """What the present of the film is called: by the picture that is there, which may be older than the epoch."""
    from ..render.slider import present_words

    taken = state.pictures.get(shown_kind(state, view))
    epoch = taken.epoch if taken is not None else view.frames[-1] if view.frames else 0
    return present_words(epoch, state.epoch, state.best_epoch, over=state.over)


def tab(name: str, action: str, *, chosen: bool) -> str:
    """A word in a pane's title that does something when it is clicked; the chosen one of several is reversed."""
    return f"[b reverse] {name} [/]" if chosen else f" [@click=screen.{action}]{name}[/] "


def pane_title(
    state: RunState, view: RunView, name: str, current: str, names: Sequence[str], options: RenderOptions, width: int
) -> str:
    """A pane's title of at most so many cells: its name, or the kinds of pictures; before that the `names` of all panes
    where it is alone. Those in view are marked, and each can be clicked."""
    kinds, shown = kinds_of(state) if name == "picture" else [], shown_kind(state, view)
    kinds, before, behind = with_room(kinds, shown, width - sum(len(each) + 2 for each in names) - 3)
    tabs = (tab(KIND_TABS[kind], f"show_kind('{kind}')", chosen=kind == shown) for kind in kinds)
    own = options.pick(before, "~" if before else "") + "".join(tabs) + options.pick(behind, "~" if behind else "")
    if not names:
        mark = "" if options.colour or name != current else options.pick("▸ ", "> ")
        return mark + (own or name)
    tabs = "".join(tab(each, f"show_pane('{each}')", chosen=each == current) for each in names)
    return options.pick("│", "|").join(filter(None, (tabs, own)))


def caption(state: RunState, view: RunView, width: int, options: RenderOptions) -> str:
    """Of which epoch and which rows the picture in view is."""
    taken = (view.frame or state.pictures).get(shown_kind(state, view))
    if taken is None:
        return ""
    from ..render.captions import Best, caption

    return inert(caption(taken, Best.of(state), width), width, ascii=options.ascii)


def scroll_units(state: RunState, view: RunView, by: int, size: tuple[int, int]) -> None:
    """Show later units of the network (`by` 1), in a pane of this width and height, or earlier ones; beyond the last
    that has others behind it come the first again."""
    kind = "filters" if shown_kind(state, view) == "filters" else "network"
    taken = (view.frame or state.pictures).get(kind)
    if taken is None:
        return
    if kind == "filters":
        from ..render.filters import last_first
    else:
        from ..render.network import last_first

    last = last_first(taken.data, *size)
    view.unit = (min(view.unit, last) + by) % (last + 1)


def kinds_of(state: RunState) -> list[str]:
    """The kinds of pictures that the run can show, the most telling one first. A network's units, and how its layers
    fare, are drawn only for who looks at them, and the loss around the weights computed, so that no picture tells of
    these."""
    seen = {*state.pictures}
    if seen & {"map", "images"} and not state.over and not (_is_linear(state) and "images" not in seen):
        seen.add("network")
    if seen:
        seen.add("landscape")
    if seen and not state.over:
        seen |= {"health"} if _is_linear(state) else {"health", "hidden"}
        seen |= {"filters"} if state.family == "cnn" else set()
    return [kind for kind in KINDS if kind in seen]


def shown_kind(state: RunState, view: RunView) -> str:
    """The kind of picture in view, "" while there is none."""
    kinds = kinds_of(state)
    return kinds[view.picture % len(kinds)] if kinds else ""


def shown_axes(state: RunState, view: RunView) -> list[str] | None:
    """The two features of the map in view, None for the trainer's choice."""
    columns = columns_of(state)
    pairs = list(combinations(columns, 2))
    return list(pairs[(view.axes - 1) % len(pairs)]) if view.axes and pairs else None


def columns_of(state: RunState) -> list[str]:
    """The features that a map's axes can be, where there is a choice."""
    taken = state.pictures.get("map")
    columns = taken.data.get("columns", []) if taken else []
    return columns if len(columns) > 2 else []


def log(state: RunState, _view: RunView, width: int, height: int, options: RenderOptions) -> Lines:
    """The newest lines of the log."""
    return [words(inert(line, width, ascii=options.ascii)) for line in state.log[-height:]]


def reading(state: RunState, view: RunView, width: int, height: int, options: RenderOptions) -> Lines:
    """The newest line of the log; while it is open what is trained how, and below that as many lines as there is room
    for."""
    if not view.log_open:
        told = _fitting(_untold(state, view, width, options), width // 2)
        hint = "  ".join([*told, "o: log"])
        lines = log(state, view, width - len(hint) - 2, 1, options)
        return [[*fit(line, width - len(hint)), *words((hint, options.grey))] for line in lines]
    lines = _log_lines(state, width, options)
    end = len(lines) - view.log_back
    return lines[max(0, end - height) : max(end, height)]


def _untold(state: RunState, view: RunView, width: int, options: RenderOptions) -> list[str]:
    """What of the machine the title had no room for."""
    said = "".join(segment.text for line in title(state, view, width, 1, options) for segment in line)
    return [part for part in _machine(state) if part not in said]


def _log_lines(state: RunState, width: int, options: RenderOptions) -> Lines:
    from ..render.report import header

    about = [*header(state.started, state.finished, width, options), []] if state.started else []
    said = [part for line in state.log for part in wrapped(inert(line, ascii=options.ascii), width)]
    return [*about, *map(words, said)]


def log_last(state: RunState, width: int, height: int, options: RenderOptions) -> int:
    """How many lines the open log can be scrolled back."""
    return max(0, len(_log_lines(state, width, options)) - height)


def rate_asked(state: RunState) -> str:
    """What is asked for when a learning rate is to be typed."""
    schedule = state.started.section("training").get("scheduler", "none") if state.started else "none"
    if state.lr is None or state.lr == state.base_lr:
        return "learning rate:"
    by = f"the {schedule} schedule" if schedule != "none" else "the warm-up"
    return f"learning rate, of which {by} makes {state.lr:.3g} now:"


def essentials(state: RunState) -> str:
    """One line for a terminal that is too small for anything else."""
    if not state.history:
        return "getting ready"
    last = state.history[-1]
    return f"epoch {state.epoch:,}/{state.epochs:,} loss {number(last['loss_train'])}"
