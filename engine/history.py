"""The history of a training in columns: a few bytes an epoch, for those who keep a whole one in memory."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, overload

from .events import Record

if TYPE_CHECKING:
    import numpy as np

LARGEST = 2.0**24  # up to which four bytes keep whole numbers whole
SMALLEST = 2.0**-126  # from which on they keep seven digits
_BEST: dict[str, Callable[..., float]] = {"accuracy_valid": max, "mae_valid": min, "loss_valid": min}


class History(Sequence[Record]):
    """A sequence of records, one an epoch, that grows at its end. What a record lacks is NaN.

    One that is `short`, for those who only look, keeps seven digits of a value and takes half of the memory.
    """

    def __init__(self, *, short: bool = False) -> None:
        self.columns: dict[str, array[float]] = {}
        self._typecode = "f" if short else "d"
        self._length = 0

    def __len__(self) -> int:
        """How many epochs there are."""
        return self._length

    @overload
    def __getitem__(self, place: int) -> Record: ...
    @overload
    def __getitem__(self, place: slice) -> list[Record]: ...
    def __getitem__(self, place: int | slice) -> Record | list[Record]:
        """An epoch's record, or a list of them."""
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(self._length))]
        if not -self._length <= place < self._length:
            raise IndexError(place)
        place %= self._length
        return {key: column[place] for key, column in self.columns.items()}

    @classmethod
    def of(cls, records: Iterable[Mapping[str, float]]) -> History:
        """A history of these records."""
        history = cls()
        for record in records:
            history.append(record)
        return history

    @classmethod
    def of_table(cls, names: Sequence[str], values: np.ndarray) -> History:
        """A history of these columns, the values being float64 (epochs, columns)."""
        history = cls()
        history.columns = {name: array("d", values[:, place].tobytes()) for place, name in enumerate(names)}
        history._length = len(values)
        return history

    def head(self, epochs: int) -> History:
        """The first epochs, as a history of their own."""
        history = History()
        history.columns = {key: column[:epochs] for key, column in self.columns.items()}
        history._length = min(epochs, self._length)
        return history

    def of_epoch(self, epoch: int) -> Record:
        """The record of this epoch, empty where it is not kept."""
        epochs = self.columns.get("epoch", array("d"))
        place = bisect_left(epochs, epoch)
        return self[place] if place < self._length and epochs[place] == epoch else {}

    def append(self, record: Mapping[str, float]) -> None:
        """Add an epoch."""
        for key in record:
            if key not in self.columns:
                self.columns[key] = array(self._typecode, [math.nan]) * self._length
        for key, column in self.columns.items():
            value = record.get(key, math.nan)
            if column.typecode == "f" and (LARGEST < abs(value) < math.inf or 0 < abs(value) < SMALLEST):
                self.columns[key] = column = array("d", column)
            column.append(value)
        self._length += 1

    def thin(self, every: int, recent: int, *, but: int | None = None) -> None:
        """Keep the newest `recent` records, and of the others the first, each `every`-th epoch, the epoch `but`, and
        those of the best validation metrics."""
        older = self._length - recent
        epochs = enumerate(self.columns["epoch"])
        kept = [place for place, epoch in epochs if place >= older or epoch % every == 0 or epoch in (1, but)]
        kept = sorted({*kept, *(place for name, best in _BEST.items() for place in self._place_of(name, best))})
        for key, column in self.columns.items():
            self.columns[key] = array(column.typecode, [column[place] for place in kept])
        self._length = len(kept)

    def _place_of(self, name: str, best: Callable[..., float]) -> list[int]:
        """Where a column is at its least or its greatest first; nowhere if it has no numbers."""
        column = self.columns.get(name, array("d"))
        extreme = best(filter(math.isfinite, column), default=math.nan)
        return [] if math.isnan(extreme) else [column.index(extreme)]

    def cut(self, first_epoch: int) -> None:
        """Forget the epochs from this one on."""
        epochs = self.columns.get("epoch", array("d"))
        kept = next((place for place, epoch in enumerate(epochs) if epoch >= first_epoch), self._length)
        for column in self.columns.values():
            del column[kept:]
        self._length = kept
