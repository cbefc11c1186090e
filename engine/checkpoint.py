"""Checkpoints: one `.pt` file of tensors and plain data, written whole or not at all, loaded without running code."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from io import BufferedWriter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from . import archive, safetensors
from . import config as configs
from .bounds import Fraction, PositiveRate
from .config import Config
from .data.dataset import SplitName
from .data.known_rows import Known, KnownSplit, check_known
from .data.schema import Schema
from .errors import NnlabError, UsageError, shown
from .evaluation.conformal import Margins
from .events import Record
from .history import History
from .models.families import Own, check, shapes, spec_for
from .models.spec import ModelSpec
from .runs.folder import UNFINISHED, holds_network, open_own
from .tensors import Held, tensors
from .training import rng

if TYPE_CHECKING:
    from torch import Tensor, nn

FORMAT = 1

Whole = Annotated[int, Field(ge=0, lt=2**53)]
Generators = Annotated[dict[str, Any], AfterValidator(rng.check)]


@dataclass(frozen=True)
class Checkpoint:
    """All that evaluating, predicting and resuming need.

    `weights` is the module's state dict; `state` (empty in `best.pt`) is what resuming needs besides: optimiser,
    schedule, stopping, position within the epoch and random generators. Of a file they are `Held`, so that reading one
    needs no torch. `known` is by what the rows of a user's own
    data are known again; older checkpoints lack it. `own` makes a network of the user's own that is in no
    file; no file keeps it. `refit` says that the validation rows were trained on too. `threshold` is from which
    probability on the second of two classes is answered, a half where there is none. `margins` say
    by how much answers are off (`evaluation.conformal`); none where nothing is known of that.
    """

    config: Config
    schema: Schema
    spec: ModelSpec
    weights: Mapping[str, Tensor]
    epoch: int
    history: Sequence[Record]
    state: Mapping[str, Any] = field(default_factory=dict[str, Any])
    versions: dict[str, str] = field(default_factory=dict[str, str])
    known: Known = field(default_factory=dict[SplitName, KnownSplit])
    own: Own | None = None
    refit: bool = False
    threshold: float | None = None
    margins: Sequence[float] = ()

    def module(self) -> nn.Module:
        """The network with these weights, in evaluation mode. Raises as `restore` does."""
        from .models.restore import restore

        return restore(self.spec, self.weights, self.own)


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write the checkpoint to a temporary file beside `path`, sync it, and put it in place of the old one.

    Whatever stops it, `path` holds a complete checkpoint, the old or the new. Raises NnlabError when the disk refuses.
    """
    with staged(path, checkpoint):
        pass


@contextmanager
def staged(path: Path, checkpoint: Checkpoint) -> Generator[None]:
    """The same, but the new one takes its place only once the block is done: what is written there may rely on both.

    A kill within the block leaves the new one whole, as one of the files that `leftovers` finds.
    """
    import torch

    temporary = path.with_name(f".{path.name}-{os.getpid()}.tmp")
    try:
        with _told(path), BufferedWriter(cast(Any, open_own(temporary, "wb"))) as file:
            torch.save(_body(checkpoint), file)
            file.flush()
            os.fsync(file.fileno())
        yield
        put(temporary, path)
    finally:
        with suppress(OSError):  # the folder may be closed or gone; what is left is swept at the next start
            temporary.unlink()


def put(temporary: Path, path: Path) -> None:
    """Put a written checkpoint in its place, for good. Raises NnlabError when the disk refuses."""
    with _told(path):
        temporary.replace(path)
        _sync_folder(path.parent)


def leftovers(path: Path) -> list[Path]:
    """The temporary files for this checkpoint that killed processes left: whole ones, or parts."""
    return sorted(path.parent.glob(f".{path.name}-*.tmp"))


