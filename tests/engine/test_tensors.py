"""Numbers of a checkpoint are arrays until somebody asks for tensors, which share their memory."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import numpy as np
import torch

from nnlab.engine import archive
from nnlab.engine.tensors import Held, float_arrays, tensors


def test_tensors_share_the_memory_of_their_arrays():
    held = Held({"a": np.zeros(3, np.float32), "state": {"b": (np.arange(2), [np.zeros(()), "x", None])}})
    held["a"][1] = 5
    assert held["a"].tolist() == [0, 5, 0]
    (first, (second, *rest)) = held["state"]["b"]
    assert (first.dtype, second.shape, rest) == (torch.int64, (), ["x", None])
    assert (list(held), len(held)) == (["a", "state"], 2)


def test_what_is_held_survives_copies_and_pickles():
    held = Held({"a": np.arange(3, dtype=np.float32)})
    for other in (copy.deepcopy(held), pickle.loads(pickle.dumps(held))):
        assert torch.equal(other["a"], held["a"])
        other["a"][0] = 9
        assert held["a"][0] == 0


def test_weights_of_any_precision_become_float32_arrays(tmp_path: Path):
    weights = {kind: torch.randn(4).to(getattr(torch, kind)) for kind in ("float32", "float64", "bfloat16", "float16")}
    for name, array in float_arrays(weights).items():
        assert array.dtype == np.float32
        assert np.array_equal(array, weights[name].float().numpy())
    torch.save(weights, tmp_path / "x.pt")
    read = tensors(archive.read(tmp_path / "x.pt"))
    assert all(torch.equal(read[name], weight) and read[name].dtype == weight.dtype for name, weight in weights.items())
