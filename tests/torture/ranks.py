"""Kill a process of trainings of two at random moments, go on with them, compare them with untouched ones:
`python tests/torture/ranks.py [RUNS] [SEED]`. Each run takes ten kills. A difference ends the script with its seed.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from time import monotonic, sleep

os.environ["OMP_NUM_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).parent.parent / "trust"))

from processes import assert_equal_runs

from nnlab.engine.runs.folder import RunFolder

KILLS = 10
MOST_SECONDS = 45.0  # that a training takes to end when a process of it is gone
WORDS = ("--samples", "300", "--dropout", "0.2", "--epochs", "400", "--threads", "1", "--checkpoint-every", "1e")


def main(runs: int, seed: int) -> None:
    """Torture so many runs and print what was counted."""
    began, hits, slowest = monotonic(), [0, 0, 0], 0.0
    for number in range(runs):
        rng = random.Random(f"{seed} {number}")
        with tempfile.TemporaryDirectory() as folder:
            os.environ["NNLAB_RUNS"] = folder
            start = monotonic()
            _end(_begin("xor", *WORDS, "--name", "whole"))
            share = (monotonic() - start) / KILLS
            for _ in range(KILLS):
                which, seconds = _killed(Path(folder), rng, rng.uniform(0, 6 * share))
                hits[which] += 1
                slowest = max(slowest, seconds)
            if not _is_over(Path(folder)):
                _end(_begin(*_words(Path(folder))))
            assert_equal_runs(RunFolder(Path(folder, "parted")), RunFolder(Path(folder, "whole")))
    print(
        f"{runs * KILLS} kills at {runs} runs of two processes, seed {seed}: {hits[0]} hit rank 0, {hits[1]} rank 1; "
        f"the slowest end took {slowest:.1f} s; every run ended equal to an untouched one, bit for bit; "
        f"{monotonic() - began:.0f} s"
    )


def _words(folder: Path) -> list[str]:
    """How the run begins, or goes on."""
    run = folder / "parted"
    if (run / "last.pt").exists():
        return ["--resume", "parted"]
    if run.exists():
        for path in run.iterdir():
            path.unlink()
        run.rmdir()
    return ["xor", *WORDS, "--name", "parted"]


def _is_over(folder: Path) -> bool:
    log = folder / "parted" / "events.jsonl"
    return log.exists() and '"stopped_by":"epochs"' in log.read_text(encoding="utf-8")


def _begin(*words: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "nnlab", "train", *words, "--processes", "2", "--quiet"]
    return subprocess.Popen(argv, stderr=subprocess.PIPE, text=True)


def _end(process: subprocess.Popen[str]) -> None:
    _, said = process.communicate()
    assert process.returncode == 0, said


def _killed(folder: Path, rng: random.Random, seconds: float) -> tuple[int, float]:
    """Let the run go on for so long, then kill one of its processes; which of them, -1 if none was there, and how long
    it then took to end."""
    if _is_over(folder):
        return -1, 0.0
    process = _begin(*_words(folder))
    end = monotonic() + seconds
    while monotonic() < end and process.poll() is None:
        sleep(0.01)
    said = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True).stdout
    ranks = sorted(int(word) for word in said.split())
    if process.poll() is not None or len(ranks) < 2:
        process.kill()
        process.communicate()
        return -1, 0.0
    which, began = rng.randrange(2), monotonic()
    try:
        os.kill(ranks[which], signal.SIGKILL)
    except ProcessLookupError:
        which = -1
    _, errors = process.communicate(timeout=MOST_SECONDS)
    assert "Traceback" not in errors, errors
    return which, monotonic() - began


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    main(*numbers, *(5, 1)[len(numbers) :])
