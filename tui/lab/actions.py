"""Every action of the lab, and of the lab split in two."""

from __future__ import annotations

from ..actions import Action, Actions, grouped

LAB: Actions = (
    *grouped(
        "Training",
        Action(
            "toggle_play",
            "space",
            "space",
            "play/pause",
            "Play, or pause; a run that has ended trains for more epochs.",
            title="Play or pause",
        ),
        Action("do('epoch')", "n", "n", "epoch", "Train one epoch, then pause.", title="Train one epoch"),
        Action("do('faster')", "v", "v", "speed", "Train faster; behind full speed comes the slowest.", title="Faster"),
        Action("do('slower')", "V", "V", "", "Train more slowly.", title="Slower"),
        Action("do('reset')", "r", "r", "restart", "Back to the beginning, with the same seed.", title="Restart"),
        Action(
            "do('seed')", "s", "s", "seed", "Another seed: other weights, other order of batches.", title="Another seed"
        ),
    ),
    *grouped(
        "Settings",
        Action("move(-1)", "up", "↑", "choose", "The setting above.", title="Setting above"),
        Action("move(1)", "down", "↓", "choose", "The setting below.", title="Setting below"),
        Action("move(-6)", "pageup", "pgup", "", "Six settings up.", title="Six settings up"),
        Action("move(6)", "pagedown", "pgdn", "", "Six settings down.", title="Six settings down"),
        Action("move(-99)", "home", "home", "", "The first setting.", title="First setting"),
        Action("move(99)", "end", "end", "", "The last setting.", title="Last setting"),
        Action("change(-1)", "left", "←", "change", "A lower value, or the choice before.", title="Lower value"),
        Action("change(1)", "right", "→", "change", "A higher value, or the next choice.", title="Higher value"),
        Action(
            "type_value",
            "enter",
            "enter",
            "type",
            "Type a value, or the name of a data set or a file; escape leaves it.",
            title="Type a value",
        ),
        Action("layer(1)", "plus,equals_sign", "+", "", "One hidden layer more.", title="Add a hidden layer"),
        Action("layer(-1)", "minus", "-", "", "One hidden layer fewer.", title="Remove a hidden layer"),
    ),
    *grouped(
        "Pictures",
        Action("next_picture", "m", "m", "", "The next kind of picture.", "has_pictures", "Next picture"),
        Action("next_axes", "x", "x", "", "Other axes of the boundary, or another image.", "has_axes", "Other axes"),
        Action("units(1)", "u", "u", "units", "More units of the network.", "may_have_units", "More units"),
        Action("units(-1)", "U", "U", "units", "The units before.", "may_have_units", "Units before"),
        Action(
            "points",
            "h",
            "h",
            "",
            "Held-out rows on the map, train rows, both or none.",
            "has_points",
            "Points on the map",
        ),
        Action("film(-1)", "comma", ",", "", "Back in the film: pictures of earlier epochs.", "has_film", "Film back"),
        Action("film(1)", "full_stop", ".", "", "On in the film, up to the present.", "has_film", "Film on"),
        Action("film(-10)", "less_than_sign", "<", "", "Ten pictures back.", "has_film", "Film ten back"),
        Action("film(10)", "greater_than_sign", ">", "", "Ten pictures on.", "has_film", "Film ten on"),
        Action(
            "play_film", "f", "f", "film", "Play the film of the training, or stop it.", "has_film", "Play the film"
        ),
    ),
    *grouped(
        "Unit",
        Action("inspect(1)", "i", "i", "", "The next unit, large, with its weights.", "may_have_maps", "Next unit"),
        Action("inspect(-1)", "I", "I", "", "The unit before.", "may_have_maps", "Unit before"),
        Action("weight_off", "0", "0", "", "Set the chosen weight to zero.", "inspecting", "Weight to zero"),
        Action(
            "unit_off", "delete,backspace", "delete", "", "Switch the unit off, or on again.", "inspecting", "Unit off"
        ),
        Action("leave_unit", "escape", "escape", "", "Back to the whole network.", "inspecting", "Whole network"),
        Action(
            "work_out", "b", "b", "by hand", "One row by hand: forward and back.", "can_work_out", "One row by hand"
        ),
    ),
    *grouped(
        "Curves",
        Action("log_scale", "g", "g", "", "The loss on a logarithmic scale, or a linear one.", title="Log scale"),
        Action("smooth", "e", "e", "", "Smooth the curves: off, some, more.", title="Smoothing"),
        Action("zoom", "z", "z", "", "The last half, the last tenth, or all epochs.", title="Zoom"),
        Action(
            "cursor(-1)",
            "left_square_bracket,shift+left",
            "[",
            "",
            "Read the values one epoch earlier.",
            title="Cursor left",
        ),
        Action(
            "cursor(1)",
            "right_square_bracket,shift+right",
            "]",
            "",
            "Read the values one epoch later.",
            title="Cursor right",
        ),
    ),
    *grouped(
        "Run",
        Action("copy", "y", "y", "copy", "Copy the shell command that trains this run.", title="Copy the command"),
        Action("do('keep')", "w", "w", "keep", "Keep this run when another takes its place.", title="Keep the run"),
        Action(
            "compare",
            "c",
            "c",
            "compare",
            "Split the lab in two, with another value of the chosen setting at the right.",
            title="Two runs side by side",
        ),
        Action("predict", "p", "p", "predict", "Use this network on the predict page.", title="Predict with it"),
        Action(
            "do('leave')",
            "d",
            "d",
            "",
            "Keep this run training when you leave it, or not after all.",
            title="Keep training",
        ),
    ),
    *grouped(
        "Go",
        Action(
            "rates",
            "R",
            "R",
            "",
            "Which learning rates suit: the loss over a rate that rises.",
            title="Learning rates that suit",
        ),
        Action("lesson", "L", "L", "step", "The next step of the lesson.", "has_lesson", "Next step of the lesson"),
        Action("next_pane", "tab", "tab", "pane", "Make the next pane the large one.", title="Next pane"),
        Action("open_log", "o", "o", "", "Open the log, or close it.", title="Open the log"),
        Action("app.quit", "q,ctrl+c", "q", "quit", "Save what trains, and leave nnlab.", title="Quit"),
    ),
)

