"""A tape turned into straight-line TorchScript that does the same work with as little around it as can be.

Results go into memory that is there already, through the operators' `out=` overloads; views of such memory were taken
once, while the tape was made; what cannot change from step to step is not computed again; what nobody reads is left
out. TorchScript's interpreter then runs many steps in one call, without Python between the operators.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload

from .tape import UNFILLED, CannotCaptureError, Operation, storage, tensors

HEADER = """def run(xs: List[Tensor], ys: List[Tensor], rates: List[float], losses: List[Tensor], outputs: List[Tensor],
        memory: List[Tensor], lists: List[List[Tensor]]):
"""
OPTIONS = {"dtype", "layout", "device", "pin_memory"}  # of factories; an `out=` tensor stands for all four
COPIES = {"_to_copy", "clone"}
UNTRUE = {"huber_loss", "mse_loss", "smooth_l1_loss"}  # use `out=` as larger scratch, and spoil what lies behind it
RATE = 1.2345678901234567e-5  # stands for the learning rate on a tape: no other number is likely to be equal to it
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Batch:
    """The tensors that on the tape stand for what differs from step to step, beside the learning rate (`RATE`)."""

    x: Tensor
    y: Tensor
    loss: Tensor
    outputs: Tensor


@dataclass(frozen=True)
class Program:
    """Source of a function `run` (its signature is `HEADER`), and what to hand it as `memory` and as `lists`."""

    source: str
    memory: list[Tensor]
    lists: list[list[Tensor]]


def live_operations(operations: Sequence[Operation], outside: Set[int], results: Set[int]) -> list[Operation]:
    """The operations that a step must run again, and the views of memory these use.

    Left out is what nothing depends on, and what comes out the same at every step. An operation counts when it draws
    random numbers, changes memory from outside the step, or feeds one that counts, or makes one of the `results`.
    """
    made: set[int] = set()
    from_outside = set(outside)
    for operation in operations:
        from_outside |= operation.uses - made
        made |= operation.makes - from_outside
    writers = Counter(memory for operation in operations for memory in operation.writes | operation.makes)
    fixed: set[int] = set()
    for operation in operations:
        if not operation.random and not operation.writes and operation.reads <= fixed:
            fixed |= {memory for memory in operation.makes & made if writers[memory] == 1}
    wanted = set(results)
    kept: list[Operation] = []
    for operation in reversed(operations):
        changes = operation.writes | operation.makes
        if operation.makes and changes <= fixed:
            continue
        if operation.random or changes & wanted or changes - made or operation.is_view:
            wanted |= set() if operation.is_view else operation.reads
            kept.append(operation)
    return kept[::-1]


def write(operations: Sequence[Operation], batch: Batch) -> Program:
    """The program of the operations (as `live_operations` leaves them), done once for every batch it is given."""
    writer = _Writer()
    writer.name(batch.x, "x")
    writer.name(batch.y, "y")
    results = {"loss": batch.loss, "output": batch.outputs}
    for name, result in results.items():
        if any(
            _key(result) in map(_key, tensors(operation.results)) and takes_out(operation) for operation in operations
        ):
            writer.name(result, name)
    for operation in operations:
        writer.add(operation)
    for name, result in results.items():
        if writer.refer(result) != name:
            writer.lines.append(f"aten.copy_({name}, {writer.refer(result)})")
    outer = [f"m{index} = memory[{index}]" for index in range(len(writer.memory))]
    outer += [f"l{index} = lists[{index}]" for index in range(len(writer.lists))]
    inner = ["x = xs[i]", "y = ys[i]", "rate = rates[i]", "loss = losses[i]", "output = outputs[i]", *writer.lines]
    body = [*outer, "for i in range(len(xs)):", *("    " + line for line in inner)]
    return Program(HEADER + "".join(f"    {line}\n" for line in body), writer.memory, writer.lists)


def takes_out(operation: Operation) -> bool:
    """Whether the operation can put its results into memory that is there already."""
    return operation.name in COPIES or out_overload(operation) is not None


def out_overload(operation: Operation) -> OpOverload | None:
    """The overload of the same operator that takes memory for its results.

    Those that PyTorch generates do not count: they allocate all the same, and copy.
    """
    if operation.overload._schema.is_mutable or operation.is_view or operation.name in UNTRUE:
        return None
    packet = operation.overload._overloadpacket
    overloads: list[OpOverload] = [getattr(packet, name) for name in packet.overloads()]
    for strictly in (True, False):
        for overload in overloads:
            if torch.Tag.generated not in overload.tags and _same_arguments(operation, overload, strictly=strictly):
                return overload
    return None


def _same_arguments(operation: Operation, overload: OpOverload, *, strictly: bool) -> bool:
    """Whether the overload takes what the operation was given; if not strictly, a number may stand for a tensor."""
    schema = overload._schema.arguments
    wanted = {argument.name: str(argument.type) for argument in operation.overload._schema.arguments}
    taken = {argument.name: str(argument.type) for argument in schema if not argument.is_out}
    outs = [argument for argument in schema if argument.is_out]
    if (
        not outs
        or len(outs) != len(list(tensors(operation.results)))
        or wanted.keys() - OPTIONS != taken.keys() - OPTIONS
    ):
        return False
    differing = {name for name in taken if name in wanted and wanted[name] != taken[name]}
    numbers = {name for name, value in operation.named if isinstance(value, int | float) and not _is_rate(value)}
    tensor_numbers = {name for name in numbers if taken.get(name) == "Tensor"}
    if strictly:
        return not differing and not tensor_numbers
    first, result = next(tensors(operation.args), None), next(tensors(operation.results))
    same_kind = first is not None and first.dtype == result.dtype and result.is_floating_point()
    return differing <= tensor_numbers and same_kind


def _is_rate(value: Any) -> bool:
    return isinstance(value, float) and abs(value) == RATE


def _key(tensor: Tensor) -> Key:
    return storage(tensor), tensor.storage_offset(), tensor.shape, tensor.stride(), tensor.dtype


class _Writer:
    """Writes operations down one by one.

    A tensor is either `memory` that stays, known by a name m0, m1, ..., or it is different memory at every step (the
    batch, the loss, the outputs, and results of operators that insist on allocating): then it has a name of its own,
    and views of it are taken anew.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.memory: list[Tensor] = []
        self.lists: list[list[Tensor]] = []
        self._names: dict[Key, str] = {}
        self._fleeting: set[int] = set()
        self._allocated = 0

    def name(self, tensor: Tensor, name: str) -> None:
        """Call a tensor that is different memory at every step by this name."""
        self._names[_key(tensor)] = name
        self._fleeting.add(storage(tensor))

    def refer(self, value: Any) -> str:
        """Source text for an operator's argument."""
        if isinstance(value, Tensor):
            return self._tensor(value)
        if isinstance(value, list | tuple):
            return "[" + ", ".join(map(self.refer, value)) + "]"
        if _is_rate(value):
            return "rate" if value > 0 else "-rate"
        if isinstance(value, float) and not math.isfinite(value):
            return f"float('{value}')"
        if value is None or isinstance(value, bool | int | float):
            return repr(value)
        if isinstance(value, torch.dtype | torch.layout | torch.memory_format):
            return str(value)
        if isinstance(value, torch.device):
            return f"torch.device('{value}')"
        raise CannotCaptureError(f"an operator was given {type(value).__name__}")

    def add(self, operation: Operation) -> None:
        """Write an operation down, if there is anything to do for it at every step."""
        if operation.name in UNFILLED:
            return
        if operation.is_view:
            unnamed = [result for result in tensors(operation.results) if _key(result) not in self._names]
            if unnamed and storage(unnamed[0]) in self._fleeting:
                self._allocating(operation)
        elif not operation.makes:
            self.lines.append(self._call(operation))
        elif operation.name in COPIES:
            self.lines.append(f"aten.copy_({self.refer(operation.results[0])}, {self.refer(operation.args[0])})")
        elif overload := out_overload(operation):
            if operation.name == "addmm":  # would do this itself, and take longer over it
                operation = self._bias_first(operation)
            self.lines.append(self._call(operation, overload))
        else:
            self._allocating(operation)

    def _call(self, operation: Operation, out: OpOverload | None = None) -> str:
        schema = {argument.name: argument for argument in (out or operation.overload)._schema.arguments}
        positional: list[str] = []
        named: list[str] = []
        for name, value in operation.named:
            argument = schema.get(name)
            if argument is None:
                continue
            text = self._argument(value, str(argument.type), operation)
            if argument.kwarg_only:
                named.append(f"{name}={text}")
            else:
                positional.append(text)
        outs = [name for name, argument in schema.items() if argument.is_out and out]
        named += [f"{name}={self.refer(result)}" for name, result in zip(outs, operation.results, strict=False)]
        return f"aten.{operation.name}({', '.join([*positional, *named])})"

    def _bias_first(self, operation: Operation) -> Operation:
        """Copy an addmm's bias to where its result goes; the rest of it is left to add there."""
        bias, result = operation.args[0], operation.results[0]
        self.lines.append(f"aten.copy_({self.refer(result)}, {self.refer(bias)})")
        return replace(operation, args=(result, *operation.args[1:]))

    def _argument(self, value: Any, kind: str, operation: Operation) -> str:
        """Source text for a value where the operator wants `kind`."""
        if kind == "List[Tensor]":
            return self._list(value)
        if kind == "Tensor" and isinstance(value, int | float) and not _is_rate(value):
            value = torch.tensor(value, dtype=next(tensors(operation.results)).dtype)
        return self.refer(value)

    def _allocating(self, operation: Operation) -> None:
        """Write down an operation whose results are new tensors each time."""
        call, kind, number = self._call(operation), str(operation.overload._schema.returns[0].type), self._allocated
        self._allocated += 1
        if kind == "List[Tensor]":
            names = [f"t{number}[{index}]" for index in range(len(operation.results))]
            self.lines.append(f"t{number} = {call}")
        else:
            names = [f"t{number}_{index}" for index in range(len(operation.results))]
            self.lines.append(f"{', '.join(names)} = {call}")
        for name, result in zip(names, operation.results, strict=True):
            if result is not None:
                self.name(result, name)

    def _list(self, items: Sequence[Tensor]) -> str:
        """A list of memory is handed in whole: one that is built inside, the interpreter believes nobody else sees,
        and leaves out an operator that only changes its tensors."""
        if any(storage(item) in self._fleeting for item in items):
            return self.refer(list(items))
        self.lists.append(list(items))
        return f"l{len(self.lists) - 1}"

    def _tensor(self, tensor: Tensor) -> str:
        if storage(tensor) not in self._fleeting and _key(tensor) not in self._names:
            self._names[_key(tensor)] = f"m{len(self.memory)}"
            self.memory.append(tensor)
        try:
            return self._names[_key(tensor)]
        except KeyError:
            raise CannotCaptureError("a view of a batch that no operator made") from None
