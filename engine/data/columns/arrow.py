"""Between Arrow and NumPy without `pyarrow.array`, `scalar` and `to_numpy`, whose first call imports pandas (0.6 s).

Columns of class names are dealt with in NumPy alone, so that images need no `pyarrow.compute`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa


def compute() -> Any:
    """`pyarrow.compute`, imported when it is first needed: that takes half as long as reading MNIST. Its functions are
    made at import, where no checker sees them."""
    import pyarrow.compute

    return pyarrow.compute


def release() -> None:
    """Give the memory back that Arrow keeps for later."""
    pa.default_memory_pool().release_unused()


def from_numpy(values: np.ndarray) -> pa.Array:
    """Numbers as they lie in memory, not copied where they are contiguous; float16 and bool are not served."""
    values = np.ascontiguousarray(values)
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, pa.py_buffer(values)])


def strings(values: Sequence[str | None]) -> pa.Array:
    """Texts; None are missing ones."""
    encoded = [b"" if value is None else value.encode() for value in values]
    offsets = np.concatenate([[0], np.cumsum([len(value) for value in encoded])]).astype(np.int32)
    buffers = [_valid(values), pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(encoded), buffers)


def numbers(values: Sequence[float | None], dtype: type[np.number[Any]]) -> pa.Array:
    """Numbers of this type; None are missing ones. OverflowError for one that it cannot hold."""
    filled = np.array([0 if value is None else value for value in values], dtype)
    return pa.Array.from_buffers(pa.from_numpy_dtype(filled.dtype), len(values), [_valid(values), pa.py_buffer(filled)])


def _valid(values: Sequence[object]) -> pa.Buffer | None:
    """A bit for each value that is there; None where all are."""
    there = np.array([value is not None for value in values], dtype=bool)
    return None if there.all() else pa.py_buffer(np.packbits(there, bitorder="little"))


def labels(codes: np.ndarray, classes: Sequence[str]) -> pa.Array:
    """A target column of class names from the integers that index them."""
    return pa.DictionaryArray.from_arrays(from_numpy(codes.astype(np.int32)), strings(classes))


def null(kind: pa.DataType) -> Any:
    """A missing value of this type."""
    return pa.nulls(1, kind)[0]


def text(value: str) -> Any:
    """A text as a value by itself."""
    return strings([value]).cast(pa.large_string())[0]


def mask(rows: np.ndarray) -> pa.Array:
    """Booleans as Arrow's."""
    return from_numpy(rows.view(np.uint8)).cast(pa.bool_())


def whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The column in one piece, not copied where it is one."""
    if isinstance(column, pa.ChunkedArray):
        return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    return column


def to_numpy(column: pa.Array | pa.ChunkedArray, fill: float = np.nan) -> np.ndarray:
    """Numbers or booleans as an array, read-only and not copied where they lie in one piece; nulls become `fill`,
    among booleans False."""
    if pa.types.is_boolean(column.type):
        return to_numpy(column.cast(pa.uint8()), 0).view(np.bool_)
    array = whole(column)
    dtype = np.dtype(array.type.to_pandas_dtype())
    if not len(array):
        return np.empty(0, dtype)
    values = np.frombuffer(array.buffers()[1], dtype, len(array), array.offset * dtype.itemsize)
    return np.where(to_numpy(array.is_valid()), values, dtype.type(fill)) if array.null_count else values


def take(column: pa.ChunkedArray, rows: np.ndarray) -> pa.ChunkedArray:
    """These rows of a column."""
    if not pa.types.is_dictionary(column.type) or column.null_count:
        return column.take(from_numpy(rows))
    coded = whole(column)
    return pa.chunked_array(
        [pa.DictionaryArray.from_arrays(from_numpy(to_numpy(coded.indices)[rows]), coded.dictionary)]
    )


def missing(column: pa.ChunkedArray) -> np.ndarray:
    """A mask of the rows without a value, NaN included."""
    coded = pa.types.is_dictionary(column.type) and not column.null_count
    if coded and not any(chunk.dictionary.null_count for chunk in column.chunks):
        return np.zeros(len(column), dtype=bool)
    return to_numpy(column.is_null(nan_is_null=True))
