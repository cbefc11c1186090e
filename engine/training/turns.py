"""Trainings that go on at once, in threads or by turns: each has the random generators as if it were alone.

A process has one generator of torch, of NumPy and of Python, and weights, dropout and the order of rows are drawn from
them. So one training works at a time, from one event to the next, and what it had drawn is put aside when another one's
turn comes. A training that is alone pays for no copies.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from threading import RLock
from typing import Any, TypeVar

from . import rng

Item = TypeVar("Item")
State = dict[str, Any]


class Generators:
    """One training's generators: the process's own while nobody else has had a turn since, else a copy put aside."""

    def __init__(self) -> None:
        self._aside: State | None = None

    @contextmanager
    def turn(self) -> Generator[None]:
        """Wait until no other training works, and draw from this one's generators meanwhile."""
        process = _of_process(os.getpid())
        with process.working:
            if process.holder is not self:
                if process.holder is not None:
                    process.holder._aside = rng.capture()
                if self._aside is not None:
                    rng.restore(self._aside)
                process.holder, self._aside = self, None
            yield

    def state(self) -> State:
        """Where the generators are, as `rng.capture` gives it."""
        with _of_process(os.getpid()).working:
            return rng.capture() if self._aside is None else self._aside


@dataclass
class _Process:
    """Who works, whose generators are in place, and what they were before all `apart` that are under way."""

    working: RLock = field(default_factory=RLock)
    holder: Generators | None = None
    apart: int = 0
    before: State = field(default_factory=dict[str, Any])


@cache
def _of_process(_: int) -> _Process:
    """One for each process: a fork in the middle of a turn must not wait for a thread that it does not have."""
    return _Process()


@contextmanager
def apart() -> Generator[None]:
    """Leave the generators as they are, whatever trains in the block: once all such blocks are done, they are as they
    were before the first."""
    process = _of_process(os.getpid())
    with process.working:
        if not process.apart:
            process.before = rng.capture()
        process.apart += 1
    try:
        yield
    finally:
        with process.working:
            process.apart -= 1
            if not process.apart:
                if process.holder is not None:
                    process.holder._aside, process.holder = rng.capture(), None
                rng.restore(process.before)


def in_turns(
    generators: Generators, working: Callable[[], AbstractContextManager[object]], items: Generator[Item]
) -> Iterator[Item]:
    """The same items, each made in a turn of these generators, with torch set to work as `working` has it."""
    try:
        while True:
            with generators.turn(), working():
                item = next(items, None)
            if item is None:
                return
            yield item
    finally:
        with generators.turn(), working():
            items.close()
