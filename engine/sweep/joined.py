"""Machines that have joined a sweep: trainers of other processes, which share the folder of runs with the host's.

The host, the one process that holds the sweep's lock, alone decides what is trained; who joins lends trainers. All is
said by small files in the sweep's folder, each replaced as a whole: `host` has the host's id and a count that grows
while it lives, `joined/<id>/beat` the same of who has joined, `asked-<slot>` what its trainer is to do, `told-<slot>`
how that ended. Whoever's count stands still for PATIENCE seconds of the other's own clock is gone, so that no clocks
are compared. The host then removes the folder of one that is gone, and gives its trials to others; one that was only
slow finds that out and ends, and until then holds the lock of each run that it trains.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

from .folder import SweepFolder
from .jobs import Trainer

BEAT_EVERY = 0.5  # seconds between two signs of life
PATIENCE = 15.0  # seconds without any
GONE = 1  # the exit code of a run whose machine is


def say(path: Path, body: dict[str, Any]) -> None:
    """Replace what a file says. OSError where the disk refuses, or its folder is gone."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(json.dumps(body), encoding="utf-8")
    part.replace(path)


def heard(path: Path) -> dict[str, Any]:
    """What a file says, nothing where it is not there."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return body if isinstance(body, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def host_of(folder: SweepFolder) -> Path:
    """The file in which the host gives its signs of life."""
    return folder.path / "host"


@dataclass
class Pulse:
    """Another process's signs of life, in this file."""

    path: Path
    said: dict[str, Any] = field(default_factory=dict[str, Any])
    since: float = field(default_factory=monotonic)

    def look(self) -> bool:
        """Whether it lives, as far as is known."""
        said = heard(self.path)
        if said and said != self.said:
            self.said, self.since = said, monotonic()
        return monotonic() - self.since < PATIENCE


@dataclass
class JoinedTrainer:
    """A trainer of a process that has joined, the `slot`th of those in its folder."""

    folder: Path
    slot: int
    number: int = 0
    gone: bool = False

    def train(self, words: Sequence[str]) -> None:
        """Ask for a run with these words of `nnlab train`."""
        self.number += 1
        self._ask({"number": self.number, "train": list(words)})

    def ended(self) -> tuple[int, str] | None:
        """The exit code of the run and the error that it told; None as long as it goes on."""
        told = heard(self.folder / f"told-{self.slot}")
        if told.get("number") == self.number:
            return int(told["code"]), str(told["said"])
        return (GONE, "") if self.gone else None

    def interrupt(self) -> None:
        """Let the run be saved and end."""
        self._ask({"number": self.number, "interrupt": True})

    def close(self) -> None:
        """Let the run be saved and end; its process hears by itself that the host is gone."""
        self.interrupt()

    def _ask(self, body: dict[str, Any]) -> None:
        with suppress(OSError):  # it is gone, as the next look tells
            say(self.folder / f"asked-{self.slot}", body)


@dataclass
class Joined:
    """The host's view of who has joined. Their trainers come to stand in `trainers`, and stay there when they are
    gone."""

    folder: SweepFolder
    trainers: list[Trainer]
    id: str = field(default_factory=lambda: uuid4().hex)
    count: int = 0
    looked: float = float("-inf")
    known: dict[Path, tuple[Pulse, list[JoinedTrainer]]] = field(
        default_factory=dict[Path, "tuple[Pulse, list[JoinedTrainer]]"]
    )

    def look(self) -> Iterator[tuple[str, int]]:
        """Give a sign of life, and see who is new or gone, now and then: yields the name of each and the number of its
        trainers, 0 of one that is gone. OSError where the disk refuses."""
        if monotonic() - self.looked < BEAT_EVERY:
            return
        self.looked, self.count = monotonic(), self.count + 1
        say(host_of(self.folder), {"id": self.id, "count": self.count})
        root = self.folder.joined
        for path in sorted(root.iterdir()) if root.is_dir() else ():
            beat = heard(path / "beat") if path not in self.known else {}
            if beat.get("host") == self.id and not beat["leaving"]:
                trainers = [JoinedTrainer(path, slot) for slot in range(int(beat["jobs"]))]
                self.known[path] = Pulse(path / "beat"), trainers
                self.trainers.extend(trainers)
                yield path.name, len(trainers)
        for path, (pulse, trainers) in list(self.known.items()):
            if not pulse.look() or pulse.said.get("leaving"):
                del self.known[path]
                for trainer in trainers:
                    trainer.gone = True
                if not pulse.said.get("leaving"):  # else it removes its folder, once its runs are saved
                    shutil.rmtree(path, ignore_errors=True)
                yield path.name, 0

    def end(self) -> None:
        """Tell all that there is nothing more to train."""
        self.looked = float("inf")
        with suppress(OSError):
            host_of(self.folder).unlink()


@contextmanager
def hosting(folder: SweepFolder, trainers: list[Trainer]) -> Generator[Joined]:
    """Be the host of a sweep. Those of an earlier host find their folders gone and end; so do the others behind it."""
    shutil.rmtree(folder.joined, ignore_errors=True)
    joined = Joined(folder, trainers)
    say(host_of(folder), {"id": joined.id, "count": joined.count})
    try:
        yield joined
    finally:
        joined.end()
