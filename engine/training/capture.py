"""A training step captured once and replayed many times: the plain loop's numbers, almost without its overhead."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from .flat import FlatParameters
from .losses import LossFunction
from .optimizers import Optimizer
from .program import Batch, Program, needed, takes_out, write
from .tape import CannotCaptureError, Operation, Tape, storage

MARK = 1.2345678901234567e-5  # stands for the learning rate on the tape
TRIAL_RATE = 1e-3


@dataclass(frozen=True)
class Recipe:
    """What a step does with stored rows: make a network's input of them, forward, loss, gradients into `flat.grads`,
    and the optimiser's update."""

    to_input: Callable[[Tensor], Tensor]
    module: nn.Module
    loss: LossFunction
    flat: FlatParameters
    optimizer: Optimizer

    @property
    def state(self) -> list[Tensor]:
        """Everything that a step changes."""
        return [self.flat.values, self.flat.grads, *self.module.buffers(), *self.optimizer.buffers.values()]

    def step(self, x: Tensor, y: Tensor, rate: float) -> tuple[Tensor, Tensor]:
        """Take a step the plain way; returns its loss and outputs."""
        self.flat.grads.zero_()
        outputs = self.module(self.to_input(x))
        loss = self.loss(outputs, y)
        torch.autograd.backward(loss)
        self.optimizer.step(rate)
        return loss.detach(), outputs.detach()


@dataclass(frozen=True)
class Capture:
    """A captured step. `outputs` is an example of what the network answers to one batch."""

    program: Program
    outputs: Tensor
    script: Any

    def run(
        self, xs: list[Tensor], ys: list[Tensor], rates: list[float], losses: list[Tensor], outputs: list[Tensor]
    ) -> None:
        """Take one step for each batch, and put its loss (0-dim) and its outputs into the tensors given for them.

        Batches must be shaped like the captured one. Python waits until all are done, other threads may go on.
        """
        program = self.program
        with torch.inference_mode(), torch.jit.optimized_execution(False):
            self.script(xs, ys, rates, losses, outputs, program.memory, program.lists)


def capture(recipe: Recipe, x: Tensor, y: Tensor) -> Capture | None:
    """Capture the recipe's step for batches like `x` and `y`; None if it cannot be, or comes out otherwise.

    Takes trial steps and undoes them, in the recipe's state and in torch's generator.
    """
    state, generator = recipe.state, torch.get_rng_state()
    before = [tensor.clone() for tensor in state]

    def restore() -> None:
        for tensor, value in zip(state, before, strict=True):
            tensor.copy_(value)
        torch.set_rng_state(generator)

    try:
        captured = _capture(recipe, x, y)
        restore()
        rows = torch.arange(len(x), device=x.device) // 2  # other numbers than those the tape saw
        return captured if _agrees(recipe, captured, x[rows], y[rows], restore) else None
    except CannotCaptureError:
        return None
    finally:
        restore()


def _capture(recipe: Recipe, x: Tensor, y: Tensor) -> Capture:
    flat, parameters = recipe.flat, [p for p in recipe.module.parameters() if p.requires_grad]
    places = [cast(Tensor, parameter.grad) for parameter in parameters]
    with Tape() as forth_and_back:
        outputs = recipe.module(recipe.to_input(x))
        loss = recipe.loss(outputs, y)
        grads = cast(Sequence[Tensor | None], torch.autograd.grad(loss, parameters, allow_unused=True))
    loss, outputs, operations = loss.detach(), outputs.detach(), forth_and_back.operations
    taken = {storage(tensor) for tensor in (x, y, flat.values, loss, outputs)}
    elsewhere: list[tuple[Tensor, Tensor | None]] = []
    for place, grad in zip(places, grads, strict=True):
        moved = _moved(operations, grad, place) if grad is not None and storage(grad) not in taken else None
        if moved is None:
            elsewhere.append((place, grad))
        else:
            operations = moved
        taken |= {storage(grad)} if grad is not None else set()
    with torch.no_grad(), Tape() as update:
        for place, grad in elsewhere:
            place.zero_() if grad is None else place.copy_(grad)
        recipe.optimizer.step(MARK)
    outside = {storage(tensor) for tensor in (x, y, flat.values, flat.grads)}
    kept = needed([*operations, *update.operations], outside, {storage(loss), storage(outputs)})
    program = write(kept, Batch(x, y, loss, outputs, MARK))
    unit = torch.jit.CompilationUnit()
    try:
        unit.define(program.source, {"aten": torch.ops.aten, "torch": torch}.get)
    except RuntimeError as error:
        raise CannotCaptureError(str(error)) from error
    return Capture(program, outputs, unit.run)


def _moved(operations: Sequence[Operation], grad: Tensor, place: Tensor) -> list[Operation] | None:
    """The operations with a gradient's memory replaced by its place among the flat ones, so that nobody has to copy
    it there; None if it is laid out otherwise there, or is not simply the result of one operator."""
    home = storage(grad)
    makers = [operation for operation in operations if home in operation.makes]
    whole = grad.numel() * grad.element_size() == grad.untyped_storage().nbytes()
    if _layout(grad) != _layout(place) or not whole or len(makers) != 1 or not takes_out(makers[0]):
        return None

    def change(tensor: Tensor) -> Tensor:
        if storage(tensor) != home:
            return tensor
        return place.detach().as_strided(
            tensor.shape, tensor.stride(), place.storage_offset() + tensor.storage_offset()
        )

    return [operation.on(change) for operation in operations]


def _layout(tensor: Tensor) -> list[tuple[int, int]]:
    return [(size, step) for size, step in zip(tensor.shape, tensor.stride(), strict=True) if size > 1]


def _agrees(recipe: Recipe, captured: Capture, x: Tensor, y: Tensor, restore: Callable[[], None]) -> bool:
    """Whether the captured step does what the plain one does."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        loss, outputs = torch.empty_like(recipe.flat.values[0]), torch.empty_like(captured.outputs)
        captured.run([x], [y], [TRIAL_RATE], [loss], [outputs])
    after, generator = [tensor.clone() for tensor in recipe.state], torch.get_rng_state()
    restore()
    expected = recipe.step(x, y, TRIAL_RATE)
    pairs = [*zip((loss, outputs), expected, strict=True), *zip(after, recipe.state, strict=True)]
    close = all(torch.allclose(a, b, rtol=1e-4, atol=1e-6, equal_nan=True) for a, b in pairs)
    return close and torch.equal(generator, torch.get_rng_state()) and not warned
