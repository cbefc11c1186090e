"""What every default recipe reaches on its test split, and in what time: the table of docs/numbers.md."""

from __future__ import annotations

import sys
from time import perf_counter

from nnlab.engine import recipes
from nnlab.engine.events import RunFinished
from nnlab.engine.resolve import resolve
from nnlab.engine.training.train import train


def row(name: str) -> str:
    """Train one recipe and return its line of the table."""
    began = perf_counter()
    finished = [event for event in train(resolve(None, recipe=name, flags={})) if isinstance(event, RunFinished)][-1]
    metrics = {key.removesuffix("_test"): value for key, value in finished.metrics.items() if key.endswith("_test")}
    reached = ", ".join(f"{key} {value:.4g}" for key, value in metrics.items() if key != "loss")
    return f"| `{name}` | {finished.epochs} | {reached} | {perf_counter() - began:.1f} s |"


def main(names: list[str]) -> None:
    print("| recipe | epochs | test split | time |\n| --- | --- | --- | --- |")
    for name in names or [name for name in recipes.names() if recipes.read(name).get("data", {}).get("name")]:
        print(row(name), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
