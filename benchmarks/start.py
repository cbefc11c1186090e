"""What starting costs: processor time of whole commands."""

from __future__ import annotations

from tempfile import TemporaryDirectory

from .measuring import Cost, Options, Result, environment, in_turns, middle, nnlab, python, spread, table

TYPER, SCRIPT, XOR = "`python -c 'import typer'`", "the tutorial's script for that training", "`nnlab train xor`"
HELP, LIST, TORCH = "`nnlab --help`", "`nnlab data list`", "`python -c 'import torch'`"
# A command, what it is held against, and how many times that it may take.
PAIRS = ((HELP, TYPER, 2.5), (LIST, TYPER, 3.5), (XOR, SCRIPT, 1 / 3))
TEXT = """## Starting

Seconds of processor time (user and system) and on the clock, of whole processes in turns, on one thread. The tutorial's
script imports PyTorch, NumPy, scikit-learn's split and DataLoader, draws no plots, and trains the same network on as
many rows for as many epochs as `nnlab train xor --epochs 200 --plain`.

{costs}

{ratios}
"""


def measure(options: Options) -> Result:
    """Processor time and time on the clock of every command, by name."""
    light = {TYPER: python("-c", "import typer"), HELP: nnlab("--help"), LIST: nnlab("data", "list")}
    heavy = {
        TORCH: python("-c", "import torch"),
        XOR: nnlab("train", "xor", "--epochs", "200", "--plain"),
        SCRIPT: python("-m", "benchmarks.peers.tutorial_script"),
    }
    with TemporaryDirectory(prefix="nnlab-bench-") as place:
        env = environment(1, {"NNLAB_RUNS": place})
        costs = in_turns(light, options.turns(15), env) | in_turns(heavy, options.turns(5), env)
    return {what: {"cpu": [each.cpu for each in taken], "wall": _walls(taken)} for what, taken in costs.items()}


def _walls(taken: list[Cost]) -> list[float]:
    return [each.wall for each in taken]


def page(result: Result) -> str:
    """The part of the page that tells these figures."""
    rows = ([what, spread(taken["cpu"], 2), spread(taken["wall"], 2)] for what, taken in result.items())
    ratios: list[list[str]] = []
    for what, other, target in PAIRS:
        ratio = middle(result[what]["cpu"]) / middle(result[other]["cpu"])
        ratios.append([f"{what} in {other}", f"{ratio:.2f}", f"at most {target:.2g}"])
    costs = table(["", "s of processor time", "s on the clock"], rows)
    return TEXT.format(costs=costs, ratios=table(["processor time", "ratio", "aimed at"], ratios))
