"""Damage real checkpoints at random and count what becomes of them: `python tests/torture/fuzz.py [FILES] [SEED]`.

Every file must be refused in one sentence or read as a valid checkpoint; anything else ends the script with its
traceback, the seed and the file's number.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
from collections import Counter
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parent.parent / "trust"))

import forging

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.errors import UsageError


def main(files: int, seed: int) -> None:
    """Load so many damaged files and print the counts, the slowest load and the memory's peak."""
    counts: Counter[str] = Counter()
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        data = forging.real(Path(folder)).read_bytes()
        path = Path(folder) / "damaged.pt"
        for number in range(files):
            rng = random.Random(f"{seed} {number}")
            inside = number % 2 == 0
            path.write_bytes(forging.mutated_inside(data, rng) if inside else forging.mutated(data, rng))
            where = "inside, checksums right" if inside else "anywhere in the file"
            began = perf_counter()
            counts[f"{where}: {outcome(path)}"] += 1
            slowest = max(slowest, perf_counter() - began)
    for what, count in sorted(counts.items()):
        print(f"{count:7,} {what}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{files:7,} files in all, seed {seed}; slowest load {slowest:.3f} s, peak memory {peak:.0f} MiB")


def outcome(path: Path) -> str:
    """Whether a file is refused or read."""
    try:
        checkpoints.load(path)
    except UsageError as error:
        return "refused in a sentence" if "\n" not in str(error) else "refused in more than a sentence"
    return "read as valid"


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    main(*numbers, *(20_000, 1)[len(numbers) :])
