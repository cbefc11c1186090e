"""How time and memory grow with rows, width, batch and epochs, and where the captured step stops paying."""

from __future__ import annotations

import json
from tempfile import TemporaryDirectory

from .measuring import Cost, Options, Result, environment, epochs_in_turns, in_turns, middle, nnlab, python, table

BASE = {"samples": 50_000, "hidden": 64, "batch-size": 128, "epochs": 4}
POINTS = {
    "samples": ("rows", (10_000, 100_000, 1_000_000)),
    "hidden": ("width of both hidden layers", (32, 256, 1024)),
    "batch-size": ("batch", (16, 128, 1024)),
    "epochs": ("epochs, of 1,000 rows", (10, 100, 1000)),
}
QUICK = {"samples": 5_000, "hidden": 256, "batch-size": 1024, "epochs": 20}
WIDTHS, ROWS = (8, 32, 128, 512, 1024), 4000
TORCH = "torch"
TEXT = """## What a training costs

A table of two features and two classes (`nnlab train xor`), a network of two hidden layers, the whole command on as
many threads as it chooses: the median of {turns}. One figure changes at a time; the others are
{base}.
Of the rows 68 % are trained on, and another 12 % validate after each epoch. Memory is what the process has at its peak,
beyond the {torch:.0f} MB that `import torch` alone takes; the least of these figures is the program itself.

{points}

Time goes with the number of steps (rows by batch) as long as a step is small, and with the arithmetic (rows by the
square of the width) once it is not. Memory goes with the rows, with the batch times the width, and with the square of
the width several times over: weights, gradients, the optimiser's two averages, the best epoch's copy. It does not go
with the epochs.

### Where the captured step stops paying

Microseconds a step of 784-w-w-10 on batches of 20, one thread, epochs in turns. The captured step saves what PyTorch
does around the arithmetic: where the ratio nears 1, the arithmetic is all there is.

{widths}
"""


def measure(options: Options) -> Result:
    """Every point's costs, and microseconds a step by width, captured and eager."""
    points = [(key, value) for key, (_, values) in POINTS.items() for value in values]
    if options.quick:
        points = [*((key, POINTS[key][1][0]) for key in POINTS), *QUICK.items()]
    with TemporaryDirectory(prefix="nnlab-bench-") as place:
        env = environment(1, {"NNLAB_RUNS": place})
        commands = {f"{key} {value}": _command(key, value) for key, value in points}
        turns = 1 if options.quick else 3
        costs = in_turns({TORCH: python("-c", "import torch"), **commands}, turns, env)
    torch = middle(each.memory for each in costs.pop(TORCH))
    figures = {point: [_figures(each) for each in taken] for point, taken in costs.items()}
    return {"torch": torch, "turns": turns, "points": figures, "widths": _widths(options)}


def _command(key: str, value: int) -> list[str]:
    chosen = {**BASE, **({"samples": 1000} if key == "epochs" else {}), key: value}
    words = {**chosen, "hidden": f"{chosen['hidden']},{chosen['hidden']}"}
    return nnlab("train", "xor", "--json", *(f"--{name}={each}" for name, each in words.items()))


def _figures(taken: Cost) -> dict[str, float]:
    """One training: seconds of an epoch after the first, seconds and MB of the whole."""
    lines = [json.loads(line) for line in taken.printed.splitlines()]
    epochs = [line["seconds"] for line in lines if line["event"] == "epoch"]
    return {"epoch": middle(epochs[1:]), "wall": taken.wall, "memory": taken.memory}


def _widths(options: Options) -> dict[str, dict[str, float]]:
    """Microseconds a step by width and kind of step."""
    steps = ROWS // 20
    found: dict[str, dict[str, float]] = {}
    for width in WIDTHS[1:3] if options.quick else WIDTHS:
        commands = {
            kind: python("-m", "benchmarks.peers", "nnlab_loop:wide", str(width), kind, str(ROWS))
            for kind in ("captured", "eager")
        }
        times = epochs_in_turns(commands, options.turns(7), environment(1))
        found[str(width)] = {kind: 1e6 * middle(taken) / steps for kind, taken in times.items()}
    return found


def page(result: Result) -> str:
    """The part of the page that tells these figures."""

    def row(point: str) -> list[str]:
        key, value = point.split()
        taken = result["points"][point]
        epoch, wall, memory = (middle(each[what] for each in taken) for what in ("epoch", "wall", "memory"))
        more = memory - result["torch"]
        return [f"{POINTS[key][0]}: {int(value):,}", f"{1e3 * epoch:,.1f}", f"{wall:.1f}", f"{more:,.0f}"]

    def gain(width: str) -> list[str]:
        captured, eager = result["widths"][width]["captured"], result["widths"][width]["eager"]
        return [width, f"{captured:,.0f}", f"{eager:,.0f}", f"{eager / captured:.2f}"]

    points = table(["", "ms an epoch", "s, whole command", "MB beyond torch"], map(row, result["points"]))
    widths = table(["w", "captured", "eager", "eager in captured"], map(gain, result["widths"]))
    base = f"{BASE['samples']:,} rows, {BASE['hidden']} units, batches of {BASE['batch-size']}, {BASE['epochs']} epochs"
    return TEXT.format(turns=result["turns"], base=base, torch=result["torch"], points=points, widths=widths)
