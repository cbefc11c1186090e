"""A trained network as one object: to ask, to judge, to save and to take apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from . import checkpoint as checkpoints
from .checkpoint import Checkpoint
from .config import DataConfig, validate
from .data.catalog import CATALOG
from .data.dataset import Dataset
from .data.reading.arrow_types import settled
from .data.reading.json import flat
from .data.reading.matching import Note, match_columns, named
from .data.reading.memory import TABLE, is_array, is_frame, readable, table_of, with_target
from .data.reading.rows_json import records_table
from .data.reading.text_format import format_like
from .data.schema import Schema
from .data.sources import MEMORY
from .errors import UsageError, shown
from .events import Record
from .models.naming import describe_model, name_of
from .models.trust import adopt
from .prediction.predict import Chunk, Predictions, Predictor, encode, predictor_of, stored_rows
from .runs.lookup import find_checkpoint, is_users
from .warn import warn

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from torch import Tensor, nn

    from .evaluation.evaluate import Evaluation
    from .evaluation.learning_curve import LearningCurve
    from .evaluation.training_data import TrainingData
    from .models.families import Own


def unheard(_: object) -> None:
    """For who wants to be told nothing."""


@dataclass(frozen=True, repr=False)
class Network:
    """A trained network. Nothing that is done with it changes it.

    `name` is what reports call it. `trusted` says that the data which its checkpoint names may be read unasked; `held`
    are those data where memory still has them. `records` tell every epoch of the training, where the checkpoint, which
    may be that of an earlier epoch, does not.

    Wherever it takes rows, they are a data frame, an Arrow table, a dict or a list of dicts (one a row; a dict of lists
    is several rows), an array (rows, columns) where it was trained on one, or the path of a file, or several, of any
    kind that `nnlab predict` reads. Columns are found by name; others are passed over. A network of images takes an
    array (images, height, width) or (images, channels, height, width) of 0 to 255, or files.
    """

    checkpoint: Checkpoint
    name: str = ""
    trusted: bool = False
    held: Dataset | None = None
    records: Sequence[Record] = ()

    def __repr__(self) -> str:
        config, schema = self.checkpoint.config, self.schema
        model = describe_model(config.model.model_dump())
        return f"<Network {model} for {schema.target!r}, epoch {self.checkpoint.epoch}>"

    def __getstate__(self) -> dict[str, Any]:
        """Its fields, without what follows from them."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @property
    def schema(self) -> Schema:
        """How rows become the network's input, and its output an answer."""
        return self.checkpoint.schema

    @property
    def classes(self) -> list[str]:
        """The classes, in the order of the probabilities; none for a network that answers values."""
        return list(self.schema.classes)

    @property
    def history(self) -> pd.DataFrame:
        """The training, one row an epoch: its losses, the task's metric, learning rate and seconds."""
        import pandas

        return pandas.DataFrame(list(self.records or self.checkpoint.history))

    @property
    def module(self) -> nn.Module:
        """A copy of the network in evaluation mode, from `prepare`d rows to logits (rows, classes) or values (rows, 1)
        in the network's units. Raises UsageError where it is code in a file that the user has not named."""
        weights = {name: weight.clone() for name, weight in self.checkpoint.weights.items()}
        return replace(self.checkpoint, weights=weights).module()

    def prepare(self, rows: Any) -> Tensor:
        """The rows as `module` takes them, float32 (rows, features), or (images, channels, height, width). Raises
        UsageError for rows that lack a column or hold what cannot be read."""
        import torch

        from .evaluation.answers import input_of

        to_input = input_of(self.schema)
        parts = [to_input(torch.from_numpy(x)) for x, _ in self._stored(rows)]
        width = self.schema.image.shape if self.schema.image else (self.schema.in_features,)
        return torch.cat(parts) if parts else torch.empty(0, *width)

    def predict(self, rows: Any) -> np.ndarray:
        """The answers (rows,): names of classes (None where the network gives no number), or float64 values. The same
        as `nnlab predict` gives for the same rows. Raises UsageError as `prepare` does."""
        blocks = self.predictions(rows)
        answers = np.concatenate([block.answers for block in blocks]) if blocks else np.empty(0, np.int64)
        if not self.schema.classes:
            return answers.astype(np.float64)
        return np.array([*self.schema.classes, None], dtype=object)[answers]

    def predict_proba(self, rows: Any) -> np.ndarray:
        """The probabilities float64 (rows, classes), in the order of `classes`; NaN where the network gives no number.
        Raises UsageError as `prepare` does, and for a network that answers values."""
        if not self.schema.classes:
            raise UsageError(f"This network answers values of {self.schema.target!r}, which have no probabilities.")
        blocks = [cast(np.ndarray, block.probabilities).T for block in self.predictions(rows)]
        return np.concatenate(blocks) if blocks else np.empty((0, len(self.schema.classes)))

    def predictions(self, rows: Any) -> list[Predictions]:
        """The answers with all that is known of them, some thousands of rows at a time."""
        return [self._predictor(x, 1, files) for x, files in self._stored(rows)]

    def evaluate(
        self,
        data: Any = None,
        split: str | None = None,
        *,
        threshold: str | float | None = None,
        explain: bool | None = False,
        baseline: bool = False,
        worst: int | None = None,
        strict: bool = False,
    ) -> Evaluation:
        """What the network is worth on a split of the data it was trained on (test by default), or on other data: a
        name or path, a frame or table with the target's column, or a pair (rows, answers). `threshold` is a number or a
        rule, as `nnlab eval --threshold` takes it; `explain` says which columns matter, and None where it can,
        `baseline` whether the network is better than gradient boosting on the same rows, `worst` how many of the worst
        rows are told, with the kinds of rows on which it fails; `strict` refuses other data unlike those of the
        training.

        Files, folders and Hub names that only a stranger's checkpoint names are not read. Raises UsageError for these,
        and for data or splits that do not exist or do not fit the network.
        """
        from .evaluation.evaluate import evaluate

        part = None if split is None else str(split)
        other = None if data is None else self._data(data)
        rule = None if threshold is None else str(threshold)
        known: dict[str, Any] = {"name": self.name, "trusted": self.trusted, "held": self.held}
        known |= {"explain": explain, "baseline": baseline, "worst": worst, "strict": strict}
        return evaluate(self.checkpoint, other, part, threshold=rule, **known)

    def training_data(self) -> TrainingData:
        """The rows that the network was trained on, read again, and which of them train, validate and test. Raises
        UsageError where they cannot be read, or only a stranger's checkpoint names them."""
        from .evaluation.training_data import training_data

        known = self.checkpoint.config.data.name
        if not self.trusted and self.held is None and known not in CATALOG:
            raise UsageError(f"The data that the checkpoint names ({known[:100]!r}) is not read unasked.")
        return training_data(self.checkpoint, self.held)

    def learning_curve(self) -> LearningCurve:
        """Whether more rows would help: the network trained anew, in memory, on growing parts of its train rows, all
        judged on the same validation rows. Raises UsageError as `training_data` does, and for too few rows."""
        from .training.growing import curve, grow, plan
        from .training.interrupt import StopRequest

        data = self.training_data()
        return curve(
            self.checkpoint, data, list(grow(self.checkpoint, data, plan(self.checkpoint, data), StopRequest()))
        )

    def save(self, path: str | Path) -> None:
        """Write the network as one `.pt` file, which `nnlab.load` and the commands read. Of a network that was given as
        a class the file keeps weights and name alone. Raises NnlabError where it cannot be written."""
        checkpoints.save(Path(path), self.checkpoint)

    @cached_property
    def _predictor(self) -> Predictor:
        return predictor_of(self.checkpoint)

    def _stored(self, rows: Any) -> list[Chunk]:
        """The rows as checkpoints' networks are given them; what somebody should know of them is warned of."""
        if isinstance(rows, Sized) and not isinstance(rows, str) and not len(rows):
            return []
        notes: list[str] = []
        chunks = list(self._chunks(rows, notes.append))
        for note in notes:
            warn(note)
        return chunks

    def _chunks(self, rows: Any, note: Note) -> Iterator[Chunk]:
        schema = self.schema
        if _is_paths(rows):
            sources = [str(path) for path in ([rows] if isinstance(rows, str | Path) else rows)]
            form = format_like(DataConfig(), self.checkpoint.config.data)
            return stored_rows(schema, sources, (), None, form, note)
        if schema.image is not None:
            return iter([(_pixels(rows, schema.image.shape), list[str]())])
        return encode([_table(rows, schema)], schema, TABLE, note, alike=False)

    def _data(self, data: Any) -> DataConfig | Dataset:
        """Other data to be judged by."""
        from .data.user_table import dataset_like

        if isinstance(data, DataConfig):
            return data
        if isinstance(data, str | Path):
            return validate({"data": {"name": str(data)}}, source="evaluate").data
        if isinstance(data, tuple) and len(data) == 2:
            table, _ = with_target(*data, name=self.schema.target)
        else:
            table = table_of(data)
        return dataset_like(table, self.schema.for_source(table), MEMORY)


