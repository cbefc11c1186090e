"""What the screens are put together from: bindings of a table of actions, framed panes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from importlib import import_module
from typing import Any

from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from ..actions import PAGES, Action, Actions
from ..render.blocks import Lines
from ..render.palette import RenderOptions
from .pane import Pane

ALWAYS = ("ctrl+c", "tab")  # keys that stay the screen's own while an input takes the others
PAINTED = 0.02  # seconds after the first refresh in which the terminal gets it


def bindings(actions: Actions) -> list[BindingType]:
    """A binding for every key of a table."""
    return [
        Binding(key, action.name, action.label or action.help, show=False, priority=key in ALWAYS)
        for action in actions
        for key in action.keys.split(",")
    ]


def enabled(screen: Screen[Any], action: Action) -> bool:
    """Whether an action makes sense on this screen now."""
    return not action.when or bool(getattr(screen, action.when))


def is_enabled(screen: Screen[Any], actions: Actions, name: str) -> bool:
    """The same for a method's name, as textual's `check_action` asks; what is in no table may always be done."""
    return all(enabled(screen, action) for action in actions if action.method == name)


def after_first_paint(screen: Screen[Any], work: Callable[[], Any], later: float = 0.0) -> None:
    """Do in a thread, once the terminal has the screen or some seconds later, what need not be ready before."""
    in_thread = partial(screen.run_worker, work, thread=True, exit_on_error=False)
    screen.call_after_refresh(screen.set_timer, PAINTED + later, in_thread)


def warm_up(names: Sequence[str]) -> None:
    """Import what draws while the trainer gets ready, so that neither waits for it then."""
    for name in names:
        import_module(name, __package__)


def options_of(widget: Widget) -> RenderOptions:
    """How things are drawn in the present theme of the application that a widget is in."""
    app: Any = widget.app
    return app.options


def pane(
    name: str,
    draw: Callable[[int, int], Lines],
    view: Callable[[], Hashable] = lambda: 0,
    *,
    news: Callable[[], Hashable] = lambda: 0,
    interval: float = 0.1,
    bare: bool = False,
    title: str | None = None,
) -> Pane:
    """A pane with its name as id and title; a bare one has neither frame nor title."""
    made = Pane("" if bare else title or name, draw, view, news, interval=interval, id=name)
    made.set_class(bare, "-bare")
    return made


def tabs(current: str) -> Static:
    """The line of pages, the current one marked; each can be clicked."""
    names = [
        f"[@click=app.go('{page}')]{'[reverse] ' if page == current else ' '}{number} {page}"
        f"{' [/reverse]' if page == current else ' '}[/]"
        for number, page in enumerate(PAGES, start=1)
    ]
    return Static(" ".join(names), id="tabs")
