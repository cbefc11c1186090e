"""Questions as JSON, one a line, each answered as it comes: for programs that keep a network at hand."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch

from ..checkpoint import Checkpoint
from ..data.json_text import loads
from ..data.schema import Image, Schema
from ..errors import UsageError
from .inputs import describe
from .matching import Note
from .predict import Predictions, Predictor, encode, predictor_of
from .read_images import read_images
from .read_tables import read_records

INPUTS = "inputs"
LARGEST = 255


def answer_stream(checkpoint: Checkpoint, lines: Iterable[bytes], out: BinaryIO, note: Note) -> None:
    """Write a line of JSON for each line that is not blank, at once: `row` (from 1) and the answer, or `error`.

    A row is an object of values by column; one whose values are lists is many rows, and its answer has lists too. An
    image is `{"pixels": rows of numbers from 0 to 255}` (channels of those where it has three), or `{"file": name}`.
    The text `"inputs"` is answered by `describe`. `note` takes each warning once.
    """
    predictor, told = predictor_of(checkpoint), set[str]()

    def once(text: str) -> None:
        if text not in told:
            told.add(text)
            note(text)

    for number, line in enumerate((line for line in lines if line.strip()), 1):
        body = {"row": number, **_answered(line, f"Question {number}", checkpoint.schema, predictor, once)}
        out.write(json.dumps(body).encode("ascii") + b"\n")
        out.flush()


def _answered(line: bytes, name: str, schema: Schema, predictor: Predictor, note: Note) -> dict[str, Any]:
    try:
        question = _question(line, name)
        if isinstance(question, str):
            return describe(schema)
        if schema.image is not None:
            return _plain(predictor(*_image(question, name, schema.image, note)), many=False)
        known = {key: value for key, value in question.items() if key in schema.inputs or not isinstance(value, list)}
        many = any(isinstance(value, list) for value in known.values())
        table = read_records(_records(known, name), name, schema, note)
        encoded, _ = next(encode([table], schema, name, note))
        return _plain(predictor(encoded, 1, []), many=many)
    except UsageError as error:
        return {"error": str(error)}


def _question(line: bytes, name: str) -> dict[str, Any] | str:
    """What a line asks: an object, or `INPUTS`."""
    try:
        question = loads(line)
    except json.JSONDecodeError:
        question = None
    if not isinstance(question, dict) and question != INPUTS:
        raise UsageError(
            f'{name} is no JSON object: write a row as {{"column": value}}, or "{INPUTS}"; '
            "tables are answered without --stream."
        )
    return question


def _records(question: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The rows of a question; where some columns are lists, the values of the others are those of every row."""
    lengths = {key: len(value) for key, value in question.items() if isinstance(value, list)}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{key!r} has {length}" for key, length in list(lengths.items())[:3])
        raise UsageError(f"{name} has lists of different lengths: {told}.")
    rows = next(iter(lengths.values()), 1)
    if not rows:
        raise UsageError(f"{name} has lists without a value: write one for each row.")
    columns = [value if isinstance(value, list) else [value] * rows for value in question.values()]
    return [dict(zip(question, row, strict=True)) for row in zip(*columns, strict=True)]


def _image(question: dict[str, Any], name: str, image: Image, note: Note) -> tuple[torch.Tensor, int, list[str]]:
    """One image's stored pixels (1, channels, height, width), as a predictor takes them."""
    if isinstance(question.get("file"), str):
        files, pixels = next(read_images([Path(question["file"])], image, note))
        return torch.from_numpy(pixels), 1, files
    try:
        values = np.array(question.get("pixels"), dtype=np.float64)
    except (TypeError, ValueError):
        values = np.empty(0)
    if values.shape not in (image.shape, image.shape[1:]) or not ((values >= 0) & (values <= LARGEST)).all():
        channels, height, width = image.shape
        shape = f"{height} rows of {width} numbers from 0 to {LARGEST}"
        raise UsageError(
            f'{name} is no image: write {{"file": name}}, or {{"pixels": {shape}}}'
            + (f", or {channels} of these." if channels > 1 else ".")
        )
    pixels = np.broadcast_to(np.rint(values).astype(np.uint8), (1, *image.shape)).copy()
    return torch.from_numpy(pixels), 1, []


def _plain(predictions: Predictions, *, many: bool) -> dict[str, Any]:
    """Answers as `predict --json` gives them: one, or lists with one a row; None for what is no number."""
    if predictions.probabilities is None:
        columns = {"prediction": _numbers(predictions.answers.astype(np.float32))}
        return columns if many else {"prediction": columns["prediction"][0]}
    names = [*predictions.classes, None]
    answers = [names[index] for index in predictions.answers.tolist()]
    rounded = [_numbers(np.round(column, 6)) for column in predictions.probabilities]
    if many:
        return {"prediction": answers, "probabilities": dict(zip(predictions.classes, rounded, strict=True))}
    first = [column[0] for column in rounded]
    return {"prediction": answers[0], "probabilities": dict(zip(predictions.classes, first, strict=True))}


def _numbers(values: np.ndarray) -> list[float | None]:
    """Plain numbers in as few digits as tell them from others of their type; None for what is none."""
    return [float(str(value)) if np.isfinite(value) else None for value in values]
