"""A training step captured once and replayed many times: the plain loop's numbers, almost without its overhead."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from ..flat import FlatParameters
from ..losses import LossFunction
from ..optimizers import Optimizer
from .compiler import as_written, compiled
from .program import RATE, Batch, Program, live_operations, takes_out, write
from .tape import CannotCaptureError, Operation, Tape, storage

TRIAL_RATE = 1e-3
COMPARED = 2**16  # numbers compared at a time


@dataclass(frozen=True)
class Step:
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

    @property
    def parameters(self) -> list[nn.Parameter]:
        """What is trained."""
        return [parameter for parameter in self.module.parameters() if parameter.requires_grad]

    def run(self, x: Tensor, y: Tensor, rate: float) -> tuple[Tensor, Tensor]:
        """Take a step the plain way; returns its loss and outputs."""
        self.flat.grads.zero_()
        outputs = self.module(self.to_input(x))
        loss = self.loss(outputs, y)
        parameters = self.parameters
        grads = cast(Sequence[Tensor | None], torch.autograd.grad(total(loss), parameters, allow_unused=True))
        for parameter, grad in zip(parameters, grads, strict=True):
            if grad is not None:
                cast(Tensor, parameter.grad).copy_(grad)
        self.optimizer.step(rate)
        return loss.detach(), outputs.detach()


@dataclass(frozen=True)
class Capture:
    """A captured step. `loss` and `outputs` are examples of what comes of one batch."""

    program: Program
    loss: Tensor
    outputs: Tensor
    script: Any

    def run(
        self, xs: list[Tensor], ys: list[Tensor], rates: list[float], losses: list[Tensor], outputs: list[Tensor]
    ) -> None:
        """Take one step for each batch, and put its loss (0-dim) and its outputs into the tensors given for them.

        Batches must be shaped like the captured one. Python waits until all are done, other threads may go on.
        """
        program = self.program
        with torch.inference_mode(), as_written():
            self.script(xs, ys, rates, losses, outputs, program.memory, program.lists)


def capture(step: Step, x: Tensor, y: Tensor) -> Capture | None:
    """Capture the recipe's step for batches like `x` and `y`; None if it cannot be, or comes out otherwise.

    Takes trial steps and undoes them, in the recipe's state and in torch's generator. Only on the CPU.
    """
    if x.device.type != "cpu":
        return None
    state, generator = step.state, torch.get_rng_state()
    before = [tensor.clone() for tensor in state]

    def restore() -> None:
        for tensor, value in zip(state, before, strict=True):
            tensor.copy_(value)
        torch.set_rng_state(generator)

    try:
        captured = _capture(step, x, y)
        restore()
        rows = torch.arange(len(x), device=x.device) // 2  # other numbers than those the tape saw
        return captured if _agrees(step, captured, x[rows], y[rows], restore) else None
    except CannotCaptureError:
        return None
    finally:
        restore()


def _capture(step: Step, x: Tensor, y: Tensor) -> Capture:
    flat, parameters = step.flat, step.parameters
    places = [cast(Tensor, parameter.grad) for parameter in parameters]
    with Tape() as forth_and_back:
        outputs = step.module(step.to_input(x))
        loss = step.loss(outputs, y)
        grads = cast(Sequence[Tensor | None], torch.autograd.grad(total(loss), parameters, allow_unused=True))
    loss, outputs = loss.detach(), outputs.detach()
    results, outside = {storage(loss), storage(outputs)}, {storage(t) for t in (x, y, flat.values, flat.grads)}
    addresses = _addresses(forth_and_back.operations, list(zip(grads, places, strict=True)), results | outside)
    operations = [operation.on(lambda tensor: _relocated(tensor, addresses)) for operation in forth_and_back.operations]
    with torch.no_grad(), Tape() as update:
        for grad, place in zip(grads, places, strict=True):
            if grad is None:
                place.zero_()
            elif addresses.get(storage(grad)) is not place:
                place.copy_(_relocated(grad, addresses))
        step.optimizer.step(RATE)
    kept = live_operations([*operations, *update.operations], outside, results)
    program = write(kept, Batch(x, y, loss, outputs))
    return Capture(program, loss, outputs, compiled(program.source))


def total(loss: Tensor) -> Tensor:
    """What is differentiated: the loss, or the sum of the losses of several networks."""
    return loss.sum() if loss.dim() else loss


def _addresses(
    operations: Sequence[Operation], gradients: Sequence[tuple[Tensor | None, Tensor]], taken: Set[int]
) -> dict[int, Tensor]:
    """Which of the gradients' storages can be given up for the gradient's place among the flat ones, so that nobody
    has to copy it there: the results of one operator each, laid out as they are to be there."""
    makers = Counter(made for operation in operations for made in operation.makes)
    ready = {made for operation in operations if takes_out(operation) for made in operation.makes}
    addresses: dict[int, Tensor] = {}
    for grad, place in gradients:
        if grad is None or storage(grad) in taken or storage(grad) in addresses:
            continue
        whole = grad.numel() * grad.element_size() == grad.untyped_storage().nbytes()
        if whole and _layout(grad) == _layout(place) and makers[storage(grad)] == 1 and storage(grad) in ready:
            addresses[storage(grad)] = place
    return addresses


def _relocated(tensor: Tensor, addresses: Mapping[int, Tensor]) -> Tensor:
    """The same view of the memory that its memory was given up for, if it was."""
    place = addresses.get(storage(tensor))
    if place is None:
        return tensor.detach()
    offset = place.storage_offset() + tensor.storage_offset()
    return place.detach().as_strided(tensor.shape, tensor.stride(), offset)


def _layout(tensor: Tensor) -> list[tuple[int, int]]:
    return [(size, step) for size, step in zip(tensor.shape, tensor.stride(), strict=True) if size > 1]


def _agrees(step: Step, captured: Capture, x: Tensor, y: Tensor, restore: Callable[[], None]) -> bool:
    """Whether the captured step does what the plain one does."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        loss, outputs = torch.empty_like(captured.loss), torch.empty_like(captured.outputs)
        try:
            captured.run([x], [y], [TRIAL_RATE], [loss], [outputs])
        except RuntimeError:
            return False
    after, generator = [tensor.clone() for tensor in step.state], torch.get_rng_state()
    restore()
    expected = step.run(x, y, TRIAL_RATE)
    pairs = [*zip((loss, outputs), expected, strict=True), *zip(after, step.state, strict=True)]
    return all(is_close(a, b) for a, b in pairs) and torch.equal(generator, torch.get_rng_state()) and not warned


def is_close(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors of one shape differ by rounding at most; looked at part by part, which takes no memory."""
    parts = zip(a.flatten().split(COMPARED), b.flatten().split(COMPARED), strict=True)
    return all(torch.allclose(*part, rtol=1e-4, atol=1e-6, equal_nan=True) for part in parts)
