"""Weights in the format of safetensors: read by its package, and of a stranger's file nothing but numbers."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from nnlab.engine import safetensors
from nnlab.engine.checkpoint import load as load_checkpoint
from nnlab.engine.errors import UsageError
from nnlab.engine.tensors import BFLOAT16, tensors

KINDS = (torch.float32, torch.float64, torch.float16, torch.int64, torch.int32, torch.uint8, torch.bool)


def test_weights_of_every_type_are_read_by_the_package_and_those_of_the_package_here():
    weights: dict[str, Any] = {str(kind): torch.ones(2, 3).to(kind) for kind in KINDS}
    weights |= {"none": torch.empty(0, 4), "one": torch.tensor(1.5)}
    arrays: dict[str, np.ndarray] = {name: weight.numpy() for name, weight in weights.items()}
    halves = torch.tensor([1.5, -2]).to(torch.bfloat16)
    arrays["halves"] = halves.view(torch.uint16).numpy().view(BFLOAT16)
    found = load(safetensors.to_safetensors(arrays, {"nnlab": "net"}))
    assert found.keys() == arrays.keys()
    assert all(torch.equal(found[name], weight) for name, weight in (weights | {"halves": halves}).items())
    back = safetensors.of_safetensors(save(found))
    assert all(torch.equal(tensors(back[name]), found[name]) for name in found)


def file(head: Any, data: bytes = b"\0" * 8) -> bytes:
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    return len(text).to_bytes(8, "little") + text + data


def weight(**changes: Any) -> dict[str, Any]:
    return {"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8], **changes}}


HOSTILE = {
    "nothing": b"",
    "a head beyond the file": (2**63).to_bytes(8, "little") + b"{}",
    "no JSON": file(b"{"),
    "a list": file([]),
    "deep": file(b"[" * 100_000),
    "another type": file(weight(dtype="F4")),
    "a shape that is larger": file(weight(shape=[2**39, 2**39])),
    "a shape below zero": file(weight(shape=[-1, -2])),
    "a shape of words": file(weight(shape=["2"])),
    "a place outside": file(weight(data_offsets=[8, 16])),
    "a place backwards": file(weight(data_offsets=[8, 0])),
    "two at one place": file(weight() | {"v": weight()["w"]}),
    "more behind it": file(weight(), b"\0" * 9),
    "less than it says": file(weight(), b"\0" * 7),
    "many": file({str(name): weight()["w"] for name in range(30_000)}),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_no_file_of_weights_is_refused(what: str, tmp_path: Path):
    with pytest.raises((ValueError, RecursionError)):
        safetensors.of_safetensors(HOSTILE[what])
    (tmp_path / "model.safetensors").write_bytes(HOSTILE[what])
    (tmp_path / "nnlab.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match="is not an nnlab checkpoint"):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", "5", "[" * 100_000, '{"history": {"values": [[1], [1, 2]]}}', '{"history": {"values": ["x"]}}'],
)
def test_json_that_is_no_network_is_refused(text: str, tmp_path: Path):
    (tmp_path / "model.safetensors").write_bytes(file(weight()))
    (tmp_path / "nnlab.json").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="is not an nnlab checkpoint"):
        load_checkpoint(tmp_path)
