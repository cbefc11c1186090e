"""Trainers that a test plays the part of: what the lab starts is noted, nothing runs."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from nnlab.engine.events import EpochEnded, Event, PictureTaken, RunStarted, StateChanged, to_line
from nnlab.engine.runs.folder import RunFolder
from nnlab.tui.trainer.launch import Launch


@dataclass
class Child:
    """A process that does nothing but end when it is told to."""

    returncode: int | None = None
    killed: bool = False
    said: str = "The trainer ended."
    stdin: None = None

    def poll(self) -> int | None:
        return self.returncode

    def failure(self) -> str | None:
        return None if self.returncode is None else self.said

    def kill(self) -> None:
        self.killed = True
        self.returncode = -9

    def terminate(self) -> None:
        self.returncode = -15

    def wait(self, timeout: float | None = None) -> int:
        return self.returncode or 0


@dataclass
class Trainer:
    """One start: its words, its child, and its run's folder once the test lets it begin."""

    words: list[str]
    place: Path
    folder: RunFolder
    child: Child = field(default_factory=Child)

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def launch(self) -> Launch:
        return Launch(cast(Any, self.child), self.place / "run")

    def begin(self, *, epochs: int = 0, film: Sequence[int] = (), seconds: float = 0.01) -> None:
        """Write the log of a run so far, paused if it was to begin so."""
        self.folder.path.mkdir(parents=True)
        config = {"training": {"epochs": 10_000, "lr": 0.01}, "model": {"family": "mlp", "hidden": [10, 6]}}
        self.write(RunStarted(self.name, str(self.folder.path), "xor", "binary", 108, "cpu", config, {"train": 680}))
        if "--paused" in self.words:
            self.write(StateChanged("paused", 0))
        for number in range(1, epochs + 1):
            losses = {"loss_train": 1 / number, "loss_valid": 1.1 / number, "accuracy_valid": 0.6}
            self.write(EpochEnded({"epoch": number, **losses, "lr": 0.01, "seconds": seconds}))
        with self.folder.film.open("a", encoding="utf-8") as file:
            for epoch in film:
                file.write(to_line(PictureTaken("map", epoch, a_map(epoch), live=True)) + "\n")
        (self.place / "run").write_text(str(self.folder.path), encoding="utf-8")

    def fail(self, said: str) -> None:
        """End before the run begins."""
        self.child.said, self.child.returncode = said, 2

    def write(self, *events: Event) -> None:
        with self.folder.events.open("a", encoding="utf-8") as file:
            file.writelines(to_line(event) + "\n" for event in events)

    @property
    def requests(self) -> list[dict[str, Any]]:
        """What was asked of it, besides pictures."""
        if not self.folder.control.exists():
            return []
        lines = self.folder.control.read_text(encoding="utf-8").splitlines()
        return [request for request in map(json.loads, lines) if request["request"] != "pictures"]

    @property
    def wishes(self) -> list[dict[str, Any]]:
        """The pictures that were asked for."""
        lines = self.folder.control.read_text(encoding="utf-8").splitlines()
        return [request for request in map(json.loads, lines) if request["request"] == "pictures"]


@dataclass
class Trainers:
    """Takes the place of `launch`: every start becomes a Trainer."""

    root: Path
    runs: Path
    started: list[Trainer] = field(default_factory=list[Trainer])

    def __call__(self, arguments: Sequence[str]) -> Launch:
        words = list(arguments)
        place = self.root / f"start-{len(self.started)}"
        place.mkdir()
        name = words[words.index("--resume" if "--resume" in words else "--name") + 1]
        self.started.append(Trainer(words, place, RunFolder(self.runs / name)))
        return self.started[-1].launch

    def prepare(self) -> None:
        """Nothing takes long here."""

    def close(self) -> None:
        """Nothing waits."""

    def another(self) -> Trainers:
        """What runs beside is noted here as well."""
        return self

    @property
    def newest(self) -> Trainer:
        return self.started[-1]


@dataclass
class Clock:
    """Time that passes when a test says so."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def a_map(epoch: int) -> dict[str, Any]:
    """A map's data; the epoch is told by its x axis."""
    return {
        **{"x": f"at{epoch}", "y": "x2", "x_range": [-1, 1], "y_range": [-1, 1], "width": 2, "height": 2},
        **{"classes": ["0", "1"], "cells": base64.b64encode(bytes([0, 1, 1, 0])).decode(), "method": "features"},
        **{"confidence": base64.b64encode(bytes([255, 200, 150, 255])).decode(), "value_range": [0, 1]},
        "points": [[0.5, 0.5, 1, 1], [-0.5, 0.5, 0, 0]],
    }
