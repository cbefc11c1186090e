"""Training once more on train and validation rows together, when the best epoch is known."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from ..data.picked import Picked
from ..data.prepared import Prepared, Rows


@dataclass(frozen=True)
class Refit:
    """A training from the start on all rows, `after` the epochs that told how many `epochs` are best. `temperature`,
    `threshold` and `margins` are what was learnt of the validation rows while they were not trained on."""

    after: int
    epochs: int
    temperature: float = 1.0
    threshold: float | None = None
    margins: list[float] = field(default_factory=list[float])

    @property
    def last(self) -> int:
        """Its last epoch, counted through."""
        return self.after + self.epochs


def together(prepared: Prepared) -> Prepared:
    """The same data with the validation rows behind the train rows, and none to validate on."""
    assert prepared.valid is not None
    return replace(prepared, train=_joined(prepared.train, prepared.valid), valid=None)


def _joined(first: Rows, second: Rows) -> Rows:
    x = _both(first.x, second.x)
    return Rows(
        x, torch.cat([first.y, second.y]), _if_any(first.unseen, second.unseen), _if_any(first.weights, second.weights)
    )


def _if_any(first: Tensor | None, second: Tensor | None) -> Tensor | None:
    return None if first is None or second is None else torch.cat([first, second])


def _both(first: Tensor | Picked, second: Tensor | Picked) -> Tensor | Picked:
    """Rows one behind the other; of those that are picked from the same ones their numbers alone."""
    if isinstance(first, Picked) and isinstance(second, Picked) and first.source is second.source:
        return Picked(first.source, torch.cat([first.numbers, second.numbers]))
    return torch.cat([first[:], second[:]])
