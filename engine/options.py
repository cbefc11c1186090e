"""Every choice of a run as somebody makes it: one row an option of the command line, in the order of its help.

From it come the options of `nnlab train` and of the other commands, what the shell completes, the settings of the lab
and the guide's table of options; `config` has the limits of the values. Plain data: this module imports nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Place = tuple[str, str]
"""A section of the config and a key in it."""

Single = Literal["text", "name", "choice", "whole", "number", "switch", "negated", "network"]
Listed = Literal["names", "widths", "weights"]
Repeated = Literal["each", "kinds", "scales", "lists", "embeddings", "arguments"]
Kind = Single | Listed | Repeated
"""How a value is written. `name` is a column's, `negated` a switch that says no; what is listed has commas between,
what is repeated is given again for each; `kinds`, `scales`, `lists` and `embeddings` say it of a column: brand=8."""

Task = Literal["binary", "multiclass", "regression"]
DecimalSign = Literal[".", ","]
KindName = Literal["number", "category", "boolean", "date", "text", "identifier", "constant"]
Missing = Literal["drop", "fill"]
Scale = Literal["standard", "robust", "quantile", "log", "smooth"]
Texts = Literal["refuse", "hash"]
Pixels = Literal["raw", "unit", "standard"]
Family = Literal["linear", "mlp", "noisy-mlp", "cnn", "tabm", "ensemble", "custom"]
Activation = Literal["relu", "sigmoid", "tanh", "gelu", "silu", "leaky-relu", "elu", "selu", "mish"]
NumberEmbedding = Literal["periodic", "piecewise", "both", "none"]
Loss = Literal["auto", "cross-entropy", "mse", "mae", "huber"]
ClassWeights = Literal["none", "balanced"]
OptimizerName = Literal["sgd", "adam", "adamw", "rmsprop"]
SchedulerName = Literal["none", "plateau", "step", "cosine", "one-cycle"]
Quality = Literal["quick", "good", "best"]
Decay = Literal["all", "weights"]
DropoutSchedule = Literal["constant", "falling"]
Final = Literal["best", "last"]
Precision = Literal["float32", "bfloat16"]
StepKind = Literal["auto", "eager", "captured", "compiled"]
OnDivergence = Literal["stop", "restart"]

FAMILIES: tuple[str, ...] = tuple(name for name in get_args(Family) if name not in ("ensemble", "custom"))

LAYERED = ("family", "mlp", "noisy-mlp", "cnn", "tabm")
OF_MEMBERS = ("family", "tabm")
ADAPTIVE = ("optimizer", "adam", "adamw")
MOVED = ("optimizer", "sgd", "rmsprop")
REDUCING = ("scheduler", "plateau", "step")


@dataclass(frozen=True)
class Option:
    """An option and the key of the config that it stands for. `label` is what the lab calls it, where it has it;
    `choices` are words that it takes; `needs` is another key of its section, then the values of that without which
    it has no effect; `flag` is its name where that is not the key's."""

    section: str
    key: str
    kind: Kind
    help: str
    label: str = ""
    choices: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    flag: str = ""

    @property
    def place(self) -> Place:
        """Where its value is in the config."""
        return self.section, self.key

    @property
    def name(self) -> str:
        """What it is called on the command line, without the dashes before it."""
        return self.flag or self.key.replace("_", "-")

    @property
    def parameter(self) -> str:
        """What it is called among a command's parameters."""
        return self.name.replace("-", "_")


def _choice(
    section: str, key: str, choices: tuple[str, ...], rest: str = "", label: str = "", needs: tuple[str, ...] = ()
) -> Option:
    """An option whose help begins with what it may be."""
    help = f"{', '.join(choices[:-1])} or {choices[-1]}{rest}."
    return Option(section, key, "choice", help, label, choices, needs)


COLUMNS = (
    Option("data", "target", "name", "Column to predict.", "target"),
    _choice("data", "task", get_args(Task)),
    Option("data", "features", "names", "Columns to learn from, or made of them: a,b,a^2,a*b,sin(a).", "columns"),
    Option("data", "kinds", "kinds", "What a column is: zip=category.", flag="kind"),
    Option("data", "drop", "each", "A column to leave out."),
    Option("data", "na", "each", "A value that means missing: -999."),
    Option("data", "keep_na", "each", "A column in which NA, ?, - and their like are values."),
)
"""What of a table is read, and how."""

