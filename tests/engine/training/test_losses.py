"""A loss that cannot serve is refused, with the ones that can."""

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
