"""Kill trainings at random moments, resume them, compare them with untouched ones: `python tests/torture/kills.py
[RUNS] [SEED]`. Each run takes ten kills. A difference ends the script with its traceback and the seed.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from pathlib import Path
from time import perf_counter

os.environ["OMP_NUM_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).parent.parent / "trust"))

from killing import killed_and_untouched, noisy

KILLS = 10


def main(runs: int, seed: int) -> None:
    """Torture so many runs, eager and captured in turns, and print what was counted."""
    began, hits = perf_counter(), 0
    for number in range(runs):
        rng = random.Random(f"{seed} {number}")
        config = noisy(("eager", "captured")[number % 2], every=rng.choice(("1e", "3e", "0.01s")))
        with tempfile.TemporaryDirectory() as folder:
            os.environ["NNLAB_RUNS"] = folder + "/runs"
            hits += killed_and_untouched(Path(folder), config, KILLS, rng)
    print(
        f"{runs * KILLS} kills at {runs} runs, seed {seed}: {hits} hit while the process lived; every run ended equal "
        f"to an untouched one, bit for bit; {perf_counter() - began:.0f} s"
    )


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    main(*numbers, *(20, 1)[len(numbers) :])
