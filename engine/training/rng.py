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


def check(state: dict[str, Any]) -> dict[str, Any]:
    """The state, once every generator has taken its part of it on trial; ValueError for one that is malformed."""
    try:
        _take(state, random.Random(), np.random.RandomState(), torch.Generator())
        for part in state.get("cuda", []):  # where there is no GPU nobody can try it
            if part.dtype != torch.uint8 or part.dim() != 1:
                raise ValueError
    except (LookupError, ValueError, TypeError, AttributeError, OverflowError, RuntimeError):
        raise ValueError("the state of a random generator is malformed") from None
    return state


def restore(state: dict[str, Any]) -> None:
    """Put all generators back to a captured state, which `check` has let pass. RuntimeError where a GPU's is
    malformed."""
    _take(state, random, np.random, torch.default_generator)
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(state["cuda"])


def _take(state: dict[str, Any], python: Any, numpy: Any, generator: torch.Generator) -> None:
    """Give three generators their parts of a state."""
    name, keys, position, has_gauss, gauss = state["numpy"]
    version, words, following = state["python"]
    fits = keys.shape == (WORDS,) and keys.dtype == torch.int64 and 0 <= position <= WORDS
    if not fits or has_gauss not in (0, 1) or not isinstance(following, float | None):
        raise ValueError  # NumPy itself would read beyond its memory
    python.setstate((version, words, following))
    numpy.set_state((name, keys.numpy().astype(np.uint32), position, has_gauss, gauss))
    generator.set_state(state["torch"])
