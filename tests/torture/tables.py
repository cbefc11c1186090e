"""Damage Parquet, Feather and Arrow files at random and count what becomes of them when they are trained on and
answered: `python tests/torture/tables.py [FILES] [SEED]`.

Every file must be refused in one sentence or read as a table. A worker does it, and another one when it dies: an end by
a signal, an error that nobody caught and more than a minute for a file are counted, and the file's number shown.
"""

from __future__ import annotations

import io
import random
import resource
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow as pa
import pyarrow.feather
from pyarrow import parquet

sys.path.insert(0, str(Path(__file__).parent.parent / "trust"))

import forging

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.config import DataConfig, validate
from nnlab.engine.data.user_table import load_table
from nnlab.engine.errors import NnlabError
from nnlab.engine.prediction.predict import predict
from nnlab.engine.runs.claim import claim
from nnlab.engine.training.session import begin
from nnlab.engine.training.train import run

PATIENCE = 60  # seconds


def main(files: int, seed: int) -> None:
    """Read so many damaged files and print the counts, the slowest and the workers' memory."""
    counts: Counter[str] = Counter()
    slowest = 0.0
    spawning = SpawnContext()
    with tempfile.TemporaryDirectory() as folder:
        samples, network = list(written().items()), trained(Path(folder))
        worker, line = start(spawning, network)
        for number in range(files):
            rng = random.Random(f"{seed} {number}")
            (kind, suffix), data = rng.choice(samples)
            path = Path(folder) / f"damaged{suffix}"
            path.write_bytes(forging.mutated(data, rng))
            began = perf_counter()
            line.send(str(path))
            try:
                outcome = line.recv() if line.poll(PATIENCE) else "more than a minute"
            except EOFError:
                worker.join()
                code = worker.exitcode or 0
                outcome = f"ended by signal {-code}" if code < 0 else "an error that nobody caught"
            slowest = max(slowest, perf_counter() - began)
            counts[f"{suffix[1:]}: {outcome}"] += 1
            if not outcome.startswith(("refused", "read")):
                print(f"file {number} ({kind}): {outcome}", flush=True)
                worker.kill()
                worker.join()
                worker, line = start(spawning, network)
        line.close()
        worker.join()
    for what, count in sorted(counts.items()):
        print(f"{count:7,} {what}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{files:7,} files in all, seed {seed}; slowest {slowest:.2f} s, peak memory {peak:.0f} MiB")


def rows() -> pa.Table:
    """Numbers, texts, categories, dates, truths and gaps."""
    generator = np.random.default_rng(0)
    values = generator.normal(size=120)
    return pa.table(
        {
            "x": pa.array(values, mask=values > 2),
            "count": pa.array(generator.integers(0, 50, 120)),
            "kind": pa.array([("red", "blue", "green", None)[row % 4] for row in range(120)]),
            "coded": pa.array(["north", "south", "east"] * 40).dictionary_encode(),
            "day": pa.array([row * 86_400_000 for row in range(120)], pa.timestamp("ms")),
            "used": pa.array([row % 3 == 0 for row in range(120)]),
            "y": pa.array(values * 2 + generator.normal(size=120)),
        }
    )


def written() -> dict[tuple[str, str], bytes]:
    """The table in every kind of file, by a name of its own and the suffix."""
    table = rows()

    def made(write: Callable[..., object], *given: object, **options: object) -> bytes:
        sink = io.BytesIO()
        write(table, sink, *given, **options)
        return sink.getvalue()

    def stream(table: pa.Table, sink: io.BytesIO) -> None:
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table, 50)

    feather = pyarrow.feather.write_feather
    return {
        ("parquet", ".parquet"): made(parquet.write_table, row_group_size=50),
        ("parquet zstd", ".parquet"): made(parquet.write_table, compression="zstd"),
        ("parquet plain", ".parquet"): made(parquet.write_table, use_dictionary=False, compression="none"),
        ("feather", ".feather"): made(feather, "uncompressed"),
        ("feather lz4", ".feather"): made(feather, "lz4"),
        ("feather zstd", ".feather"): made(feather, "zstd"),
        ("arrow", ".arrow"): made(stream),
    }


def trained(folder: Path) -> Path:
    """A network of the table, to be asked."""
    parquet.write_table(rows(), folder / "rows.parquet")
    data = {"name": str(folder / "rows.parquet"), "target": "y"}
    session = begin(validate({"data": data, "training": {"epochs": 1}}, source="torture"))
    run_folder = claim(out=folder / "run")
    for _ in run(session, run_folder):
        pass
    return run_folder.last


def start(spawning: SpawnContext, network: Path) -> tuple[SpawnProcess, Connection]:
    """A worker, and the line to it."""
    here, there = spawning.Pipe()
    worker = spawning.Process(target=work, args=(there, network), daemon=True)
    worker.start()
    there.close()
    return worker, here


def work(line: Connection, network: Path) -> None:
    """Answer each path that comes with what became of the file; what nobody catches ends the worker."""
    checkpoint = checkpoints.load(network)
    while True:
        try:
            path = line.recv()
        except EOFError:
            return
        said = {outcome(look, path), outcome(ask, checkpoint, path)}
        line.send(said.pop() if len(said) == 1 else "read or refused in part")


def outcome(read: Callable[..., object], *given: object) -> str:
    """Whether something is read, or refused in a sentence."""
    try:
        read(*given)
    except NnlabError as error:
        if "\n" in str(error) or len(str(error)) > 2000:
            raise AssertionError(f"no sentence: {str(error)[:100]!r}") from None
        return "refused"
    return "read"


def look(path: str) -> None:
    """Read the file as training does, and touch every value."""
    for column in load_table(DataConfig(name=path, target="y")).table.columns:
        column.to_pylist()


def ask(checkpoint: checkpoints.Checkpoint, path: str) -> None:
    """Have the network answer every row."""
    for part in predict(checkpoint, path, lambda _: None):
        part.answers.tolist()


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    main(*numbers, *(20_000, 1)[len(numbers) :])
