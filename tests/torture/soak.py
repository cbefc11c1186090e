"""Watch a tiny training for a long time and see that nothing grows: `python tests/torture/soak.py [EPOCHS]`.

The live screen runs in a terminal of its own, 120 x 40, and a key is pressed now and then. Memory of the screen and of
the trainer is read off after each, and its median in every tenth of the way is printed with the number of open files;
the script fails if, from half of the way to the end, memory grows by more than a twentieth, or the number of open files
at all.
"""

from __future__ import annotations

import itertools
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from statistics import median
from time import monotonic

import pexpect

KEYS = "mge??zxf,."
STEPS = 10
GROWTH = 0.05


def resident(process: int) -> float:
    """Resident memory in MB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def open_files(process: int) -> int:
    """Open file descriptors."""
    return len(list(Path(f"/proc/{process}/fd").iterdir()))


def process_of(child: pexpect.spawn[bytes]) -> int:
    """The screen's process."""
    assert child.pid is not None
    return child.pid


def processes_of(child: pexpect.spawn[bytes]) -> tuple[int, int]:
    """The screen's process, and that of the trainer which it started."""
    assert child.pid is not None
    children = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text(encoding="ascii").split()
    return child.pid, int(children[0])


def read(child: pexpect.spawn[bytes], seconds: float) -> None:
    """Take what the screen writes, as a terminal would, until it closes."""
    end = monotonic() + seconds
    with suppress(pexpect.EOF):
        while (left := end - monotonic()) > 0:
            with suppress(pexpect.TIMEOUT):
                child.read_nonblocking(1 << 16, timeout=left)


def epochs_in(table: Path) -> int:
    """How many epochs the run has."""
    return table.read_bytes().count(b"\n") - 1 if table.exists() else 0


def main(epochs: int) -> int:
    """Train, watch, measure, stop; 1 if something grew."""
    with tempfile.TemporaryDirectory(prefix="nnlab-soak-") as folder:
        words = ["train", "xor", "--epochs", f"{100 * epochs}", "--early-stop", f"{100 * epochs}", "--name", "soak"]
        environment = {**os.environ, "NNLAB_RUNS": folder, "TERM": "xterm-256color"}
        child = pexpect.spawn(
            sys.executable, ["-P", "-m", "nnlab", *words], dimensions=(40, 120), env=environment, timeout=None
        )
        keys = itertools.cycle(KEYS)
        seen: list[tuple[int, float, int, float, int]] = []
        used: list[tuple[float, float]] = []
        while len(seen) < STEPS:
            read(child, 0.5)
            child.send(next(keys))
            epoch = epochs_in(Path(folder) / "soak" / "history.csv")
            if not epoch:
                continue
            screen, trainer = processes_of(child)
            used.append((resident(screen), resident(trainer)))
            if epoch >= epochs * (len(seen) + 1) / STEPS:
                shown, trained = map(median, zip(*used, strict=True))
                used.clear()
                seen.append((epoch, shown, open_files(screen), trained, open_files(trainer)))
                said = "epoch {:,}: screen {:.0f} MB, {} files; trainer {:.0f} MB, {} files"
                print(said.format(*seen[-1]), flush=True)
        film = (Path(folder) / "soak" / "film.jsonl").stat().st_size
        print(f"film {film / 1e6:.1f} MB")
        child.send("qq")
        read(child, 3)
        child.close(force=True)
    middle, last = seen[STEPS // 2 - 1], seen[-1]
    memory = max(last[place] / middle[place] - 1 for place in (1, 3))
    files = max(last[place] - middle[place] for place in (2, 4))
    bytes_each = [(last[place] - middle[place]) * 2**20 / (last[0] - middle[0]) for place in (1, 3)]
    print(f"from half of the way on: memory {memory:+.1%}, open files {files:+d}")
    print("bytes an epoch, the history among them: screen {:.0f}, trainer {:.0f}".format(*bytes_each))
    return int(memory > GROWTH or files > 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000))
