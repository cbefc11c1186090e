"""A data set read by a process of its own, which leaves the screen its time and ends when nobody waits any more.

What it has read lies in a nameless file, which is mapped: no value is copied or read before it is looked at.
"""

from __future__ import annotations

import json
import mmap
from dataclasses import asdict
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Protocol

from ...engine.data.overview.view import ColumnFacts, DatasetView
from ...engine.errors import NnlabError
from ..child import ChildProcess

if TYPE_CHECKING:
    import numpy as np

ALIGNED = 64  # bytes, as Arrow wants a table to begin
PART = 4096  # images written at a time
TAIL = 8  # bytes that hold the length of the text before them
FACTS = ("asked", "name", "uses", "widths", "task", "target")


class DatasetReader(Protocol):
    """A data set on its way."""

    def result(self) -> DatasetView | NnlabError:
        """What was read, or what is wrong with it; waits for it, and no longer once it is closed."""
        ...

    def close(self) -> None:
        """Nobody wants it any more."""
        ...


class DatasetProcess:
    """The process that reads a data set; it ends with its standard input, so it outlives nobody."""

    def __init__(self, name: str) -> None:
        self._out = TemporaryFile()  # noqa: SIM115  (closed with this object)
        arguments = ["-m", "nnlab.commands.workers.data_reader", name]
        self._child = ChildProcess("The process that reads the data", arguments, stdout=self._out)

    def result(self) -> DatasetView | NnlabError:
        """What was read, or what is wrong with it, in the process's own sentence."""
        try:
            return NnlabError(self._child.failure() or "") if self._child.wait() else load_view(self._out)
        except (OSError, ValueError) as error:
            return NnlabError(f"The data set cannot be mapped into memory: {error}.")

    def close(self) -> None:
        """End the process, wherever it is."""
        self._child.close()


def write_view(dataset: DatasetView, out: BinaryIO) -> None:
    """Images, table, the rest as JSON, and the length of that, one after the other."""
    import pyarrow as pa

    size = _write_images(dataset.images, out)
    size += out.write(bytes(-size % ALIGNED))
    sink = pa.PythonFile(out, "w")
    with pa.ipc.new_stream(sink, dataset.table.schema) as stream:
        stream.write_table(dataset.table)
    facts = {key: getattr(dataset, key) for key in FACTS}
    kinds = {name: asdict(facts) for name, facts in dataset.kinds.items()}
    shape = None if dataset.images is None else dataset.images.shape
    tail = json.dumps({"facts": facts, "kinds": kinds, "images": shape, "table": size}).encode()
    out.write(tail + len(tail).to_bytes(TAIL, "little"))
    out.flush()


def load_view(file: IO[bytes]) -> DatasetView:
    """What `write_view` has written; the file's bytes are mapped. Raises OSError or ValueError where that fails."""
    import numpy as np
    import pyarrow as pa

    whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    end = len(whole) - TAIL
    start = end - int.from_bytes(whole[end:], "little")
    tail: dict[str, Any] = json.loads(whole[start:end])
    table = pa.ipc.open_stream(pa.py_buffer(whole).slice(tail["table"], start - tail["table"])).read_all()
    kinds = {name: ColumnFacts(**facts) for name, facts in tail["kinds"].items()}
    facts: dict[str, Any] = {**tail["facts"], "widths": tuple(tail["facts"]["widths"])}
    shape: list[int] | None = tail["images"]
    images = None if shape is None else np.frombuffer(whole, np.uint8, int(np.prod(shape))).reshape(shape)
    return DatasetView(**facts, table=table, kinds=kinds, images=images)


def _write_images(images: np.ndarray | None, out: BinaryIO) -> int:
    """Write the pixels and return how many bytes they take."""
    if images is None:
        return 0
    return sum(out.write(images[start : start + PART].tobytes()) for start in range(0, len(images), PART))