TEXT_FILES = (
    Option("data", "encoding", "text", "As in shift_jis; UTF-8, UTF-16 and Windows-1252 are found."),
    Option("data", "separator", "text", "Between values: one character, tab or space."),
    Option("data", "decimal", "choice", "Decimal separator: . or a comma.", choices=get_args(DecimalSign)),
    Option("data", "header", "negated", "No names in the first line: column_1, column_2, …", flag="no-header"),
    Option("data", "skip_rows", "whole", "Lines to pass over before the header."),
    Option("data", "comment", "text", "Lines that begin so are no rows: #."),
)
"""How a text file is written."""

SYNTHETIC = (
    Option("data", "samples", "whole", "Rows of a synthetic data set.", "samples"),
    Option("data", "classes", "whole", "Classes of a synthetic data set: arms of a spiral.", "classes"),
    Option("data", "turns", "number", "Turns of a spiral's arms.", "turns"),
    Option("data", "noise", "number", "Noise of a synthetic data set.", "noise", flag="data-noise"),
    Option("data", "seed", "whole", "Seed of a synthetic data set.", "data seed", flag="data-seed"),
)
"""How the rows of a synthetic data set are drawn."""

DATA = (
    *COLUMNS,
    Option("data", "positive", "text", "Of two classes, the one that threshold and metrics speak of."),
    Option("data", "image_size", "whole", "Side of a folder's or the Hub's images."),
    *SYNTHETIC,
    Option("data", "train_split", "text", "Rows to train on: 'train[:1000]'."),
    Option("data", "valid_split", "text", "Rows to validate on; 'none' for none."),
    Option("data", "test_split", "text", "Rows for the final report: 'test[:200]'."),
    Option("data", "test_size", "number", "Share cut for test where there is no test split.", "test size"),
    Option("data", "group", "name", "Rows of one value of this column stay together."),
    Option("data", "time", "name", "Validate and test on the latest rows by this column."),
)
"""Which rows, and what of them is read; beside how a text file is written."""

PREPARATION = (
    _choice("prepare", "missing", get_args(Missing), " rows with missing values"),
    Option("prepare", "standardize", "names", "Number columns to standardise: a,b; all by default."),
    Option(
        "prepare",
        "scale",
        "scales",
        "standard, robust, quantile, log or smooth; or price=log.",
        choices=get_args(Scale),
    ),
    Option("prepare", "text", "choice", "refuse texts, or hash their words.", choices=get_args(Texts)),
    Option("prepare", "bucketize", "lists", "Cut a column into buckets: 'Model Year=73,76,79'."),
    Option("prepare", "one_hot", "lists", "One-hot a column: Origin, or Origin=3,1,2."),
    Option("prepare", "embed", "embeddings", "Embed a column, with a width: brand=8."),
    _choice("prepare", "pixels", get_args(Pixels), " pixel values"),
)
"""What becomes of columns."""

NETWORK = (
    Option("model", "family", "network", f"{', '.join(FAMILIES)}, or net.py:MyNet.", "family", FAMILIES, flag="model"),
    Option(
        "model", "args", "arguments", "Argument of a network of your own: hidden=16.", "arguments", flag="model-arg"
    ),
    Option("model", "hidden", "widths", "Widths of hidden layers: 32,16.", "layers", needs=LAYERED),
    _choice("model", "activation", get_args(Activation), needs=LAYERED, label="activation"),
    Option("model", "dropout", "number", "Dropout probability.", "dropout", needs=LAYERED),
    Option(
        "model",
        "dropout_schedule",
        "choice",
        "constant, or falling: to zero over the epochs.",
        choices=get_args(DropoutSchedule),
        needs=LAYERED,
    ),
    Option(
        "model",
        "noise",
        "number",
        "Standard deviation of a noisy-mlp's noise.",
        "unit noise",
        needs=("family", "noisy-mlp"),
    ),
    Option(
        "model", "channels", "widths", "Channels of a cnn's convolutions: 32,64.", "channels", needs=("family", "cnn")
    ),
    Option("model", "members", "whole", "Networks of a tabm, whose answers are averaged.", "members", needs=OF_MEMBERS),
    Option(
        "model",
        "embedding",
        "choice",
        "How a tabm sees numbers: periodic, piecewise, both or none.",
        "embedding",
        get_args(NumberEmbedding),
        OF_MEMBERS,
    ),
    Option("model", "own_weights", "switch", "Members of a tabm share no layers.", needs=OF_MEMBERS),
)
"""Which network."""

