"""The last hidden layer's plane is that of its principal components, and its axes turn as little as they can."""

import base64
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from nnlab.engine.config import merge
from nnlab.engine.events import PictureTaken, from_json, to_json
from nnlab.engine.models.trust import trust
from nnlab.engine.pictures.hidden import KEPT, hidden_picture
from nnlab.engine.resolve import resolve
from nnlab.engine.training.session import Session, begin
from nnlab.engine.training.train import run


def begun(data: str, **tree: Any) -> Session:
    return begin(resolve(data, flags=merge({"training": {"device": "cpu", "epochs": 4}}, tree)))


def places(data: dict[str, Any]) -> np.ndarray:
    low, high = data["range"]
    cells = np.frombuffer(base64.b64decode(data["cells"]), np.uint8).reshape(data["rows"], data["kept"])
    return (low + cells / 255 * (high - low) - np.array(data["centre"])) @ np.array(data["axes"]).T


def test_the_axes_are_the_principal_components_of_what_the_last_layer_reads():
    session = begun("iris", model={"hidden": [9, 5], "activation": "tanh", "dropout": 0.0})
    for _ in run(session, tested=False):
        pass
    before = torch.get_rng_state(), session.flat.values.clone()
    data = hidden_picture(session, "valid")
    assert data is not None
    assert torch.equal(before[0], torch.get_rng_state())
    assert torch.equal(before[1], session.flat.values)
    x = session.prepared.splits["valid"].x[:]
    session.module.eval()
    linear = [part for part in session.module.modules() if isinstance(part, nn.Linear)]
    with torch.no_grad():
        values = linear[1](linear[0](x).tanh()).tanh().double().numpy()
    _, sizes, directions = np.linalg.svd(values - values.mean(0))
    assert (data["units"], data["kept"], data["rows"]) == (5, 5, len(x))
    assert data["share"] == pytest.approx((sizes[:2] ** 2 / (sizes**2).sum()).tolist(), rel=1e-4)
    found = places(data)
    for axis, direction in enumerate(directions[:2]):
        wanted = (values - values.mean(0)) @ direction
        assert np.abs(found[:, axis]) == pytest.approx(np.abs(wanted), abs=0.02)
    answers = session.module(x).argmax(1)
    assert data["right"] == (answers == session.prepared.splits["valid"].y).long().tolist()


def test_axes_of_the_next_picture_lie_as_near_as_can_be():
    session, seen = begun("digits", model={"hidden": [32]}), list[dict[str, Any]]()
    for event in run(session, tested=False):
        if event.event == "epoch":
            data = hidden_picture(session, "valid", seen[-1] if seen else None)
            assert data is not None
            seen.append(data)
    for first, second in pairwise(seen[1:]):
        turned = np.array(first["axes"]) @ np.array(second["axes"]).T
        assert turned[0, 0] > 0.5
        assert turned[1, 1] > 0.5
        assert turned[0, 1] == pytest.approx(turned[1, 0], abs=0.1)  # no rotation makes them nearer


def test_a_wide_layer_is_seen_along_fewer_directions_and_takes_few_bytes():
    data = hidden_picture(begun("digits", model={"hidden": [200]}), "train")
    assert data is not None
    assert (data["units"], data["kept"], data["rows"]) == (200, KEPT, 200)
    assert len(data["cells"]) <= 200 * KEPT * 4 / 3 + 4


@pytest.mark.parametrize("data", ["auto-mpg", "xor", "digits"])
def test_a_picture_is_read_back_and_a_damaged_one_refused(data: str):
    taken = hidden_picture(begun(data), "valid")
    assert taken is not None
    picture = PictureTaken("hidden", 1, taken, live=True)
    body = to_json(picture)
    assert from_json(body) == picture
    broken: list[dict[str, Any]] = [{"rows": 0}, {"kept": 10**6}, {"axes": [[1.0]]}, {"axes": [[1.0], None]}]
    broken += [{"truth": [None] * taken["rows"]}, {"centre": []}, {"cells": "AA=="}, {"range": [0, 1e300]}]
    for one in broken:
        with pytest.raises(ValueError, match=r"cannot|base64|null|bounds"):
            from_json({**body, "data": {**body["data"], **one}})


def test_a_network_without_hidden_layers_has_none():
    assert hidden_picture(begun("iris", model={"family": "linear"}), "valid") is None


@pytest.mark.parametrize("family", ["tabm", "noisy-mlp", "cnn"])
def test_every_family_with_hidden_layers_has_one(family: str):
    taken = hidden_picture(begun("digits" if family == "cnn" else "iris", model={"family": family}), "valid")
    assert taken is not None
    assert np.isfinite(places(taken)).all()


OWN = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.first, self.last = nn.Linear(in_features, 6), nn.Linear(6, out_features)

    def forward(self, x):
        hidden = self.first(x).relu()
        {how}
"""
HOW = {
    "plain": ("return self.last(hidden)", True),
    "by name": ("return self.last(input=hidden)", False),
    "twice": ("return self.last(hidden) + self.last(hidden * 2)", False),
    "folded": ("return self.last(torch.cat([hidden, hidden]))[: len(x)]", False),
}


@pytest.mark.parametrize("how", HOW)
def test_a_network_of_the_users_own_has_one_where_its_last_layer_reads_a_line_for_each_row(how: str, tmp_path: Path):
    line, has_one = HOW[how]
    file = tmp_path / "net.py"
    file.write_text(OWN.format(how=line))
    trust(str(file))
    session = begun("iris", model={"family": "custom", "file": str(file), "class_name": "Net"})
    assert (hidden_picture(session, "valid") is not None) == has_one
