"""A CSV of ten numbers and a class: `python -m benchmarks.peers.wide_table FILE ROWS`."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd


def main(path: str, rows: int) -> None:
    x = np.random.default_rng(1).standard_normal((rows, 10)).round(6)
    frame = pd.DataFrame(x, columns=pd.Index([f"x{number}" for number in range(1, 11)]))
    frame["kind"] = np.array(["low", "middle", "high"])[np.digitize(x.sum(axis=1), [-1.5, 1.5])]
    frame.to_csv(path, index=False)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
