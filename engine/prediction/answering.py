"""One question answered: a row, columns of rows, rows or an image as plain values, answered by plain values."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from ..data.reading.matching import Note
from ..data.reading.rows import read_records
from ..data.schema import Image, Schema
from ..errors import UsageError, shown
from .images import read_images
from .predict import Predictions, Predictor, encode

LARGEST = 255
MOST_ROWS = 2**18  # of one question
MOST_VALUES = 2**23  # that one question puts into the network and its answer has
UNFORESEEN = (ValueError, ArithmeticError, LookupError, OSError, RuntimeError, MemoryError)
"""What may still go wrong with a question that nobody foresaw: it is told, and ends nothing."""


def answer_question(
    question: dict[str, Any], name: str, schema: Schema, predictor: Predictor, note: Note, *, files: bool = True
) -> dict[str, Any]:
    """`prediction` and, for classes, `probabilities` by name: of one row, or lists of them where values are lists.

    An image is `{"pixels": rows of numbers from 0 to 255}` (channels of those where it has three), or, with `files`,
    `{"file": name}`. `name` is what errors call the question. Raises UsageError for one that cannot be answered.
    """
    if schema.image is not None:
        return answer_plain(predictor(*_image(question, name, schema.image, note, files=files)))
    known = {key: value for key, value in question.items() if key in schema.inputs or not isinstance(value, list)}
    many = any(isinstance(value, list) for value in known.values())
    return answer_plain(_answered(_records(known, name, schema), name, schema, predictor, note), many=many)


def answer_rows(
    rows: Sequence[Any], name: str, schema: Schema, predictor: Predictor, note: Note
) -> list[dict[str, Any]]:
    """The answers to rows that are dicts of values by column, each as that to a question of its own. Raises UsageError
    for what cannot be answered, with row and column."""
    odd = next((number for number, row in enumerate(rows, 1) if not isinstance(row, dict)), None)
    if odd is not None:
        raise UsageError(f'{name}, row {odd} is not an object: write a row as {{"column": value}}.')
    if not rows:
        raise UsageError(f"{name} is a list without a row: write at least one.")
    _check_rows(len(rows), max(map(len, rows)), name, schema)
    answer = answer_plain(_answered(rows, name, schema, predictor, note), many=True)
    shares = answer.pop("probabilities", None)
    each = [dict(zip(answer, row, strict=True)) for row in zip(*answer.values(), strict=True)]
    if shares is None:
        return each
    rows_of = zip(*shares.values(), strict=True)
    return [
        {**one, "probabilities": dict(zip(shares, row, strict=True))} for one, row in zip(each, rows_of, strict=True)
    ]


def _answered(
    records: Sequence[dict[str, Any]], name: str, schema: Schema, predictor: Predictor, note: Note
) -> Predictions:
    def unplaced(text: str) -> None:
        note(text.removeprefix(f"{name}: "))

    table = read_records(records, name, schema, unplaced)
    encoded = [x for x, _ in encode([table], schema, name, unplaced, alike=False)]
    return predictor(encoded[0], 1, [])


def _records(question: dict[str, Any], name: str, schema: Schema) -> list[dict[str, Any]]:
    """The rows of a question; where some columns are lists, the values of the others are those of every row."""
    lengths = {key: len(value) for key, value in question.items() if isinstance(value, list)}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{shown(key)} has {length}" for key, length in list(lengths.items())[:3])
        raise UsageError(f"{name} has lists of different lengths: {told}.")
    rows = next(iter(lengths.values()), 1)
    if not rows:
        raise UsageError(f"{name} has lists without a value: write one for each row.")
    _check_rows(rows, len(question), name, schema)
    columns = [value if isinstance(value, list) else [value] * rows for value in question.values()]
    return [dict(zip(question, row, strict=True)) for row in zip(*columns, strict=True)]


def _check_rows(rows: int, values: int, name: str, schema: Schema) -> None:
    """UsageError where these are too many rows of so many values, counting what they say, what the network sees and
    what is answered."""
    width = values + schema.in_features + len(schema.classes) + max(map(len, schema.classes), default=1)
    most = max(1, min(MOST_ROWS, MOST_VALUES // width))
    if rows > most:
        raise UsageError(f"{name} is {rows:,} rows: ask for at most {most:,} of these at a time.")


def _image(
    question: dict[str, Any], name: str, image: Image, note: Note, *, files: bool
) -> tuple[np.ndarray, int, list[str]]:
    """One image's stored pixels (1, channels, height, width), as a predictor takes them."""
    channels, height, width = image.shape
    file, pixels = question.get("file"), question.get("pixels")
    if files and isinstance(file, str) and pixels is None:
        told = f"images of other sizes are resized to the network's {width} x {height} pixels"
        found, stored = next(read_images([Path(file)], image, lambda _: note(told)))
        return stored, 1, found
    planes: Any = [pixels] * channels if _is_plane(pixels, height, width) else pixels
    fits = file is None and isinstance(planes, list) and len(planes) == channels
    if not fits or not all(_is_plane(plane, height, width) for plane in planes):
        shape = f"{height} rows of {width} numbers from 0 to {LARGEST}"
        named = '{"file": name}, or ' if files else ""
        raise UsageError(
            f'{name} is not an image: write {named}{{"pixels": {shape}}}'
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


def answer_plain(predictions: Predictions, *, many: bool = False) -> dict[str, Any]:
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
