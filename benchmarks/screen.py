"""What the screens cost: first paint, key to reaction, the training's slowdown, memory. In a real terminal.

`python benchmarks/screen.py` takes some ten minutes and prints a table; the promises stand beside the figures. With
names of measures (`python benchmarks/screen.py runs_page`) only those are taken.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import monotonic, perf_counter

import pexpect

from nnlab.engine.events import EpochEnded, Event, RunFinished, RunStarted, to_line
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.log import history_of, read_events

SIZES = {"120x40": (40, 120), "200x60": (60, 200)}
XOR = ["train", "xor", "--epochs", "100000000", "--early-stop", "100000000", "--name", "forever"]
# Long enough that starting and stopping do not count, once for tiny steps and once for larger ones.
RUNS = (100, 1000)  # runs in the list, beside the one that trains
WHAT_IS_IT = b"\x1b[c"  # the question that every terminal answers
QUIET = 0.06  # seconds without a byte after which a key is answered in full
KEYS = {
    "down": ["\x1b[B"] * 40,
    "page": ["\x1b[6~", "\x1b[5~"] * 10,
    "home and end": ["\x1b[F", "\x1b[H"] * 10,
    "sort": ["o"] * 16,
    "mark": [" "] * 16,
    "filter": [*"/spiral", *["\x7f"] * 6, *"moons"],
}
"""What is typed on the runs page, one key after the other."""
WORK = {"xor": ["train", "xor", "--epochs", "6000"], "mnist": ["train", "mnist", "--epochs", "10"]}


class Terminal:
    """`nnlab` with these words in a pty; everything it writes is read and the newest part kept."""

    def __init__(self, runs: Path, words: Sequence[str], size: tuple[int, int]) -> None:
        environment = {**os.environ, "NNLAB_RUNS": str(runs), "TERM": "xterm-256color"}
        self.began = perf_counter()
        self.child = pexpect.spawn(
            sys.executable, ["-P", "-m", "nnlab", *words], dimensions=size, env=environment, timeout=None
        )
        self.child.delaybeforesend = None  # a key is sent when its clock starts, not 50 ms later
        self.seen, self.asked = b"", False

    def read(self, seconds: float) -> None:
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0:
            try:
                self.seen = (self.seen + self.child.read_nonblocking(1 << 16, timeout=left))[-(1 << 20) :]
            except (pexpect.TIMEOUT, pexpect.EOF):
                return
            if not self.asked and WHAT_IS_IT in self.seen:
                self.asked = True
                self.child.send("\x1b[?1;2c")

    def until(self, text: str, patience: float = 60.0) -> float:
        """Seconds until this text is written, from now."""
        began = perf_counter()
        while text.encode() not in self.seen:
            if perf_counter() - began > patience:
                raise TimeoutError(f"the screen never showed {text!r}")
            self.read(0.002)
        return perf_counter() - began

    def press(self, key: str, text: str) -> float:
        """Seconds from a key to the text that answers it."""
        self.read(0.05)
        self.seen = b""
        self.child.send(key)
        return self.until(text)

    def answer(self, key: str, patience: float = 3.0) -> float:
        """Seconds from a key to the last byte of what it changes on the screen."""
        self.read(QUIET)
        began = last = perf_counter()
        self.child.send(key)
        while perf_counter() - last < (QUIET if last > began else patience):
            self.seen = b""
            self.read(0.003)
            last = perf_counter() if self.seen else last
        if last == began:
            raise TimeoutError(f"nothing answers {key!r}")
        return last - began

    def memory(self) -> float:
        """Resident memory of the screen's process in MB."""
        status = Path(f"/proc/{self.child.pid}/status").read_text(encoding="ascii")
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def stop(self) -> None:
        self.child.send("q")
        end = monotonic() + 60
        while self.child.isalive() and monotonic() < end:
            self.read(0.2)
        self.child.close(force=True)


def row(what: str, figure: str, promise: str) -> None:
    print(f"| {what} | {figure} | {promise} |", flush=True)


def quantiles(values: Sequence[float]) -> str:
    """Median and 95th percentile in milliseconds."""
    cut = statistics.quantiles(values, n=20)
    return f"{1000 * statistics.median(values):.0f} / {1000 * cut[-1]:.0f} ms"


def first_paint(runs: Path) -> None:
    times: list[float] = []
    for _ in range(9):
        terminal = Terminal(runs, XOR, SIZES["120x40"])
        terminal.until("getting ready")
        times.append(perf_counter() - terminal.began)
        terminal.stop()
    row("first paint, median / slowest", f"{statistics.median(times):.2f} / {max(times):.2f} s", "0.5 s")


def lateness(runs: Path) -> None:
    for name, size in SIZES.items():
        terminal = Terminal(runs, [*XOR[:-1], f"late-{name}"], size)
        terminal.until("running")
        terminal.read(3)
        times: list[float] = []
        for _ in range(40):
            times.append(terminal.press("?", "Train one epoch"))
            times.append(terminal.press("?", "epochs"))
        row(f"key to reaction while xor trains, {name}, p50 / p95", quantiles(times), "p95 100 ms")
        terminal.stop()


