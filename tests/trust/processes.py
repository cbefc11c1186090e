"""Real nnlab processes for the tests: started, watched line by line, signalled and killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from time import monotonic
from typing import Any

import torch

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.log import history_of, read_events

DEADLINE = 100.0  # seconds; machines that run tests may be busy
LONG = ["train", "xor", "--samples", "400", "--epochs", "1000000", "--checkpoint-every", "1h", "--json"]


class Nnlab:
    """One process of `nnlab ARGV` with its own runs folder; its stdout is read as JSON lines."""

    def __init__(self, runs: Path, *argv: object, wrapper: tuple[str, ...] = (), **how: Any) -> None:
        environment = {**os.environ, "NNLAB_RUNS": str(runs), "OMP_NUM_THREADS": "1", **how.pop("environment", {})}
        how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
        words = [*wrapper, sys.executable, "-m", "nnlab", *map(str, argv)]
        self.process = subprocess.Popen(words, env=environment, text=True, **how)

    def line(self, event: str) -> dict[str, Any]:
        """Wait for the next event of this kind on stdout."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            body = json.loads(line)
            if body["event"] == event:
                return body
        raise AssertionError(f"it ended before {event}: {self.process.communicate()[1]}")

    def end(self) -> tuple[int, str]:
        """Wait for its end; returns the exit code and stderr."""
        _, errors = self.process.communicate(timeout=DEADLINE)
        return self.process.returncode, errors or ""


@dataclass(frozen=True)
class Moment:
    """An exact moment in a process, at which it gets a signal; `hitting.py` explains."""

    event: str
    text: str
    signal: str = "SIGTERM"
    count: int = 1


def hit(moment: Moment, runs: Path, *words: object, module: str = "nnlab", **how: Any) -> CompletedProcess[str]:
    """Run nnlab, or another module, with a signal at that moment."""
    wrapper: tuple[str, ...] = how.pop("wrapper", ())
    place = [moment.event, moment.text, moment.count, moment.signal, module, *words]
    argv = [*wrapper, sys.executable, Path(__file__).with_name("hitting.py"), *place]
    environment = {**os.environ, "NNLAB_RUNS": str(runs), "OMP_NUM_THREADS": "1"}
    how = {"capture_output": True, "text": True, "timeout": DEADLINE, **how}
    return subprocess.run([str(word) for word in argv], env=environment, **how)


def wait_until(true: Callable[[], bool]) -> None:
    """Wait, looking every few milliseconds."""
    end, pause = monotonic() + DEADLINE, threading.Event()
    while not true():
        assert monotonic() < end
        pause.wait(0.005)


def only_run(runs: Path) -> RunFolder:
    """The one run in a runs folder."""
    (path,) = [entry for entry in runs.iterdir() if entry.is_dir()]
    return RunFolder(path)


def assert_equal_runs(ours: RunFolder, theirs: RunFolder) -> None:
    """Compare two runs' networks, bit for bit, and their histories but for the seconds."""
    for name in ("last", "best"):
        one, other = (checkpoints.load(getattr(folder, name)) for folder in (ours, theirs))
        assert one.epoch == other.epoch
        assert all(torch.equal(one.weights[key], other.weights[key]) for key in other.weights)
        assert _timeless(one.history) == _timeless(other.history)
    assert _timeless(history_of(read_events(ours))) == _timeless(history_of(read_events(theirs)))
    rows = [folder.history.read_text(encoding="utf-8").splitlines() for folder in (ours, theirs)]
    columns = rows[0][0].split(",")
    kept = [place for place, name in enumerate(columns) if name != "seconds"]
    one, other = ([[line.split(",")[place] for place in kept] for line in lines] for lines in rows)
    assert one == other


def _timeless(history: Iterable[dict[str, float]]) -> list[dict[str, float]]:
    return [{name: value for name, value in row.items() if name != "seconds"} for row in history]
