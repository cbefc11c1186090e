"""The numbers of layers are those of plain PyTorch, sick networks are told so, and healthy ones are left alone."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from nnlab.engine import recipes
from nnlab.engine.config import merge, validate
from nnlab.engine.errors import NnlabError
from nnlab.engine.events import PictureTaken, from_json, to_json
from nnlab.engine.pictures.health import PROBED, health
from nnlab.engine.resolve import resolve
from nnlab.engine.runs.claim import claim
from nnlab.engine.runs.control import send
from nnlab.engine.runs.picture_log import frames_in
from nnlab.engine.training.decay import optimizer_of
from nnlab.engine.training.flat import flatten
from nnlab.engine.training.session import Session, begin
from nnlab.engine.training.train import run


def trained(data: str, **tree: Any) -> Session:
    """A session at the end of its epochs, of the data's defaults with some changes."""
    session = begin(resolve(data, flags=merge({"training": {"device": "cpu"}}, tree)))
    for _ in run(session, tested=False):
        pass
    return session


def test_the_numbers_are_those_of_plain_pytorch():
    sgd = {"epochs": 3, "optimizer": "sgd", "lr": 0.1, "scheduler": "none", "weight_decay": 0.0}
    session = trained("iris", model={"activation": "relu", "hidden": [6, 5], "dropout": 0.0}, training=sgd)
    found = health(session)
    x, y = session.prepared.train.x[:], session.prepared.train.y
    assert found["rows"] == len(y) <= PROBED
    linear = [part for part in session.module.modules() if isinstance(part, nn.Linear)]
    copies = [(one.weight.detach().clone().requires_grad_(), one.bias.detach().clone()) for one in linear]
    values, hidden = list[torch.Tensor](), x
    for place, (weight, bias) in enumerate(copies):
        hidden = nn.functional.linear(hidden, weight, bias)
        hidden = hidden.relu() if place < 2 else hidden
        hidden.retain_grad()
        values.append(hidden)
    loss = nn.functional.cross_entropy(hidden, y)
    loss.backward()
    assert found["loss"] == pytest.approx(loss.item(), rel=1e-5)
    shares = torch.bincount(y) / len(y)
    assert found["chance"] == pytest.approx(-(shares * shares.log()).sum().item(), rel=1e-5)
    for layer, value, (weight, _) in zip(found["layers"], values, copies, strict=True):
        assert weight.grad is not None
        assert value.grad is not None
        assert layer["mean"] == pytest.approx(value.mean().item(), rel=1e-4)
        assert layer["deviation"] == pytest.approx(value.std(correction=0).item(), rel=1e-4)
        assert layer["gradient"] == pytest.approx(weight.grad.norm().item(), rel=1e-4)
        assert layer["slope"] == pytest.approx(value.grad.pow(2).mean().sqrt().item(), rel=1e-4)
        step = math.log10(0.1 * weight.grad.norm().item() / weight.norm().item())
        assert layer["update"] == pytest.approx(step, abs=1e-4)
        assert sum(layer["activations"]["counts"]) == sum(layer["gradients"]["counts"]) == value.numel()
        assert layer["activations"]["range"] == pytest.approx([value.min().item(), value.max().item()], rel=1e-4)
    for layer, value in zip(found["layers"][:2], values[:2], strict=True):
        assert layer["dead"] == pytest.approx((value == 0).all(0).float().mean().item())
    assert [layer["name"] for layer in found["layers"]] == ["layer 1", "layer 2", "output"]


def test_looking_changes_neither_weights_nor_memory_nor_random_numbers():
    tree = {"data": {"name": "xor"}, "model": {"family": "noisy-mlp", "dropout": 0.2}}
    tree |= {"training": {"epochs": 4, "optimizer": "adamw", "momentum": 0.0}}
    alone, looked_at = begin(validate(tree)), begin(validate(tree))
    for _ in run(alone, tested=False):
        pass
    for event in run(looked_at, tested=False):
        if event.event == "epoch":
            before = torch.get_rng_state()
            memory = {name: one.clone() for name, one in looked_at.optimizer.buffers.items()}
            health(looked_at)
            assert torch.equal(before, torch.get_rng_state())
            assert all(torch.equal(one, looked_at.optimizer.buffers[name]) for name, one in memory.items())
    assert torch.equal(alone.flat.values, looked_at.flat.values)
    assert looked_at.module.training


SICK: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "ten sigmoids": (
        "spiral",
        {"model": {"hidden": [16] * 10, "activation": "sigmoid"}},
        "layer 1: its gradient is more than a million times smaller",
        "--activation relu",
    ),
    "dead units": ("iris", {"training": {"lr": 1.0}}, "dead", "try --lr 0.1, or --activation leaky-relu"),
    "a rate 100 times too large": ("xor", {"training": {"lr": 1.0}}, "saturated", "try --lr 0.1"),
    "a rate far too large": (
        "xor",
        {"training": {"lr": 30.0, "optimizer": "sgd"}},
        "learning rate of 30 is likely too large",
        "try --lr 3",
    ),
    "a rate far too small": ("xor", {"training": {"lr": 1e-8}}, "likely too small", "try --lr 1e-07"),
    "inputs as they are": ("wine", {"prepare": {"standardize": []}}, "The input proline", "standardize"),
    "pixels as they are": ("digits", {"prepare": {"pixels": "raw"}}, "The pixels go up to 255", "--pixels standard"),
    "an exploding loss": (
        "auto-mpg",
        {"training": {"lr": 30.0, "optimizer": "sgd"}},
        "exploded",
        "--clip 1",
    ),
}


