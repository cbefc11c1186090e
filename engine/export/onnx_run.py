"""`nnlab predict model.onnx`: a file that `nnlab export` wrote, answered by onnxruntime alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import onnx
import onnxruntime
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..bounds import Fraction
from ..config import TEXT_KEYS, DataConfig
from ..data.columns import arrow
from ..data.columns.values import as_text
from ..data.reading.dates import DAY, EPOCH_UNITS, EXCEL_EPOCH
from ..data.reading.readings import BooleanReading, CategoryReading, DateReading, NumberReading, Reading
from ..data.reading.tally import Tally
from ..data.schema import Schema
from ..errors import UsageError
from ..evaluation.conformal import Margins, margin_at
from ..prediction.predict import Predictions, Predictor, check_threshold, with_interval
from .graph import TYPES
from .onnx_check import LARGEST, read_model
from .onnx_file import FORMAT, KEY, PIXELS
from .raw import Given, given_columns

AT_ONCE = 4096  # rows
_STATES: Any = import_module("onnxruntime.capi.onnxruntime_pybind11_state")
RUNTIME: tuple[type[Exception], ...] = tuple(
    getattr(_STATES, name)
    for name in ("Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NotImplemented", "RuntimeException")
)


class About(BaseModel):
    """What a file says of itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Annotated[int, Field(ge=1)]
    nnlab: Annotated[str, Field(max_length=100)]
    name: Annotated[str, Field(max_length=10_000)]
    model_schema: Schema = Field(alias="schema")
    texts: dict[str, Any]
    threshold: Fraction | None
    margins: Margins


@dataclass(frozen=True)
class OnnxNetwork:
    """A network in an ONNX file. `data` tells how texts were written that it was trained on."""

    schema: Schema
    data: DataConfig
    threshold: float | None
    margins: list[float]
    session: Any

    def with_threshold(self, threshold: float) -> OnnxNetwork:
        """The network, with which the second of two classes is answered from this probability on. Raises UsageError as
        `predict.with_threshold` does."""
        check_threshold(len(self.schema.classes), threshold)
        return replace(self, threshold=threshold)

    def predictor(self, interval: int | None = None) -> Predictor:
        """A function from a structured array, a field for each raw column (`rows_of`), or from pixels, to the answers.
        Raises UsageError for an interval that the network cannot give."""
        margin = None if interval is None else margin_at(self.margins, interval)

        def predictor(x: np.ndarray, first: int, files: list[str]) -> Predictions:
            found = self._answers(x, first, files)
            return found if margin is None else with_interval(found, margin)

        return predictor

    def _answers(self, x: np.ndarray, first: int, files: list[str]) -> Predictions:
        classes = list(self.schema.classes)
        wanted = [f"probability_{name}" for name in classes] or ["prediction"]
        places = [self._outputs.index(name) for name in wanted]
        parts = [self._run(x[start : start + AT_ONCE]) for start in range(0, len(x), AT_ONCE)]
        columns = [np.concatenate([part[place] for part in parts]) for place in places]
        if not classes:
            return Predictions(first, columns[0], [], None, files)
        probabilities = np.stack(columns)
        if self.threshold is None:
            best = probabilities.argmax(0)
        else:
            best = (probabilities[1] >= self.threshold).astype(np.int64)
        best[np.isnan(probabilities).any(0)] = -1
        return Predictions(first, best, classes, probabilities, files)

    @property
    def _outputs(self) -> list[str]:
        return [output.name for output in self.session.get_outputs()]

    def _run(self, x: np.ndarray) -> list[np.ndarray]:
        feed = {PIXELS: x} if self.schema.image is not None else {name: x[name] for name in x.dtype.names or ()}
        try:
            return self.session.run(None, feed)
        except RUNTIME as error:
            raise UsageError(f"onnxruntime could not answer: {str(error).splitlines()[0][:200]}.") from None


