"""Tables that nobody honest would write, and a look at them in a process of its own, since they may end it."""

from __future__ import annotations

import struct
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
from pyarrow import parquet

ROWS = 60


def stream(table: pa.Table) -> bytes:
    """A table as an Arrow stream."""
    sink = BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def write(table: pa.Table, path: Path) -> None:
    """Write the table as its file's name says."""
    if path.suffix == ".csv":
        pyarrow.csv.write_csv(table, path)
    elif path.suffix == ".feather":
        pyarrow.feather.write_feather(table, str(path), compression="uncompressed")
    elif path.suffix == ".arrow":
        path.write_bytes(stream(table))
    else:
        parquet.write_table(table, path)


def zstd(data: bytes) -> bytes:
    """The bytes as a .zst file holds them."""
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


def honest(rows: int = ROWS) -> pa.Table:
    """Numbers, texts and categories."""
    values = np.random.default_rng(0).normal(size=rows)
    return pa.table(
        {
            "x": values,
            "word": pa.array([("red", "blue", "green")[row % 3] for row in range(rows)]),
            "coded": pa.array([("north", "south")[row % 2] for row in range(rows)]).dictionary_encode(),
            "y": values * 2,
        }
    )


def far_offsets(large: bool = False) -> pa.Table:
    """Texts of which one ends far behind the buffer that they lie in."""
    ends = [0, *(row + 1 for row in range(ROWS))]
    ends[ROWS // 2] = 2**30
    offsets = struct.pack(f"<{len(ends)}{'q' if large else 'i'}", *ends)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"a" * ROWS)]
    texts = pa.Array.from_buffers(pa.large_string() if large else pa.string(), ROWS, buffers)
    return _with("word", texts)


def far_codes() -> pa.Table:
    """Categories of which one has a number that no category has."""
    codes = pa.array([2**20 if row == 7 else row % 2 for row in range(ROWS)], pa.int32())
    coded = pa.DictionaryArray.from_arrays(codes, pa.array(["north", "south"]), safe=False)
    return _with("coded", coded)


def no_text() -> pa.Table:
    """Texts that are not UTF-8."""
    texts = pa.array([b"\xff\xfe%d" % row for row in range(ROWS)]).view(pa.string())
    return _with("word", texts)


def _with(name: str, column: pa.Array) -> pa.Table:
    """The honest table with one column that is not."""
    table = honest()
    return table.set_column(table.column_names.index(name), name, column)


LOOK = """
import sys
from nnlab.engine.data.reading.tables import read
from nnlab.engine.errors import UsageError
for name in sys.argv[1:]:
    try:
        for column in read(name).columns:
            column.to_pylist()
        print("read")
    except UsageError as error:
        print(error)
"""


def looked_at(*files: Path) -> list[str]:
    """What becomes of each file, read in one process of their own: `read`, or the sentence."""
    done = subprocess.run([sys.executable, "-c", LOOK, *map(str, files)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, (done.returncode, done.stderr)
    return done.stdout.splitlines()
