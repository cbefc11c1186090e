"""nnlab from Python, in a few calls; `docs/python.md` shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from .checkpoint import Checkpoint
from .choices import configured, in_python
from .config import Config, DataConfig, merge, validate
from .data.columns.values import is_number
from .data.dataset import Dataset
from .data.prepare import prepare
from .data.reading.memory import is_array, is_frame, table_of, with_target
from .data.reading.names import stem_of
from .data.settled import settled
from .data.sources import MEMORY, load
from .data.user_table import dataset_in_memory
from .errors import NnlabError, UsageError, shown
from .evaluation.evaluate import Evaluation
from .events import Event
from .models.families import Own, build, spec_for
from .models.naming import model_tree
from .models.trust import trust
from .network import Network, unheard
from .network import load as load_network_of
from .resolve import resolve
from .runs.claim import check_free, claim
from .runs.folder import RunFolder
from .training.session import Session, begin
from .training.train import run
from .training.turns import apart

if TYPE_CHECKING:
    from torch import nn

Choices = Mapping[str, Any]
Watch = Callable[[Event], None]


def fit(
    data: Any,
    y: Any = None,
    *,
    out: str | Path | None = None,
    name: str | None = None,
    watch: Watch = unheard,
    **choices: Any,
) -> Network:
    """Train a network and return it; torch's, NumPy's and Python's generators stay as they are.

    `data` are the name of a data set, a path, a data frame or Arrow table, or rows whose answers are `y`: an array
    (rows, columns) or a frame. Choices have the names of `nnlab train`'s flags. The run is written to a folder only
    where `out`, a new folder, or `name`, that of a run, is given; `watch` is told the events. Raises UsageError and
    NnlabError as `nnlab train` does, and where the training diverges.
    """
    with in_python(), apart():
        check_free(name, None if out is None else Path(out))
        session, held = _begin(data, y, choices)
        return fit_session(session, _claimed(session, out, name), held=held, watch=watch)


def train(
    data: Any,
    out: str | Path | None = None,
    *,
    y: Any = None,
    name: str | None = None,
    dataset: Dataset | None = None,
    **choices: Any,
) -> Iterator[Event]:
    """Train and yield the events as they happen; data, choices and what is written are as for `fit`.

    `data` may also be a whole config, to which choices are not added, and `dataset` takes the place of the data that it
    names. Raises UsageError and NnlabError as `nnlab train` does.
    """
    with in_python():
        if isinstance(data, Config):
            if choices or y is not None:
                raise UsageError(f"A config has its choices already: leave out {next(iter(choices), 'y')!r}.")
            session = begin(data, dataset=dataset)
        else:
            session, _ = _begin(data, y, choices)
    yield from run(session, _claimed(session, out, name))


@in_python()
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


@in_python()
def load_data(data: Config | str, **choices: Any) -> Dataset:
    """The rows of a config, or of a name with what `configure` takes as `data`, such as `target="MPG"`. Raises
    UsageError for choices that do not exist, and data that cannot be read."""
    return load(data.data if isinstance(data, Config) else _data(data, **choices))


def build_network(config: Config) -> nn.Module:
    """The network that a training with this config would train, with weights from torch's global generator."""
    dataset = load(config.data, config.prepare)
    config, dataset, _ = settled(config, dataset)
    return build(spec_for(config.model, prepare(dataset, config).schema))


def load_checkpoint(source: str | Path | Checkpoint) -> Checkpoint:
    """A checkpoint from a `.pt` file, a run's name or folder, or 'latest'. Nothing in it is run."""
    return load_network_of(source).checkpoint


def load_network(source: str | Path | Checkpoint) -> nn.Module:
    """The trained network, in evaluation mode; it maps prepared rows to logits or values."""
    return load_network_of(source).checkpoint.module()


@in_python()
def evaluate(source: str | Path | Checkpoint, data: Any = None, split: str | None = None) -> Evaluation:
    """Judge a checkpoint as `Network.evaluate` does."""
    return load_network_of(source).evaluate(data, split)


@in_python()
def predict(source: str | Path | Checkpoint, rows: Any) -> list[Any]:
    """The answers of a checkpoint to rows as `Network.predict` gives them, as a list."""
    return load_network_of(source).predict(rows).tolist()


def fit_session(
    session: Session, folder: RunFolder | None = None, *, held: Dataset | None = None, watch: Watch = unheard
) -> Network:
    """Train a session, telling `watch` the events, and return the network that its config calls final.

    With a folder the run is written there. `held` are the data, where they are in no file. Raises NnlabError where the
    training fails or diverges.
    """
    for event in run(session, folder):
        watch(event)
    if session.failure:
        raise NnlabError(f"The training diverged. {session.failure}")
    best = session.config.training.final == "best" and bool(session.best_weights)
    checkpoint = replace(session.checkpoint(best=best), state={})
    name = str(folder.path) if folder else session.prepared.name
    return Network(checkpoint, name, True, held, list(session.history))


def _begin(data: Any, y: Any, choices: Choices) -> tuple[Session, Dataset | None]:
    """A session on the data that somebody named, or handed over, and then these."""
    if isinstance(data, str | Path):
        if y is not None:
            raise UsageError(f"The answers to {shown(str(data))} are a column of it: say target= in place of y.")
        config, own = configured(str(data), choices)
        return begin(config, own=own), None
    if y is None and isinstance(data, tuple) and len(cast(Any, data)) == 2:
        data, y = cast(Any, data)
    config, own, dataset = _handed_over(data, y, dict(choices))
    return begin(config, own=own, dataset=dataset), dataset


def _handed_over(data: Any, y: Any, choices: dict[str, Any]) -> tuple[Config, Own | None, Dataset]:
    """The config of a training on a table in memory, and its data set. Columns of an array of numbers are numbers."""
    if not (is_frame(data) or is_array(data)):
        raise UsageError(
            f"The data cannot be {shown(data)}: give a name or path, a data frame, an Arrow table, or an array and y."
        )
    if y is None:
        table = table_of(data)
    else:
        table, target = with_target(data, y)
        if choices.setdefault("target", target) != target:
            raise UsageError(f"The answers are y: leave out target={shown(choices['target'])}.")
    config, own = configured(MEMORY, choices)
    rows = table.column_names[: -1 if y is not None else None] if is_array(data) else []
    numeric = [name for name in rows if is_number(table.column(name).type)]
    return config, own, dataset_in_memory(table, config.data, config.prepare, numeric)


def _claimed(session: Session, out: str | Path | None, name: str | None) -> RunFolder | None:
    """The folder of a run that is to be kept."""
    if out is None and name is None:
        return None
    return claim(name, stem=stem_of(session.config.data.name), out=None if out is None else Path(out))


def _data(name: str, **choices: Any) -> DataConfig:
    return validate({"data": {**choices, "name": name}}, source="load_data").data
