"""What a piece of torch code did, operator by operator, with the very tensors it did it to.

Tensors are told apart by their memory: two that share a storage see each other's changes. Since the tape keeps every
tensor it saw, no memory is used twice, and running the operators again on the same memory does the same work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload
from torch.utils._python_dispatch import TorchDispatchMode

# Factories that take a tensor only for its shape and type.
SHAPED_LIKE = {"ones_like", "zeros_like", "full_like", "empty_like", "new_ones", "new_zeros", "new_full", "new_empty"}
# Factories that promise nothing about what is in the memory.
UNFILLED = {"empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided"}
# Operators that change their running statistics without saying so in their schema.
BATCH_NORMS = {"native_batch_norm", "cudnn_batch_norm", "miopen_batch_norm"}


class CannotCaptureError(Exception):
    """The code cannot be replayed: it looks at values while it runs, or uses tensors without plain memory."""


@dataclass(frozen=True)
class Operation:
    """One call of an operator. Tensors in `args`, `kwargs` and `results` are detached, but share the memory used;
    a result that the operator was not asked for is None."""

    overload: OpOverload
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    results: tuple[Tensor | None, ...]

    @property
    def name(self) -> str:
        """The operator without its overload: `add`, `_log_softmax`."""
        return self.overload._schema.name.removeprefix("aten::")

    @property
    def random(self) -> bool:
        """Whether it draws from a generator."""
        return torch.Tag.nondeterministic_seeded in self.overload.tags

    @cached_property
    def uses(self) -> set[int]:
        """Storages of its inputs."""
        return {storage(tensor) for tensor in tensors((self.args, list(self.kwargs.values())))}

    @property
    def reads(self) -> set[int]:
        """Storages whose content its work may depend on."""
        return set() if self.name in SHAPED_LIKE else self.uses

    @cached_property
    def writes(self) -> set[int]:
        """Storages that it changes in place."""
        if not self.overload._schema.is_mutable and self.name not in BATCH_NORMS:
            return set()
        schema = self.overload._schema.arguments
        changed = {a.name for a in schema if a.alias_info is not None and a.alias_info.is_write}
        if self.name in BATCH_NORMS:
            changed |= {"running_mean", "running_var"}
        return {storage(tensor) for tensor in tensors([value for name, value in self.named if name in changed])}

    @property
    def named(self) -> list[tuple[str, Any]]:
        """What it was called with, by the names in the operator's schema and in their order."""
        names = [argument.name for argument in self.overload._schema.arguments]
        return [
            *zip(names, self.args, strict=False),
            *((name, self.kwargs[name]) for name in names if name in self.kwargs),
        ]

    @cached_property
    def makes(self) -> set[int]:
        """Storages of results that are not its inputs': new memory that it filled."""
        return {storage(tensor) for tensor in tensors(self.results)} - self.uses

    @property
    def is_view(self) -> bool:
        """Whether it does no work beyond looking at memory in another shape."""
        return not self.writes and not self.makes

    def on(self, change: Callable[[Tensor], Tensor]) -> Operation:
        """The same call with each of its tensors replaced."""
        kwargs = {name: swap(value, change) for name, value in self.kwargs.items()}
        return Operation(self.overload, swap(self.args, change), kwargs, swap(self.results, change))


@dataclass
class Tape(TorchDispatchMode):
    """While entered (`with tape:`), notes every operator torch runs, forward and backward.

    Raises CannotCaptureError out of the recorded code at the first operator that cannot be replayed.
    """

    operations: list[Operation] = field(default_factory=list[Operation])

    def __post_init__(self) -> None:
        super().__init__()

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Tell torch not to guard this class against its compiler: that alone would import it, for two seconds."""
        return False

    def __torch_dispatch__(self, func: OpOverload, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run the operator and note it."""
        kwargs = kwargs or {}
        _check(func, args)
        results = func(*args, **kwargs)
        if func is torch.ops.aten.relu.default:  # which is this, and does not take memory for its result
            func, args = torch.ops.aten.clamp_min.default, (*args, 0)
        noted = Operation(func, args, kwargs, tuple(results) if isinstance(results, list | tuple) else (results,))
        self.operations.append(noted.on(_plain))
        return results


def storage(tensor: Tensor) -> int:
    """Which memory a tensor lives in."""
    return tensor.untyped_storage()._cdata


def tensors(value: Any) -> Iterator[Tensor]:
    """Every tensor in nested lists and tuples."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from tensors(item)


def swap(value: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """The same nested lists and tuples with each tensor replaced."""
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, list):
        return [swap(item, change) for item in value]
    if isinstance(value, tuple):
        return tuple(swap(item, change) for item in value)
    return value


def _plain(tensor: Tensor) -> Tensor:
    if tensor.layout != torch.strided or type(tensor.detach()) is not Tensor:
        raise CannotCaptureError("a tensor that is sparse, or of a class of its own")
    return tensor.detach()


def _check(func: OpOverload, args: tuple[Any, ...]) -> None:
    """Refuse operators whose result's value or shape Python may act upon."""
    if func.namespace != "aten":
        raise CannotCaptureError(f"{func} is not one of torch's own operators")
    if torch.Tag.inplace_view in func.tags:
        raise CannotCaptureError(f"{func} changes a tensor's shape in place")
    by_value = {torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape} & set(func.tags)
    if not by_value:
        return
    masks = (torch.bool, torch.uint8)
    if func is torch.ops.aten.index.Tensor and not any(index.dtype in masks for index in tensors(args[1])):
        return
    raise CannotCaptureError(f"{func} depends on values")
