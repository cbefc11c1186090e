"""nnlab from Python, in a few calls: `from nnlab.engine import configure, load_data, train, evaluate, predict`.

from nnlab.engine import configure, evaluate, predict, train

config = configure("cars.csv", data={"target": "MPG"}, training={"epochs": 50})
for event in train(config, out="runs/cars"):
    print(event)
print(evaluate("runs/cars/best.pt").metrics)
answers = predict("runs/cars/best.pt", [{"Weight": 3000, "Horsepower": 110, "Origin": 1}])
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sized
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from . import checkpoint as checkpoints
from .checkpoint import Checkpoint
from .config import Config, DataConfig, merge, validate
from .data.dataset import Dataset
from .data.prepare import prepare
from .data.reading.json import flat
from .data.reading.matching import match_columns, named
from .data.reading.rows_json import records_table
from .data.sources import load
from .errors import UsageError, shown
from .evaluation.evaluate import Evaluation
from .evaluation.evaluate import evaluate as _evaluate
from .events import Event
from .models.families import build, spec_for
from .models.naming import model_tree
from .models.restore import restore
from .models.trust import trust
from .resolve import resolve
from .runs.claim import claim
from .runs.lookup import find_checkpoint, is_users
from .training.session import begin
from .training.train import run

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from torch import nn

    from .data.schema import Schema

Choices = Mapping[str, Any]
TABLE = "The table"  # what errors call the rows


def configure(
    name: str,
    *,
    recipe: str | None = None,
    data: Choices | None = None,
    prepare: Choices | None = None,
    model: Choices | str | None = None,
    training: Choices | None = None,
) -> Config:
    """The complete config of a training on a data set, a file, a folder or a Hub name; what is not chosen comes from
    the recipe, or from the defaults that suit the data. A `model` may be as `--model` takes it, a family or
    `net.py:MyNet`; a file that is named here is one that nnlab may run on this machine. Raises UsageError for keys and
    values that do not exist."""
    network = model_tree(model) if isinstance(model, str) else model
    chosen: dict[str, Any] = {"data": data, "prepare": prepare, "model": network, "training": training}
    flags = {key: dict(value) if isinstance(value, Mapping) else value for key, value in chosen.items() if value}
    validate(merge(flags, {"data": {"name": name}}), source="configure")  # whatever their types are
    config = resolve(name, flags=flags, recipe=recipe)
    if "file" in flags.get("model", {}):
        trust(config.model.file)
    return config


def load_data(data: Config | str, **choices: Any) -> Dataset:
    """The rows of a config, or of a name with what `configure` takes as `data`, such as `target="MPG"`. Raises
    UsageError for choices that do not exist, and data that cannot be read."""
    return load(data.data if isinstance(data, Config) else _data(data, **choices))


def build_network(config: Config) -> nn.Module:
    """The network that a training with this config would train, with weights from torch's global generator."""
    return build(spec_for(config.model, prepare(load(config.data, config.prepare), config).schema))


def train(config: Config, out: str | Path | None = None, *, dataset: Dataset | None = None) -> Iterator[Event]:
    """Train and yield the events as they happen; with `out`, a new folder, write them and the checkpoints there.

    `dataset` takes the place of the data that the config names. Raises UsageError and NnlabError as `nnlab train` does.
    """
    session = begin(config, dataset=dataset)
    yield from run(session, claim(stem="run", out=Path(out)) if out is not None else None)


def load_checkpoint(source: str | Path | Checkpoint) -> Checkpoint:
    """A checkpoint from a `.pt` file, a run's name or folder, or 'latest'. Nothing in it is run."""
    return source if isinstance(source, Checkpoint) else checkpoints.load(find_checkpoint(str(source)))


def load_network(source: str | Path | Checkpoint) -> nn.Module:
    """The trained network, in evaluation mode; it maps prepared rows to logits or values."""
    checkpoint = load_checkpoint(source)
    return restore(checkpoint.spec, checkpoint.weights)


def evaluate(source: str | Path | Checkpoint, data: str | None = None, split: str | None = None) -> Evaluation:
    """Judge a checkpoint on a split of its own data (test by default), or on other data.

    Files, folders and Hub names are read unasked only for a run among the runs of this user; for a checkpoint from
    elsewhere `data` must name them. Raises UsageError else, and for data or splits that do not exist, or do not fit the
    network.
    """
    own = not isinstance(source, Checkpoint) and is_users(find_checkpoint(str(source)))
    other, part = _data(data) if data else None, None if split is None else str(split)
    return _evaluate(load_checkpoint(source), other, part, name=str(source), trusted=own)


def predict(
    source: str | Path | Checkpoint, rows: pa.Table | pd.DataFrame | Mapping[str, Any] | Iterable[Mapping[str, Any]]
) -> list[Any]:
    """The answers to rows, given as an Arrow table, a data frame, or mappings, one a row: class names (None where the
    network gives no number), or values. Objects within a row are columns `outer.inner`, as in JSON.

    Raises UsageError where a column that the network needs is missing, in any of the rows, or holds what it cannot
    read, and for a network that answers images.
    """
    import torch

    from .prediction.predict import predictor_of

    checkpoint = load_checkpoint(source)
    if isinstance(rows, Sized) and not len(rows):
        return []
    table = _read(rows, checkpoint.schema)
    inputs = checkpoint.schema.for_source(table).transform(table)
    answers = predictor_of(checkpoint)(torch.from_numpy(inputs), 1, []).answers.tolist()
    names = [*checkpoint.schema.classes, None]
    return [names[index] for index in answers] if checkpoint.schema.classes else answers


def _data(name: str, **choices: Any) -> DataConfig:
    return validate({"data": {**choices, "name": name}}, source="load_data").data


def _read(rows: Any, schema: Schema) -> pa.Table:
    """The columns that the network needs, as they stand. UsageError for what is neither a table nor mappings."""
    import pyarrow

    if schema.image is not None:
        raise UsageError("This network answers images, and no rows: name image files to `nnlab predict`.")
    try:
        if hasattr(rows, "__arrow_c_stream__"):
            return _columns(pyarrow.table(rows), schema)
        several = isinstance(rows, Iterable) and not isinstance(rows, Mapping)
        given: list[Any] = list(cast(Iterable[Any], rows)) if several else [rows]
        if not all(isinstance(row, Mapping) for row in given):
            raise UsageError(
                f"Rows are an Arrow table, a data frame or a list of dicts, one a row, and not {shown(rows)}."
            )
        table = records_table([_plain(row) for row in given], TABLE, schema, _passed_over, all_rows=False)
        return _columns(table, schema)
    except UnicodeEncodeError as error:
        raise UsageError(f"{TABLE} holds half a character in {shown(error.object)}, which is no text.") from None
    except (pyarrow.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise UsageError(f"{TABLE} cannot be read: {shown(str(error))}.") from None


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row, and the mappings within it, as JSON has them."""
    return {str(name).strip(): _plain(value) if isinstance(value, Mapping) else value for name, value in row.items()}


def _columns(table: pa.Table, schema: Schema) -> pa.Table:
    """The needed columns of a table, in types that are known."""
    import pyarrow

    from .data.reading.arrow_types import settled

    if any("." in name for name in schema.inputs):
        table = flat(table)
    names = named(table.column_names, TABLE, schema)
    match_columns(names, TABLE, schema, _passed_over)
    needed = table.rename_columns(names).select(schema.inputs)
    return pyarrow.table({name: settled(needed.column(name), name) for name in schema.inputs})


def _passed_over(_: str) -> None:
    """Columns that the network does not know are not told in Python, where frames bring many."""
