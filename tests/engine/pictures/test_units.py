"""The network picture shows what every unit answers, in whatever network, and leaves the training as it was."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from nnlab.engine.config import validate
from nnlab.engine.data.columns.encoders import Embedding, Number, OneHot
from nnlab.engine.data.prepared import Prepared, Rows
from nnlab.engine.data.schema import Image, Schema
from nnlab.engine.events import PictureTaken
from nnlab.engine.models.families import build
from nnlab.engine.models.spec import ModelSpec
from nnlab.engine.pictures.pictures import pictures
from nnlab.engine.pictures.units import LAYERS, SIDE, UNITS, network_picture
from nnlab.engine.runs.claim import claim
from nnlab.engine.runs.control import send
from nnlab.engine.training.session import begin
from nnlab.engine.training.train import run

A, B = Number(name="a", fill=0, mean=10, std=2), Number(name="b", fill=0, mean=-1, std=0.5)
TWO = Schema(task="binary", target="y", classes=["left", "right"], columns=[A, B])


def prepared(schema: Schema, x: torch.Tensor | None = None) -> Prepared:
    x = torch.randn(50, schema.in_features) if x is None else x
    rows = Rows(x, torch.zeros(len(x), dtype=torch.int64 if schema.classes else torch.float32))
    return Prepared("tiny", schema.task, schema, rows, None, rows)


def taken(module: nn.Module, data: Prepared) -> dict[str, Any]:
    picture = network_picture(module, data, data.train)
    assert picture is not None
    json.dumps(picture, allow_nan=False)
    return picture


def cells(picture: dict[str, Any], layer: int, unit: int) -> np.ndarray:
    packed = picture["layers"][layer]["units"][unit]["cells"]
    return np.frombuffer(b64decode(packed), np.uint8).reshape(picture["height"], picture["width"])


def mlp(hidden: list[int], **more: Any) -> nn.Module:
    spec = {"family": "mlp", "hidden": hidden, "in_features": 2, "out_features": 2, **more}
    return build(ModelSpec.model_validate(spec))


@pytest.mark.parametrize("more", [{}, {"dropout": 0.5}, {"family": "noisy-mlp", "noise": 0.3}, {"activation": "gelu"}])
def test_every_layer_is_seen_once_with_the_weights_between(more: dict[str, Any]):
    picture = taken(mlp([5, 3], **more), prepared(TWO))
    assert [(layer["name"], len(layer["units"])) for layer in picture["layers"]] == [
        ("inputs", 2),
        ("layer 1", 5),
        ("layer 2", 3),
        ("output", 2),
    ]
    assert [unit["name"] for layer in picture["layers"] for unit in layer["units"]][:4] == ["a", "b", "1.1", "1.2"]
    assert [unit["name"] for unit in picture["layers"][-1]["units"]] == ["left", "right"]
    assert [len(b64decode(weights["cells"])) for weights in picture["weights"]] == [10, 15, 6]
    assert (picture["form"], picture["x"], picture["y"], picture["skipped"]) == ("maps", "a", "b", 0)


def test_a_units_map_is_what_it_answers_scaled_to_its_range():
    first = nn.Linear(2, 2)
    with torch.no_grad():
        first.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, -2.0]]))
        first.bias.zero_()
    picture = taken(
        nn.Sequential(first, nn.ReLU(), nn.Linear(2, 2)), prepared(TWO, torch.tensor([[-1.0, -1.0], [1.0, 1.0]]))
    )
    edge = 1.1 - 2.2 / SIDE / 2  # the middle of the last cell
    assert picture["layers"][1]["units"][0]["range"] == [0, pytest.approx(edge)]
    assert picture["layers"][1]["units"][1]["range"] == [0, pytest.approx(2 * edge)]
    right, below = cells(picture, 1, 0), cells(picture, 1, 1)
    assert (right[:, : SIDE // 2] == 0).all()
    assert right[:, -1].tolist() == [255] * SIDE
    assert (below[: SIDE // 2] == 0).all()
    assert below[-1].tolist() == [255] * SIDE
    assert picture["weights"][0]["scale"] == 2
    assert list(b64decode(picture["weights"][0]["cells"])) == [190, 127, 127, 0]


def test_the_outputs_are_classes_shares_or_a_value_in_its_own_units():
    shares = taken(mlp([3]), prepared(TWO))["layers"][-1]
    assert (shares["neutral"], shares["classes"], shares["units"][0]["range"]) == (0.5, True, [0, 1])
    value = Schema(task="regression", target="mpg", target_mean=20, target_std=5, columns=[A, B])
    constant = nn.Linear(2, 1)
    nn.init.zeros_(constant.weight)
    nn.init.constant_(constant.bias, 2.0)
    output = taken(constant, prepared(value))["layers"][-1]
    assert (output["neutral"], output["classes"]) == (20, False)
    assert output["units"][0] == {"name": "mpg", "range": [30, 30], "cells": output["units"][0]["cells"]}


def test_large_networks_are_shown_in_part_and_say_so():
    picture = taken(mlp([40] * 9), prepared(TWO))
    assert (len(picture["layers"]), picture["skipped"]) == (LAYERS + 2, 9 - LAYERS)
    assert (len(picture["layers"][1]["units"]), picture["layers"][1]["more"]) == (UNITS, 40 - UNITS)
    assert picture["weights"][-1] is None  # it leads from a layer that is not shown
    assert len(b64decode(picture["weights"][1]["cells"])) == UNITS * UNITS


@pytest.mark.parametrize("own", [False, True])
def test_of_several_members_the_mean_of_what_their_units_answer_is_shown(own: bool):
    spec = ModelSpec(
        family="tabm", members=3, hidden=[5, 4], in_features=2, out_features=2, numbers=2, embedding="periodic",
        own_weights=own,
    )  # fmt: skip
    torch.manual_seed(1)
    module = build(spec).eval()
    picture = taken(module, prepared(TWO))
    assert [(layer["name"], len(layer["units"])) for layer in picture["layers"]] == [
        ("inputs", 2),
        ("layer 1", 5),
        ("layer 2", 4),
        ("output", 2),
    ]
    assert [weights is None for weights in picture["weights"]] == [True, own, True]
    assert not module.training


def test_categories_are_named_and_embedded_ones_left_out():
    kind = OneHot(name="kind", categories=["u", "v"], other=True)
    city = Embedding(name="city", categories=["r", "s"], width=3)
    schema = TWO.model_copy(update={"columns": [A, B, kind, city]})
    x = torch.cat([torch.randn(30, 2), torch.eye(3).repeat(10, 1), torch.ones(30, 1)], 1)
    picture = taken(mlp([4], in_features=6, embeddings=schema.embeddings), prepared(schema, x))
    inputs = picture["layers"][0]
    assert [unit["name"] for unit in inputs["units"]] == ["a", "b", "kind=u", "kind=v", "kind=other"]
    assert inputs["more"] == 1
    assert [len(b64decode(weights["cells"])) for weights in picture["weights"]] == [20, 8]


class Own(nn.Module):
    """Activations that are functions, a layer of its own kind, and noise that nobody told to stop."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(2, 4), nn.Linear(4, 2)
        self.act = nn.Tanh()
        self.free = nn.Parameter(torch.randn(4, 4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.sin(self.first(x)) + torch.randn(())
        return self.second(self.act(x @ self.free))


def test_a_network_of_ones_own_shows_what_can_be_heard_and_draws_nothing():
    module, data = Own(), prepared(TWO)
    state = torch.get_rng_state()
    picture = taken(module, data)
    assert [layer["name"] for layer in picture["layers"]] == ["inputs", "layer 1", "output"]
    assert [weights is None for weights in picture["weights"]] == [False, False]
    pictures(module, data, "train")
    assert torch.equal(torch.get_rng_state(), state)
    assert module.training
    assert not module.act._forward_hooks


def test_a_network_without_parts_that_can_be_heard_has_no_picture():
    class Closed(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x * 2

    data = prepared(TWO)
    assert network_picture(Closed(), data, data.train) is None


def test_a_diverged_network_has_a_picture_all_the_same():
    module = mlp([3])
    for parameter in module.parameters():
        nn.init.constant_(parameter, torch.nan)
    assert taken(module, prepared(TWO))["layers"][1]["units"][0]["range"] == [0, 0]


@pytest.mark.parametrize("family", ["linear", "mlp", "cnn"])
def test_images_show_what_the_first_layer_looks_for(family: str):
    schema = Schema(task="multiclass", target="y", classes=list("abc"), image=Image(shape=(3, 40, 20)))
    hidden = [] if family == "linear" else [5]
    module = mlp(hidden, family=family, image_shape=(3, 40, 20), in_features=2400, out_features=3, channels=[30])
    picture = taken(module, prepared(schema, torch.zeros(4, 3, 40, 20, dtype=torch.uint8)))
    (layer,) = picture["layers"]
    shown, size = {"linear": ((3, 0), (20, 32)), "mlp": ((5, 0), (20, 32)), "cnn": ((24, 6), (3, 3))}[family]
    assert ((len(layer["units"]), layer["more"]), (picture["width"], picture["height"])) == (shown, size)
    low, high = layer["units"][0]["range"]
    assert (low, {cells(picture, 0, 0).min(), cells(picture, 0, 0).max()} & {0, 255} != set()) == (-high, True)


def test_it_is_taken_only_when_it_is_wanted():
    module, data = mlp([3]), prepared(TWO)
    assert [kind for kind, _ in pictures(module, data, "train")] == ["map", "matrix"]
    assert [kind for kind, _ in pictures(module, data, "train", kinds=["map", "network"])] == ["map", "network"]
    one = Schema(task="binary", target="y", classes=["l", "r"], columns=[A])
    assert pictures(mlp([3], in_features=1), prepared(one), "train", kinds=["network"]) == []


def test_pictures_leave_the_training_as_it_would_have_been(tmp_path: Path):
    tree = {"data": {"name": "xor", "samples": 100}, "model": {"family": "noisy-mlp", "hidden": [6], "dropout": 0.2}}
    config = validate({**tree, "training": {"epochs": 30, "batch_size": 8}}, source="test")
    alone = begin(config)
    list(run(alone))
    watched, folder, seen = begin(config), claim(out=tmp_path / "run"), 0
    for event in run(watched, folder):
        seen += isinstance(event, PictureTaken) and event.live and event.kind == "network"
        if not seen:
            send(folder, "pictures", every=0.0, until=1e18, width=8, height=8, kinds=["network", "map"])
    assert seen
    ours, theirs = watched.weights(), alone.weights()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
