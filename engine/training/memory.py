"""Allocations that fail, as a sentence with the batch size to try."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import torch

from ..errors import NnlabError

CPU_REFUSAL = "can't allocate memory"  # how torch's allocator for the CPU says it, in a plain RuntimeError


@contextmanager
def enough_memory(batch_size: int) -> Generator[None]:
    """Within the block, turn an allocation that fails, on the CPU or a GPU, into a NnlabError saying what to try."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not isinstance(error, MemoryError | torch.OutOfMemoryError) and CPU_REFUSAL not in str(error):
            raise
        smaller = f"--batch-size {batch_size // 2}" if batch_size > 1 else "narrower layers (--hidden)"
        raise NnlabError(
            f"There is not enough memory for this network and batches of {batch_size:,} rows: try {smaller}, "
            "fewer rows or a smaller network."
        ) from error
