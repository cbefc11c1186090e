"""`nnlab predict model.onnx`: a file that `nnlab export` wrote, answered by onnxruntime alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import onnx
import onnxruntime
import pyarrow as pa
from google.protobuf.message import DecodeError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ... import __version__
from ..bounds import Fraction
from ..checkpoint import Checkpoint, check_weights
from ..config import TEXT_KEYS, Config, DataConfig
from ..data.columns import arrow
from ..data.columns.values import as_text
from ..data.reading.dates import DAY, EPOCH_UNITS, EXCEL_EPOCH
from ..data.reading.readings import BooleanReading, CategoryReading, DateReading, NumberReading, Reading
from ..data.reading.tally import Tally
from ..data.schema import Schema
from ..errors import UsageError
from ..evaluation.conformal import Margins, margin_at
from ..models.spec import ModelSpec
from ..prediction.predict import Predictions, Predictor, check_threshold, with_interval
from ..tensors import Held
from .graph import WEIGHT, prefix_of
from .onnx_file import FORMAT, KEY, PIXELS, onnx_model
from .raw import Given, given_columns

AT_ONCE = 4096  # rows
LARGEST = 2**31 - 1  # bytes of a file, more than which ONNX cannot have


class About(BaseModel):
    """What a file says of itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Annotated[int, Field(ge=1)]
    nnlab: Annotated[str, Field(max_length=100)]
    name: Annotated[str, Field(max_length=10_000)]
    model_schema: Schema = Field(alias="schema")
    spec: ModelSpec
    epoch: Annotated[int, Field(ge=0, lt=2**53)]
    interval: Annotated[int, Field(ge=0, le=100)] | None
    texts: Annotated[dict[str, Any], Field(max_length=len(TEXT_KEYS))]
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
        return self.session.run(None, feed)


def open_onnx(path: Path) -> OnnxNetwork:
    """The network in a file that `nnlab export` wrote. Raises UsageError for what is none, and for a file with another
    graph than nnlab writes for its network.

    A file may be a stranger's, so what onnxruntime is given is made anew of the file's weights and of what it says of
    itself, both of which are checked as those of a checkpoint are.
    """
    model = _model(path)
    about = _about(model, path)
    names = [PIXELS] if about.model_schema.image is not None else about.model_schema.inputs
    try:
        weights = _weights(model, prefix_of(names) + WEIGHT)
        check_weights(about.spec, about.model_schema, weights)
    except (UsageError, ValueError) as error:
        raise _refused(path, str(error).removesuffix(".")) from None
    texts = DataConfig.model_validate(about.texts)
    parts = (about.model_schema, about.spec, Held(weights), about.epoch, [])
    checkpoint = Checkpoint(Config(data=texts), *parts, threshold=about.threshold, margins=about.margins)
    own = onnx_model(checkpoint, about.name, about.interval)
    if about.nnlab == __version__ and not _alike(model.graph, own.graph):
        raise _refused(path, "its graph is not the one that nnlab writes for its network")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    told = os.environ.get("OMP_NUM_THREADS", "")
    options.intra_op_num_threads = int(told) if told.isdecimal() else 0
    providers = ["CPUExecutionProvider"]
    session = onnxruntime.InferenceSession(own.SerializeToString(), options, providers=providers)
    return OnnxNetwork(checkpoint.schema, texts, about.threshold, list(about.margins), session)


def _model(path: Path) -> onnx.ModelProto:
    """What is in a file, none of it looked at."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > LARGEST:
                raise _refused(path, f"it has more than {LARGEST >> 20:,} MiB")
            return onnx.ModelProto.FromString(file.read(LARGEST))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    except DecodeError:
        raise _refused(path, "it is no ONNX file") from None


def _weights(model: onnx.ModelProto, prefix: str) -> dict[str, np.ndarray]:
    """The weights by their names. ValueError for one that is not as nnlab writes it."""
    found: dict[str, np.ndarray] = {}
    for tensor in model.graph.initializer:
        known: Any = tensor.name  # bytes where it is no UTF-8
        if isinstance(known, str) and known.startswith(prefix):
            name, shape = known.removeprefix(prefix), list(tensor.dims)
            fits = min(shape, default=1) >= 0 and 4 * prod(shape) == len(tensor.raw_data)
            if tensor.data_type != onnx.TensorProto.FLOAT or not fits:
                raise ValueError(f"its weight {name[:100]} is not in it as float32")
            found[name] = np.frombuffer(tensor.raw_data, "<f4").reshape(shape).astype(np.float32)
    return found


def _alike(found: onnx.GraphProto, own: onnx.GraphProto) -> bool:
    """Whether two graphs are the same but for the values of their constants."""
    parts: list[tuple[Any, Any]] = [(found.node, own.node), (found.input, own.input), (found.output, own.output)]
    return all(list(one) == list(other) for one, other in parts)


def _about(model: onnx.ModelProto, path: Path) -> About:
    said = next((each.value for each in model.metadata_props if each.key == KEY), None)
    if said is None:
        raise UsageError(
            f"{path} says nothing of its columns: it is none that `nnlab export` wrote for rows as they are."
        )
    try:
        about = About.model_validate_json(said)
        DataConfig.model_validate(about.texts)
        if about.interval is not None:
            margin_at(list(about.margins), about.interval)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part)[:50] for part in first["loc"][:4])
        raise _refused(path, f"what it says of itself is wrong ({where}: {first['msg'][:200]})") from None
    except UsageError:
        raise _refused(path, "what it says of its intervals is wrong") from None
    if about.format > FORMAT:
        raise UsageError(f"{path} was written by a newer nnlab ({about.nnlab}): upgrade to read it.")
    if about.threshold is not None and len(about.model_schema.classes) != 2:
        raise _refused(path, "it has a threshold, which is of two classes")
    if about.spec.family == "custom":
        raise _refused(path, "a network of somebody's own is not in a file for rows as they are")
    return about


def _refused(path: Path, why: str) -> UsageError:
    return UsageError(f"{path} is not run: {why}.")


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
