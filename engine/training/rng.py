"""The state of every random generator a training may draw from, as plain data for a checkpoint."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

WORDS = 624  # of a Mersenne twister's state
TORCH_SIZES = (5048, 5056)  # bytes of torch's state on a CPU: early versions', and those that keep a float32 draw too


def capture() -> dict[str, Any]:
    """Python's, NumPy's and torch's generators as tensors, numbers and tuples (what a weights-only load accepts)."""
    import torch

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
    """The state, with arrays in place of tensors, once Python's and NumPy's generators have taken theirs on trial and
    torch's has the form of one; ValueError for one that is malformed."""
    try:
        _take(state, random.Random(), np.random.RandomState())
        _check_torch(state["torch"])
        for part in state.get("cuda", []):  # where there is no GPU nobody can try it
            if part.dtype != np.uint8 or part.ndim != 1:
                raise ValueError
    except (LookupError, ValueError, TypeError, AttributeError, OverflowError, RuntimeError):
        raise ValueError("the state of a random generator is malformed") from None
    return state


def restore(state: dict[str, Any]) -> None:
    """Put all generators back to a captured state, which `check` has let pass. RuntimeError where a GPU's is
    malformed."""
    import torch

    _take(state, random, np.random)
    torch.set_rng_state(state["torch"])
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(state["cuda"])


def _take(state: dict[str, Any], python: Any, numpy: Any) -> None:
    """Give two generators their parts of a state."""
    name, keys, position, has_gauss, gauss = state["numpy"]
    version, words, following = state["python"]
    keys = np.asarray(keys)
    fits = keys.shape == (WORDS,) and keys.dtype == np.int64 and 0 <= position <= WORDS
    if not fits or has_gauss not in (0, 1) or not isinstance(following, float | None):
        raise ValueError  # NumPy itself would read beyond its memory
    python.setstate((version, words, following))
    numpy.set_state((name, keys.astype(np.uint32), position, has_gauss, gauss))


def _check_torch(state: np.ndarray) -> None:
    """ValueError unless this is where a CPU's generator of torch can be: its seed, how many of its words are left plus
    one, whether it was seeded, the next word's place, the words (64 bits for each 32), and what it keeps of a draw."""
    if state.dtype != np.uint8 or state.ndim != 1 or len(state) not in TORCH_SIZES:
        raise ValueError
    left, seeded = state[8:16].view(np.int32).tolist()
    (place,) = state[16:24].view(np.uint64).tolist()
    fresh = (left, place) == (1, 0)
    if seeded != 1 or not (fresh or (0 < left <= WORDS and left + place == WORDS + 1)):
        raise ValueError  # torch itself would read beyond its memory
