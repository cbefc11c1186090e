"""Damage real checkpoints at random and count what becomes of them: `python tests/torture/fuzz.py [FILES] [SEED]`.

Every file must be refused in one sentence or read as a valid checkpoint, in bounded time and memory; anything else ends
the script with its traceback, the seed and the file's number.
"""

from __future__ import annotations

import gc
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).parent.parent / "trust"))

import forging
import torch

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.errors import UsageError
from nnlab.engine.training.session import begin

SECONDS = 2.0  # of the processor
MEMORY = 128 * 2**20  # beyond twice the file: what its plain data may take as objects

WAYS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "anywhere in the file": forging.mutated,
    "inside, checksums right": forging.mutated_inside,
    "the archive laid out otherwise": forging.rearranged,
    "an absurd value in it": forging.with_absurd_value,
}


def main(files: int, seed: int) -> None:
    """Load so many damaged files and print the counts, the slowest load and the most memory that one took."""
    counts: Counter[str] = Counter()
    slowest, most = (0.0, 0), (0, 0)
    with tempfile.TemporaryDirectory() as folder:
        data = forging.real(Path(folder)).read_bytes()
        path = Path(folder) / "damaged.pt"
        path.write_bytes(data)
        outcome(path)
        for number in range(files):
            rng = random.Random(f"{seed} {number}")
            where, way = list(WAYS.items())[number % len(WAYS)]
            path.write_bytes(way(data, rng))
            gc.collect()
            before = _peak_from_now()
            began = process_time()
            try:
                counts[f"{where}: {outcome(path)}"] += 1
            except BaseException:
                print(f"file {number} of seed {seed} ({where})")
                raise
            seconds, grown = process_time() - began, _peak() - before
            slowest, most = max(slowest, (seconds, number)), max(most, (grown, number))
            if seconds > SECONDS or grown > 2 * path.stat().st_size + MEMORY:
                print(f"file {number} of seed {seed} ({where}): {seconds:.2f} s, {grown / 2**20:.0f} MiB")
    for what, count in sorted(counts.items()):
        print(f"{count:7,} {what}")
    print(f"{files:7,} files in all, seed {seed}; slowest {slowest[0]:.3f} s, most memory {most[0] / 2**20:.0f} MiB")


def outcome(path: Path) -> str:
    """Whether a file is refused or read, and when it is read whether a training can go on with it."""
    try:
        checkpoint = checkpoints.load(path)
    except UsageError as error:
        return _refused(error)
    try:
        if (
            checkpoint.state
            and checkpoint.config.data.name == "xor"
            and (checkpoint.config.data.samples or 0) < 100_000
        ):
            begin(checkpoint.config, resume=checkpoint).begin_epoch()
    except UsageError as error:
        return f"read, and when resuming {_refused(error)}"
    return "read as valid"


def _refused(error: UsageError) -> str:
    sentence = str(error)
    assert "\n" not in sentence, sentence
    assert len(sentence) < 1_000, sentence
    return "refused in a sentence"


def _peak_from_now() -> int:
    """Forget the process's peak of memory and return what it takes now."""
    Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _peak() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    torch.set_num_threads(1)
    numbers = [int(word) for word in sys.argv[1:]]
    main(*numbers, *(20_000, 1)[len(numbers) :])
