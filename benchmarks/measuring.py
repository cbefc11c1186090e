"""Processes that take turns, and what they cost: seconds, processor time, memory. Imports nothing heavy: a process's
peak memory begins with what its parent has."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from tempfile import TemporaryFile
from time import perf_counter
from typing import Any

Result = dict[str, Any]
Times = dict[str, list[float]]


@dataclass(frozen=True)
class Options:
    """`quick` tries a part with little work and few turns; `epochs` are those of the whole MNIST training."""

    quick: bool
    epochs: int

    def turns(self, full: int) -> int:
        """How often everyone has a turn."""
        return 2 if self.quick else full


@dataclass(frozen=True)
class Cost:
    """One process from its start to its end: seconds on the clock, seconds on the processors (user and system, children
    included), MB of resident memory at its peak, and what it printed."""

    wall: float
    cpu: float
    memory: float
    printed: str = ""


def python(*words: str) -> list[str]:
    """The command that runs this Python with these words."""
    return [sys.executable, *words]


def nnlab(*words: str) -> list[str]:
    """The command that runs nnlab with these words."""
    return python("-m", "nnlab", *words)


def environment(threads: int, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment, with so many threads for whatever library."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    eigen = "" if threads > 1 else "--xla_cpu_multi_thread_eigen=false"
    calm = {"XLA_FLAGS": eigen, "JAX_PLATFORMS": "cpu", "KERAS_BACKEND": "jax", "PYTHONWARNINGS": "ignore"}
    return {**os.environ, **dict.fromkeys(names, str(threads)), **calm, **(extra or {})}


def cost(command: Sequence[str], env: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end. Raises CalledProcessError, with what it wrote, if it fails."""
    with TemporaryFile() as said:
        began = perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, env=env)
        assert child.stdout is not None
        with child.stdout as pipe:
            printed = pipe.read().decode()
        _, status, used = os.wait4(child.pid, 0)
        wall = perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        complaint = said.read().decode()
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command, printed, complaint)
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, printed)


def in_turns(
    commands: Mapping[str, Sequence[str]], turns: int, env: Mapping[str, str] | None = None
) -> dict[str, list[Cost]]:
    """Run every command once a turn, after a turn that only warms the file caches."""
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for turn in range(turns + 1):
        for name, command in commands.items():
            taken = cost(command, env)
            if turn:
                costs[name].append(taken)
    return costs


def epochs_in_turns(commands: Mapping[str, Sequence[str]], turns: int, env: Mapping[str, str]) -> Times:
    """Seconds of one epoch in every turn. Each command is a process that trains an epoch for each line it reads and
    answers with its seconds; the first turn warms up and is not counted."""
    pipe = subprocess.PIPE
    workers = {
        name: subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, env=env)
        for name, command in commands.items()
    }
    times: Times = {name: [] for name in commands}
    for turn in range(turns + 1):
        for name, worker in workers.items():
            assert worker.stdin is not None
            assert worker.stdout is not None
            worker.stdin.write("\n")
            worker.stdin.flush()
            seconds = json.loads(worker.stdout.readline() or _died(name, commands[name]))
            if turn:
                times[name].append(seconds)
    for worker in workers.values():
        worker.communicate()
    return times


def _died(name: str, command: Sequence[str]) -> str:
    raise ChildProcessError(f"{name} ended before its epoch did; see what it says: {' '.join(command)}")


def middle(values: Iterable[float]) -> float:
    """The median."""
    return statistics.median(values)


def spread(values: Sequence[float], digits: int = 1, unit: str = "") -> str:
    """The median with the least and the largest value behind it."""
    low, high = min(values), max(values)
    return f"{middle(values):,.{digits}f}{unit} ({low:,.{digits}f}–{high:,.{digits}f})"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, numbers to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
