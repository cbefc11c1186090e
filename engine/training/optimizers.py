"""Optimisers over one flat buffer of parameters and one of gradients: a whole update is one fused call.

The kernels are those behind `torch.optim.SGD`, `Adam` and `AdamW` with `fused=True`; RMSprop has no fused kernel, its
few lines follow `torch.optim.RMSprop`. The classes themselves are left aside: they work per parameter, and the first
one constructed costs a second of imports.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..config import TrainingConfig

BETA1 = 0.9
EPS = 1e-8
RMSPROP_ALPHA = 0.99

Rate = float | Tensor  # 0-dim, float32, on the parameters' device, where a graph reads it
Update = Callable[[Rate], None]


@dataclass(frozen=True)
class Optimizer:
    """`step(lr)` applies the gradients to the parameters in place. `buffers` is all that a checkpoint must keep."""

    step: Update
    buffers: dict[str, Tensor] = field(default_factory=dict[str, Tensor])

    def restore(self, buffers: dict[str, Tensor]) -> None:
        """Copy a checkpoint's buffers in; KeyError or RuntimeError when they do not fit."""
        for name, buffer in self.buffers.items():
            buffer.copy_(buffers[name])


def make_optimizer(config: TrainingConfig, values: Tensor, grads: Tensor, decayed: Tensor | None = None) -> Optimizer:
    """The optimiser that the config names, over flat `values` and `grads`; L1 and clipping come before it. `decayed` is
    1 where weight decay acts and 0 elsewhere; None where it acts on all."""
    makers = {"sgd": _sgd, "adam": _adam, "adamw": _adam, "rmsprop": _rmsprop}
    some = decayed is not None and config.weight_decay
    optimizer = makers[config.optimizer](
        config.model_copy(update={"weight_decay": 0.0}) if some else config, values, grads
    )
    decay = _decay(config, values, grads, decayed) if decayed is not None and some else None
    before = _before(config, values, grads)
    if before is None and decay is None:
        return optimizer

    def step(lr: Rate) -> None:
        if before is not None:
            before()
        if decay is not None:
            decay(lr)
        optimizer.step(lr)

    return Optimizer(step, optimizer.buffers)


def _decay(config: TrainingConfig, values: Tensor, grads: Tensor, decayed: Tensor) -> Update:
    """Weight decay of some of the values, as the optimisers have it: AdamW's acts on the values themselves, that of
    the others on the gradients."""
    rates = decayed * config.weight_decay

    def of_gradients(_: Rate) -> None:
        grads.addcmul_(values, rates)

    def of_values(lr: Rate) -> None:
        if isinstance(lr, Tensor):
            values.sub_(values * rates * lr)
        else:
            values.addcmul_(values, rates, value=-lr)

    return of_values if config.optimizer == "adamw" else of_gradients


def _before(config: TrainingConfig, values: Tensor, grads: Tensor) -> Callable[[], None] | None:
    """What happens to the gradients first: the L1 penalty's share, then clipping to a norm."""
    l1, clip = config.l1, config.clip

    def before() -> None:
        if l1:
            grads.add_(values.sign(), alpha=l1)
        if clip is not None:
            grads.mul_((clip / (grads.norm() + 1e-6)).clamp_(max=1.0))

    return before if l1 or clip is not None else None


def _sgd(config: TrainingConfig, values: Tensor, grads: Tensor) -> Optimizer:
    buffers = {"momentum": torch.zeros_like(values)} if config.momentum else {}
    params, gradients, momenta = [values], [grads], list(buffers.values())
    decay, momentum, nesterov = config.weight_decay, config.momentum, config.nesterov

    def step(lr: Rate) -> None:
        torch._fused_sgd_(
            params,
            gradients,
            momenta,
            weight_decay=decay,
            momentum=momentum,
            lr=lr,
            dampening=0.0,
            nesterov=nesterov,
            maximize=False,
            is_first_step=False,
        )

    return Optimizer(step, buffers)


def _adam(config: TrainingConfig, values: Tensor, grads: Tensor) -> Optimizer:
    buffers = {
        "exp_avg": torch.zeros_like(values),
        "exp_avg_sq": torch.zeros_like(values),
        "step": torch.zeros((), device=values.device),
    }
    params, gradients = [values], [grads]
    averages, squares, steps = ([buffers[name]] for name in buffers)
    fused = torch._fused_adamw_ if config.optimizer == "adamw" else torch._fused_adam_
    decay, beta2, count = config.weight_decay, config.beta2, buffers["step"]

    def step(lr: Rate) -> None:
        count.add_(1)
        fused(
            params,
            gradients,
            averages,
            squares,
            [],
            steps,
            lr=lr,
            beta1=BETA1,
            beta2=beta2,
            weight_decay=decay,
            eps=EPS,
            amsgrad=False,
            maximize=False,
        )

    return Optimizer(step, buffers)


def _rmsprop(config: TrainingConfig, values: Tensor, grads: Tensor) -> Optimizer:
    buffers = {"square_avg": torch.zeros_like(values)}
    if config.momentum:
        buffers["momentum"] = torch.zeros_like(values)
    square, scratch = buffers["square_avg"], torch.empty_like(values)

    def step(lr: Rate) -> None:
        if config.weight_decay:
            grads.add_(values, alpha=config.weight_decay)
        square.mul_(RMSPROP_ALPHA).addcmul_(grads, grads, value=1 - RMSPROP_ALPHA)
        torch.sqrt(square, out=scratch).add_(EPS)
        if config.momentum:
            buffers["momentum"].mul_(config.momentum).addcdiv_(grads, scratch)
        if isinstance(lr, Tensor):
            values.sub_((buffers["momentum"] if config.momentum else grads / scratch) * lr)
        elif config.momentum:
            values.add_(buffers["momentum"], alpha=-lr)
        else:
            values.addcdiv_(grads, scratch, value=-lr)

    return Optimizer(step, buffers)
