"""What a network answers to prepared rows, in large batches and without touching its mode."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ..data.prepared import spaced
from ..models.members import members_input, members_output
from ..models.modes import apart, evaluating

if TYPE_CHECKING:
    from ..data.picked import Picked
    from ..data.schema import Schema

ToInput = Callable[[Tensor], Tensor]

# Enough rows that a batch is arithmetic rather than overhead, few enough that a convolution's output stays in
# tens of megabytes: some 650 images of 28 x 28, and 16,384 rows of a narrow table.
BATCH_ELEMENTS = 2**19
BATCH_ROWS = (64, 16_384)
MEMBERS_SHARE = 2  # as many times more numbers than of stored rows there may be within layers of several members


def to_input(x: Tensor, shift: float, scale: float) -> Tensor:
    """What a network sees of stored rows: floats, and (x - shift) * scale where the two are not (0, 1)."""
    if not x.is_floating_point():
        x = x.float()
    if (shift, scale) == (0.0, 1.0):
        return x
    return (x - shift) * scale


def input_of(schema: Schema) -> ToInput:
    """`to_input` with the schema's own shift and scale, which images have and tables do not."""
    shift, scale = (schema.image.shift, schema.image.scale) if schema.image else (0.0, 1.0)
    return lambda x: to_input(x, shift, scale)


def answer(module: nn.Module, x: Tensor | Picked, to_input: ToInput, batch: int | None = None) -> Tensor:
    """The module's outputs (rows, out_features) for stored rows, computed `batch` rows at a time, on x's device.

    Runs in evaluation mode without gradients and draws no random numbers; every part's mode is as before afterwards.
    """
    return joined(list(answers(module, x, to_input, batch)))


def answers(
    module: nn.Module,
    x: Tensor | Picked,
    to_input: ToInput,
    batch: int | None = None,
    members: Callable[[Tensor], None] | None = None,
) -> Iterator[Tensor]:
    """The same outputs in parts of `batch` rows; in between, the module is as it was. Of a network of several members,
    `members` is given what each of these answers, (members, rows, out_features), before the part is yielded."""
    rows = batch or rows_per_batch(x, module)
    last = None if members is None else members_output(module)
    for part in (x[:],) if len(x) <= rows else x.split(rows):
        with evaluating(module), torch.inference_mode():
            if last is None or members is None:
                outputs = module(to_input(part))
            else:
                with apart(last):
                    each = module(to_input(part))
                members(each.unflatten(0, (-1, len(part))))
                outputs = last.together(each)
        yield outputs


def joined(parts: list[Tensor]) -> Tensor:
    """The outputs of all parts."""
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def rows_per_batch(x: Tensor | Picked, module: nn.Module | None = None) -> int:
    """How many of such rows to answer at once; fewer where several members answer each."""
    least, most = BATCH_ROWS
    elements, first = max(1, x[:1].numel()), None if module is None else members_input(module)
    if first is not None:
        elements = max(elements, first.members * first.widest // MEMBERS_SHARE)
    return max(least, min(most, BATCH_ELEMENTS // elements))


def evenly(rows: int, most: int) -> Tensor:
    """Row numbers, at most `most` of them, evenly spaced."""
    return torch.from_numpy(spaced(rows, most))
