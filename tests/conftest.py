"""What every test stands on: its own runs folder, a plain terminal of known width, one thread, a way to call nnlab."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

os.environ["OMP_NUM_THREADS"] = "1"  # before torch loads: tests run side by side, and numbers are those of one thread


@dataclass(frozen=True)
class Result:
    """How a call of the command line ended."""

    exit_code: int
    stdout: str
    stderr: str


Nnlab = Callable[..., Result]


@pytest.fixture(autouse=True)
def own_world(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a runs folder of its own and a terminal that nothing outside can change; returns that folder."""
    runs = tmp_path_factory.mktemp("world") / "runs"
    monkeypatch.setenv("NNLAB_RUNS", str(runs))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS", "PY_COLORS", "TERMINAL_WIDTH"):
        monkeypatch.delenv(name, raising=False)
    return runs


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Keep torch to one thread wherever a test has loaded it."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.get_num_threads() != 1:
        torch.set_num_threads(1)


@pytest.fixture
def nnlab(monkeypatch: pytest.MonkeyPatch) -> Nnlab:
    """Call the command line in this process: `nnlab("data", "list", stdin="...")` gives exit code and both streams."""

    def call(*argv: object, stdin: str | bytes = "") -> Result:
        from nnlab.commands.app import run

        data = stdin.encode() if isinstance(stdin, str) else stdin
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), "utf-8"))
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            code = run([str(word) for word in argv])
        streams: list[str] = []
        for stream in (out, err):
            stream.flush()
            stream.seek(0)
            streams.append(stream.read())
        return Result(int(code), *streams)

    return call