def runs_page(runs: Path) -> None:
    for count in RUNS:
        place = runs / f"list-{count}"
        for number in range(count):
            finished_run(place, number)
        trainer = Terminal(place, [*XOR, "--plain", "--quiet"], SIZES["120x40"])
        terminal = Terminal(place, ["tui"], SIZES["200x60"])
        terminal.until("space")
        terminal.read(2)
        shown = terminal.press("2", f"run-{count - 1:05}")
        row(f"the runs page with {count:,} runs, first seen", f"{shown:.2f} s", "")
        terminal.read(5)
        for what, keys in KEYS.items():
            times = [terminal.answer(key) for key in keys]
            row(f"{what} among {count:,} runs while xor trains, 200x60, p50 / p95", quantiles(times), "p95 100 ms")
        row(f"memory of the screen with {count:,} runs", f"{terminal.memory():.0f} MB", "")
        terminal.press("\x1b", "runs")
        terminal.stop()
        trainer.child.close(force=True)


def finished_run(place: Path, number: int) -> None:
    """A run's folder as a training leaves it, of twenty epochs."""
    name, data = f"run-{number:05}", ("xor", "spiral", "moons")[number % 3]
    folder = place / name
    folder.mkdir(parents=True)
    model = {"family": "mlp", "hidden": [10, 6]}
    config = {"data": {"name": data}, "model": model, "training": {"epochs": 50, "lr": 0.1 / (1 + number % 7)}}
    events: list[Event] = [RunStarted(name, str(folder), data, "binary", 108, "cpu", config, {"train": 680})]
    accuracy = 0.5 - number % 10 / 100
    for epoch in range(1, 21):
        accuracy += 0.02
        losses = {"loss_train": 1 / epoch, "loss_valid": 1 - accuracy}
        events.append(EpochEnded({"epoch": epoch, **losses, "accuracy_valid": accuracy, "lr": 0.1, "seconds": 0.01}))
    reached = {"accuracy_valid": accuracy, "accuracy_test": accuracy}
    events.append(RunFinished(name, str(folder), 20, "epochs", 20, "", "", reached, 1.0))
    log = folder / "events.jsonl"
    log.write_text("".join(to_line(event) + "\n" for event in events), encoding="utf-8")
    for checkpoint in ("best.pt", "last.pt"):
        (folder / checkpoint).touch()
    written = 1.7e9 + 60 * number
    os.utime(log, (written, written))


def seconds_of(folder: Path) -> float:
    """What a training took from its first to its last epoch."""
    events = read_events(RunFolder(folder))
    assert isinstance(events[-1], RunFinished)
    return sum(record["seconds"] for record in history_of(events)) if events else 0.0


def slowdown(runs: Path) -> None:
    for data, words in WORK.items():
        turns: list[dict[str, float]] = []
        for turn in range(7):
            times: dict[str, float] = {}
            # In turns, and each first in every other one: neither has the better part of a machine that is shared.
            for kind in ("plain", "shown") if turn % 2 else ("shown", "plain"):
                name = f"{data}-{turn}-{kind}"
                flags = ["--plain", "--quiet"] if kind == "plain" else []
                terminal = Terminal(runs, [*words, "--name", name, *flags], SIZES["200x60"])
                while terminal.child.isalive():
                    terminal.read(0.5)
                terminal.child.close()
                times[kind] = seconds_of(runs / name)
            turns.append(times)
        slower = sorted(100 * (times["shown"] / times["plain"] - 1) for times in turns)
        plain = statistics.median(times["plain"] for times in turns)
        figure = f"{statistics.median(slower):+.1f} % ({slower[0]:+.1f} to {slower[-1]:+.1f} %, of {plain:.1f} s)"
        row(f"training {data} with a screen of 200x60, against `--plain`", figure, "5 %")


def memory(runs: Path) -> None:
    terminal = Terminal(runs, [*XOR[:-1], "memory"], SIZES["120x40"])
    terminal.until("running")
    sizes: list[tuple[int, float]] = []
    for wanted in (1000, 10_000, 20_000):
        while (epoch := epochs_in(runs / "memory")) < wanted:
            terminal.read(0.5)
        sizes.append((epoch, terminal.memory()))
    terminal.stop()
    row("memory of the screen", ", ".join(f"{size:.0f} MB at epoch {epoch:,}" for epoch, size in sizes), "flat")


def epochs_in(folder: Path) -> int:
    """How many epochs a run's table has."""
    table = folder / "history.csv"
    return table.read_bytes().count(b"\n") - 1 if table.exists() else 0


def main() -> None:
    print("| what | measured | promised |\n| --- | --- | --- |")
    with tempfile.TemporaryDirectory(prefix="nnlab-screen-") as place:
        for measure in (first_paint, lateness, runs_page, slowdown, memory):
            if not sys.argv[1:] or measure.__name__ in sys.argv[1:]:
                measure(Path(place))


if __name__ == "__main__":
    main()
