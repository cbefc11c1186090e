"""Predictions as text, CSV or JSON lines, a whole block of rows at a time."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from ..data.columns.arrow import from_numpy
from .predict import Predictions

Piece = bytes | np.ndarray
Quote = Callable[[str], bytes]

MILLION = 1_000_000
BETWEEN = "|"  # the classes of a set, in a cell
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
SLICE = 2**25  # bytes of text made at a time


def write_csv(
    predictions: Iterable[Predictions],
    classes: Sequence[str],
    out: BinaryIO,
    *,
    images: bool = False,
    guard: bool = False,
    interval: bool = False,
) -> None:
    """A header and a line for each row: `prediction` (a class's name, or a number), then `probability_<class>` to six
    decimals; for images their `file` comes first. What is no number is left empty, or is nan where it stands alone.

    With an `interval` come `lower` and `upper`, or `set`, its classes with | between.
    `guard` puts an apostrophe before names that a spreadsheet would compute.
    """
    quote = _guarded_cell if guard else _csv_cell
    names = [*(["file"] if images else []), "prediction", *(f"probability_{name}" for name in classes)]
    if interval:
        names += ["set"] if classes else ["lower", "upper"]
    out.write(b",".join(quote(name) for name in names) + b"\n")
    for block in predictions:
        pieces: list[Piece] = [_texts(block.files, quote), b","] if images else []
        pieces.append(_answers(block, quote, b"" if block.classes else b"nan"))
        for column in _columns(block):
            pieces += [b",", decimals(column, b"")]
        for end in _ends(block, b"nan"):
            pieces += [b",", end]
        if block.sets is not None:
            pieces += [b",", _sets(block, lambda names: quote(_joined(names)) if names else b"")]
        _write(out, [*pieces, b"\n"], len(block))


def write_json(
    predictions: Iterable[Predictions], classes: Sequence[str], out: BinaryIO, *, images: bool = False
) -> None:
    """An object a line: `row` (from 1), `file` for images, `prediction`, and for classes `probabilities` by name, to
    six decimals; null for what is no number. With an interval
    come `lower` and `upper`, or `set`, a list of classes."""
    for block in predictions:
        rows = _fixed(from_numpy(np.arange(block.first, block.first + len(block))))
        pieces: list[Piece] = [b'{"row":', rows]
        if images:
            pieces += [b',"file":', _texts(block.files, _json_cell)]
        pieces += [b',"prediction":', _answers(block, _json_cell, b"null")]
        opening = b',"probabilities":{'
        for name, column in zip(classes, _columns(block), strict=True):
            pieces += [opening + _json_cell(name) + b":", decimals(column, b"null")]
            opening = b","
        pieces.append(b"}" if classes else b"")
        for name, end in zip((b"lower", b"upper"), _ends(block, b"null"), strict=False):
            pieces += [b',"' + name + b'":', end]
        if block.sets is not None:
            pieces += [b',"set":', _sets(block, lambda names: json.dumps(names).encode("ascii"))]
        _write(out, [*pieces, b"}\n"], len(block))


def decimals(values: np.ndarray, missing: bytes) -> np.ndarray:
    """Numbers from 0 to 1 as `0.123456`, S8 (rows,), `missing` for NaN.

    Two small tables hold the first half of each text and the second; laid over each other they make the whole, some
    twenty times faster than formatting floats one by one.
    """
    first, second = _halves()
    known = ~np.isnan(values)
    millionths = np.rint(np.where(known, values, 0) * MILLION).astype(np.int32)
    thousandths = millionths // 1000
    texts = (first[thousandths] | second[millionths - thousandths * 1000]).view("S8")
    return texts if known.all() else np.where(known, texts, np.bytes_(missing))


@lru_cache
def _halves() -> tuple[np.ndarray, np.ndarray]:
    """`0.123` with three empty bytes after it for 0 to 1000 thousandths, and three digits after five empty bytes."""
    first = [f"{whole // 1000}.{whole % 1000:03}" for whole in range(1001)]
    second = [f"\0\0\0\0\0{rest:03}" for rest in range(1000)]
    return np.array(first, "S8").view(np.uint64), np.array(second, "S8").view(np.uint64)


def _write(out: BinaryIO, pieces: Sequence[Piece], rows: int) -> None:
    """Write the pieces of each row one after the other: bytes are the same in every row, arrays have one text a row."""
    layout = [(str(place), _dtype(piece)) for place, piece in enumerate(pieces)]
    lines = np.dtype(layout)
    step = max(1, SLICE // lines.itemsize)
    for start in range(0, rows, step):
        block = np.empty(min(step, rows - start), lines)
        for place, piece in enumerate(pieces):
            block[str(place)] = piece if isinstance(piece, bytes) else piece[start : start + step]
        data = block.view(np.uint8)
        # Texts shorter than their field end in empty bytes, which no text holds.
        out.write((data if data.all() else data[data != 0]).data)


def _dtype(piece: Piece) -> str:
    return f"S{len(piece)}" if isinstance(piece, bytes) else piece.dtype.str


def _answers(block: Predictions, quote: Quote, missing: bytes) -> np.ndarray:
    """The prediction of each row: the class's name, or the number in as few digits as tell it from other float32s."""
    if block.classes:
        names = np.array([*(quote(name) for name in block.classes), missing])
        return (names if names.dtype.itemsize else names.astype("S1"))[block.answers]
    return _values(block.answers, missing)


def _ends(block: Predictions, missing: bytes) -> list[np.ndarray]:
    """The lower and the upper end of each row's interval, where there are such."""
    if block.margin is None:
        return []
    both = (block.answers - block.margin, block.answers + block.margin)
    return [_values(values, missing) for values in both]


def _joined(names: Iterable[str]) -> str:
    r"""The classes of a set as one text that can be taken apart again: `|` and `\` within a name stand after a `\`."""
    return BETWEEN.join(name.replace("\\", "\\\\").replace(BETWEEN, f"\\{BETWEEN}") for name in names)


def _sets(block: Predictions, written: Callable[[list[str]], bytes]) -> np.ndarray:
    """The classes in each row's set as one text; each different set is written once."""
    assert block.sets is not None
    packed = np.ascontiguousarray(np.packbits(block.sets, axis=0).T)
    _, first, place = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    texts = [written([block.classes[index] for index in np.flatnonzero(block.sets[:, row])]) for row in first]
    found = np.array(texts)
    return (found if found.dtype.itemsize else found.astype("S1"))[place.reshape(-1)]


def _values(values: np.ndarray, missing: bytes) -> np.ndarray:
    """Numbers in as few digits as tell them from other float32s, `missing` for what is none."""
    with np.errstate(over="ignore"):
        texts = _fixed(from_numpy(values.astype(np.float32)))
    finite = np.isfinite(values)
    return texts if finite.all() else np.where(finite, texts, np.bytes_(missing))


def _columns(block: Predictions) -> list[np.ndarray]:
    return [] if block.probabilities is None else list(block.probabilities)


def _texts(texts: Sequence[str], quote: Quote) -> np.ndarray:
    return np.array([quote(text) for text in texts])


def _fixed(values: pa.Array) -> np.ndarray:
    """Numbers as texts S<longest> (rows,), converted by Arrow and laid out without a loop over rows."""
    texts = values.cast(pa.string())
    offsets = np.frombuffer(texts.buffers()[1], np.int32, len(texts) + 1)
    lengths = np.diff(offsets)
    width = max(1, int(lengths.max(initial=0)))
    cells = np.zeros((len(texts), width), np.uint8)
    cells[np.arange(width) < lengths[:, None]] = np.frombuffer(texts.buffers()[2], np.uint8, int(offsets[-1]))
    return cells.view(f"S{width}")[:, 0]


def _csv_cell(text: str) -> bytes:
    """The text as a CSV cell, quoted where it must be; empty bytes, which no terminal shows, are left out."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([text.replace("\0", "")])
    return line.getvalue().removesuffix("\r\n").encode("utf-8", "surrogateescape")


def _guarded_cell(text: str) -> bytes:
    """The text as a CSV cell that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return _csv_cell("'" + text if text.startswith(FORMULA) else text)


def _json_cell(text: str) -> bytes:
    return json.dumps(text).encode("ascii")
