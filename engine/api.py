"""nnlab from Python, in a few calls: `from nnlab.engine import configure, load_data, train, evaluate, predict`.

from nnlab.engine import configure, evaluate, predict, train

config = configure("cars.csv", data={"target": "MPG"}, training={"epochs": 50})
for event in train(config, out="runs/cars"):
    print(event)
print(evaluate("runs/cars/best.pt").metrics)
answers = predict("runs/cars/best.pt", [{"Weight": 3000, "Horsepower": 110, "Origin": 1}])
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import checkpoint as checkpoints
from .checkpoint import Checkpoint
from .config import Config, DataConfig
from .data.dataset import Dataset
from .data.json_files import of_rows
from .data.prepare import prepare
from .data.sources import load
from .data.tables import named
from .evaluation.answers import answer, input_of
from .evaluation.evaluate import Evaluation
from .evaluation.evaluate import evaluate as _evaluate
from .events import Event
from .models.families import build, spec_for
from .models.naming import model_tree
from .models.restore import restore
from .models.trust import trust
from .resolve import resolve
from .run_lookup import find_checkpoint, is_users
from .runs import claim
from .training.session import begin
from .training.train import run

if TYPE_CHECKING:
    import pyarrow as pa
    from torch import nn

Choices = Mapping[str, Any]


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
    chosen = {"data": data, "prepare": prepare, "model": network, "training": training}
    flags = {key: dict(value) for key, value in chosen.items() if value}
    config = resolve(name, flags=flags, recipe=recipe)
    if "file" in flags.get("model", {}):
        trust(config.model.file)
    return config


def load_data(data: Config | str, **choices: Any) -> Dataset:
    """The rows of a config, or of a name with what `configure` takes as `data`, such as `target="MPG"`."""
    return load(data.data if isinstance(data, Config) else DataConfig(name=data, **choices))


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
    elsewhere `data` must name them (UsageError).
    """
    own = not isinstance(source, Checkpoint) and is_users(find_checkpoint(str(source)))
    named = DataConfig(name=data) if data else None
    return _evaluate(load_checkpoint(source), named, split, name=str(source), trusted=own)


def predict(source: str | Path | Checkpoint, rows: pa.Table | Sequence[Mapping[str, Any]]) -> list[Any]:
    """The answers to rows, given as an Arrow table or as one mapping a row: class names, or values.

    Raises UsageError where a column that the network needs is missing or holds what is no number.
    """
    import pyarrow
    import torch

    checkpoint = load_checkpoint(source)
    schema = checkpoint.schema
    table = named(rows) if isinstance(rows, pyarrow.Table) else of_rows([dict(row) for row in rows], "rows")
    module = restore(checkpoint.spec, checkpoint.weights).double()
    stored = input_of(schema)
    inputs = torch.from_numpy(schema.for_source(table).transform(table))
    outputs = answer(module, inputs, lambda part: stored(part).double())
    if schema.classes:
        return [schema.classes[index] for index in outputs.argmax(1).tolist()]
    return schema.decode_target(outputs[:, 0]).tolist()