TRAINING = (
    Option(
        "training",
        "quality",
        "choice",
        "quick, good or best: what a table gets unless told.",
        choices=get_args(Quality),
    ),
    Option("training", "epochs", "whole", "Epochs: passes over the training rows.", "epochs"),
    Option("training", "batch_size", "whole", "Rows in a batch.", "batch"),
    Option("training", "seed", "whole", "Seed of weights and batches.", "seed"),
    Option("training", "loss", "choice", "cross-entropy; mse, mae or huber.", choices=get_args(Loss)),
    Option("training", "label_smoothing", "number", "Share of a label spread over all classes."),
    Option(
        "training",
        "class_weights",
        "weights",
        "balanced, or one number a class: 1,2.5.",
        choices=get_args(ClassWeights),
    ),
    _choice("training", "optimizer", get_args(OptimizerName), label="optimiser"),
    Option("training", "lr", "number", "Learning rate.", "lr"),
    Option("training", "momentum", "number", "Momentum of sgd and rmsprop.", "momentum", needs=MOVED),
    Option("training", "nesterov", "switch", "Nesterov's momentum for sgd.", "nesterov", needs=("optimizer", "sgd")),
    Option("training", "beta2", "number", "How slowly adam forgets squares of gradients.", needs=ADAPTIVE),
    Option("training", "weight_decay", "number", "L2 penalty.", "L2"),
    Option("training", "decay", "choice", "What the L2 penalty is on: all, or weights alone.", choices=get_args(Decay)),
    Option("training", "l1", "number", "L1 penalty.", "L1"),
    Option("training", "clip", "number", "Clip the gradient to this norm.", "clip"),
    _choice("training", "scheduler", get_args(SchedulerName), label="schedule"),
    Option("training", "factor", "number", "What plateau and step multiply lr by.", "factor", needs=REDUCING),
    Option("training", "patience", "whole", "Epochs that plateau waits.", "patience", needs=("scheduler", "plateau")),
    Option(
        "training", "step_size", "whole", "Epochs between two steps of step.", "step size", needs=("scheduler", "step")
    ),
    Option("training", "warmup", "whole", "Epochs over which lr rises from zero.", "warm-up"),
    Option("training", "early_stop", "whole", "Early stopping: epochs without improvement.", "early stop"),
    Option("training", "refit", "switch", "Train once more, on validation rows too, for the best epochs.", "refit"),
    Option("training", "calibrate", "switch", "Learn a temperature of the validation rows' classes.", "calibrate"),
    Option(
        "training",
        "threshold",
        "text",
        "Probability that the second of two classes takes: 0.3, f1, balanced, cost=5:1.",
    ),
    Option("training", "final", "choice", "The checkpoint to report on: best or last.", choices=get_args(Final)),
    Option("training", "device", "text", "auto (by the work), cpu, cuda, cuda:1 or mps."),
    Option("training", "deterministic", "switch", "Equal runs on a GPU end equal; slower."),
    _choice("training", "precision", get_args(Precision)),
    Option("training", "threads", "whole", "CPU threads; chosen by the step's size by default."),
    _choice(
        "training",
        "step",
        get_args(StepKind),
        ": captured records a step and replays it, eager takes its operators one by one, compiled is torch.compile",
    ),
    Option("training", "checkpoint_every", "text", "At most so often: 5e (epochs), 200steps, 30s, 1h."),
    Option("training", "on_divergence", "choice", "stop, or restart with a lower lr.", choices=get_args(OnDivergence)),
)
"""How the network is trained."""

OF_STEPS = (
    *("quality", "batch_size", "seed", "loss", "label_smoothing", "class_weights", "optimizer", "momentum", "nesterov"),
    *("beta2", "weight_decay", "decay", "l1", "clip", "device", "precision", "threads"),
)
"""What of the training matters to a step, whatever its learning rate is and however many there are."""

OPTIONS = (*DATA, *TEXT_FILES, *PREPARATION, *NETWORK, *TRAINING)
AT: dict[Place, Option] = {option.place: option for option in OPTIONS}

SAID_BY: dict[Place, str] = {
    ("data", "fold"): "folds",
    ("prepare", "scales"): "scale",
    ("model", "file"): "model",
    ("model", "class_name"): "model",
}
"""Keys that another key's option sets, and what that is called."""


def flag_of(section: str, key: str) -> str:
    """The name of the command line's option for a key."""
    place = section, key
    return AT[place].name if place in AT else SAID_BY.get(place, key).replace("_", "-")
