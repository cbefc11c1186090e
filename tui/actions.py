"""Every action of every screen in one table each, which feeds key bindings, key line, help and palette."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Action:
    """`name` is the method (`action_<name>`) of the screen, or of the app where it begins with `app.`; `keys` are
    textual's key names, `shown` how they are written, `label` stands in the key line (none there if empty), `help` in
    the help. `when` names a property of the screen that tells whether the action makes sense now."""

    name: str
    keys: str
    shown: str
    label: str
    help: str
    when: str = ""

    @property
    def method(self) -> str:
        """The name without its arguments."""
        return self.name.partition("(")[0]


Actions = tuple[Action, ...]

EVERYWHERE: Actions = (
    Action("app.help", "question_mark,f1", "?", "help", "Show these keys, or hide them."),
    Action("app.command_palette", "colon,ctrl+p", ":", "", "Find an action or a theme by its name."),
    Action("app.next_theme", "T", "T", "", "The next theme."),
)
PAGES = {
    "lab": "The lab: set up a network, train it and play with it.",
    "runs": "The runs: compare, open, resume and remove them.",
    "data": "The data: rows, columns and pictures of a data set.",
    "predict": "Predict with a trained network.",
}
SESSION: Actions = tuple(
    Action(f"app.go('{page}')", f"{number}", f"{number}", "", help)
    for number, (page, help) in enumerate(PAGES.items(), start=1)
)
WATCH: Actions = (
    Action("toggle_pause", "space", "space", "pause", "Pause the training, or go on.", "training"),
    Action("one_epoch", "n", "n", "epoch", "Train one epoch, then pause.", "training"),
    Action("scale_lr(0.5)", "minus", "-", "lr", "Halve the learning rate.", "training"),
    Action("scale_lr(2.0)", "plus,equals_sign", "+", "", "Double the learning rate.", "training"),
    Action("set_lr", "l", "l", "", "Type a learning rate.", "training"),
    Action("save", "s", "s", "save", "Save a checkpoint now.", "training"),
)
LOOK: Actions = (
    Action("log_scale", "g", "g", "", "Show the loss on a logarithmic scale, or a plain one."),
    Action("smooth", "e", "e", "", "Smooth the curves: off, some, more."),
    Action("zoom", "z", "z", "zoom", "Look at the last half, the last tenth, or all epochs."),
    Action("cursor(-1)", "left", "←", "", "Read the values one epoch to the left."),
    Action("cursor(1)", "right", "→", "", "Read the values one epoch to the right."),
    Action("scroll_epochs(-1)", "up,pageup", "↑", "", "Older epochs in the table, or older lines of the open log."),
    Action("scroll_epochs(1)", "down,pagedown", "↓", "", "Newer epochs in the table, or newer lines of the open log."),
    Action(
        "next_picture",
        *("m", "m", "picture", "The next picture: boundary, network, confusion matrix, scatter or images."),
        "has_pictures",
    ),
    Action("next_axes", "x", "x", "", "Two other features for the decision boundary's axes.", "has_axes"),
    Action("units(1)", "u", "u", "units", "Further units of the network, where not all have room.", "has_units"),
    Action("units(-1)", "U", "U", "", "The network's units before.", "has_units"),
    Action("film(-1)", "comma", ",", "", "Back in the film: pictures as they were some epochs ago.", "has_film"),
    Action("film(1)", "full_stop", ".", "", "On in the film, up to the present.", "has_film"),
    Action("play_film", "f", "f", "film", "Play the film of the training, or stop it.", "has_film"),
    Action("next_pane", "tab", "tab", "pane", "Make the next pane the large one."),
    Action("open_log", "o", "o", "log", "Open the log and what is trained how, or close it."),
)
LEAVE: Actions = (
    Action("stop", "S", "S", "", "Stop the training, after a question; it saves first.", "training"),
    Action("detach", "d", "d", "detach", "Leave the screen; the training goes on.", "owned"),
    Action("quit", "q,ctrl+c", "q", "leave", "Leave; a training that this screen started saves and stops before."),
)
LIVE: Actions = (*WATCH, *LOOK, *LEAVE)
PREDICT: Actions = (
    Action("move(0, -1)", "up", "↑", "", "In a form the field above; on a pad or a map, up.", "asking"),
    Action("move(0, 1)", "down", "↓", "", "In a form the field below; on a pad or a map, down.", "asking"),
    Action("move(-1, 0)", "left", "←→", "change", "In a form a lower value or the choice before; else left.", "asking"),
    Action("move(1, 0)", "right", "→", "", "In a form a higher value or the next choice; else right.", "asking"),
    Action("move(0, -10)", "pageup", "page up", "", "Ten fields or points up.", "asking"),
    Action("move(0, 10)", "pagedown", "page down", "", "Ten fields or points down.", "asking"),
    Action("type_value", "enter", "enter", "type", "Type a value; tab goes to the next field, escape ends.", "filling"),
    Action("pen", "space", "space", "pen", "Put the pen down and draw, or take it up.", "drawing"),
    Action("centre", "f", "f", "centre", "Ask about the drawing centred as MNIST's digits, or as it is.", "drawing"),
    Action("erase", "backspace,delete", "back", "erase", "Leave the field empty; take the last stroke back.", "asking"),
    Action("clear", "c", "c", "clear", "Back to a typical row, or to an empty sheet.", "asking"),
    Action("next_pane", "tab", "tab", "next", "The map or the form; while typing, the next field.", "turning"),
    Action("copy", "y", "y", "copy", "Copy the shell command that predicts the same.", "asking"),
    Action("again", "r", "r", "restart", "Start the network's process again.", "gone"),
    Action("choose_network", "o", "o", "open", "Choose another network."),
    Action("app.quit", "q,ctrl+c", "q", "quit", "Leave nnlab."),
)
LAB: Actions = (
    Action("toggle_play", "space", "space", "play", "Play, or pause; what has ended trains on for more epochs."),
    Action("move(-1)", "up", "↑↓", "choose", "The setting above."),
    Action("move(1)", "down", "↓", "", "The setting below."),
    Action("move(-6)", "pageup", "page up", "", "Six settings up."),
    Action("move(6)", "pagedown", "page down", "", "Six settings down."),
    Action("move(-99)", "home", "home", "", "The first setting."),
    Action("move(99)", "end", "end", "", "The last setting."),
    Action("change(-1)", "left", "←→", "change", "A lower value, or the choice before."),
    Action("change(1)", "right", "→", "", "A higher value, or the next choice."),
    Action(
        "type_value", "enter", "enter", "type", "Type a value, or the name of a data set or a file; escape leaves it."
    ),
    Action("layer(1)", "plus,equals_sign", "+", "", "One hidden layer more."),
    Action("layer(-1)", "minus", "-", "", "One hidden layer fewer."),
    Action("do('epoch')", "n", "n", "epoch", "Train one epoch, then pause."),
    Action("do('faster')", "v", "v", "speed", "Train faster: from a step a second to full speed, then slowly again."),
    Action("do('slower')", "V", "V", "", "Train more slowly."),
    Action("do('reset')", "r", "r", "restart", "Back to the beginning, with the same seed."),
    Action("do('seed')", "s", "s", "seed", "Another seed: other weights, and batches in another order."),
    Action("film(-1)", "comma", ",", "", "Back in the film: map and units as they were some epochs ago.", "has_film"),
    Action("film(1)", "full_stop", ".", "", "On in the film, up to the present.", "has_film"),
    Action("film(-10)", "less_than_sign", "<", "", "Ten frames back.", "has_film"),
    Action("film(10)", "greater_than_sign", ">", "", "Ten frames on.", "has_film"),
    Action("play_film", "f", "f", "film", "Play the film of the training, or stop it.", "has_film"),
    Action(
        "next_picture", "m", "m", "", "The next picture: boundary, confusion matrix, scatter or images.", "has_pictures"
    ),
    Action("next_axes", "x", "x", "", "Two other features for the decision boundary's axes.", "has_axes"),
    Action("units(1)", "u", "u", "units", "Further units of the network, where not all have room.", "has_units"),
    Action("units(-1)", "U", "U", "", "The network's units before.", "has_units"),
    Action(
        "inspect(1)", "i", "i", "", "One unit of the network, large, with its weights; again: the next.", "has_maps"
    ),
    Action("inspect(-1)", "I", "I", "", "The unit before.", "has_maps"),
    Action("weight_off", "0", "0", "", "Set the weight of the chosen unit to zero.", "inspecting"),
    Action("unit_off", "delete,backspace", "delete", "", "Switch the chosen unit off.", "inspecting"),
    Action("leave_unit", "escape", "escape", "", "Back from the unit to the whole network.", "inspecting"),
    Action("points", "h", "h", "", "Points on the map: held-out rows, train rows, both or none.", "has_points"),
    Action("log_scale", "g", "g", "", "Show the loss on a logarithmic scale, or a linear one."),
    Action("smooth", "e", "e", "", "Smooth the curves: off, some, more."),
    Action("zoom", "z", "z", "", "Look at the last half, the last tenth, or all epochs."),
    Action("cursor(-1)", "left_square_bracket,shift+left", "[", "", "Read the curves' values one epoch earlier."),
    Action("cursor(1)", "right_square_bracket,shift+right", "]", "", "Read the curves' values one epoch later."),
    Action("open_log", "o", "o", "", "Open the log, or close it."),
    Action("next_pane", "tab", "tab", "pane", "Make the next pane the large one."),
    Action("copy", "y", "y", "copy", "Copy the shell command that trains this run."),
    Action("do('keep')", "w", "w", "keep", "Save this run and keep it when another takes its place."),
    Action("predict", "p", "p", "predict", "Use this network on the predict page."),
    Action("do('leave')", "d", "d", "", "Let this run train on when it is left; again: do not."),
    Action("app.quit", "q,ctrl+c", "q", "quit", "Save what trains, and leave nnlab."),
)
RUNS: Actions = (
    Action(
        "open", "enter", "enter", "watch", "Watch the run: its curves, pictures and log, live if it trains.", "chosen"
    ),
    Action("mark", "space,m", "space", "mark", "Mark the run, to lay its curves over those of others.", "chosen"),
    Action("unmark", "u", "u", "", "Clear all marks."),
    Action("filter", "slash", "/", "filter", "Show only some: data:xor lr<0.01 state:running accuracy_valid>=0.9."),
    Action("sort(False)", "o", "o", "sort", "Sort by the next column."),
    Action("sort(True)", "O", "O", "", "Reverse the order."),
    Action("ask_column", "full_stop", ".", "", "Add a setting as a column, or take it away: optimizer.", "known"),
    Action("compare", "c", "c", "compare", "Where the configs of the marked runs differ, or the details of one."),
    Action("resume", "r", "r", "resume", "Resume the run from its last checkpoint.", "resumable"),
    Action("predict", "p", "p", "predict", "Predict with the run's network.", "askable"),
    Action("remove", "x", "x", "remove", "Remove the run, or all marked ones: checkpoints, log and folder.", "chosen"),
    Action("copy", "y", "y", "copy", "Copy the shell command that trains it again.", "chosen"),
    Action("step(-1)", "up", "↑", "", "The run above; in the details, up."),
    Action("step(1)", "down", "↓", "", "The run below; in the details, down."),
    Action("page(-1)", "pageup", "page up", "", "A page up."),
    Action("page(1)", "pagedown", "page down", "", "A page down."),
    Action("page(-9999)", "home", "home", "", "The first run."),
    Action("page(9999)", "end", "end", "", "The last run."),
    Action("aside(-1)", "less_than_sign", "<", "", "Further left in the list, where not all columns have room."),
    Action("aside(1)", "greater_than_sign", ">", "", "Further right in the list."),
    Action("cursor(-1)", "left", "←", "", "Read the curves' values an epoch to the left."),
    Action("cursor(1)", "right", "→", "", "Read the curves' values an epoch to the right."),
    Action("look('metric')", "v", "v", "", "Curves of another metric."),
    Action("look('log')", "g", "g", "", "Show the loss on a logarithmic scale, or a plain one."),
    Action("look('smoothing')", "e", "e", "", "Smooth the curves: off, some, more."),
    Action("next_pane", "tab", "tab", "pane", "The next pane: the runs, their curves, the details."),
    Action("app.quit", "q,ctrl+c", "q", "quit", "Leave nnlab; what was started here saves and stops."),
)
DATA: Actions = (
    Action("show", "enter", "enter", "show", "Show the data set under the cursor of the list.", "listing"),
    Action("open_file", "o", "o", "open", "Open a file, or a folder of images."),
    Action("train", "t", "t", "train", "Train a network on it in the lab.", "trainable"),
    Action("next_pane", "tab", "tab", "pane", "The next pane."),
    Action("last_pane", "shift+tab", "shift+tab", "", "The pane before."),
    Action("move(-1, 0)", "up", "↑↓", "row", "The row above; in the list and among the columns, the one above."),
    Action("move(1, 0)", "down", "↓", "", "The row below; in the list and among the columns, the one below."),
    Action("move(0, -1)", "left", "←→", "column", "The column to the left."),
    Action("move(0, 1)", "right", "→", "", "The column to the right."),
    Action("page(-1)", "pageup", "page up", "", "A page up."),
    Action("page(1)", "pagedown", "page down", "", "A page down."),
    Action("end(-1)", "home", "home", "", "The first row."),
    Action("end(1)", "end", "end", "", "The last row."),
    Action("go_to", "g", "g", "", "Type the number of a row.", "seen"),
    Action("next_across", "x", "x", "axis", "Another column for the second axis of the points.", "has_axes"),
    Action("tell_by", "c", "c", "colour", "Tell the points apart by this column, or again as before.", "has_axes"),
    Action("copy", "y", "y", "", "Copy the shell command that shows it.", "seen"),
    Action("app.quit", "q,ctrl+c", "q", "quit", "Leave nnlab; what was started here saves and stops."),
)
