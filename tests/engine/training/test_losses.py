"""A loss that cannot serve is refused, with the ones that can."""

from typing import Any

import pytest
import torch

from nnlab.engine.config import TrainingConfig
from nnlab.engine.errors import UsageError
from nnlab.engine.training.losses import class_weights, loss_name, make_loss


def test_the_losses_that_fit_are_named():
    with pytest.raises(UsageError, match="use mse, mae or huber"):
        loss_name(TrainingConfig(loss="cross-entropy"), "regression")
    with pytest.raises(UsageError, match="use cross-entropy"):
        loss_name(TrainingConfig(loss="mse"), "binary")


@pytest.mark.parametrize(("weights", "said"), [([1.0], "has 1 numbers for 2 classes"), ([0.0, 0.0], "are all 0")])
def test_weights_that_fit_no_classes_are_refused(weights: list[float], said: str):
    with pytest.raises(UsageError, match=said):
        class_weights(TrainingConfig(class_weights=weights), torch.tensor([0, 1]), 2)


def test_balanced_weights_are_scikit_learns():
    weights = class_weights(TrainingConfig(class_weights="balanced"), torch.tensor([0, 0, 0, 1]), 2)
    assert weights is not None
    assert weights.tolist() == pytest.approx([4 / 6, 2.0])


def test_smoothing_is_for_classes():
    with pytest.raises(UsageError, match="for classes"):
        make_loss(TrainingConfig(label_smoothing=0.1), "regression", torch.tensor([0.5]), 0)


@pytest.mark.parametrize("chosen", [{}, {"label_smoothing": 0.2}, {"class_weights": [1, 3]}])
def test_a_weight_is_how_often_a_rows_loss_counts(chosen: dict[str, Any]):
    torch.manual_seed(0)
    outputs, classes, values = torch.randn(6, 2), torch.tensor([0, 1, 1, 0, 1, 0]), torch.randn(6)
    weights = torch.tensor([2.0, 0, 1, 1, 2, 0])
    loss = make_loss(TrainingConfig(**chosen), "binary", classes, 2)
    assert torch.allclose(loss(outputs, classes, torch.ones(6)), loss(outputs, classes))
    alone = torch.stack([loss(outputs, classes, 6 * one) for one in torch.eye(6)])
    assert torch.allclose(loss(outputs, classes, weights), (alone * weights).mean())
    for name in ("mse", "mae", "huber"):
        of_values = make_loss(TrainingConfig(loss=name), "regression", values, 0)
        alone = torch.stack([of_values(outputs[row : row + 1, :1], values[row : row + 1]) for row in range(6)])
        assert torch.allclose(of_values(outputs[:, :1], values, weights), (alone * weights).mean())
        assert torch.equal(of_values(outputs[:, :1], values), of_values(outputs[:, :1], values, None))
