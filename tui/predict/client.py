"""A network kept at hand in a process of its own, so that the screen needs no torch. No textual here."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from subprocess import PIPE
from threading import Condition, Thread
from typing import Any, Protocol

from ..child import ChildProcess

Question = dict[str, Any] | str
ANSWER = b'{"row":'  # how each answer begins
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}  # a row is soon answered; a training may run besides


@dataclass(frozen=True)
class Answer:
    """What was asked, of which kind that was, and what came back: a dict as `nnlab predict --stream` writes it."""

    kind: str
    question: Question
    body: dict[str, Any]


class Client(Protocol):
    """Who answers questions."""

    def send(self, kind: str, question: Question) -> None:
        """Ask; a question of the same kind that still waits is dropped for this one."""
        ...

    def poll(self) -> list[Answer]:
        """The answers since the last call."""
        ...

    def failure(self) -> str | None:
        """Why no answer will come any more, in a sentence; None as long as they do."""
        ...

    def close(self) -> None:
        """Nobody asks any more."""
        ...


class NullClient:
    """Answers nothing: no network is asked yet."""

    def send(self, kind: str, question: Question) -> None:
        """Pass over it."""

    def poll(self) -> list[Answer]:
        """None."""
        return []

    def failure(self) -> str | None:
        """Nothing to lose."""
        return None

    def close(self) -> None:
        """Nothing to close."""


class PredictClient:
    """A child process that answers one question after another, and a thread that waits for it.

    The thread writes a question only when the one before is answered, so that of many that come in the meantime the
    newest of each kind is asked. The child ends with its standard input, so it outlives nobody.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        """Start Python with these arguments; it is to answer each line of JSON on its input by one on its output."""
        self._child = ChildProcess("The network's process", arguments, stdout=PIPE, env={**os.environ, **ONE_THREAD})
        self._changed = Condition()
        self._waiting = dict[str, Question]()
        self._answers = list[Answer]()
        self._closed = self._over = False
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    @classmethod
    def of(cls, words: Sequence[str]) -> PredictClient:
        """Ask the checkpoint that these words name as arguments of `nnlab predict`."""
        return cls(["-m", "nnlab", "predict", *words, "--stream"])

    def send(self, kind: str, question: Question) -> None:
        """Ask; a question of the same kind that still waits is dropped for this one."""
        with self._changed:
            self._waiting[kind] = question
            self._changed.notify_all()

    def poll(self, wait: float = 0.0) -> list[Answer]:
        """The answers since the last call; waits so many seconds for a first one, or until none can come."""
        with self._changed:
            self._changed.wait_for(lambda: self._answers or self._over, wait)
            answers, self._answers = self._answers, []
        return answers

    def failure(self) -> str | None:
        """Why no answer will come any more: what the child said last; None while it lives or once it is closed."""
        return None if self._closed else self._child.failure()

    def close(self) -> None:
        """End the child and forget its questions."""
        self._child.kill()
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()
        self._child.close()

    def _serve(self) -> None:
        """Pass question after question to the child, until it or the screen is gone."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        with suppress(OSError):  # a broken pipe: the child is gone, and `failure` says why
            while (taken := self._next()) is not None:
                kind, question = taken
                self._child.stdin.write(json.dumps(question).encode("ascii") + b"\n")
                self._child.stdin.flush()
                line = self._child.stdout.readline()
                while line and not line.startswith(ANSWER):  # a network of one's own may print what it likes
                    line = self._child.stdout.readline()
                if not line.endswith(b"\n"):
                    break
                with self._changed:
                    self._answers.append(Answer(kind, question, json.loads(line)))
                    self._changed.notify_all()
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def _next(self) -> tuple[str, Question] | None:
        """The question that waits longest, as soon as there is one; None when the screen is gone."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if self._closed:
                return None
            kind = next(iter(self._waiting))
            return kind, self._waiting.pop(kind)
