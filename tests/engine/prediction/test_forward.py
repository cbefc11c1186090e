"""NumPy answers as torch does: every family, layer, activation and embedding of a table's network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from nnlab.engine.models import plan
from nnlab.engine.models.families import build
from nnlab.engine.models.modules import module_of
from nnlab.engine.models.spec import ModelSpec
from nnlab.engine.options import Activation, Family
from nnlab.engine.prediction.forward import Forward, forward_of
from nnlab.engine.tensors import float_arrays

FAMILIES = [family for family in get_args(Family) if family not in ("cnn", "custom")]
SINGLE = [family for family in FAMILIES if family != "ensemble"]
BINS = [[-1.0, -0.25, 0.5, 3.0], [0.0, 1.0], [-2.0, 0.0, 2.0]]
DENSE = 5
EMBEDDINGS = [(4, 2), (7, 3)]
ODD = (np.inf, -np.inf, np.nan, 1e30, -1e30, 0.0)


@st.composite
def specs(draw: st.DrawFn, family: str, activation: str) -> ModelSpec:
    """Networks of a family: with categories or without, numbers embedded or not, any width, one output or several."""
    embeddings = draw(st.sampled_from([[], EMBEDDINGS, EMBEDDINGS[:1]]))
    if family == "ensemble":
        return draw(ensembles(activation))
    widths = st.lists(st.integers(1, 9), min_size=family == "noisy-mlp", max_size=3)
    choices: dict[str, Any] = {
        "hidden": [] if family == "linear" else draw(widths),
        "out_features": draw(st.integers(1, 4)),
        "dropout": draw(st.sampled_from([0.0, 0.3])),
    }
    if family == "tabm":
        embedding = draw(st.sampled_from(["none", "periodic", "piecewise", "both"]))
        binned = embedding in ("piecewise", "both")
        numbers = 0 if embedding == "none" else 3 if binned else draw(st.integers(1, DENSE))
        members = draw(st.integers(2 if embedding == "both" else 1, 4))
        choices |= {"members": members, "own_weights": draw(st.booleans()), "embedding": embedding}
        choices |= {"numbers": numbers, "bins": BINS if binned else []}
        choices |= {"limits": draw(st.sampled_from([None, (-0.25, 0.25)])) if choices["out_features"] == 1 else None}
    return ModelSpec(
        family=family,  # pyright: ignore[reportArgumentType]
        activation=activation,  # pyright: ignore[reportArgumentType]
        in_features=DENSE + len(embeddings),
        embeddings=embeddings,
        **choices,
    )


@st.composite
def ensembles(draw: st.DrawFn, activation: str) -> ModelSpec:
    """Several networks of the same inputs and outputs, of any families."""
    first = draw(specs("tabm", activation))
    others = [
        part.model_copy(update={"out_features": first.out_features, "limits": None})
        for family in draw(st.lists(st.sampled_from(SINGLE), max_size=3))
        if (part := draw(specs(family, activation))).embeddings == first.embeddings
    ]
    sizes = [draw(st.integers(1, 5)) for _ in (first, *others)]
    return ModelSpec(
        family="ensemble",
        in_features=first.in_features,
        out_features=first.out_features,
        embeddings=first.embeddings,
        parts=[first, *others],
        shares=[size / sum(sizes) for size in sizes],
    )


def drawn(spec: ModelSpec, seed: int) -> tuple[torch.nn.Module, Forward]:
    """The network of a spec with weights of every sign and size, in torch's way in float64, and in NumPy's."""
    torch.manual_seed(seed)
    module = build(spec).eval()
    for weight in module.parameters():
        torch.nn.init.normal_(weight, std=1.5)
    forward = forward_of(spec, float_arrays(module.state_dict()))
    assert forward is not None
    return module.double(), forward


def rows(spec: ModelSpec, count: int) -> Tensor:
    dense = torch.randn(count, DENSE) * torch.logspace(-2, 1.5, DENSE)
    indices = [torch.randint(0, categories, (count, 1)).float() for categories, _ in spec.embeddings]
    return torch.cat([dense, *indices], 1)


def answers(module: torch.nn.Module, x: Tensor) -> np.ndarray:
    with torch.inference_mode():
        return module(x.double()).T.numpy()


@pytest.mark.parametrize("activation", get_args(Activation))
@pytest.mark.parametrize("family", FAMILIES)
@given(st.data())
@settings(deadline=None, max_examples=12)
def test_numpy_answers_what_torch_does(family: str, activation: str, data: st.DataObject):
    spec = data.draw(specs(family, activation))
    module, forward = drawn(spec, data.draw(st.integers(0, 99)))
    x = rows(spec, data.draw(st.sampled_from([1, 2, 70])))
    np.testing.assert_allclose(forward(x.numpy()), answers(module, x), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("activation", get_args(Activation))
@pytest.mark.parametrize("family", SINGLE)
def test_what_is_no_number_is_none_in_either(family: str, activation: str):
    choices: dict[str, Any] = {"hidden": [] if family == "linear" else [4, 3]}
    if family == "tabm":
        choices |= {"members": 3, "numbers": 3, "embedding": "piecewise", "bins": BINS}
    spec = ModelSpec.model_validate(
        {"family": family, "activation": activation, "in_features": DENSE, "out_features": 2, **choices}
    )
    module, forward = drawn(spec, 1)
    x = torch.tensor([[odd, 1.0, -1.0, 0.5, 2.0] for odd in ODD] + [[1.0, 0.0, odd, 0.0, 0.0] for odd in ODD])
    np.testing.assert_allclose(forward(x.numpy()), answers(module, x), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("family", SINGLE)
def test_many_rows_are_answered_as_each_alone(family: str):
    hidden: list[int] = [] if family == "linear" else [9, 300]
    spec = ModelSpec.model_validate(
        {"family": family, "hidden": hidden, "in_features": DENSE, "out_features": 3, "members": 2}
    )
    _, forward = drawn(spec, 2)
    x = rows(spec, 9_001).numpy()
    whole = forward(x)
    for row in (0, 1, 500, 4_096, 9_000):
        np.testing.assert_allclose(forward(x[row : row + 1])[:, 0], whole[:, row], rtol=1e-12)
    assert forward(x[:0]).shape == (3, 0)


def test_parts_that_are_computed_side_by_side_are_what_they_are_in_turn(monkeypatch: pytest.MonkeyPatch):
    spec = ModelSpec(family="mlp", hidden=[300, 200], activation="mish", in_features=DENSE, out_features=3)
    module, alone = drawn(spec, 3)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    together = forward_of(spec, float_arrays(module.state_dict()))
    x = rows(spec, 3_001).numpy()
    assert together is not None
    assert (together.args[3], alone.args[3]) == (3, 1)  # pyright: ignore[reportFunctionMemberAccess]
    assert np.array_equal(together(x), alone(x))


def all_layers(kind: type[plan.Layer]) -> set[type[plan.Layer]]:
    return {kind}.union(*map(all_layers, kind.__subclasses__()))


def test_every_layer_that_a_network_may_have_is_met_here_and_has_a_module():
    """A new kind of layer, family or activation fails here until it is tried above, or is one of images."""
    images = {"in_features": 64, "image_shape": (1, 8, 8), "out_features": 3}
    table = {"in_features": 7, "out_features": 1, "hidden": [4], "dropout": 0.1, "embeddings": EMBEDDINGS}
    tried = [
        {"family": "cnn", "channels": [2], **images},
        {"family": "mlp", **table},
        {"family": "noisy-mlp", **table},
        {"family": "tabm", **table, "own_weights": True},
        {"family": "tabm", **table, "members": 2, "embedding": "both", "numbers": 3, "bins": BINS},
    ]
    layers = [layer for choices in tried for layer in plan.plan(ModelSpec.model_validate(choices))]
    assert {type(layer) for layer in layers} == all_layers(plan.Layer) - {plan.Layer}
    assert all(module_of(layer) for layer in layers)


@pytest.mark.parametrize("family", get_args(Family))
def test_networks_of_images_and_a_users_own_are_left_to_torch(family: str):
    image: dict[str, Any] = {"in_features": 4, "image_shape": (1, 2, 2), "hidden": [2], "out_features": 2}
    if family == "ensemble":
        image |= {"hidden": [], "parts": [{"family": "cnn", **image, "channels": [2]}], "shares": [1.0]}
    spec = ModelSpec.model_validate({"family": family, **(image if family != "custom" else {**image, "file": "x.py"})})
    weights = {} if family == "custom" else float_arrays(build(spec).state_dict())
    assert forward_of(spec, weights) is None


def test_a_layer_or_activation_that_numpy_does_not_know_is_left_to_torch(monkeypatch: pytest.MonkeyPatch):
    spec = ModelSpec(family="mlp", hidden=[4], activation="mish", in_features=2, out_features=1)
    weights = float_arrays(build(spec).state_dict())
    monkeypatch.delitem(forward_of.__globals__["ACTIVATIONS"], "mish")
    assert forward_of(spec, weights) is None

    def unknown(_: ModelSpec) -> Iterator[Any]:
        yield plan.Halved()

    monkeypatch.setattr(plan, "plan", unknown)
    assert forward_of(spec, {}) is None
