"""A captured step does what the plain one does, bit for bit; what cannot be captured is left to the plain one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nnlab.engine.config import ModelConfig, TrainingConfig
from nnlab.engine.data.prepared import Rows
from nnlab.engine.models.families import build
from nnlab.engine.models.layers import TableInput
from nnlab.engine.models.spec import ModelSpec
from nnlab.engine.training.captured.capture import Step, capture
from nnlab.engine.training.captured.replay import Replay
from nnlab.engine.training.decay import optimizer_of
from nnlab.engine.training.flat import FlatParameters, flatten
from nnlab.engine.training.losses import make_loss
from nnlab.engine.training.optimizers import Optimizer

ROWS, BATCH, STEPS, EPOCHS = 210, 20, 11, 20  # the last step of an epoch is over half a batch


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def floats(x: Tensor) -> Tensor:
    return x if x.is_floating_point() else (x.float() - 33.0) * 0.013


def count(outputs: Tensor, targets: Tensor) -> Tensor:
    return (outputs.argmax(-1) == targets).sum()


def mlp(**choices: Any) -> Callable[[], nn.Module]:
    config = ModelConfig.model_validate(choices)
    spec = ModelSpec(
        family=config.family,
        hidden=list(config.hidden),
        activation=config.activation,
        dropout=config.dropout,
        noise=config.noise,
        in_features=5,
        out_features=3,
    )
    return lambda: build(spec)


def regressor() -> nn.Module:
    return nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 1))


def image_net() -> nn.Module:
    return build(
        ModelSpec(family="cnn", hidden=[8], channels=[3, 4], in_features=64, out_features=3, image_shape=(1, 8, 8))
    )


def normed_image_net() -> nn.Module:
    stages = [nn.Conv2d(1, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()]
    module: Any = nn.Sequential(*stages, nn.Linear(36, 3))
    return module.to(memory_format=torch.channels_last)


def normed() -> nn.Module:
    return nn.Sequential(nn.Linear(5, 7), nn.BatchNorm1d(7), nn.Tanh(), nn.LayerNorm(7), nn.Linear(7, 3))


def with_categories() -> nn.Module:
    return nn.Sequential(TableInput(3, [(4, 2), (6, 3)]), nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 3))


class Shared(nn.Module):
    """Uses a layer twice, a parameter never, a constant of its own, and two parameters with one gradient."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.again, self.unused = nn.Linear(5, 6), nn.Linear(6, 6), nn.Linear(2, 2)
        self.last = nn.Linear(6, 3)
        self.scale = nn.Parameter(torch.tensor(0.5))
        self.left, self.right = nn.Parameter(torch.ones(6)), nn.Parameter(torch.zeros(6))

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.first(x))
        x = self.again(torch.tanh(self.again(x))) * self.scale + torch.arange(6) * 0.1 + (self.left + self.right)
        return self.last(torch.cat([x[:, :3], x[:, 3:].exp().clamp(max=2.0)], dim=1))


def data(kind: str) -> Rows:
    generator = torch.Generator().manual_seed(3)
    classes = torch.randint(0, 3, (ROWS,), generator=generator)
    if kind == "images":
        return Rows(torch.randint(0, 256, (ROWS, 1, 8, 8), dtype=torch.uint8, generator=generator), classes)
    x = torch.randn(ROWS, 5, generator=generator)
    if kind == "categories":
        x[:, 3:] = torch.randint(0, 4, (ROWS, 2), generator=generator).float()
    return Rows(x, x[:, 0] + torch.randn(ROWS, generator=generator) if kind == "numbers" else classes)


def recipe(make: Callable[[], nn.Module], rows: Rows, settings: dict[str, Any]) -> Step:
    torch.manual_seed(7)
    config, module = TrainingConfig.model_validate(settings), make()
    flat = flatten(module)
    loss = make_loss(config, "multiclass" if rows.y.dtype == torch.int64 else "regression", rows.y, 3)
    return Step(floats, module, loss, flat, optimizer_of(config, module, flat))


