"""A network evaluated by a process of its own, which leaves the screen its time and ends when nobody waits any more."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Protocol

from ...engine.errors import NnlabError
from ..child import ChildProcess

ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}  # a training may run besides


class Evaluator(Protocol):
    """An evaluation on its way."""

    def result(self) -> dict[str, Any] | NnlabError:
        """What it says, as `nnlab eval --json`, with the `epoch` of the weights; or what is wrong. Waits for it, and no
        longer once it is closed."""
        ...

    def close(self) -> None:
        """Nobody wants it any more."""
        ...


Evaluates = Callable[[Path], Evaluator]
"""Begins to evaluate a checkpoint."""


class EvaluationProcess:
    """The process that evaluates a checkpoint; it ends with its standard input, so it outlives nobody."""

    def __init__(self, checkpoint: Path) -> None:
        self._out = TemporaryFile()  # noqa: SIM115  (closed with this object)
        arguments = ["-m", "nnlab.commands.workers.evaluator", str(checkpoint)]
        env = {**os.environ, **ONE_THREAD}
        self._child = ChildProcess("The process that evaluates it", arguments, stdout=self._out, env=env)

    def result(self) -> dict[str, Any] | NnlabError:
        """What it says, or what is wrong, in the process's own sentence."""
        if self._child.wait():
            return NnlabError(self._child.failure() or "")
        self._out.seek(0)
        return json.load(self._out)

    def close(self) -> None:
        """End the process, wherever it is."""
        self._child.close()
