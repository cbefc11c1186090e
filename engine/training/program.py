"""A tape turned into straight-line TorchScript that does the same work with as little around it as can be.

Results go into memory that is there already, through the operators' `out=` overloads; views of such memory were taken
once, when the tape was made; what cannot change from step to step is not computed again; what nobody reads is left out.
TorchScript's interpreter then runs many steps in one call, without Python between the operators.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload

from .tape import UNFILLED, CannotCaptureError, Operation, storage, tensors

OPTIONS = {"dtype", "layout", "device", "pin_memory"}  # of factories; an `out=` tensor stands for all four
HEADER = "def run(xs: List[Tensor], ys: List[Tensor], rates: List[float], losses: List[Tensor], outputs: List[Tensor], memory: List[Tensor]):"


@dataclass(frozen=True)
class Batch:
    """What differs from step to step: the tensors that stand for it on the tape, and the learning rate's mark."""

    x: Tensor
    y: Tensor
    loss: Tensor
    outputs: Tensor
    rate: float


def needed(operations: Sequence[Operation], batch: Batch) -> list[Operation]:
    """The operations that a step must run again.

    Left out are views, those on whose work nothing depends, and those whose work is the same at every step. An
    operation counts when it draws random numbers, changes memory that was there before the step, or feeds one that
    counts (or the loss, or the outputs).
    """
    made: set[int] = set()
    for operation in operations:
        made |= operation.makes - operation.writes
    made -= _read_first(operations)
    writers = Counter(memory for operation in operations for memory in operation.writes | operation.makes)
    fixed: set[int] = set()
    for operation in operations:
        if not operation.random and not operation.writes and operation.reads <= fixed:
            fixed |= {memory for memory in operation.makes & made if writers[memory] == 1}
    wanted = {storage(batch.loss), storage(batch.outputs)}
    kept: list[Operation] = []
    for operation in reversed(operations):
        changes = operation.writes | operation.makes
        if operation.is_view or (operation.makes and changes <= fixed):
            continue
        if operation.random or changes & wanted or changes - made:
            wanted |= operation.reads
            kept.append(operation)
    return kept[::-1]


def _read_first(operations: Iterable[Operation]) -> set[int]:
    """Memory that was used before any operation made it: parameters, buffers, the batch."""
    before: set[int] = set()
    made: set[int] = set()
    for operation in operations:
        before |= {storage(tensor) for tensor in tensors((operation.args, list(operation.kwargs.values())))} - made
        made |= operation.makes
    return before