def members(**choices: Any) -> Callable[[], nn.Module]:
    """Five members, each with a fifth of the batch."""
    shape = {"in_features": 5, "out_features": 3, "numbers": 3, "embeddings": [(4, 2), (6, 3)]}
    return lambda: build(ModelSpec(family="tabm", members=5, hidden=[8, 6], **shape, **choices))


AS_TABM = {"optimizer": "adamw", "weight_decay": 0.1, "beta2": 0.95, "decay": "weights"}
CASES: dict[str, tuple[Callable[[], nn.Module], str, dict[str, Any]]] = {
    "linear": (mlp(family="linear", hidden=[]), "classes", {"optimizer": "sgd"}),
    **{
        activation: (mlp(hidden=[10, 6], activation=activation), "classes", {})
        for activation in ("relu", "sigmoid", "tanh", "gelu", "silu", "leaky-relu", "elu", "selu", "mish")
    },
    "noise": (mlp(family="noisy-mlp", hidden=[10]), "classes", {}),
    "dropout": (mlp(hidden=[10, 6], dropout=0.3), "classes", {}),
    "smoothing and weights": (mlp(), "classes", {"label_smoothing": 0.1, "class_weights": "balanced"}),
    "momentum": (mlp(), "classes", {"optimizer": "sgd", "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    "adamw": (mlp(), "classes", {"optimizer": "adamw", "weight_decay": 0.1}),
    "rmsprop": (mlp(), "classes", {"optimizer": "rmsprop", "momentum": 0.5, "weight_decay": 0.01}),
    "l1 and clipping": (mlp(), "classes", {"l1": 0.01, "clip": 0.05}),
    "mse": (regressor, "numbers", {}),
    "mae": (regressor, "numbers", {"loss": "mae"}),
    "huber": (regressor, "numbers", {"loss": "huber", "huber_delta": 0.7}),
    "images": (image_net, "images", {}),
    "batch norm on images": (normed_image_net, "images", {}),
    "norms": (normed, "classes", {"optimizer": "sgd", "momentum": 0.9}),
    "categories": (with_categories, "categories", {}),
    "members": (members(embedding="periodic", activation="silu", dropout=0.1), "categories", AS_TABM),
    "piecewise members": (members(embedding="piecewise", bins=[[-1.0, 0.0, 2.0]] * 3), "categories", AS_TABM),
    "members of both embeddings": (members(embedding="both", bins=[[-1.0, 0.0, 2.0]] * 3), "categories", AS_TABM),
    "members of their own": (members(own_weights=True, embedding="periodic"), "categories", {"clip": 1.0}),
    "shared and unused": (Shared, "classes", {"clip": 1.0}),
}


@pytest.mark.parametrize("name", CASES)
def test_replayed_steps_are_the_plain_loops_bit_for_bit(name: str):
    make, kind, settings = CASES[name]
    rows = data(kind)
    plain, captured = recipe(make, rows, settings), recipe(make, rows, settings)
    replay = Replay(captured, rows, count)
    generator = torch.get_rng_state()
    results: list[tuple[Tensor, Tensor, Tensor]] = []
    for replayed in (False, True):
        torch.set_rng_state(generator)
        losses, right = torch.zeros(EPOCHS, STEPS), torch.zeros((), dtype=torch.int64)
        for epoch in range(EPOCHS):
            order = torch.randperm(ROWS)
            rates = [0.01 / (1 + epoch + step / STEPS) for step in range(STEPS)]
            places = list(losses[epoch].unbind())
            if replayed:
                for first, last in ((0, 3), (3, 10), (10, 11)):
                    part = order[first * BATCH : last * BATCH]
                    assert replay.run(part, rates[first:last], places[first:last], right)
            else:
                for batch, rate, place in zip(order.split(BATCH), rates, places, strict=True):
                    loss, outputs = plain.run(rows.x[batch], rows.y[batch], rate)
                    place.copy_(loss)
                    right += count(outputs, rows.y[batch])
        results.append((losses, right, torch.get_rng_state()))
    for expected, found in zip(*results, strict=True):
        assert torch.equal(expected, found)
    for expected, found in zip(plain.state, captured.state, strict=True):
        assert torch.equal(expected, found)


def test_capturing_leaves_everything_as_it_was():
    rows = data("classes")
    tried = recipe(mlp(family="noisy-mlp", hidden=[4], dropout=0.5), rows, {})
    before, generator = [tensor.clone() for tensor in tried.state], torch.get_rng_state()
    assert capture(tried, rows.x[:20], rows.y[:20]) is not None
    assert all(torch.equal(a, b) for a, b in zip(before, tried.state, strict=True))
    assert torch.equal(generator, torch.get_rng_state())


def test_a_step_is_a_few_operators_into_memory_that_is_there():
    rows = data("classes")
    found = capture(recipe(mlp(hidden=[10, 6], activation="sigmoid"), rows, {}), rows.x[:20], rows.y[:20])
    assert found is not None
    lines = [line for line in found.program.source.splitlines() if "aten." in line]
    assert len(lines) == 24
    assert not any(" = aten." in line for line in lines)


def test_an_update_may_use_the_rate_as_it_likes():
    rows = data("classes")
    values: list[Tensor] = []
    for replayed in (False, True):
        torch.manual_seed(7)
        module = mlp()()
        flat = flatten(module)

        def step(rate: float | Tensor, flat: FlatParameters = flat) -> None:
            flat.values.sub_(flat.grads * rate).mul_(1.0).add_(flat.grads.sign().mul_(-rate))

        tried = Step(floats, module, nn.functional.cross_entropy, flat, Optimizer(step))
        if replayed:
            assert Replay(tried, rows, count).run(
                torch.arange(40), [0.1, 0.2], list(torch.zeros(2).unbind()), torch.zeros(())
            )
        else:
            tried.run(rows.x[:20], rows.y[:20], 0.1)
            tried.run(rows.x[20:40], rows.y[20:40], 0.2)
        values.append(flat.values)
    assert torch.equal(*values)


class Stateful(nn.Module):
    """A network that does something else at every call."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.calls = nn.Linear(5, 3), 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        return self.layer(x) * self.calls


class Peeking(nn.Module):
    """A network whose way depends on the values it sees."""

    def __init__(self, look: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.layer, self.look = nn.Linear(5, 3), look

    def forward(self, x: Tensor) -> Tensor:
        return self.look(self.layer(x))


@pytest.mark.parametrize(
    "make",
    [
        Stateful,
        lambda: Peeking(lambda x: x * 2 if x.mean() > 0 else x),
        lambda: Peeking(lambda x: x * x.abs().max().item()),
        lambda: Peeking(lambda x: x + x[x > 0].sum()),
        lambda: nn.Sequential(Peeking(lambda x: x.argmax(1)), nn.Embedding(3, 3, sparse=True)),
    ],
    ids=["counts its calls", "branches", "item", "mask", "sparse gradient"],
)
def test_what_cannot_be_captured_is_refused(make: Callable[[], nn.Module]):
    rows = data("classes")
    tried = recipe(make, rows, {})
    before = [tensor.clone() for tensor in tried.state]
    assert capture(tried, rows.x[:20], rows.y[:20]) is None
    assert not Replay(tried, rows, count).run(torch.arange(40), [0.1], [torch.zeros(())], torch.zeros(()))
    assert all(torch.equal(a, b) for a, b in zip(before, tried.state, strict=True))


def test_capturing_imports_nothing_heavy():
    program = """
import sys, torch
from nnlab.engine.config import TrainingConfig
from nnlab.engine.training.captured.capture import Step, capture
from nnlab.engine.training.flat import FlatParameters, flatten
from nnlab.engine.training.optimizers import Optimizer, make_optimizer
module = torch.nn.Linear(2, 2)
flat = flatten(module)
optimizer = make_optimizer(TrainingConfig(), flat.values, flat.grads)
before = set(sys.modules)
step = Step(lambda x: x, module, torch.nn.functional.cross_entropy, flat, optimizer)
assert capture(step, torch.randn(4, 2), torch.zeros(4, dtype=torch.int64)) is not None
print([name for name in set(sys.modules) - before if name.startswith("torch")])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
