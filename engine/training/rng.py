"""The state of every random generator a training may draw from, as plain data for a checkpoint."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch

WORDS = 624  # of a Mersenne twister's state


def capture() -> dict[str, Any]:
    """Python's, NumPy's and torch's generators as tensors, numbers and tuples (what a weights-only load accepts)."""
    name, keys, position, has_gauss, gauss = np.random.get_state(legacy=True)  # pyright: ignore[reportAssignmentType]
    state: dict[str, Any] = {
        "python": random.getstate(),
        "numpy": (
            str(name),
            torch.from_numpy(np.asarray(keys, dtype=np.int64)),
            int(position),
            int(has_gauss),
            float(gauss),
        ),
        "torch": torch.get_rng_state(),
    }
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        state["cuda"] = torch.cuda.get_rng_state_all()
    return state


def restore(state: dict[str, Any]) -> None:
    """Put all generators back to a captured state.

    KeyError, ValueError, TypeError, AttributeError, OverflowError or RuntimeError if it is malformed.
    """
    name, keys, position, has_gauss, gauss = state["numpy"]
    if keys.shape != (WORDS,) or not 0 <= position <= WORDS:  # NumPy itself would read beyond its memory
        raise ValueError("the state of NumPy's generator is malformed")
    random.setstate(state["python"])
    np.random.set_state((name, keys.numpy().astype(np.uint32), position, has_gauss, gauss))
    torch.set_rng_state(state["torch"])
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(state["cuda"])