@contextmanager
def _told(path: Path) -> Generator[None]:
    """Turn what the disk refuses into a NnlabError that says why."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        raise NnlabError(f"The checkpoint {path} cannot be written: {_reason(error)}.") from error


def _body(checkpoint: Checkpoint) -> dict[str, Any]:
    """What is in a file, as `_Body` reads it."""
    history = checkpoint.history if isinstance(checkpoint.history, History) else History.of(checkpoint.history)
    columns = [np.asarray(column, dtype=np.float64) for column in history.columns.values()]
    table = np.stack(columns, axis=1) if columns else np.empty(0)
    return {
        "format": FORMAT,
        "config": checkpoint.config.to_dict(),
        "schema": checkpoint.schema.model_dump(mode="json"),
        "spec": checkpoint.spec.model_dump(mode="json"),
        "weights": dict(checkpoint.weights),
        "epoch": checkpoint.epoch,
        "history": {"columns": list(history.columns), "values": tensors(table)},
        "state": dict(checkpoint.state),
        "versions": checkpoint.versions,
        "known": {name: tensors(dict(split)) for name, split in checkpoint.known.items()},
        # What an earlier nnlab does not know stands there only where it is needed.
        **({"refit": True} if checkpoint.refit else {}),
        **({} if checkpoint.threshold is None else {"threshold": checkpoint.threshold}),
        **({"margins": list(checkpoint.margins)} if checkpoint.margins else {}),
    }


def _reason(error: BaseException) -> str:
    """What the system said. The archive's writer, closing after a failed write, may hide it behind a failure of its
    own, so the whole chain is asked."""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, OSError) and link.strerror:
            return link.strerror
        link = link.__context__
    return str(error).splitlines()[0]


def sweep(folder: Path) -> None:
    """Remove the temporary files that killed processes left."""
    for stale in folder.iterdir():
        if UNFINISHED.fullmatch(stale.name):
            stale.unlink(missing_ok=True)


def load(path: Path) -> Checkpoint:
    """Read and validate a checkpoint, a `.pt` file or a folder with safetensors; nothing in it is run. Raises
    UsageError saying what is wrong with it."""
    body = safetensors.read_folder(path) if holds_network(path) else archive.read(path)
    version = body.get("format")
    if not isinstance(version, int):
        raise archive.refused(path, "it holds something else")
    if version > FORMAT:
        raise UsageError(f"{path} is of format {shown(version)}, which a newer nnlab wrote: upgrade to read it.")
    try:
        read = _Body.model_validate(body)
        config = configs.validate(read.config, source=f"{path} (config)")
        schema, spec = Schema.model_validate(read.schema_), ModelSpec.model_validate(read.spec)
        check_weights(spec, schema, read.weights)
        _check_config(config, schema, spec)
        if read.threshold is not None and len(schema.classes) != 2:
            raise ValueError("it has a threshold, which is of two classes")
        history = read.history.table(read.epoch)
        if read.state:
            _State.model_validate(read.state)
    except ValidationError as error:
        raise archive.refused(path, _sentence(error)) from None
    except (UsageError, ValueError) as error:
        raise archive.refused(path, str(error).removesuffix(".")) from None
    parts = (Held(read.weights), read.epoch, history, Held(read.state), read.versions, read.known)
    return Checkpoint(config, schema, spec, *parts, refit=read.refit, threshold=read.threshold, margins=read.margins)


class _Plain(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True)


class _History(_Plain):
    columns: Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=100, fail_fast=True)]
    values: np.ndarray

    def table(self, epochs: int) -> History:
        """The history, one record an epoch. ValueError where it is not one of that many epochs."""
        shape = (epochs, len(self.columns)) if epochs else (0,)
        if tuple(self.values.shape) != shape or self.values.dtype != np.float64 or len(set(self.columns)) != shape[-1]:
            raise ValueError(f"its history is not a table of {epochs:,} epochs")
        if not epochs:
            return History()
        if not {"epoch", "loss_train"} <= set(self.columns):
            raise ValueError("its history lacks epoch or loss_train")
        counted = self.values[:, self.columns.index("epoch")]
        if not np.array_equal(counted, np.arange(1, epochs + 1)):
            raise ValueError(f"its history does not count its epochs from 1 to {epochs:,}")
        return History.of_table(self.columns, self.values)


class _ScheduleState(_Plain):
    lr: PositiveRate
    scale: Annotated[float, Field(ge=0, le=1)]
    best: float
    waited: Whole


class _BestState(_Plain):
    loss: float
    epoch: Whole
    waited: Whole


class _RefitState(_Plain):
    """The best one of the epochs before it is how many it has."""

    after: Whole
    epochs: Annotated[int, Field(ge=1, lt=2**53)]
    temperature: PositiveRate
    threshold: Fraction | None = None
    margins: Margins = []

    @model_validator(mode="after")
    def _consistent(self) -> _RefitState:
        if self.epochs > self.after:
            raise ValueError("it has more epochs than came before it")
        return self


class _State(_Plain):
    """What resuming needs. In the middle of an epoch that is what has been summed up in it, and how it began."""

    optimizer: Annotated[dict[str, np.ndarray], Field(max_length=10)]
    schedule: _ScheduleState
    best: _BestState
    parts: Annotated[list[_BestState], Field(max_length=2)] = []
    step: Whole
    rng: Generators
    data: Annotated[dict[str, Whole], Field(max_length=10)]
    restarts: Whole
    refit: _RefitState | None = None
    losses: np.ndarray | None = None
    right: Whole | None = None
    epoch_rng: Generators | None = None

    @model_validator(mode="after")
    def _consistent(self) -> _State:
        if self.step and (self.losses is None or self.right is None or self.epoch_rng is None):
            raise ValueError("a place within an epoch needs losses, right and epoch_rng")
        return self


class _Body(_Plain):
    """A file's content, as `save` lays it out."""

    format: int
    config: dict[str, Any]
    schema_: dict[str, Any] = Field(alias="schema")
    spec: dict[str, Any]
    weights: dict[str, np.ndarray]
    epoch: Whole
    history: _History
    state: dict[str, Any]
    versions: Annotated[dict[str, Annotated[str, Field(max_length=100)]], Field(max_length=100)]
    known: Annotated[dict[SplitName, KnownSplit], AfterValidator(check_known)] = {}
    refit: bool = False
    threshold: Fraction | None = None
    margins: Margins = []


