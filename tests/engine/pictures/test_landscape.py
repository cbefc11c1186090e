"""The loss over a plane is that of the network with those weights, and the network is as before."""

import base64
import random

import numpy as np
import pytest
import torch

from nnlab.engine.errors import UsageError
from nnlab.engine.pictures import landscape as module
from nnlab.engine.pictures.landscape import SIDE, landscape, path_of
from nnlab.engine.pictures.landscape import _random_direction as random_direction
from nnlab.engine.resolve import resolve
from nnlab.engine.training.session import Session, begin
from nnlab.engine.training.train import run


def trained(data: str = "xor", epochs: int = 6) -> Session:
    session = begin(resolve(data, flags={"training": {"epochs": epochs, "final": "last", "device": "cpu"}}))
    for _ in run(session, tested=False):
        pass
    return session


def loss(session: Session, weights: torch.Tensor) -> float:
    """The loss of all train rows with these weights, as plain PyTorch has it."""
    kept = session.flat.values.clone()
    with torch.no_grad():
        session.flat.values.copy_(weights)
        session.module.eval()
        rows = session.prepared.train.take(torch.from_numpy(np.arange(512) * len(session.prepared.train) // 512))
        found = session.loss(session.module(rows.x[:]), rows.y).item()
        session.flat.values.copy_(kept)
    return found


def test_a_cell_is_the_loss_at_its_place():
    session = trained()
    before = session.flat.values.clone()
    data = landscape(session)
    assert torch.equal(session.flat.values, before)
    cells = np.frombuffer(base64.b64decode(data["cells"]), np.uint8).reshape(SIDE, SIDE)
    low, high = data["value_range"]
    across, up = random_direction(session, module.SEED), random_direction(session, module.SEED + 1)
    for row, column in ((0, 0), (12, 12), (3, 20), (24, 7)):
        u, v = (column + 0.5) / SIDE * 2 - 1, 1 - (row + 0.5) / SIDE * 2
        wanted = np.log10(loss(session, before + u * across + v * up))
        assert low + cells[row, column] / 255 * (high - low) == pytest.approx(wanted, abs=(high - low) / 200)
    assert data["points"] == [[0, 0, pytest.approx(np.log10(loss(session, before)), abs=1e-4), 0]]


def test_a_random_direction_is_as_long_as_each_filter_and_leaves_biases():
    session = trained("digits", 1)
    direction = random_direction(session, 5)
    for parameter in session.module.parameters():
        part = direction.as_strided(parameter.shape, parameter.stride(), parameter.storage_offset())
        if parameter.dim() == 1:
            assert not part.any()
        else:
            assert part.flatten(1).norm(dim=1) == pytest.approx(
                parameter.detach().flatten(1).norm(dim=1).numpy(), rel=1e-4
            )


def test_a_path_is_that_of_the_run_and_ends_where_it_is():
    session = trained()
    random.seed(3)
    torch.manual_seed(4)
    states = random.getstate(), torch.get_rng_state()
    told: list[tuple[int, int]] = []
    epochs, path = path_of(session.config, lambda done, total: told.append((done, total)))
    assert random.getstate() == states[0]
    assert torch.equal(torch.get_rng_state(), states[1])
    assert told[-1] == (6, 6)
    assert epochs == list(range(7))
    assert len(path) == 7
    assert torch.equal(path[-1], session.flat.values)
    data = landscape(session, path)
    assert len(data["points"]) == 7
    assert data["points"][-1][:2] == [0, 0]
    for point, weights in zip(data["points"], path, strict=True):
        x, y = data["x_range"], data["y_range"]
        assert x[0] < point[0] < x[1]
        assert y[0] < point[1] < y[1]
        away = (weights - path[-1]).norm().item()
        assert np.hypot(point[0], point[1]) <= away * 1.001 + 1e-4


def test_a_loss_beyond_all_bounds_is_drawn_as_the_highest():
    session = trained()
    with torch.no_grad():
        session.flat.values.mul_(1e30)
    data = landscape(session)
    assert np.isfinite(data["value_range"]).all()


def test_a_path_that_would_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_NUMBERS", 100)
    with pytest.raises(UsageError, match="leave out --path"):
        path_of(resolve("xor", flags={}))
