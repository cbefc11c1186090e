"""Where a run's epochs are logged besides its own folder: TensorBoard, MLflow, Weights & Biases, trackio."""

from __future__ import annotations

import math
import time
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from ..events import Record, RunFinished, RunStarted
from ..runs.compare import flat, shown
from .tensorboard import EventFile, as_markdown, file_in, tags_of

PROJECT = "nnlab"
LONGEST = 500  # characters of a setting


class Sink(Protocol):
    """Takes what a run tells, in order: its start, its epochs, its end (None where it ended without a word)."""

    def start(self, started: RunStarted) -> None:
        """The run begins, or goes on."""
        ...

    def epoch(self, record: Record) -> None:
        """An epoch is over."""
        ...

    def end(self, finished: RunFinished | None) -> None:
        """The run is over."""
        ...


def sink_of(what: str, where: str) -> Sink:
    """The sink of this kind there. ModuleNotFoundError where its package is missing."""
    if what == "tensorboard":
        return TensorBoard(Path(where))
    if what == "mlflow":
        return MLflow(where)
    return Tracked(import_module(what))


def settings_of(started: RunStarted) -> dict[str, str]:
    """The run's config, a text for each setting."""
    return {key: shown(value)[:LONGEST] for key, value in flat(started.config).items() if value is not None}


class TensorBoard:
    """An event file in a folder of the run's name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._events: EventFile | None = None

    def start(self, started: RunStarted) -> None:
        """Begin a file; of a run that goes on it is another one beside the first."""
        folder = self._folder / started.run
        folder.mkdir(parents=True, exist_ok=True)
        now = time.time()
        self._file = file_in(folder, int(now)).open("ab")
        self._events = EventFile(self._file, now)
        text = "\n".join(f"{key} = {value}" for key, value in settings_of(started).items())
        self._events.text("config", as_markdown(text), now)

    def epoch(self, record: Record) -> None:
        """Its values, at once."""
        if self._events is not None:
            self._events.scalars(tags_of(record), int(record["epoch"]), time.time())

    def end(self, finished: RunFinished | None) -> None:
        """The final checkpoint's metrics, beside the last epoch."""
        if self._events is None:
            return
        if finished is not None:
            final = {f"final/{key}": value for key, value in finished.metrics.items()}
            self._events.scalars(final, finished.epochs, time.time())
        self._file.close()


class MLflow:
    """A run of the experiment `nnlab` at a tracking server, or in a folder or database of MLflow's."""

    def __init__(self, where: str) -> None:
        self._client: Any = import_module("mlflow").MlflowClient(where)
        self._run = ""

    def start(self, started: RunStarted) -> None:
        """Begin the run, with its settings."""
        found = self._client.get_experiment_by_name(PROJECT)
        experiment = found.experiment_id if found else self._client.create_experiment(PROJECT)
        self._run = self._client.create_run(experiment, run_name=started.run).info.run_id
        for key, value in {"dataset": started.data, "task": started.task, **settings_of(started)}.items():
            self._client.log_param(self._run, key, value)

    def epoch(self, record: Record) -> None:
        """Its values."""
        for key, value in _finite(record).items():
            self._client.log_metric(self._run, key, value, step=int(record["epoch"]))

    def end(self, finished: RunFinished | None) -> None:
        """The final metrics, and how it ended."""
        done = finished is not None and finished.stopped_by in ("epochs", "early_stop")
        for key, value in _finite(finished.metrics if finished else {}).items():
            self._client.log_metric(self._run, f"final_{key}", value)
        self._client.set_terminated(self._run, "FINISHED" if done else "FAILED" if finished is None else "KILLED")


class Tracked:
    """A run of the project `nnlab` by a module with `init`, `log` and `finish`, as wandb and trackio have them. Where
    to and with which key is these packages' own affair."""

    def __init__(self, module: Any) -> None:
        self._module = module

    def start(self, started: RunStarted) -> None:
        """Begin the run, with its settings."""
        config = {"dataset": started.data, "task": started.task, **settings_of(started)}
        self._module.init(project=PROJECT, name=started.run, config=config)

    def epoch(self, record: Record) -> None:
        """Its values."""
        self._module.log(_finite(record), step=int(record["epoch"]))

    def end(self, finished: RunFinished | None) -> None:
        """The final metrics."""
        if finished is not None:
            self._module.log({f"final_{key}": value for key, value in _finite(finished.metrics).items()})
        self._module.finish()


def _finite(values: Record) -> Record:
    return {key: value for key, value in values.items() if key != "epoch" and math.isfinite(value)}