def check_weights(spec: ModelSpec, schema: Schema, weights: dict[str, np.ndarray]) -> None:
    """Compare the weights' names, shapes and types with those of the network, by arithmetic: nothing is built.

    Raises ValueError or UsageError where schema, network and weights do not belong together.
    """
    image = schema.image.shape if schema.image else None
    theirs = (schema.in_features, max(1, len(schema.classes)), image, list(schema.embeddings))
    ours = (spec.in_features, spec.out_features, spec.image_shape, list(spec.embeddings))
    # The features' names are as many as the spec's, which the file holds: the schema's spans can claim any number.
    if theirs != ours or (spec.columns and spec.columns != schema.owners):
        raise ValueError("its network does not fit its columns")
    if spec.family == "custom":
        return  # its file is code, which reading a checkpoint does not run; `restore` compares them
    check(spec)
    expected = shapes(spec)
    odd = min(expected.keys() ^ weights.keys(), default=None)
    if odd is not None:
        raise ValueError(f"its weights are not those of its {spec.family} network ({odd[:100]})")
    for name, weight in weights.items():
        if tuple(weight.shape) != expected[name] or weight.dtype != np.float32:
            raise ValueError(
                f"its weight {name} is {_kind(weight)}, and its {spec.family} network's is float32 of shape "
                f"{expected[name]}"
            )


def _check_config(config: Config, schema: Schema, spec: ModelSpec) -> None:
    """Raise ValueError unless the config asks for the very network that the weights are of: a run that goes on builds
    the one, and all else is said of the other."""
    wanted = spec_for(config.model, schema, spec.sha256).model_dump()
    odd = [key for key, value in spec.model_dump().items() if value != wanted[key] and (key, value) != ("columns", [])]
    if odd:
        raise ValueError(f"its config names another network than its weights are of (another {odd[0]})")


def _kind(array: np.ndarray) -> str:
    return f"{(array.dtype.names or (array.dtype.name,))[0]} of shape {array.shape}"


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part)[:50] for part in first["loc"][:4])
    return f"its {where or 'content'} is wrong ({first['msg'].splitlines()[0][:200]})"


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where folders can be synced."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
