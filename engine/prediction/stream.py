"""Questions as JSON, one a line, each answered as it comes: for programs that keep a network at hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..checkpoint import Checkpoint
from ..data.reading.matching import Note
from ..data.reading.rows import read_records
from ..data.reading.strict_json import parse
from ..data.schema import Image, Schema
from ..errors import NnlabError, UsageError, shown
from .images import read_images
from .inputs import describe
from .predict import Predictions, Predictor, encode, predictor_of

INPUTS, RELOAD = "inputs", "reload"
LARGEST = 255
LONGEST_LINE = 2**25  # bytes
PIECE = 2**16  # bytes of a line too long that are passed over at a time
MOST_ROWS = 2**18  # of one question
MOST_VALUES = 2**23  # that one question puts into the network and its answer has
MOST_NOTES = 100  # different warnings that are told
UNFORESEEN = (ValueError, ArithmeticError, LookupError, OSError, RuntimeError, MemoryError)


def read_lines(stream: BinaryIO) -> Iterator[bytes]:
    """A stream's lines as they come. Of one longer than `LONGEST_LINE` no more than the beginning is held, which is
    longer still; the rest is passed over."""
    while line := stream.readline(LONGEST_LINE + 1):
        rest = line
        while len(line) > LONGEST_LINE and rest and not rest.endswith(b"\n"):
            rest = stream.readline(PIECE)
        yield line


def answer_stream(
    checkpoint: Checkpoint,
    lines: Iterable[bytes],
    out: BinaryIO,
    note: Note,
    again: Callable[[], Checkpoint] | None = None,
    interval: int | None = None,
) -> None:
    """Write a line of JSON for each line that is not blank, at once: `row` (from 1) and the answer, or `error`.

    A row is an object of values by column; one whose values are lists is many rows, and its answer has lists too. An
    image is `{"pixels": rows of numbers from 0 to 255}` (channels of those where it has three), or `{"file": name}`.
    The text `"inputs"` is answered by `describe` and the epoch of the weights; `"reload"` likewise, once `again` has
    read the checkpoint anew. With an `interval` come `lower`
    and `upper`, or `set`. `note` takes each warning once. Whatever a line is, it is answered, and nothing of it is
    kept.
    """
    network, told = _Network(checkpoint, predictor_of(checkpoint, interval), again, interval), set[str]()

    def once(text: str) -> None:
        if text not in told and len(told) < MOST_NOTES:
            told.add(text)
            note(text if len(told) < MOST_NOTES else "further warnings are not told")

    for number, line in enumerate((line for line in lines if not line.isspace()), 1):
        body = {"row": number, **_answered(line, f"Question {number}", network, once)}
        out.write(json.dumps(body, allow_nan=False).encode("ascii") + b"\n")
        out.flush()


@dataclass
class _Network:
    """The network that answers, and how its checkpoint is read once more."""

    checkpoint: Checkpoint
    predictor: Predictor
    again: Callable[[], Checkpoint] | None
    interval: int | None = None

    def reload(self) -> None:
        """Take the weights that are in the file now."""
        if self.again is not None:
            checkpoint = self.again()
            self.predictor, self.checkpoint = predictor_of(checkpoint, self.interval), checkpoint


def _answered(line: bytes, name: str, network: _Network, note: Note) -> dict[str, Any]:
    """The answer to a line, or what is wrong with it. All that is known to go wrong is a UsageError where it arises;
    what is not known yet shall not end the stream either."""
    try:
        return _answer(line, name, network, note)
    except NnlabError as error:
        return {"error": str(error)}
    except UNFORESEEN as error:
        return {"error": f"{name} cannot be answered ({type(error).__name__}: {shown(str(error))})."}


def _answer(line: bytes, name: str, network: _Network, note: Note) -> dict[str, Any]:
    question = _question(line, name)
    if question == RELOAD:
        network.reload()
    schema, predictor = network.checkpoint.schema, network.predictor
    if isinstance(question, str):
        return {**describe(schema), "epoch": network.checkpoint.epoch}
    if schema.image is not None:
        return _plain(predictor(*_image(question, name, schema.image, note)), many=False)
    known = {key: value for key, value in question.items() if key in schema.inputs or not isinstance(value, list)}
    many = any(isinstance(value, list) for value in known.values())
    records = _records(known, name, schema)

    def unplaced(text: str) -> None:
        note(text.removeprefix(f"{name}: "))

    table = read_records(records, name, schema, unplaced)
    encoded = [x for x, _ in encode([table], schema, name, unplaced)]
    return _plain(predictor(encoded[0], 1, []), many=many)


def _question(line: bytes, name: str) -> dict[str, Any] | str:
    """What a line asks: an object, `INPUTS` or `RELOAD`."""
    if len(line) > LONGEST_LINE:
        raise UsageError(f"{name} is longer than {LONGEST_LINE // 2**20} MiB: ask in several lines, or name files.")
    try:
        question = parse(line)
    except ValueError as error:
        raise UsageError(
            f'{name} is not a JSON object: {error}. Write a row as {{"column": value}}, or "{INPUTS}".'
        ) from None
    if not isinstance(question, dict) and question not in (INPUTS, RELOAD):
        raise UsageError(
            f'{name} is not a JSON object: write a row as {{"column": value}}, or "{INPUTS}"; '
            "tables are answered without --stream."
        )
    return question


def _records(question: dict[str, Any], name: str, schema: Schema) -> list[dict[str, Any]]:
    """The rows of a question; where some columns are lists, the values of the others are those of every row."""
    lengths = {key: len(value) for key, value in question.items() if isinstance(value, list)}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{shown(key)} has {length}" for key, length in list(lengths.items())[:3])
        raise UsageError(f"{name} has lists of different lengths: {told}.")
    rows = next(iter(lengths.values()), 1)
    if not rows:
        raise UsageError(f"{name} has lists without a value: write one for each row.")
    most = max(1, min(MOST_ROWS, MOST_VALUES // _width(question, schema)))
    if rows > most:
        raise UsageError(f"{name} is {rows:,} rows: ask for at most {most:,} of these at a time.")
    columns = [value if isinstance(value, list) else [value] * rows for value in question.values()]
    return [dict(zip(question, row, strict=True)) for row in zip(*columns, strict=True)]


def _width(question: dict[str, Any], schema: Schema) -> int:
    """How many values a row of a question takes, counting what it says, what the network sees and what is answered."""
    return len(question) + schema.in_features + len(schema.classes) + max(map(len, schema.classes), default=1)


def _image(question: dict[str, Any], name: str, image: Image, note: Note) -> tuple[np.ndarray, int, list[str]]:
    """One image's stored pixels (1, channels, height, width), as a predictor takes them."""
    channels, height, width = image.shape
    file, pixels = question.get("file"), question.get("pixels")
    if isinstance(file, str) and pixels is None:
        told = f"images of other sizes are resized to the network's {width} x {height} pixels"
        files, stored = next(read_images([Path(file)], image, lambda _: note(told)))
        return stored, 1, files
    planes: Any = [pixels] * channels if _is_plane(pixels, height, width) else pixels
    fits = file is None and isinstance(planes, list) and len(planes) == channels
    if not fits or not all(_is_plane(plane, height, width) for plane in planes):
        shape = f"{height} rows of {width} numbers from 0 to {LARGEST}"
        raise UsageError(
            f'{name} is not an image: write {{"file": name}}, or {{"pixels": {shape}}}'
            + (f", or {channels} of these." if channels > 1 else ".")
        )
    stored = np.rint(np.array([planes], dtype=np.float64)).astype(np.uint8)
    return stored, 1, []


