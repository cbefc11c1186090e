"""Room for decoded images: in memory, or on the disk where they would take too much of it.

What lies on the disk is an array like any other to those who use it; the system reads and forgets its pages as memory
allows. The file has no name, so nothing is left of it, however the process ends.
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from ..errors import NnlabError
from ..runs.folder import runs_root

SHARE = 0.5  # of the free memory that images may take
PART = 2**24  # bytes copied at a time
PLENTY = 2**62
CGROUP = Path("/sys/fs/cgroup")


def empty_images(shape: Sequence[int]) -> np.ndarray:
    """An array uint8 of this shape, its values not set. Raises NnlabError where the disk has no room either."""
    size = math.prod(shape)
    return np.empty(shape, np.uint8) if size <= SHARE * free_memory() else _on_disk(shape)


def take_rows(images: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """A copy of these rows of images, on the disk where the images are."""
    if not isinstance(images, np.memmap):
        return images[rows]
    taken = _on_disk((len(rows), *images.shape[1:]))
    step = max(1, PART // math.prod(images.shape[1:]))
    for start in range(0, len(rows), step):
        taken[start : start + step] = images[rows[start : start + step]]
    return taken


def free_memory() -> int:
    """Bytes that may still be taken, by what the system and the group of processes allow; very many where neither
    says."""
    free = [PLENTY]
    with suppress(OSError, ValueError, IndexError):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        free.append(next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable")))
    with suppress(OSError, ValueError):
        limit, used = (int((CGROUP / name).read_text(encoding="ascii")) for name in ("memory.max", "memory.current"))
        free.append(limit - used)
    return max(0, min(free))


def _on_disk(shape: Sequence[int]) -> np.ndarray:
    """In a file beside the runs, set aside as a whole: a page that finds no room later would end the process."""
    folder, size = runs_root(), math.prod(shape)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
            return np.memmap(file, np.uint8, "w+", shape=tuple(shape))
    except OSError as error:
        raise NnlabError(
            f"The decoded images take {size / 2**30:.1f} GiB, for which neither the memory nor the disk at {folder} "
            f"has room ({error.strerror}): use a smaller --image-size, or set NNLAB_RUNS to a larger disk."
        ) from None
