"""What people look with, without nnlab: `python -m benchmarks.peers.whole_pandas show CSV`, or `runs FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd


def main(task: str, place: str) -> None:
    if task == "show":
        frame = pd.read_csv(place)
        print(frame.dtypes, frame.describe(include="all"), frame.isna().sum(), frame.head(), sep="\n\n")
    else:
        ends = {path.parent.name: pd.read_csv(path).iloc[-1] for path in Path(place).glob("*/history.csv")}
        print(pd.DataFrame(ends).T.to_string())


if __name__ == "__main__":
    main(*sys.argv[1:])
