import pytest
import torch
from pydantic import ValidationError
from torch import nn

from nnlab.engine.errors import UsageError
from nnlab.engine.models.families import build, parameter_count, shapes
from nnlab.engine.models.layers import NoisyLinear
from nnlab.engine.models.spec import ModelSpec

XOR = ModelSpec(family="mlp", hidden=[10, 6], activation="sigmoid", in_features=2, out_features=2)
AUTO_MPG = ModelSpec(family="mlp", hidden=[10, 6, 4], in_features=9, out_features=1)
MNIST = ModelSpec(family="mlp", hidden=[32, 16], in_features=784, out_features=10, image_shape=(1, 28, 28))
CNN = ModelSpec(
    family="cnn", hidden=[128], channels=[32, 64], in_features=784, out_features=10, image_shape=(1, 28, 28)
)
EMBEDDED = ModelSpec(family="mlp", hidden=[4], in_features=5, out_features=3, embeddings=[(7, 2), (5, 3)])
TABM = ModelSpec(
    family="tabm",
    members=3,
    hidden=[6, 4],
    activation="mish",
    in_features=5,
    out_features=3,
    embeddings=[(7, 2)],
    embedding="periodic",
    numbers=2,
)
ALL = [
    XOR,
    AUTO_MPG,
    MNIST,
    CNN,
    EMBEDDED,
    XOR.model_copy(update={"family": "noisy-mlp", "noise": 0.07, "dropout": 0.5}),
    ModelSpec(family="linear", in_features=4, out_features=3),
    CNN.model_copy(update={"hidden": [], "channels": []}),
    TABM,
    TABM.model_copy(update={"own_weights": True, "dropout": 0.1, "hidden": []}),
    TABM.model_copy(update={"embedding": "piecewise", "bins": [[0.0, 1.0, 3.0], [-1.0, 1.0]]}),
    MNIST.model_copy(update={"family": "tabm", "members": 2}),
]


@pytest.mark.parametrize("spec", ALL, ids=lambda spec: f"{spec.family}-{spec.hidden}")
def test_the_shapes_by_arithmetic_are_those_of_the_network_built(spec: ModelSpec) -> None:
    built = build(spec).state_dict()
    assert list(shapes(spec).items()) == [(name, tuple(value.shape)) for name, value in built.items()]
    assert parameter_count(spec) == sum(value.numel() for value in built.values())


def test_embeddings_are_drawn_as_pytorch_draws_them() -> None:
    torch.manual_seed(1)
    expected = nn.Embedding(7, 2).weight
    torch.manual_seed(1)
    assert torch.equal(next(build(EMBEDDED).parameters()), expected)


def test_the_xor_network_prints_as_in_the_tutorial() -> None:
    assert repr(build(XOR)) == (
        "Sequential(\n"
        "  (0): Linear(in_features=2, out_features=10, bias=True)\n"
        "  (1): Sigmoid()\n"
        "  (2): Linear(in_features=10, out_features=6, bias=True)\n"
        "  (3): Sigmoid()\n"
        "  (4): Linear(in_features=6, out_features=2, bias=True)\n"
        ")"
    )


def test_the_auto_mpg_network_prints_as_in_the_tutorial() -> None:
    assert repr(build(AUTO_MPG)) == (
        "Sequential(\n"
        "  (0): Linear(in_features=9, out_features=10, bias=True)\n"
        "  (1): ReLU()\n"
        "  (2): Linear(in_features=10, out_features=6, bias=True)\n"
        "  (3): ReLU()\n"
        "  (4): Linear(in_features=6, out_features=4, bias=True)\n"
        "  (5): ReLU()\n"
        "  (6): Linear(in_features=4, out_features=1, bias=True)\n"
        ")"
    )


def test_the_mnist_network_prints_as_in_the_tutorial() -> None:
    assert repr(build(MNIST)) == (
        "Sequential(\n"
        "  (0): Flatten(start_dim=1, end_dim=-1)\n"
        "  (1): Linear(in_features=784, out_features=32, bias=True)\n"
        "  (2): ReLU()\n"
        "  (3): Linear(in_features=32, out_features=16, bias=True)\n"
        "  (4): ReLU()\n"
        "  (5): Linear(in_features=16, out_features=10, bias=True)\n"
        ")"
    )


