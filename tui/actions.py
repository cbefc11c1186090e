"""Every action of every screen in one table each, which feeds key bindings, key line, help and palette; those
of the lab are in `lab/actions.py`."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Action:
    """`name` is the method (`action_<name>`) of the screen, or of the app where it begins with `app.`; `keys` are
    textual's key names, `shown` how they are written. `label` stands in the key line (none there if empty; neighbours
    with the same label share it), `help` in the help below the heading `group`, `title` in the palette. `when` names a
    property of the screen that tells whether the action makes sense now."""

    name: str
    keys: str
    shown: str
    label: str
    help: str
    when: str = ""
    title: str = ""
    group: str = ""

    @property
    def method(self) -> str:
        """The name without its arguments."""
        return self.name.partition("(")[0]


Actions = tuple[Action, ...]


def grouped(name: str, *actions: Action) -> Actions:
    """These actions under one heading of the help."""
    return tuple(replace(action, group=name) for action in actions)


EVERYWHERE: Actions = grouped(
    "Go",
    Action("app.help", "question_mark,f1", "?", "help", "All keys, or back.", title="Help"),
    Action("app.command_palette", "colon,ctrl+p", ":", "", "Find an action or a theme by its name.", title="Find"),
    Action("app.next_theme", "T", "T", "", "The next theme.", title="Next theme"),
)
PAGES = {
    "lab": "The lab: set up a network, train it and play with it.",
    "runs": "The runs: compare, open, resume and remove them.",
    "data": "The data: rows, columns and pictures of a data set.",
    "predict": "Predict with a trained network.",
}
SESSION: Actions = grouped(
    "Go",
    *(
        Action(f"app.go('{page}')", f"{number}", f"{number}", "", help, title=f"Go to {page}")
        for number, (page, help) in enumerate(PAGES.items(), start=1)
    ),
)
WATCH: Actions = grouped(
    "Training",
    Action("toggle_pause", "space", "space", "pause", "Pause, or go on.", "training", "Pause or go on"),
    Action("one_epoch", "n", "n", "epoch", "Train one epoch, then pause.", "training", "Train one epoch"),
    Action("scale_lr(0.5)", "minus", "-", "lr", "Halve the learning rate.", "training", "Learning rate down"),
    Action("scale_lr(2.0)", "plus,equals_sign", "+", "lr", "Double the learning rate.", "training", "Learning rate up"),
    Action("set_lr", "l", "l", "", "Type a learning rate.", "training", "Learning rate"),
    Action("save", "s", "s", "save", "Save a checkpoint now.", "training", "Save a checkpoint"),
)
LOOK: Actions = (
    *grouped(
        "Curves",
        Action("log_scale", "g", "g", "", "The loss on a logarithmic scale, or a linear one.", title="Log scale"),
        Action("smooth", "e", "e", "", "Smooth the curves: off, some, more.", title="Smoothing"),
        Action("zoom", "z", "z", "zoom", "The last half, the last tenth, or all epochs.", title="Zoom"),
        Action("cursor(-1)", "left", "←", "", "Read the values one epoch earlier.", title="Cursor left"),
        Action("cursor(1)", "right", "→", "", "Read the values one epoch later.", title="Cursor right"),
        Action(
            "scroll_epochs(-1)",
            "up,pageup",
            "↑",
            "",
            "Earlier epochs, or lines of the open log.",
            title="Earlier epochs",
        ),
        Action(
            "scroll_epochs(1)",
            "down,pagedown",
            "↓",
            "",
            "Later epochs, or lines of the open log.",
            title="Later epochs",
        ),
    ),
    *grouped(
        "Pictures",
        Action("next_picture", "m", "m", "picture", "The next kind of picture.", "has_pictures", "Next picture"),
        Action("next_axes", "x", "x", "", "Other axes of the boundary, or another image.", "has_axes", "Other axes"),
        Action("units(1)", "u", "u", "units", "More units of the network.", "has_units", "More units"),
        Action("units(-1)", "U", "U", "units", "The units before.", "has_units", "Units before"),
        Action(
            "work_out", "b", "b", "by hand", "One row by hand: forward and back.", "can_work_out", "One row by hand"
        ),
        Action("film(-1)", "comma", ",", "", "Back in the film: pictures of earlier epochs.", "has_film", "Film back"),
        Action("film(1)", "full_stop", ".", "", "On in the film, up to the present.", "has_film", "Film on"),
        Action(
            "play_film", "f", "f", "film", "Play the film of the training, or stop it.", "has_film", "Play the film"
        ),
    ),
    *grouped(
        "Go",
        Action("next_pane", "tab", "tab", "pane", "Make the next pane the large one.", title="Next pane"),
        Action("open_log", "o", "o", "log", "Open the log and what is trained how, or close it.", title="Open the log"),
    ),
)
LEAVE: Actions = grouped(
    "Go",
    Action(
        "stop", "S", "S", "", "Stop the training, after a question; it saves first.", "training", "Stop the training"
    ),
    Action("back", "escape", "escape", "", "Back to the runs; the training goes on.", "within", "Back to the runs"),
    Action("detach", "d", "d", "detach", "Leave the screen; the training goes on, or stays paused.", "owned", "Detach"),
    Action(
        "quit",
        "q,ctrl+c",
        "q",
        "leave",
        "Leave; a training that this screen started saves and stops before.",
        title="Leave",
    ),
)
LIVE: Actions = (*WATCH, *LOOK, *LEAVE)
PREDICT: Actions = (
    *grouped(
        "Row or drawing",
        Action("move(0, -1)", "up", "↑", "move", "The field above; on a pad or a map, up.", "asking", "Up"),
        Action("move(0, 1)", "down", "↓", "move", "The field below; on a pad or a map, down.", "asking", "Down"),
        Action(
            "move(-1, 0)", "left", "←", "change", "A lower value, or the choice before; else left.", "asking", "Lower"
        ),
        Action(
            "move(1, 0)", "right", "→", "change", "A higher value, or the next choice; else right.", "asking", "Higher"
        ),
        Action("move(0, -10)", "pageup", "pgup", "", "Ten fields or points up.", "asking", "Ten up"),
        Action("move(0, 10)", "pagedown", "pgdn", "", "Ten fields or points down.", "asking", "Ten down"),
        Action(
            "type_value",
            "enter",
            "enter",
            "type",
            "Type a value; tab goes to the next field, escape ends.",
            "filling",
            title="Type a value",
        ),
        Action(
            "pen", "space", "space", "pen", "Put the pen down and draw, or take it up.", "drawing", "Pen down or up"
        ),
        Action(
            "centre",
            "f",
            "f",
            "centre",
            "Ask about the drawing centred as MNIST's digits, or as it is.",
            "drawing",
            title="Centre the drawing",
        ),
        Action(
            "erase", "backspace,delete", "back", "erase", "Empty the field; undo the last stroke.", "asking", "Erase"
        ),
        Action("clear", "c", "c", "clear", "Back to a typical row, or an empty sheet.", "asking", "Clear"),
    ),
    *grouped(
        "Network",
        Action("choose_network", "o", "o", "open", "Choose another network.", title="Open a network"),
        Action("again", "r", "r", "restart", "Start the network's process again.", "gone", "Restart the process"),
        Action(
            "level",
            "i",
            "i",
            "interval",
            "Another interval beside the answer: 80, 90 or 95 % of the truths, or none.",
            "has_intervals",
            "Interval",
        ),
        Action(
            "copy", "y", "y", "copy", "Copy the shell command that predicts the same.", "asking", "Copy the command"
        ),
    ),
    *grouped(
        "Go",
        Action(
            "next_pane",
            "tab",
            "tab",
            "next",
            "The map or the form; while typing, the next field.",
            "turning",
            "Next pane",
        ),
        Action("app.quit", "q,ctrl+c", "q", "quit", "Leave nnlab.", title="Quit"),
    ),
)
SWEEP: Actions = (
    *grouped(
        "Trial",
        Action("open", "enter", "enter", "watch", "Watch the trial, live if it trains.", "chosen", "Watch the trial"),
        Action(
            "promote",
            "p",
            "p",
            "promote",
            "Keep the trial whatever it reaches, or train one on that was stopped early.",
            "promotable",
            "Promote the trial",
        ),
        Action(
            "stop_trial", "S", "S", "stop", "Stop the trial, after a question; it saves first.", "stoppable", "Stop"
        ),
        Action("copy", "y", "y", "copy", "Copy the shell command that trains it.", "chosen", "Copy the command"),
        Action("step(-1)", "up", "↑", "", "The trial above.", title="Trial above"),
        Action("step(1)", "down", "↓", "", "The trial below.", title="Trial below"),
        Action("page(-1)", "pageup", "pgup", "", "A page up.", title="Page up"),
        Action("page(1)", "pagedown", "pgdn", "", "A page down.", title="Page down"),
        Action("page(-9999)", "home", "home", "", "The best trial.", title="Best trial"),
        Action("page(9999)", "end", "end", "", "The last trial of the list.", title="Last trial"),
    ),
    *grouped(
        "Sweep",
        Action("toggle_pause", "space", "space", "pause", "Pause all trials, or go on.", "at_work", "Pause or go on"),
        Action("more", "a", "a", "more", "Ask for more trials.", "growing", "More trials"),
        Action(
            "next_setting", "x", "x", "setting", "Another setting that the trials are shown by.", "several", "Setting"
        ),
    ),
    *grouped(
        "Go",
        Action("next_pane", "tab", "tab", "pane", "The next pane.", title="Next pane"),
        Action("back", "escape", "escape", "", "Back to the runs; the sweep goes on.", "within", "Back to the runs"),
        Action("detach", "d", "d", "detach", "Leave the screen; the sweep goes on.", "owned", "Leave it to go on"),
        Action(
            "quit",
            "q,ctrl+c",
            "q",
            "leave",
            "Leave; a sweep that was started here saves and stops.",
            title="Leave",
        ),
    ),
)
RUNS: Actions = (
    *grouped(
        "Runs",
        Action(
            "open",
            "enter",
            "enter",
            "watch",
            "Watch the run: its curves, pictures and log, live if it trains; of a sweep, its trials.",
            "chosen",
            title="Watch the run",
        ),
        Action("mark", "space,m", "space", "mark", "Mark the run, to compare its curves.", "single", "Mark the run"),
        Action("unmark", "u", "u", "", "Clear all marks.", title="Clear all marks"),
        Action(
            "compare",
            "c",
            "c",
            "compare",
            "Where the configs of the marked runs differ, or the details of one.",
            title="Compare",
        ),
        Action(
            "resume",
            "r",
            "r",
            "resume",
            "Resume from the last checkpoint, or for more epochs.",
            "resumable",
            "Resume the run",
        ),
        Action("predict", "p", "p", "predict", "Predict with the run's network.", "askable", "Predict with it"),
        Action(
            "evaluate",
            "E",
            "E",
            "eval",
            "Evaluate the run on its test rows; once more, anew.",
            "judgeable",
            title="Evaluate the run",
        ),
        Action(
            "remove",
            "x",
            "x",
            "remove",
            "Remove the run, or all that are marked; a sweep with its trials.",
            "chosen",
            "Remove the run",
        ),
        Action("copy", "y", "y", "copy", "Copy the shell command that trains it.", "chosen", "Copy the command"),
    ),
    *grouped(
        "List",
        Action(
            "filter",
            "slash",
            "/",
            "filter",
            "Show only some: data:xor lr<0.01 state:running reached>=0.9 when>yesterday sweep:xor-s1.",
            title="Filter",
        ),
        Action(
            "fold",
            "t",
            "t",
            "trials",
            "Show the trials of sweeps, or fold them away.",
            "has_trials",
            "Trials of sweeps",
        ),
        Action("sort(False)", "o", "o", "sort", "Sort by the next column.", title="Sort by the next column"),
        Action("sort(True)", "O", "O", "", "Reverse the order.", title="Reverse the order"),
        Action("ask_column", "full_stop", ".", "", "Add a setting as a column, or take it away.", "known", "Column"),
        Action("step(-1)", "up", "↑", "", "The run above; in details and evaluation, up.", title="Run above"),
        Action("step(1)", "down", "↓", "", "The run below; in details and evaluation, down.", title="Run below"),
        Action("page(-1)", "pageup", "pgup", "", "A page up.", title="Page up"),
        Action("page(1)", "pagedown", "pgdn", "", "A page down.", title="Page down"),
        Action("page(-9999)", "home", "home", "", "The first run.", title="First run"),
        Action("page(9999)", "end", "end", "", "The last run.", title="Last run"),
        Action("aside(-1)", "less_than_sign", "<", "", "Further left in the list.", title="List left"),
        Action("aside(1)", "greater_than_sign", ">", "", "Further right in the list.", title="List right"),
    ),
    *grouped(
        "Curves",
        Action(
            "cursor(-1)",
            "left",
            "←",
            "",
            "Read the values one epoch earlier; in the evaluation, the part before.",
            title="Cursor left",
        ),
        Action(
            "cursor(1)",
            "right",
            "→",
            "",
            "Read the values one epoch later; in the evaluation, the next part.",
            title="Cursor right",
        ),
        Action("look('metric')", "v", "v", "", "Curves of another metric.", title="Another metric"),
        Action("look('log')", "g", "g", "", "The loss on a logarithmic scale, or a linear one.", title="Log scale"),
        Action("look('smoothing')", "e", "e", "", "Smooth the curves: off, some, more.", title="Smoothing"),
    ),
    *grouped(
        "Go",
        Action(
            "next_pane", "tab", "tab", "pane", "The next pane: runs, curves, details, evaluation.", title="Next pane"
        ),
        Action(
            "app.quit", "q,ctrl+c", "q", "quit", "Leave nnlab; what was started here saves and stops.", title="Quit"
        ),
    ),
)
DATA: Actions = (
    *grouped(
        "Data set",
        Action(
            "show", "enter", "enter", "show", "Show the data set under the cursor of the list.", "listing", "Show it"
        ),
        Action("open_file", "o", "o", "open", "Open a file, or a folder of images.", title="Open a file"),
        Action("train", "t", "t", "train", "Train a network on it in the lab.", "trainable", "Train on it"),
        Action("copy", "y", "y", "", "Copy the shell command that shows it.", "seen", "Copy the command"),
    ),
    *grouped(
        "Rows and columns",
        Action("move(-1, 0)", "up", "↑", "row", "The row, data set or column above.", title="Up"),
        Action("move(1, 0)", "down", "↓", "row", "The row, data set or column below.", title="Down"),
        Action("move(0, -1)", "left", "←", "column", "The column to the left.", title="Left"),
        Action("move(0, 1)", "right", "→", "column", "The column to the right.", title="Right"),
        Action("page(-1)", "pageup", "pgup", "", "A page up.", title="Page up"),
        Action("page(1)", "pagedown", "pgdn", "", "A page down.", title="Page down"),
        Action("end(-1)", "home", "home", "", "The first row.", title="First row"),
        Action("end(1)", "end", "end", "", "The last row.", title="Last row"),
        Action("go_to", "g", "g", "", "Type the number of a row.", "seen", "Go to a row"),
    ),
    *grouped(
        "Points",
        Action("next_across", "x", "x", "axis", "Another column as the second axis.", "has_axes", "Another axis"),
        Action(
            "tell_by", "c", "c", "colour", "Colour the points by this column, or as before.", "has_axes", "Colour by it"
        ),
    ),
    *grouped(
        "Go",
        Action("next_pane", "tab", "tab", "pane", "The next pane.", title="Next pane"),
        Action("last_pane", "shift+tab", "shift+tab", "", "The pane before.", title="Pane before"),
        Action(
            "app.quit", "q,ctrl+c", "q", "quit", "Leave nnlab; what was started here saves and stops.", title="Quit"
        ),
    ),
)
