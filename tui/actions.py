"""Every action of the live screen in one table, which feeds key bindings, footer and help."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Action:
    """`name` is the screen's method (`action_<name>`), `keys` are textual's key names, `label` stands in the footer
    (none there if empty), `help` in the help."""

    name: str
    keys: str
    shown: str
    label: str
    help: str


LIVE: tuple[Action, ...] = (
    Action("toggle_pause", "space", "space", "pause", "Pause the training, or go on."),
    Action("one_epoch", "n", "n", "epoch", "Train one epoch, then pause."),
    Action("slower", "minus", "-", "lr", "Halve the learning rate."),
    Action("faster", "plus,equals_sign", "+", "", "Double the learning rate."),
    Action("set_lr", "l", "l", "", "Type a learning rate."),
    Action("save", "s", "s", "save", "Save a checkpoint now."),
    Action("log_scale", "g", "g", "", "Show the loss on a logarithmic scale, or a plain one."),
    Action("smooth", "e", "e", "", "Smooth the curves: off, some, more."),
    Action("zoom", "z", "z", "zoom", "Look at the last half, the last tenth, or all epochs."),
    Action("cursor(-1)", "left", "←", "", "Read the values one epoch to the left."),
    Action("cursor(1)", "right", "→", "", "Read the values one epoch to the right."),
    Action("scroll_epochs(-1)", "up,pageup", "↑", "", "Older epochs in the table."),
    Action("scroll_epochs(1)", "down,pagedown", "↓", "", "Newer epochs in the table."),
    Action("next_picture", "m", "m", "picture", "The next picture: map, matrix, scatter or images."),
    Action("next_pane", "tab", "tab", "pane", "The next pane, where not all fit."),
    Action("detach", "d", "d", "detach", "Leave the screen; the training goes on."),
    Action("quit", "q,ctrl+c", "q", "quit", "Save, stop the training and leave; twice: leave at once."),
    Action("help", "question_mark", "?", "help", "Show these keys, or hide them."),
)
