"""Weights as a safetensors file, and a network as a folder of one with its config and schema as JSON beside it.

A folder may be a stranger's: it holds numbers and plain data, is bounded, and nothing in it is run. The format is that
of the package of the same name, which need not be installed.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from .archive import LARGEST, LARGEST_PICKLE, refused
from .errors import UsageError
from .runs.folder import REST, WEIGHTS
from .tensors import BFLOAT16

MOST_TENSORS = 20_000
MOST_SIDES = 32  # of a tensor
_TYPES: dict[str, np.dtype[Any]] = {
    **{f"F{bits}": np.dtype(f"<f{bits // 8}") for bits in (16, 32, 64)},
    **{f"I{bits}": np.dtype(f"<i{bits // 8}") for bits in (8, 16, 32, 64)},
    **{f"U{bits}": np.dtype(f"<u{bits // 8}") for bits in (8, 16, 32, 64)},
    "BOOL": np.dtype(bool),
    "BF16": BFLOAT16,
}


def to_safetensors(weights: Mapping[str, np.ndarray], about: Mapping[str, str]) -> bytes:
    """A file of these weights; `about` are texts that it says of itself. ValueError for a type that the format has
    not."""
    names = {dtype.str if dtype.names is None else str(dtype): name for name, dtype in _TYPES.items()}
    head: dict[str, Any] = {"__metadata__": {"format": "pt", **about}}
    parts: list[bytes] = []
    place = 0
    for name, weight in weights.items():
        little = weight.astype(weight.dtype.newbyteorder("<"))
        kind = names.get(little.dtype.str if little.dtype.names is None else str(little.dtype))
        if kind is None:
            raise ValueError(f"the weight {name} is of {weight.dtype}")
        parts.append(np.ascontiguousarray(little).tobytes())
        head[name] = {"dtype": kind, "shape": list(weight.shape), "data_offsets": [place, place + len(parts[-1])]}
        place += len(parts[-1])
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)


def read_folder(path: Path) -> dict[str, Any]:
    """The dict that `checkpoint.load` validates, as `archive.read` has it of a `.pt` file. Raises UsageError saying
    what is wrong."""
    try:
        rest = json.loads(_bytes(path / REST, LARGEST_PICKLE))
        weights = of_safetensors(_bytes(path / WEIGHTS, LARGEST))
    except RecursionError:
        raise refused(path, "its JSON is nested too deeply") from None
    except ValueError as error:
        raise refused(path, str(error)) from None
    if not isinstance(rest, dict):
        raise refused(path, "its JSON is no object")
    history: Any = rest.get("history")
    if not isinstance(history, dict) or not isinstance(history.get("values"), list):
        raise refused(path, "it lacks a history")
    try:
        values = np.array(history["values"], dtype=np.float64)
    except (ValueError, TypeError):
        raise refused(path, "its history is no table") from None
    return {**rest, "history": {**history, "values": values}, "weights": weights, "state": {}}


def of_safetensors(data: bytes) -> dict[str, np.ndarray]:
    """The weights in a file, for which no more memory is taken than it is long. Raises ValueError for what is none."""
    size = int.from_bytes(data[:8], "little")
    if len(data) < 8 or size > min(len(data) - 8, LARGEST_PICKLE):
        raise ValueError("its weights are no safetensors file")
    head: Any = json.loads(data[8 : 8 + size])
    if not isinstance(head, dict) or len(head) > MOST_TENSORS:
        raise ValueError("its weights are no safetensors file")
    head.pop("__metadata__", None)
    whole, found = memoryview(data)[8 + size :], dict[str, np.ndarray]()
    end = 0
    starts: dict[str, int] = {name: _start(told) for name, told in head.items()}
    for name in sorted(starts, key=lambda name: starts[name]):
        told: object = head[name]
        kind, shape, (first, last) = _checked(name, told)
        if first != end or last - first != prod(shape) * kind.itemsize or last > len(whole):
            raise ValueError(f"its weight {name[:100]} is not where the file says")
        found[name] = np.frombuffer(whole[first:last], kind).reshape(shape).copy()
        end = last
    if end != len(whole):
        raise ValueError("its weights are followed by something else")
    return {name: found[name] for name in head}


def _start(told: object) -> int:
    match told:
        case {"data_offsets": [int(first), int(_)]}:
            return first
        case _:
            raise ValueError("its weights are no safetensors file")


def _checked(name: object, told: object) -> tuple[np.dtype[Any], list[int], tuple[int, int]]:
    match told:
        case {"dtype": str(kind), "shape": list(shape), "data_offsets": [int(first), int(last)]} if kind in _TYPES:
            sides: list[Any] = shape
            if len(sides) <= MOST_SIDES and all(type(side) is int and 0 <= side < 2**40 for side in sides):
                return _TYPES[kind], sides, (first, last)
        case _:
            pass
    raise ValueError(f"its weight {str(name)[:100]} is of no type or shape that is read")


def _bytes(path: Path, most: int) -> bytes:
    """A file's content. UsageError for one that cannot be read or is too long."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size > most:
                raise UsageError(f"{path} is not read: it is no file, or has more than {most >> 20:,} MiB.")
            return file.read(most)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
