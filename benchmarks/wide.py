"""What very wide tables cost: seconds of `data show` beside those of the training that prepares them the same way.

`python -m benchmarks.wide` takes some two minutes and prints a table.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from .measuring import environment, in_turns, middle, nnlab, table

ROWS, WIDTHS, TURNS = 60, (1_000, 10_000), 3
TEXTS = 5  # of so many columns one holds texts, the others numbers


def write(path: Path, width: int) -> None:
    """A CSV of so many columns and a class."""
    draw = np.random.default_rng(1)
    letters = np.array(list("abcde"))
    columns = [
        letters[draw.integers(0, 5, ROWS)] if place % TEXTS == 0 else draw.normal(size=ROWS).round(3).astype(str)
        for place in range(width)
    ]
    rows = zip(*columns, np.resize(["no", "yes"], ROWS), strict=True)
    head = ",".join([*(f"x{place}" for place in range(width)), "y"])
    path.write_text("\n".join([head, *map(",".join, rows)]) + "\n", encoding="utf-8")


def main(widths: list[int]) -> None:
    rows: list[list[str]] = []
    with TemporaryDirectory(prefix="nnlab-bench-") as place:
        for width in widths:
            file = Path(place) / f"{width}.csv"
            write(file, width)
            commands = {
                "show": nnlab("data", "show", str(file), "--target", "y", "--json"),
                "train": nnlab("train", str(file), "--target", "y", "--epochs", "1"),
            }
            costs = in_turns(commands, TURNS, environment(1, {"NNLAB_RUNS": place}))
            show, train = (middle(each.wall for each in costs[name]) for name in commands)
            rows.append([f"{width:,}", f"{show:.1f}", f"{train:.1f}", f"{show / train:.2f}"])
    print(table(["columns", "s, data show", "s, train --epochs 1", "show in train"], rows))


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or list(WIDTHS))