def load(source: str | Path | Checkpoint | Network, *, model: str | Own | None = None, note: Note = warn) -> Network:
    """The network in a `.pt` file, of a run's name or folder, or of the 'latest' run. Nothing in it is run.

    A network of the user's own is in the file and class that `model` names, or is that class; `note` is told if it is
    not the one that was trained, and warns of that by default. Raises UsageError for what is no network, and for a
    `model` where it needs none.
    """
    if isinstance(source, Network):
        network = source
    elif isinstance(source, Checkpoint):
        network = Network(source)
    else:
        path = find_checkpoint(str(source))
        network = Network(checkpoints.load(path), str(source), is_users(path))
    if model is None:
        return network
    if not isinstance(model, str):
        if network.checkpoint.spec.family != "custom":
            raise UsageError(f"This network is nnlab's own {network.checkpoint.spec.family}: leave out the model.")
        name, trained = name_of(model), network.checkpoint.spec.class_name
        if name != trained:
            note(f"The network was trained as {trained}, and not as {name}: its answers may differ")
        return replace(network, checkpoint=replace(network.checkpoint, own=model))
    checkpoint, told = adopt(network.checkpoint, model)
    if told:
        note(told)
    return replace(network, checkpoint=checkpoint)


def _is_paths(rows: Any) -> bool:
    several = isinstance(rows, list | tuple) and all(isinstance(path, str | Path) for path in cast(Any, rows))
    return isinstance(rows, str | Path) or several


