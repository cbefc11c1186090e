"""Whole commands, from the shell's prompt to the next, beside the shortest honest scripts for the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from .measuring import Cost, Options, Result, cost, environment, in_turns, middle, nnlab, python, spread, table

RUNS, ROWS, MANY = 500, 5_000, 200_000
ROW = [0.3, -0.5, 1.2, 0.1, 0.0, -1.0, 0.7, 0.2, -0.1, 0.4]
OTHERS = ("scikit-learn", "skorch", "Lightning", "PyTorch", "Keras", "pandas")
SCRIPTS = {
    "scikit-learn": "whole_sklearn",
    "skorch": "whole_skorch",
    "Lightning": "whole_lightning",
    "PyTorch": "whole_torch",
    "Keras": "whole_keras",
    "pandas": "whole_pandas",
}
TRAINERS, ANSWERERS = ("scikit-learn", "skorch", "Lightning", "Keras"), ("scikit-learn", "PyTorch", "Keras")
TASKS = {
    "xor": ("train xor", "`nnlab train xor`, 200 epochs"),
    "table": ("train a table", f"`nnlab train` on a CSV of {ROWS:,} rows, ten numbers and a class, 20 epochs"),
    "row": ("predict a row", "`nnlab predict --row`"),
    "file": ("predict a file", f"`nnlab predict` on a CSV of {MANY:,} rows"),
    "eval": ("evaluate", f"`nnlab eval` on a CSV of {ROWS:,} rows"),
    "show": ("look at a table", f"`nnlab data show` of a CSV of {ROWS:,} rows"),
    "runs": ("list runs", f"`nnlab runs list`, {RUNS} runs"),
}
TEXT = """## Whole commands

What a command of nnlab costs from the prompt to the next, beside the shortest script that does the same with each
of the others: imports, reading, training with rows that validate after each epoch (scikit-learn holds none back), the
model kept in a file and read from there to answer. The networks are the same (2-10-6-2, and 10-32-16-3), Adam, batches
of 20 and 32. Skorch's and Lightning's networks answer by PyTorch alone, which is the shortest. To look at a table
pandas describes it; to list runs it takes the last line of each run's history. Processes in turns, {turns} of each, on
one thread. nnlab's seconds of processor time (user and system) and on the clock; then the others' processor time in
nnlab's: above 1 nnlab takes less.

{seconds}

{ratios}
"""


def measure(options: Options) -> Result:
    """Processor time and time on the clock of everyone, by task."""
    with TemporaryDirectory(prefix="nnlab-bench-") as name:
        place = Path(name)
        env = environment(1, {"NNLAB_RUNS": str(place / "runs"), "COLUMNS": "100"})
        for path, count in (("few.csv", ROWS), ("many.csv", MANY)):
            cost(python("-m", "benchmarks.peers.wide_table", str(place / path), str(count)))
        cost(_train_table(place, "--name", "kept"), env)
        for who in TRAINERS:
            cost(
                _script(who, "table", str(place / "few.csv"), str(place / ("PyTorch" if who == "skorch" else who))), env
            )
        for number in range(RUNS - 1):
            copytree(place / "runs" / "kept", place / "many runs" / f"run-{number}")
        return {task: _figures(in_turns(who, options.turns(9), env)) for task, who in _commands(place).items()}


def _figures(costs: Mapping[str, Sequence[Cost]]) -> Result:
    return {
        who: {"cpu": [each.cpu for each in taken], "wall": [each.wall for each in taken]}
        for who, taken in costs.items()
    }


def _train_table(place: Path, *named: str) -> list[str]:
    told = ["--model", "mlp", "--hidden", "32,16", "--epochs", "20", "--batch-size", "32", "--lr", "0.01", "--plain"]
    return nnlab("train", str(place / "few.csv"), "--target", "kind", *told, *named)


def _script(who: str, *words: str) -> list[str]:
    return python("-m", f"benchmarks.peers.{SCRIPTS[who]}", *words)


def _commands(place: Path) -> dict[str, dict[str, list[str]]]:
    """What everyone runs, by task."""
    few, many, runs = (str(place / name) for name in ("few.csv", "many.csv", "many runs"))
    kept = {who: str(place / who) for who in ANSWERERS}
    row = ",".join(f"x{number}={value}" for number, value in enumerate(ROW, 1))
    values = ",".join(map(str, ROW))
    xor = nnlab("train", "xor", "--epochs", "200", "--lr", "0.01", "--batch-size", "20", "--plain")
    return {
        "xor": {"nnlab": xor, **{who: _script(who, "xor") for who in TRAINERS}},
        "table": {
            "nnlab": _train_table(place),
            **{who: _script(who, "table", few, str(place / f"again-{who}")) for who in TRAINERS},
        },
        "row": {
            "nnlab": nnlab("predict", "kept", "--row", row),
            **{who: _script(who, "row", path, values) for who, path in kept.items()},
        },
        "file": {
            "nnlab": nnlab("predict", "kept", many, "-o", str(place / "answers.csv")),
            **{who: _script(who, "file", path, many, f"{path}.csv") for who, path in kept.items()},
        },
        "eval": {
            "nnlab": nnlab("eval", "kept", few),
            **{who: _script(who, "eval", path, few) for who, path in kept.items()},
        },
        "show": {"nnlab": nnlab("data", "show", few), "pandas": _script("pandas", "show", few)},
        "runs": {
            "nnlab": ["env", f"NNLAB_RUNS={runs}", *nnlab("runs", "list")],
            "pandas": _script("pandas", "runs", runs),
        },
    }


def page(result: Result) -> str:
    """The part of the page that tells these figures."""
    seconds = (
        [TASKS[task][1], spread(taken["nnlab"]["cpu"], 2), spread(taken["nnlab"]["wall"], 2)]
        for task, taken in result.items()
    )
    ratios = ([TASKS[task][0], *(_ratio(taken, who) for who in OTHERS)] for task, taken in result.items())
    turns = len(result["row"]["nnlab"]["cpu"])
    return TEXT.format(
        turns=turns,
        seconds=table(["", "s of processor time", "s on the clock"], seconds),
        ratios=table(["processor time, × nnlab's", *OTHERS], ratios),
    )


def _ratio(taken: Result, who: str) -> str:
    return f"{middle(taken[who]['cpu']) / middle(taken['nnlab']['cpu']):.2f}" if who in taken else ""