PAIR: Actions = (
    *grouped(
        "Training",
        Action("toggle_play", "space", "space", "play/pause", "Play both, or pause both.", title="Play or pause"),
        Action("one_epoch", "n", "n", "epoch", "Train both for one epoch, then pause.", title="Train one epoch"),
        Action(
            "speed(1)", "v", "v", "speed", "Train both faster; behind full speed comes the slowest.", title="Faster"
        ),
        Action("speed(-1)", "V", "V", "", "Train both more slowly.", title="Slower"),
        Action("restart", "r", "r", "restart", "Both back to the beginning, with the same seed.", title="Restart"),
        Action("seed", "s", "s", "seed", "Another seed, the same for both.", title="Another seed"),
    ),
    *grouped(
        "Setting",
        Action("move(-1)", "up", "↑", "choose", "The setting above.", title="Setting above"),
        Action("move(1)", "down", "↓", "choose", "The setting below.", title="Setting below"),
        Action("change(-1)", "left", "←", "change", "A lower value on this side, or the choice before.", title="Lower"),
        Action("change(1)", "right", "→", "change", "A higher value on this side, or the next choice.", title="Higher"),
        Action(
            "type_value", "enter", "enter", "type", "Type a value for this side; escape leaves it.", title="Type it"
        ),
        Action("other_side", "tab", "tab", "side", "The other side: keys change the value there.", title="Other side"),
    ),
    *grouped(
        "Pictures",
        Action("next_picture", "m", "m", "picture", "The next kind of picture.", "has_pictures", "Next picture"),
        Action(
            "next_axes",
            "x",
            "x",
            "",
            "Two other features as axes of the boundary.",
            "has_axes",
            "Other axes",
        ),
        Action("units(1)", "u", "u", "units", "More units of the networks.", "has_units", "More units"),
        Action("units(-1)", "U", "U", "units", "The units before.", "has_units", "Units before"),
        Action("points", "h", "h", "", "Held-out rows on the map, train rows, both or none.", "has_points", "Points"),
        Action("film(-1)", "comma", ",", "", "Back in the film: pictures of earlier epochs.", "has_film", "Film back"),
        Action("film(1)", "full_stop", ".", "", "On in the film, up to the present.", "has_film", "Film on"),
        Action("play_film", "f", "f", "film", "Play both films, or stop them.", "has_film", "Play the films"),
    ),
    *grouped(
        "Curves",
        Action("log_scale", "g", "g", "", "The loss on a logarithmic scale, or a linear one.", title="Log scale"),
        Action("smooth", "e", "e", "", "Smooth the curves: off, some, more.", title="Smoothing"),
        Action("zoom", "z", "z", "", "The last half, the last tenth, or all epochs.", title="Zoom"),
        Action("cursor(-1)", "left_square_bracket", "[", "", "Read the values one epoch earlier.", title="Cursor left"),
        Action("cursor(1)", "right_square_bracket", "]", "", "Read the values one epoch later.", title="Cursor right"),
    ),
    *grouped(
        "Go",
        Action("copy", "y", "y", "copy", "Copy the shell commands that train both.", title="Copy both commands"),
        Action("take", "t", "t", "take", "Back to the lab with the run of this side.", title="Go on with this side"),
        Action(
            "leave", "escape,c,q,ctrl+c", "escape", "leave", "Back to the lab with the run on the left.", title="Leave"
        ),
    ),
)
