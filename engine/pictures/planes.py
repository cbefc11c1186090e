"""The plane that a decision map shows: through the input space of a network, with axes that a reader knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
import torch
from torch import Tensor

from ..data.columns import arrow
from ..data.columns.encoders import Missing, Number, Smooth
from ..errors import UsageError, unknown

if TYPE_CHECKING:
    from ..data.prepared import Rows
    from ..data.schema import Schema

ROWS = 2**16  # placed at a time: all of a large table in double precision would need its memory twice more


@dataclass(frozen=True)
class Plane:
    """A plane through the network's input space.

    Position (u, v) on the axes is the input `origin` + u * across + v * up, each a vector (in_features,), of which the
    columns that are derived from an axis are then computed by the schema; `coordinates` leads back: rows
    (n, in_features) times it, shifted by `offset`, give (n, 2) positions. An axis that is no feature itself, such as
    x1 where the network sees x1^2 alone, is read from the rows' unseen columns.
    """

    names: tuple[str, str]
    origin: Tensor
    directions: Tensor
    coordinates: Tensor
    offset: Tensor
    method: Literal["features", "components"]
    schema: Schema

    def place(self, rows: Rows) -> Tensor:
        """Positions (n, 2) on the axes of prepared rows, on the CPU."""
        parts = [part.cpu().double() @ self.coordinates for part in rows.x[:].split(ROWS)]
        positions = torch.cat(parts) + self.offset
        for start, column in self._bent:
            encoded = rows.x[:][:, start].cpu().double().numpy()
            positions[:, self.names.index(column.name)] = torch.from_numpy(column.decode(encoded))
        if rows.unseen is not None:
            for axis, name in enumerate(self.names):
                if name in self.schema.unseen:
                    positions[:, axis] = rows.unseen[:, self.schema.unseen.index(name)].double()
        return positions

    def lift(self, positions: Tensor) -> Tensor:
        """Inputs float32 (n, in_features) at positions (n, 2)."""
        x = (self.origin + positions @ self.directions).float()
        for start, column in self._bent:
            x[:, start : start + 1] = torch.from_numpy(column.encode(self._source(positions, column.name)))
        derived = {column.name: column for column in self.schema.derived}
        start = 0
        for column in self.schema.columns:
            if column.name in derived and any(source.name in self.names for source in derived[column.name].of):
                values = derived[column.name].column(partial(self._source, positions))
                x[:, start : start + 1] = torch.from_numpy(column.encode(values))
            start += column.span
        return x

    @property
    def _bent(self) -> list[tuple[int, Smooth]]:
        """The axes that are scaled by more than a line, each with its place in the matrix."""
        starts = accumulate((column.span for column in self.schema.columns), initial=0)
        derived = {column.name for column in self.schema.derived}
        return [
            (start, column)
            for start, column in zip(starts, self.schema.columns, strict=False)
            if isinstance(column, Smooth) and column.name in self.names and column.name not in derived
        ]

    def _source(self, positions: Tensor, name: str) -> pa.ChunkedArray:
        """A column that features are derived from: an axis' positions, or its typical value everywhere."""
        if name in self.names:
            values = positions[:, self.names.index(name)]
        else:
            values = torch.full((len(positions),), self.schema.typical[name], dtype=torch.float64)
        return pa.chunked_array([arrow.from_numpy(values.numpy())])


def natural_axes(schema: Schema) -> list[str] | None:
    """The two columns of numbers that all features are or are derived from; None where there are not just two."""
    derived = {column.name for column in schema.derived}
    plain = all(isinstance(column, Number | Smooth | Missing) or column.name in derived for column in schema.columns)
    flags = any(isinstance(column, Missing) for column in schema.columns)
    return schema.inputs if len(schema.inputs) == 2 and plain and (derived or not flags) else None


def axes_of(schema: Schema) -> list[str]:
    """The columns of numbers that may be a map's axes."""
    derived = {column.name for column in schema.derived}
    scaled = [column for column in schema.columns if isinstance(column, Number | Smooth)]
    numbers = [column.name for column in scaled if column.name not in derived]
    return [*numbers, *schema.unseen]


def plane_of(schema: Schema, x: Tensor, axes: Sequence[str] | None) -> Plane:
    """The plane to look at: that of two named columns, of the only two there are, or of the train rows' principal
    components.

    `x` are train rows (n, in_features). UsageError for names that are no columns of numbers.
    """
    axes = natural_axes(schema) if axes is None else axes
    if axes is None:
        return _components(schema, x)
    numbers = [column for column in schema.columns if column.kind == "number"]
    derived = {column.name for column in schema.derived}
    places = {column.name: place for place, column in enumerate(numbers) if column.name not in derived}
    if len(axes) != 2 or axes[0] == axes[1]:
        raise UsageError("A map needs two different features for its axes.")
    for name in axes:
        if name not in axes_of(schema):
            raise unknown("column of numbers", name, axes_of(schema))
    directions = torch.zeros(2, schema.in_features, dtype=torch.float64)
    coordinates = torch.zeros(schema.in_features, 2, dtype=torch.float64)
    offset = torch.zeros(2, dtype=torch.float64)
    origin = typical(x, schema.numbers)
    for axis, name in enumerate(axes):
        if name not in places:
            offset[axis] = schema.typical.get(name, 0.0)  # of a bent column nothing: it is told apart
            continue
        column = places[name]
        mean, std = numbers[column].mean, numbers[column].std
        directions[axis, column] = 1 / std
        coordinates[column, axis] = std
        origin[column] = -mean / std
        offset[axis] = mean
    return Plane((axes[0], axes[1]), origin, directions, coordinates, offset, "features", schema)


def _components(schema: Schema, x: Tensor) -> Plane:
    """The two directions along which the train rows vary most; embedded categories stay at their most frequent."""
    dense = schema.in_features - len(schema.embeddings)
    origin = typical(x, dense)
    centred = x[:, :dense].double() - origin[:dense]
    variances, vectors = torch.linalg.eigh(centred.T @ centred)
    vectors = vectors[:, [-1, -2]]
    # An eigenvector's sign is arbitrary: its largest entry is made positive, so that the map does not flip.
    vectors = vectors * vectors.gather(0, vectors.abs().argmax(0, keepdim=True)).sign()
    directions = torch.zeros(2, schema.in_features, dtype=torch.float64)
    directions[:, :dense] = vectors.T
    shares = (variances[[-1, -2]] / variances.sum().clamp(min=1e-12) * 100).tolist()
    names = (f"component 1 ({shares[0]:.0f} %)", f"component 2 ({shares[1]:.0f} %)")
    return Plane(names, origin, directions, directions.T, -(origin @ directions.T), "components", schema)


def typical(x: Tensor, numbers: int) -> Tensor:
    """A row (in_features,) in float64: the mean of the first `numbers` columns, the most frequent rest."""
    if numbers == x.shape[1]:
        return x.double().mean(0)
    rest, counts = torch.unique(x[:, numbers:], dim=0, return_counts=True)
    return torch.cat([x[:, :numbers].double().mean(0), rest[counts.argmax()].double()])