def _is_plane(rows: Any, height: int, width: int) -> bool:
    """Whether these are so many rows of so many numbers that a pixel can be."""
    if not isinstance(rows, list) or len(rows) != height:
        return False
    if not all(isinstance(row, list) and len(row) == width for row in rows):
        return False
    return all(type(value) in (int, float) and 0 <= value <= LARGEST for value in chain.from_iterable(rows))


def _plain(predictions: Predictions, *, many: bool) -> dict[str, Any]:
    """Answers as `predict --json` gives them: one, or lists with one a row; None for what is no number."""
    if predictions.probabilities is None:
        with np.errstate(over="ignore"):  # what is too large for a float32 is no number
            columns = {"prediction": _numbers(predictions.answers.astype(np.float32))}
            if predictions.margin is not None:
                for name, margin in (("lower", -predictions.margin), ("upper", predictions.margin)):
                    columns[name] = _numbers((predictions.answers + margin).astype(np.float32))
        return columns if many else {name: values[0] for name, values in columns.items()}
    names = [*predictions.classes, None]
    answers = [names[index] for index in predictions.answers.tolist()]
    rounded = [_numbers(np.round(column, 6)) for column in predictions.probabilities]
    sets = None if predictions.sets is None else [_names(predictions.classes, held) for held in predictions.sets.T]
    if many:
        body = {"prediction": answers, "probabilities": dict(zip(predictions.classes, rounded, strict=True))}
        return body if sets is None else body | {"set": sets}
    first = [column[0] for column in rounded]
    body = {"prediction": answers[0], "probabilities": dict(zip(predictions.classes, first, strict=True))}
    return body if sets is None else body | {"set": sets[0]}


def _names(classes: list[str], held: np.ndarray) -> list[str]:
    """The names of the classes in a set."""
    return [name for name, one in zip(classes, held.tolist(), strict=True) if one]


def _numbers(values: np.ndarray) -> list[float | None]:
    """Plain numbers in as few digits as tell them from others of their type; None for what is none."""
    return [float(str(value)) if np.isfinite(value) else None for value in values]