def open_onnx(path: Path) -> OnnxNetwork:
    """The network in a file that `nnlab export` wrote. Raises UsageError for what is none, and for a file that has
    parts which nnlab does not write: these are not run."""
    try:
        if os.path.getsize(path) > LARGEST:  # noqa: PTH202
            raise UsageError(f"{path} is not run: it has more than {LARGEST >> 20:,} MiB.")
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    model = read_model(data, str(path))
    about = _about(model, path)
    schema = about.model_schema
    wanted = (
        {one.name: TYPES[one.form] for one in given_columns(schema)}
        if schema.image is None
        else {PIXELS: TYPES["pixels"]}
    )
    found = {value.name: value.type.tensor_type.elem_type for value in model.graph.input}
    outputs = {value.name: value.type.tensor_type.elem_type for value in model.graph.output}
    answers = [f"probability_{name}" for name in schema.classes] or ["prediction"]
    if found != wanted or any(outputs.get(name) != TYPES["number"] for name in answers):
        raise UsageError(f"{path} is not run: its inputs or outputs are not those that it tells of.")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    told = os.environ.get("OMP_NUM_THREADS", "")
    options.intra_op_num_threads = int(told) if told.isdecimal() else 0
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except RUNTIME as error:
        raise UsageError(f"onnxruntime cannot run {path}: {str(error).splitlines()[0][:200]}.") from None
    texts = DataConfig.model_validate({key: value for key, value in about.texts.items() if key in TEXT_KEYS})
    return OnnxNetwork(schema, texts, about.threshold, list(about.margins), session)


def _about(model: onnx.ModelProto, path: Path) -> About:
    said = next((each.value for each in model.metadata_props if each.key == KEY), None)
    if said is None:
        raise UsageError(
            f"{path} says nothing of its columns, so no table can be read for it: `nnlab export` did not write it."
        )
    try:
        about = About.model_validate_json(said)
        DataConfig.model_validate(about.texts)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part)[:50] for part in first["loc"][:4])
        raise UsageError(
            f"{path} is not run: what it says of itself is wrong ({where}: {first['msg'][:200]})."
        ) from None
    if about.format > FORMAT:
        raise UsageError(f"{path} was written by a newer nnlab ({about.nnlab}): upgrade to read it.")
    if about.threshold is not None and len(about.model_schema.classes) != 2:
        raise UsageError(f"{path} is not run: it has a threshold, which is of two classes.")
    return about


def rows_of(schema: Schema, table: pa.Table, tally: Tally) -> np.ndarray:
    """The rows of a table as a structured array, a field for each raw column as ONNX takes it. Raises UsageError as
    `Schema.transform` does."""
    given = given_columns(schema)
    missing = [one.name for one in given if one.name not in table.column_names]
    if missing:
        raise UsageError(f"The data lack the column{'s' * (len(missing) > 1)} {', '.join(map(repr, missing))}.")
    values = schema.read(table, [one.name for one in given], tally)
    for column in schema.columns:
        if column.name in values and (unseen := column.unseen(values[column.name])) is not None:
            tally.seen(column.name, values[column.name], unseen)
    tally.row += len(table)
    rows = np.empty(len(table), [(one.name, np.float64 if one.form == "number" else object) for one in given])
    for one in given:
        rows[one.name] = _form(one, schema.reading_of(one.name), values[one.name])
    return rows


def _form(given: Given, reading: Reading, column: pa.ChunkedArray) -> np.ndarray:
    """A column as its reading gives it, in the form that ONNX takes."""
    match reading:
        case NumberReading():
            return arrow.to_numpy(column)
        case BooleanReading():
            truth = arrow.to_numpy(column.cast(pa.float64()))
            return truth if given.form == "number" else _texts({1.0: reading.yes[0], 0.0: reading.no[0]}, truth)
        case DateReading():
            stamps = arrow.to_numpy(column.cast(pa.int64()), fill=0)
            return _dates(given, reading, stamps, arrow.missing(column))
        case CategoryReading():
            texts = as_text(column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column)
            if given.form == "text":
                return np.array([text or "" for text in texts.to_pylist()], dtype=object)
            return np.array([_number(text) for text in texts.to_pylist()], dtype=np.float64)


def _texts(words: Mapping[float, str], values: np.ndarray) -> np.ndarray:
    return np.array([words.get(value, "") for value in values.tolist()], dtype=object)


def _number(text: str | None) -> float:
    """A category's number; one that no train row had is as good as missing, and `rows_of` has counted it."""
    try:
        return float(text or "nan")
    except ValueError:
        return float("nan")


def _dates(given: Given, reading: DateReading, stamps: np.ndarray, missing: np.ndarray) -> np.ndarray:
    if given.form == "text":
        texts = np.datetime_as_string(stamps.astype("datetime64[us]"))
        return np.where(missing, "", texts).astype(object)
    if reading.unit == "ymd":
        days = stamps.astype("datetime64[us]").astype("datetime64[D]")
        numbers = np.array([int(str(day).replace("-", "")) for day in days.tolist()], dtype=np.float64)
    elif reading.unit == "excel":
        numbers = stamps / DAY - EXCEL_EPOCH
    else:
        numbers = stamps / EPOCH_UNITS[reading.unit]
    return np.where(missing, np.nan, numbers)
