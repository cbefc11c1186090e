"""What a training tells the world: small frozen events, one JSON object each.

Every view (plain lines, `--json`, the live screen, `runs show`) is drawn from these alone, whether they are
handed over in the same process or read back from a run's `events.jsonl`. This module imports no torch.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cache
from typing import Any, ClassVar, Literal, get_type_hints

from .fields import check_config, check_picture, read

SCHEMA_VERSION = 1
STEERING = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
"""C1 controls, invisible characters, changes of direction, and halves of characters, which no file can hold; JSON
itself escapes the other controls."""
MEASURED = frozenset(
    (
        "lr",
        "seconds",
        *(f"{one}_{split}" for one in ("loss", "accuracy", "mae") for split in ("train", "valid", "test")),
    )
)
"""What a record may hold besides the epoch."""

IMPORTED = "imported"
"""The task of a run that another program trained, of which there is its log alone."""

StoppedBy = Literal["epochs", "early_stop", "interrupt", "terminated", "diverged", "failed"]
Doing = Literal["training", "validating", "testing"]
Record = dict[str, float]


@dataclass(frozen=True)
class RunStarted:
    """Training is about to take its first step. `config` is the resolved config; `parameters` counts weights.
    `best_epoch` is the best one of those before `first_epoch`, 0 where there is none, None where an earlier version
    does not tell. So many `processes` train it together."""

    event: ClassVar[str] = "run_started"
    run: str
    dir: str
    data: str
    task: str
    parameters: int
    device: str
    config: dict[str, Any]
    rows: dict[str, int] = field(default_factory=dict[str, int])
    features: int = 0
    classes: list[str] = field(default_factory=list[str])
    first_epoch: int = 1
    validates_on_test: bool = False
    best_epoch: int | None = None
    processes: int = 1
    version: int = SCHEMA_VERSION

    @property
    def place(self) -> str:
        """Where it trains, in words."""
        return self.device if self.processes == 1 else f"{self.device} by {self.processes:,} processes"

    def section(self, name: str) -> dict[str, Any]:
        """A part of the config; empty where the log does not tell."""
        return self.config.get(name, {})


@dataclass(frozen=True)
class EpochEnded:
    """One epoch is over. `record` is the history's row for it: `epoch`, `loss_train`, `loss_valid`,
    `accuracy_train`, `accuracy_valid` or `mae_valid`, `lr` (of the last step), `seconds` (of this epoch); of a network
    of several members also `loss_valid_least` and `loss_valid_most`, of the best and the worst of them alone."""

    event: ClassVar[str] = "epoch"
    record: Record

    @property
    def epoch(self) -> int:
        """The epoch's number, from 1."""
        return int(self.record["epoch"])


@dataclass(frozen=True)
class EpochProgress:
    """How far the training is within epoch `epoch`, told ten times a second at most and not kept: it is in no log.

    `batch` of its `batches` are done, with a mean loss of `loss` and `batch_loss` in the last (NaN before the first),
    `rate` batches and `rows` rows a second of late, so that the last batch is `left` seconds away (NaN while nothing is
    known of the pace). `doing` says what is awaited. The trainer's process takes `cpu` cores and `memory` bytes, and
    `gpu_memory` bytes of the GPU that it trains on; None where this machine does not tell."""

    event: ClassVar[str] = "progress"
    epoch: int
    batch: int
    batches: int
    loss: float
    rate: float
    rows: float
    left: float
    doing: Doing
    cpu: float | None = None
    memory: int | None = None
    gpu_memory: int | None = None
    batch_loss: float = math.nan


@dataclass(frozen=True)
class CheckpointSaved:
    """A checkpoint is complete on disk."""

    event: ClassVar[str] = "checkpoint"
    kind: Literal["best", "last"]
    path: str
    epoch: int


