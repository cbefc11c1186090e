"""What every test stands on: its own runs folder, a plain terminal of known width, one thread, a way to call nnlab,
folders of runs that no trainer wrote."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

os.environ["OMP_NUM_THREADS"] = "1"  # before torch loads: tests run side by side, and numbers are those of one thread


# Started in the background or under nohup, this process would pass on to nnlab that these are to be ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
if sys.platform != "win32":
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

Call = Callable[..., CompletedProcess[str]]


@pytest.fixture(autouse=True)
def own_world(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a runs folder of its own and a terminal that nothing outside can change; returns that folder."""
    world = tmp_path_factory.mktemp("world")
    runs = world / "runs"
    monkeypatch.setenv("NNLAB_RUNS", str(runs))
    monkeypatch.setenv("NNLAB_CONFIG", str(world / "config"))
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
def nnlab(monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the command line in this process: `nnlab("data", "list", stdin="")` gives `returncode`, both streams."""

    def call(*argv: object, stdin: str | bytes = "") -> CompletedProcess[str]:
        from nnlab.commands.app import run

        words = [str(word) for word in argv]
        given = io.TextIOWrapper(io.BytesIO(stdin.encode() if isinstance(stdin, str) else stdin), "utf-8")
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
        with monkeypatch.context() as patch:
            for name, stream in (("stdin", given), ("stdout", out), ("stderr", err)):
                patch.setattr(sys, name, stream)
            code = run(words)
        return CompletedProcess(words, int(code), _written(out), _written(err))

    return call


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read()
