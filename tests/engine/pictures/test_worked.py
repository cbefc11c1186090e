"""What is worked out by hand is what autograd and the training's own step come to."""

from typing import Any

import pytest
import torch

from nnlab.engine.config import merge
from nnlab.engine.errors import UsageError
from nnlab.engine.pictures.worked import worked
from nnlab.engine.resolve import resolve
from nnlab.engine.training.session import Session, begin
from nnlab.engine.training.train import run


def trained(data: str, **tree: Any) -> Session:
    session = begin(resolve(data, flags=merge({"training": {"device": "cpu", "epochs": 3}}, tree)))
    for _ in run(session, tested=False):
        pass
    return session


ACTIVATIONS = ["relu", "sigmoid", "tanh", "gelu", "silu", "leaky-relu", "elu", "selu", "mish"]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("data", ["xor", "iris", "auto-mpg"])
def test_all_numbers_are_those_of_autograd(data: str, activation: str):
    session = trained(data, model={"hidden": [5, 3], "activation": activation})
    before = session.flat.values.clone()
    found = worked(session, 7)
    module, rows = session.module.eval(), session.prepared.train.take(torch.tensor([6]))
    outputs = module(rows.x[:])
    loss = session.loss(outputs, rows.y)
    named = dict(module.named_parameters())
    gradients = dict(zip(named, torch.autograd.grad(loss, list(named.values())), strict=True))
    weights = [name for name in named if named[name].dim() == 2]
    assert found.loss == pytest.approx(loss.item(), rel=1e-4, abs=1e-6)
    assert found.layers[-1].answers == pytest.approx(outputs[0].tolist(), rel=1e-4, abs=1e-6)
    for layer, name in zip(found.layers, weights, strict=True):
        bias = name.replace("weight", "bias")
        for got, wanted in ((layer.gradients, gradients[name]), ([layer.bias_gradients], gradients[bias][None])):
            assert torch.tensor(got).float() == pytest.approx(wanted.numpy(), rel=1e-3, abs=1e-6)
    assert torch.equal(session.flat.values, before)


@pytest.mark.parametrize(
    ("data", "training"),
    [
        ("xor", {"class_weights": "balanced"}),
        ("iris", {"class_weights": [1.0, 5.0, 0.5], "label_smoothing": 0.1}),
        ("xor", {"label_smoothing": 0.2}),
        ("auto-mpg", {"loss": "mae"}),
        ("auto-mpg", {"loss": "huber"}),
    ],
)
def test_each_loss_can_be_worked_out(data: str, training: dict[str, Any]):
    session = trained(data, model={"hidden": [5]}, training=training)
    found = worked(session, 7)
    rows = session.prepared.train.take(torch.tensor([6]))
    outputs = session.module.eval()(rows.x[:])
    loss = session.loss(outputs, rows.y)
    assert found.loss == pytest.approx(loss.item(), rel=1e-4)
    asked = torch.autograd.grad(loss, outputs)[0][0]
    assert found.layers[-1].asked == pytest.approx(asked.tolist(), rel=1e-3, abs=1e-6)


def test_a_row_whose_class_has_no_weight_is_refused():
    session = trained("xor", model={"hidden": [3]}, training={"class_weights": [0.0, 1.0]})
    row = session.prepared.train.y.tolist().index(0) + 1
    with pytest.raises(UsageError, match="has a weight of 0"):
        worked(session, row)


def test_the_changes_are_those_of_a_step_on_this_row_alone():
    session = trained("xor", training={"optimizer": "sgd", "lr": 0.1, "momentum": 0.0, "weight_decay": 0.0})
    for layer in worked(session, 1).layers:
        assert torch.tensor(layer.changes) == pytest.approx(-0.1 * torch.tensor(layer.gradients).numpy(), abs=1e-6)
        assert layer.bias_changes == pytest.approx([-0.1 * one for one in layer.bias_gradients], abs=1e-6)


def test_a_linear_and_a_noisy_network_can_be_worked_out():
    assert [layer.name for layer in worked(trained("xor", model={"family": "linear"}), 1).layers] == ["output"]
    assert len(worked(trained("xor", model={"family": "noisy-mlp", "hidden": [3]}), 1, "valid").layers) == 2


@pytest.mark.parametrize(
    ("data", "tree", "row", "said"),
    [
        ("xor", {}, 0, "no train row 0"),
        ("xor", {}, 10_000, "from 1 to"),
        ("spiral", {}, 1, "too large to be followed"),
        ("digits", {}, 1, "on images"),
        ("iris", {"model": {"family": "tabm"}}, 1, "like tabm"),
        ("auto-mpg", {"prepare": {"embed": {"Origin": 2}}}, 1, "with embeddings"),
    ],
)
def test_what_cannot_be_worked_out_is_refused(data: str, tree: dict[str, Any], row: int, said: str):
    session = begin(resolve(data, flags=tree))
    with pytest.raises(UsageError, match=said):
        worked(session, row)


def test_a_split_that_there_is_not_is_refused():
    with pytest.raises(UsageError, match="There are no valid rows"):
        worked(begin(resolve("xor", flags={"data": {"valid_split": "none"}})), 1, "valid")
