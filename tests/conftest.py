"""What every test stands on: its own runs folder, a plain terminal of known width, one thread, a way to call nnlab,
folders of runs that no trainer wrote."""

from __future__ import annotations

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from subprocess import CompletedProcess
from time import sleep
from typing import Any

import pytest

from nnlab.engine.events import EpochEnded, Event, RunFinished, RunStarted, to_line

os.environ["OMP_NUM_THREADS"] = "1"  # before torch loads: tests run side by side, and numbers are those of one thread
if "NNLAB_TEST_GPU" not in os.environ:  # numbers, forks and memory are those of a CPU, wherever the tests run
    os.environ["CUDA_VISIBLE_DEVICES"] = ""

# Started in the background or under nohup, this process would pass on to nnlab that these are to be ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
if sys.platform != "win32":
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

PASSWORD = "correct-horse-battery"  # which is to stand nowhere

Call = Callable[..., CompletedProcess[str]]

MakeRun = Callable[..., Path]


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
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS", "PY_COLORS", "TERMINAL_WIDTH", "NNLAB_STORAGE"):
        monkeypatch.delenv(name, raising=False)
    return runs


@pytest.fixture(scope="session")
def postgresql() -> Generator[str]:
    """The URL, password and all, of a PostgreSQL server that is started for the tests; they are skipped without one."""
    pytest.importorskip("psycopg")
    places = os.pathsep.join([os.environ.get("PATH", ""), *map(str, Path("/usr/lib/postgresql").glob("*/bin"))])
    initdb, postgres = (shutil.which(name, path=places) for name in ("initdb", "postgres"))
    if initdb is None or postgres is None:
        pytest.skip("no PostgreSQL server is installed here")
    user = "nobody" if os.name == "posix" and os.geteuid() == 0 else None  # it refuses to be root's
    with tempfile.TemporaryDirectory(prefix="nnlab-") as folder, socket.create_server(("127.0.0.1", 0)) as free:
        home, port, secret = Path(folder), free.getsockname()[1], Path(folder, "secret")
        secret.write_text(PASSWORD)
        for path in (home, secret):
            if user is not None:
                shutil.chown(path, user)
        argv = [initdb, "-D", str(home / "data"), "-U", "tester", "-A", "scram-sha-256", "--pwfile", str(secret)]
        made = subprocess.run([*argv, "--no-sync"], user=user, cwd=home, capture_output=True, text=True)
        if made.returncode:
            pytest.skip(f"PostgreSQL makes no database here: {made.stderr.strip()}")
        free.close()
        argv = [postgres, "-D", str(home / "data"), "-p", str(port), "-h", "127.0.0.1", "-k", folder, "-F"]
        server = subprocess.Popen(argv, user=user, cwd=home, stderr=subprocess.DEVNULL)
        try:
            yield _answering(f"postgresql://tester:{PASSWORD}@127.0.0.1:{port}/postgres", server)
        finally:
            server.send_signal(signal.SIGINT)  # which ends its connections too
            server.wait()


def _answering(url: str, server: subprocess.Popen[bytes]) -> str:
    """The URL, as soon as the server answers there."""
    import psycopg

    for _ in range(300):
        assert server.poll() is None, "PostgreSQL has ended"
        with suppress(psycopg.OperationalError):
            psycopg.connect(url).close()
            break
        sleep(0.1)
    return url


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


@pytest.fixture
def make_run(own_world: Path) -> MakeRun:
    """Write a run's folder: `make_run("xor-1", data="xor", lr=0.1, accuracies=[0.5, 0.9], stopped="epochs")`. Without
    `stopped` nobody trains it and it has not ended."""

    def make(
        name: str,
        *,
        data: str = "xor",
        lr: float = 0.1,
        accuracies: Sequence[float] = (0.5, 0.75, 0.9),
        stopped: Any = "epochs",
        checkpoints: Sequence[str] = ("best.pt", "last.pt"),
    ) -> Path:
        folder = own_world / name
        folder.mkdir(parents=True)
        training = {"epochs": 50, "lr": lr, "optimizer": "adam"}
        config = {"data": {"name": data}, "model": {"family": "mlp", "hidden": [10, 6]}, "training": training}
        events: list[Event] = [RunStarted(name, str(folder), data, "binary", 108, "cpu", config, {"train": 680})]
        for number, accuracy in enumerate(accuracies, start=1):
            record = {"epoch": number, "loss_train": 1 / number, "loss_valid": 1 - accuracy}
            events.append(EpochEnded({**record, "accuracy_valid": accuracy, "lr": lr, "seconds": 0.01}))
        if stopped:
            best = max(accuracies, default=0.0)
            reached = {"accuracy_valid": best, "accuracy_test": best}
            best_epoch = list(accuracies).index(best) + 1 if accuracies else 0
            events.append(RunFinished(name, str(folder), len(accuracies), stopped, best_epoch, "", "", reached, 1.0))
        (folder / "events.jsonl").write_text("".join(to_line(event) + "\n" for event in events), encoding="utf-8")
        for checkpoint in checkpoints:
            (folder / checkpoint).touch()
        return folder

    return make


Hook = tuple[str, list[str], list[int]]


@pytest.fixture
def hook() -> Generator[Hook]:
    """An address with a secret in it, the bodies that were sent there, and the status codes that are answered next."""
    sent, answers = list[str](), list[int]()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent.append(self.rfile.read(int(self.headers["content-length"])).decode())
            self.send_response(answers.pop(0) if answers else 200)
            self.send_header("location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Taking)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/t0p-s3cret", sent, answers
    server.shutdown()
    server.server_close()