def test_a_noisy_mlp_draws_its_weights_in_the_tutorials_order() -> None:
    torch.manual_seed(1)
    module = build(XOR.model_copy(update={"family": "noisy-mlp", "noise": 0.07}))
    torch.manual_seed(1)
    expected = [NoisyLinear(2, 10, 0.07), nn.Linear(10, 6), nn.Linear(6, 2)]
    wanted = [parameter for layer in expected for parameter in layer.parameters()]
    assert all(torch.equal(a, b) for a, b in zip(module.parameters(), wanted, strict=True))
    assert module[0].noise_stddev == 0.07  # pyright: ignore


@pytest.mark.parametrize("spec", ALL, ids=lambda spec: f"{spec.family}-{spec.in_features}")
def test_every_family_answers_rows_and_counts_its_parameters_beforehand(spec: ModelSpec) -> None:
    module = build(spec)
    shape = spec.image_shape or (spec.in_features,)
    assert module.eval()(torch.zeros(3, *shape)).shape == (3, spec.out_features)
    assert module.train()(torch.zeros(6, *shape)).shape == (6, spec.out_features)
    assert sum(parameter.numel() for parameter in module.parameters()) == parameter_count(spec)


@pytest.mark.parametrize("spec", ALL, ids=lambda spec: f"{spec.family}-{spec.in_features}")
def test_a_spec_survives_the_way_through_plain_data(spec: ModelSpec) -> None:
    assert ModelSpec.model_validate(spec.model_dump(mode="json")) == spec


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 9, 33), (2, 1, 5), (1, 3, 2)])
def test_a_cnn_takes_images_of_any_size_and_number_of_channels(shape: tuple[int, int, int]) -> None:
    pixels = shape[0] * shape[1] * shape[2]
    spec = ModelSpec(
        family="cnn", hidden=[8], channels=[4, 4, 4, 4], in_features=pixels, out_features=2, image_shape=shape
    )
    module = build(spec)
    assert module(torch.zeros(2, *shape)).shape == (2, 2)
    assert sum(parameter.numel() for parameter in module.parameters()) == parameter_count(spec)


def test_dropout_follows_each_activation() -> None:
    module = build(XOR.model_copy(update={"dropout": 0.25}))
    kinds = [type(layer).__name__ for layer in module.children()]
    assert kinds == ["Linear", "Sigmoid", "Dropout", "Linear", "Sigmoid", "Dropout", "Linear"]


def test_a_cnn_on_a_table_is_refused_in_a_sentence() -> None:
    with pytest.raises(UsageError, match="A cnn needs images, and this data set is a table: use --model tabm, mlp"):
        build(ModelSpec(family="cnn", channels=[4], in_features=2, out_features=2))


def test_a_noisy_mlp_without_hidden_layers_is_refused() -> None:
    with pytest.raises(UsageError, match="at least one hidden layer"):
        build(ModelSpec(family="noisy-mlp", in_features=2, out_features=2))


def test_a_monstrous_network_is_refused_before_anything_is_allocated() -> None:
    with pytest.raises(UsageError, match=r"would have [\d,]+ parameters"):
        build(XOR.model_copy(update={"hidden": [10**6, 10**6]}))
    with pytest.raises(UsageError, match="parameters"):
        build(EMBEDDED.model_copy(update={"embeddings": [(10**12, 10), (5, 3)]}))


@pytest.mark.parametrize(
    "change",
    [
        {"in_features": 0},
        {"hidden": [0]},
        {"hidden": [1] * 2000},
        {"dropout": 1.0},
        {"noise": float("nan")},
        {"family": "rnn"},
        {"image_shape": [1, 28, 27]},
        {"embeddings": [[3, 2]] * 3},
        {"surprise": 1},
    ],
)
def test_plain_data_that_is_no_network_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ModelSpec.model_validate({**XOR.model_dump(), **change})