@pytest.mark.parametrize("case", SICK)
def test_a_sick_network_is_told_so_and_what_to_try(case: str):
    data, tree, said, advice = SICK[case]
    session = trained(data, **merge({"training": {"epochs": 4}}, tree))
    found = health(session)["findings"]
    assert any(said in sentence and advice in sentence for sentence in found), found


def test_units_that_are_all_alike_are_told_of():
    session = begin(resolve("iris", flags={}))
    session.flat.values.zero_()
    found = health(session)
    assert "layer 1: its 16 units have the same weights" in found["findings"][0]
    assert found["layers"][0]["update"] is None


def test_all_dead_units_are_told_of():
    session = begin(resolve("iris", flags={}))
    layer = next(part for part in session.module.modules() if isinstance(part, nn.Linear))
    with torch.no_grad():
        layer.bias.fill_(-100)
    assert health(session)["findings"][0].startswith("layer 1: every unit is dead and answers 0 to all")


SMALL = [name for name in recipes.names() if "mnist" not in name and not name.startswith("default")]


@pytest.mark.parametrize("name", SMALL)
def test_no_default_recipe_is_told_that_something_is_off(name: str):
    data = recipes.read(name)["data"]["name"]
    epochs = 3 if "cnn" in name else 20
    flags = {"training": {"epochs": epochs, "device": "cpu"}}
    session = begin(resolve(data, flags=flags, recipe=name))
    assert not health(session)["findings"]
    for event in run(session, tested=False):
        if event.event == "epoch" and session.epoch in (1, 2, 3, 5, 10, 20):
            assert not health(session)["findings"]


@pytest.mark.parametrize("family", ["linear", "noisy-mlp", "tabm", "mlp"])
def test_every_family_has_layers(family: str):
    session = trained("iris", model={"family": family}, training={"epochs": 2})
    found = health(session)
    assert found["layers"][-1]["name"] == "output"
    assert found["layers"][-1]["units"] == 3
    assert all(layer["update"] is not None for layer in found["layers"])


def test_a_part_that_answers_no_single_tensor_is_counted_among_those_left_out():
    class Recurrent(nn.Module):
        def __init__(self, in_features: int, out_features: int) -> None:
            super().__init__()
            self.gru, self.out = nn.GRU(in_features, 4, batch_first=True), nn.Linear(4, out_features)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.out(self.gru(x.unsqueeze(1))[0][:, -1])

    session = trained("xor", training={"epochs": 1})
    session.module = Recurrent(2, 2)
    session.flat = flatten(session.module)
    session.optimizer = optimizer_of(session.config.training, session.module, session.flat)
    found = health(session)
    assert [layer["part"] for layer in found["layers"]] == ["Linear"]
    assert found["more"] == 1


def test_trails_go_on_and_stay_short():
    session = begin(resolve("xor", flags={}))
    found = health(session)
    for _ in range(30):
        found = health(session, found)
    assert {len(numbers) for layer in found["layers"] for numbers in layer["trail"].values()} == {24}


def test_a_picture_is_read_back_and_a_damaged_one_refused():
    session = begin(resolve("digits", flags={"training": {"device": "cpu"}}))
    picture = PictureTaken("health", 0, health(session), live=True)
    body = to_json(picture)
    assert from_json(body) == picture
    layer = body["data"]["layers"][0]
    for broken in (
        {"dead": "much"},
        {"units": -1},
        {"activations": {"range": [0, 1]}},
        {"activations": {"range": [0, 1], "counts": [1] * 2000}},
        {"trail": {"update": ["x"]}},
    ):
        with pytest.raises(ValueError, match=r"health|cannot|bins"):
            from_json({**body, "data": {**body["data"], "layers": [{**layer, **broken}]}})


def test_a_view_that_asks_for_it_gets_it_into_the_film(tmp_path: Path):
    folder = claim(out=tmp_path / "run")
    session = begin(resolve("xor", flags={"training": {"epochs": 3}}))
    for _ in run(session, folder, watched=True):
        send(folder, "pictures", every=0, until=4e9, width=10, height=5, kinds=["health"])
    found = [from_json_line(line) for frame in frames_in(folder.film).values() for line in frame.values()]
    shown = [picture for picture in found if picture.kind == "health"]
    assert shown
    assert (shown[-1].split, shown[-1].rows, shown[-1].of) == ("train", PROBED, len(session.prepared.train))


def from_json_line(line: bytes) -> PictureTaken:
    import json

    picture = from_json(json.loads(line))
    assert isinstance(picture, PictureTaken)
    return picture


def test_a_diverged_session_can_be_looked_into():
    try:
        session = trained("auto-mpg", training={"epochs": 4, "lr": 1e6, "optimizer": "sgd"})
    except NnlabError:
        pytest.fail("a divergence is an end like others")
    assert "no number any more" in health(session)["findings"][0]