@dataclass(frozen=True)
class Noted:
    """Something worth a line in the log: a reduced learning rate, a request taken, a warning, what was chosen for the
    data at hand. `changed` has the settings that have other values from now on."""

    event: ClassVar[str] = "note"
    text: str
    epoch: int
    level: Literal["info", "warning", "choice"] = "info"
    changed: dict[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True)
class StateChanged:
    """The training was paused, goes on, or is stopping."""

    event: ClassVar[str] = "state"
    state: Literal["running", "paused", "stopping"]
    epoch: int


@dataclass(frozen=True)
class PictureTaken:
    """What the model answers now, as data to draw; the modules of `engine/pictures` say which keys each
    kind has. A `live` one was taken for those who watch the training, and goes into the run's film. It shows answers to
    `rows` of the `of` rows of a `split`, and was taken after `step` steps of the epoch that follows; an earlier version
    does not tell these."""

    event: ClassVar[str] = "picture"
    kind: Literal[
        "map", "scatter", "matrix", "images", "network", "health", "worked", "weights", "landscape", "hidden", "filters"
    ]
    epoch: int
    data: dict[str, Any]
    live: bool = False
    split: str = ""
    rows: int = 0
    of: int = 0
    step: int = 0


@dataclass(frozen=True)
class RunFinished:
    """Training is over. `metrics` are those of the checkpoint that the config calls final: `<name>_<split>`."""

    event: ClassVar[str] = "run_finished"
    run: str
    dir: str
    epochs: int
    stopped_by: StoppedBy
    best_epoch: int
    best: str
    last: str
    metrics: dict[str, float]
    seconds: float
    message: str = ""


Event = RunStarted | EpochProgress | EpochEnded | CheckpointSaved | Noted | StateChanged | PictureTaken | RunFinished
_KINDS: dict[str, type[Event]] = {
    kind.event: kind
    for kind in (RunStarted, EpochProgress, EpochEnded, CheckpointSaved, Noted, StateChanged, PictureTaken, RunFinished)
}


def to_json(event: Event) -> dict[str, Any]:
    """Turn an event into one JSON object: `event` first, an epoch's record flat, null in place of NaN."""
    body = event.record if isinstance(event, EpochEnded) else asdict(event)
    return {"event": event.event, **finite(body)}


def to_line(event: Event) -> str:
    """One line of `events.jsonl` or of `train --json`, without the newline."""
    return inert_json(json.dumps(to_json(event), ensure_ascii=False, allow_nan=False, separators=(",", ":")))


def inert_json(text: str) -> str:
    """The same JSON with the characters escaped that could steer a terminal which shows it."""
    return STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def from_json(body: Mapping[str, Any]) -> Event | None:
    """Read an event back, every field of the type that its class says; what a later version may have added is passed
    over. None for a kind that this version does not know, ValueError, saying which field is wrong, for a malformed one.
    """
    kind = _KINDS.get(read(body.get("event"), str, "event"))
    if kind is None:
        return None
    if kind is EpochEnded:
        return EpochEnded(_record(body))
    hints = _hints(kind)
    told = {one.name: read(body[one.name], hints[one.name], one.name) for one in fields(kind) if one.name in body}
    try:
        event = kind(**told)
    except TypeError as error:
        raise ValueError(f"a {kind.event!r} event lacks fields: {error}") from error
    if isinstance(event, RunStarted):
        check_config(event.config)
    elif isinstance(event, PictureTaken):
        check_picture(event.kind, event.data)
    return event


def _record(body: Mapping[str, Any]) -> Record:
    """An epoch's record, null being NaN."""
    record: Record = {"epoch": read(body.get("epoch"), int, "epoch")}
    for name, value in body.items():
        if name in MEASURED:
            plain = type(value) is float and math.isfinite(value)  # as nearly all of millions are
            record[name] = value if plain else read(value, float, name)
    return record


@cache
def _hints(kind: type[Event]) -> dict[str, Any]:
    return get_type_hints(kind)


def finite(value: Any) -> Any:
    """Replace NaN and infinities by None throughout, since JSON has no word for them."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value
