"""How soon all of MNIST is being trained on, and what memory that takes."""

from __future__ import annotations

import json

from .measuring import Options, Result, cost, environment, python, spread, table

DATA = 70_000 * 784 / 2**20  # MB
ROWS = {
    "torch": ("`import torch`, s", 2, ""),
    "first": ("from there to the end of the first step, s", 2, "0.50"),
    "mb_torch": ("peak of `import torch`, MB", 0, ""),
    "mb_plain": ("beyond that after one step in a plain loop of torch's, without these data, MB", 0, ""),
    "mb_first": ("beyond `import torch` after the first step, MB", 0, ""),
    "mb_epoch": ("beyond `import torch` after an epoch and the last report, MB", 0, ""),
    "mb_more": ("of that beyond what the plain loop takes, MB", 0, f"{2.5 * DATA:.0f}"),
}
TEXT = """## All of MNIST, from the package to the first step

70,000 digits read from nnlab's package, divided, prepared, the network built, and one step of the recipe `mnist` taken
and captured: {turns} processes, one thread. The digits themselves are {data:.0f} MB and stay bytes in memory. The aim
is 2.5 times that beyond torch's own, which is what a step in a plain loop takes.

{table}
"""


def measure(options: Options) -> Result:
    """Seconds and MB, one number a process."""
    found = [_once() for _ in range(options.turns(5) + 1)][1:]
    return {key: [each[key] for each in found] for key in ROWS}


def _once() -> dict[str, float]:
    """What nnlab and what a plain loop take, each in a process of its own."""
    commands = (python("-m", f"benchmarks.peers.{name}") for name in ("first_step", "plain_step"))
    first, plain = (json.loads(cost(command, environment(1)).printed) for command in commands)
    return {**first, **plain, "mb_more": first["mb_epoch"] - plain["mb_plain"]}


def page(result: Result) -> str:
    """The part of the page that tells these figures."""
    rows = ([told, spread(result[key], digits), target] for key, (told, digits, target) in ROWS.items())
    return TEXT.format(turns=len(result["first"]), data=DATA, table=table(["", "measured", "aimed at, at most"], rows))
