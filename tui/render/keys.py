"""The line of keys below a screen, and the list of them in its help."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..actions import Action
from .blocks import Lines, flow, words
from .palette import RenderOptions
from .text import inert


def key_line(actions: Iterable[Action], width: int, options: RenderOptions, first: Collection[str] = ()) -> Lines:
    """One line of keys with what they do: those whose methods are in `first` before the others, as many as fit."""
    labelled = sorted(
        (action for action in actions if action.label), key=lambda action: not {action.method, action.name} & {*first}
    )
    items = [words((inert(action.shown, ascii=options.ascii), options.bold), f" {action.label}") for action in labelled]
    return flow(items, width, gap=2)[:1]


def key_list(actions: Collection[Action], options: RenderOptions) -> Lines:
    """A line for each action: its key, and what it does."""
    wide = max(len(action.shown) for action in actions)
    return [
        words(
            (inert(action.shown, ascii=options.ascii).rjust(wide) + "  ", options.bold),
            inert(action.help, ascii=options.ascii),
        )
        for action in actions
    ]