def _pixels(images: Any, shape: tuple[int, int, int]) -> np.ndarray:
    """Stored pixels uint8 (images, channels, height, width). UsageError for what are no images of this shape."""
    if not is_array(images):
        raise UsageError("This network answers images, and no rows: give an array of pixels, or name image files.")
    pixels = np.asarray(images)
    pixels = pixels[:, None] if pixels.ndim == 3 and shape[0] == 1 else pixels
    fits = pixels.shape[1:] == shape and pixels.dtype.kind in "uif"
    if not fits or not np.array_equal(pixels, pixels.astype(np.uint8)):
        raise UsageError(
            f"The network's images are arrays (images, {', '.join(map(str, shape))}) of whole numbers from 0 to 255, "
            f"and this is {pixels.dtype} {pixels.shape}."
        )
    return pixels.astype(np.uint8)


def _table(rows: Any, schema: Schema) -> pa.Table:
    """The columns that the network needs, as they stand. UsageError for what is neither a table nor mappings."""
    import pyarrow

    with readable():
        if is_frame(rows) or is_array(rows):
            return _columns(table_of(rows), schema)
        if isinstance(rows, Mapping) and any(isinstance(value, list | np.ndarray) for value in rows.values()):
            return _columns(pyarrow.table({str(name): values for name, values in rows.items()}), schema)
        several = isinstance(rows, Iterable) and not isinstance(rows, Mapping)
        given: list[Any] = list(cast(Iterable[Any], rows)) if several else [rows]
        if not all(isinstance(row, Mapping) for row in given):
            raise UsageError(
                f"Rows are an Arrow table, a data frame or a list of dicts, one a row, and not {shown(rows)}."
            )
        table = records_table([_plain(row) for row in given], TABLE, schema, unheard, all_rows=False)
        return _columns(table, schema)


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row, and the mappings within it, as JSON has them."""
    return {str(name).strip(): _plain(value) if isinstance(value, Mapping) else value for name, value in row.items()}


def _columns(table: pa.Table, schema: Schema) -> pa.Table:
    """The needed columns of a table, in types that are known; columns that the network does not know are not told,
    since frames bring many."""
    import pyarrow

    if any("." in name for name in schema.inputs):
        table = flat(table)
    names = named(table.column_names, TABLE, schema)
    match_columns(names, TABLE, schema, unheard)
    needed = table.rename_columns(names).select(schema.inputs)
    return pyarrow.table({name: settled(needed.column(name), name) for name in schema.inputs})
