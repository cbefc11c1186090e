"""What a step minimises, and how many of its rows were right."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from ..config import Task, TrainingConfig
from ..errors import UsageError

CLASS_LOSSES = ("cross-entropy",)
VALUE_LOSSES = ("mse", "mae", "huber")


class LossFunction(Protocol):
    """The loss over a batch."""

    def __call__(self, outputs: Tensor, wanted: Tensor, weights: Tensor | None = None, /) -> Tensor:
        """From outputs (rows, classes) and int64 targets, or (rows, 1) and float32 ones, to a scalar mean, in which
        each row's loss counts as often as its float32 weight (rows,) says."""
        ...


def loss_name(config: TrainingConfig, task: Task) -> str:
    """The loss that `auto` stands for: cross entropy for classes, MSE for regression.

    Raises UsageError for a loss that cannot serve the task.
    """
    fitting = VALUE_LOSSES if task == "regression" else CLASS_LOSSES
    if config.loss == "auto":
        return fitting[0]
    if config.loss not in fitting:
        use = " or ".join(filter(None, [", ".join(fitting[:-1]), fitting[-1]]))
        raise UsageError(f"The loss {config.loss!r} cannot serve a {task} task: use {use}.")
    return config.loss


def make_loss(config: TrainingConfig, task: Task, targets: Tensor, classes: int) -> LossFunction:
    """The loss that the config names. `targets` are the train split's, from which balanced class weights are counted:
    rows / (classes * rows of the class), as scikit-learn does."""
    name = loss_name(config, task)
    if name == "cross-entropy":
        return partial(_cross_entropy, class_weights(config, targets, classes), config.label_smoothing)
    if config.label_smoothing or config.class_weights != "none":
        raise UsageError("Label smoothing and class weights are for classes: this data set's target is a number.")
    huber = partial(F.huber_loss, delta=config.huber_delta)
    return partial(_of_values, {"mse": F.mse_loss, "mae": F.l1_loss, "huber": huber}[name])


def _cross_entropy(
    of_classes: Tensor | None, smoothing: float, outputs: Tensor, wanted: Tensor, weights: Tensor | None = None
) -> Tensor:
    if of_classes is not None:  # outputs may be more exact than float32, as those that are worked out by hand
        of_classes = of_classes.to(torch.promote_types(of_classes.dtype, outputs.dtype))
    if weights is None:
        return F.cross_entropy(outputs, wanted, weight=of_classes, label_smoothing=smoothing)
    losses = F.cross_entropy(outputs, wanted, weight=of_classes, label_smoothing=smoothing, reduction="none")
    # The mean over a batch divides by the sum of its rows' class weights, as PyTorch's own does.
    return (losses * weights).sum() / (len(wanted) if of_classes is None else of_classes[wanted].sum())


def _of_values(loss: Callable[..., Tensor], outputs: Tensor, wanted: Tensor, weights: Tensor | None = None) -> Tensor:
    if weights is None:
        return loss(outputs.squeeze(1), wanted)
    return (loss(outputs.squeeze(1), wanted, reduction="none") * weights).mean()


def total_weight(loss: LossFunction, wanted: Tensor) -> float:
    """By what the loss divides the sum over rows with these targets: their number, or their class weights' sum. Of a
    part of a batch and the whole of it these say how much of the batch's loss is that part's."""
    of_classes: Tensor | None = loss.args[0] if isinstance(loss, partial) and loss.func is _cross_entropy else None
    return float(len(wanted) if of_classes is None else of_classes[wanted].sum())


def class_weights(config: TrainingConfig, targets: Tensor, classes: int) -> Tensor | None:
    """One weight a class, or None for equal ones; UsageError when the config gives a wrong number of them."""
    if config.class_weights == "none":
        return None
    if config.class_weights == "balanced":
        counts = torch.bincount(targets, minlength=classes).clamp(min=1)
        return (len(targets) / (classes * counts)).to(torch.float32)
    if len(config.class_weights) != classes:
        raise UsageError(
            f"--class-weights has {len(config.class_weights)} numbers for {classes} classes: give one a class."
        )
    if not any(config.class_weights):
        raise UsageError("--class-weights are all 0, so that nothing would be learnt: give one a class, as in 1,2.5.")
    return torch.tensor(config.class_weights, dtype=torch.float32, device=targets.device)
