"""Send signals to trainings in their first second and count what becomes of them: `python tests/torture/signals.py
[SIGNALS] [SEED] [SECONDS]`, the seconds being the latest after a start; on a busy machine a start takes longer. Of ten
trainings eight go on with a run, one is new, one cross-validates. An outcome that is not promised is printed.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path
from time import perf_counter

os.environ["OMP_NUM_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).parent.parent / "trust"))

from processes import Nnlab

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.summary import summarize

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FIRST = 0.2  # seconds after the start
WAIT = 30.0  # seconds until it counts as lost
NEW = ["train", "xor", "--samples", "200", "--epochs", "1000000", "--threads", "1", "--quiet"]
SHORT = [*NEW[:4], "--epochs", "3", "--threads", "1", "--quiet", "--name", "kept"]
KINDS = [["train", "--resume", "kept", "--epochs", "1000000", "--quiet"]] * 8 + [
    [*NEW, "--name", "new"],
    [*NEW, "--folds", "3"],
]


def main(signals: int, seed: int, latest: float) -> None:
    """Send so many and print what was counted."""
    began, rng, counted = perf_counter(), random.Random(seed), Counter[str]()
    for number in SIGNALS:  # in the background or under nohup, nnlab would be told to ignore them
        signal.signal(number, signal.SIG_DFL)
    with tempfile.TemporaryDirectory() as name:
        first, runs = Path(name) / "first", Path(name) / "runs"
        Nnlab(first, *SHORT).end()
        for _ in range(signals):
            shutil.copytree(first, runs)
            counted[_hit(runs, rng.choice(KINDS), rng.choice(SIGNALS), rng.uniform(FIRST, latest))] += 1
            shutil.rmtree(runs)
    print(f"{signals} signals {FIRST} to {latest} s after the start, seed {seed}; {perf_counter() - began:.0f} s")
    for said, times in counted.most_common():
        print(f"{times:5} {said}")


def _hit(runs: Path, words: list[str], number: signal.Signals, after: float) -> str:
    """Start, wait, send the signal; what became of it, in words."""
    nnlab = Nnlab(runs, *words)
    threading.Event().wait(after)
    nnlab.process.send_signal(number)
    try:
        printed, errors = nnlab.process.communicate(timeout=WAIT)
    except subprocess.TimeoutExpired:
        nnlab.process.kill()
        nnlab.process.communicate()
        return _odd(f"lost: {number.name} after {after:.3f} s, {' '.join(words)}")
    if nnlab.process.returncode == -number or ("KeyboardInterrupt" in errors and "__main__.py" not in errors):
        return "ended by Python or the system, before Python had come to nnlab"
    if nnlab.process.returncode != 128 + number or printed:
        return _odd(f"{number.name} after {after:.3f} s: exit {nnlab.process.returncode}, {printed}{errors}")
    states = [_state(RunFolder(path)) for path in runs.iterdir()]
    if "half-made" in states:
        return _odd(f"{number.name} after {after:.3f} s: {' '.join(words)} left {sorted(runs.rglob('*'))}")
    if "interrupted" in states:
        return "saved, then ended with 128 + its number"
    return _odd(f"{number.name} after {after:.3f} s: {errors}") if errors else "ended at once and quietly, the same"


def _state(folder: RunFolder) -> str:
    """Finished, interrupted or half-made."""
    status = summarize(folder).status
    if status not in ("finished", "interrupted") or list(folder.path.glob(".*")):
        return "half-made"
    checkpoints.load(folder.last)
    return status


def _odd(said: str) -> str:
    print(said, flush=True)
    return said.split(":")[0].split(" after")[0]


if __name__ == "__main__":
    signals, seed, latest = (*sys.argv[1:], *("300", "1", "1.2")[len(sys.argv) - 1 :])
    main(int(signals), int(seed), float(latest))
