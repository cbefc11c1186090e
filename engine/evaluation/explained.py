"""Why a network answers as it does: which columns matter and what they do, or which part of images."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..checkpoint import Checkpoint
from ..data.prepare import select_arrays
from ..data.prepared import Rows, TableRows, spaced
from ..errors import UsageError
from ..prediction.predict import by_numpy, outputs_of
from .effects import Effect, effects
from .importance import MOST_ROWS, Importance, importance
from .raw_rows import RawRows
from .training_data import training_data

if TYPE_CHECKING:
    from .occlusion import Needs

UNASKED = 100  # columns that are told of without being asked: more take long
FEWEST, SMALL = 20, 10_000  # rows to judge by, and of a table that is read once more, without being asked


@dataclass(frozen=True)
class Explained:
    """What each column is worth and does, or, of images, what the answers need of them."""

    importance: list[Importance] = field(default_factory=list[Importance])
    effects: list[Effect] = field(default_factory=list[Effect])
    needs: Needs | None = None


def explained_by(checkpoint: Checkpoint, rows: Rows | TableRows, raw: RawRows, *, unasked: bool = False) -> Explained:
    """On these rows, or on some of them, `raw` as they were read. Where nobody asked, nothing of images, of a single
    row, or of more columns than are quickly told of; UsageError for a single row of which somebody asked."""
    schema = checkpoint.schema
    if unasked and not (isinstance(rows, TableRows) and len(rows) >= 2 and len({*schema.owners}) <= UNASKED):
        return Explained()
    if not isinstance(rows, TableRows):
        from .answers import input_of
        from .occlusion import needs

        return Explained(needs=needs(checkpoint.module(), rows, input_of(schema), schema))
    if len(rows) < 2:
        raise UsageError("--explain shuffles columns among rows, and this is a single one: judge more rows.")
    chosen = spaced(len(rows), MOST_ROWS)
    forward = outputs_of(checkpoint)
    x = rows.x[chosen]
    found = importance(
        lambda x: forward(x).T,
        x,
        rows.y[chosen],
        schema.owners,
        classes=bool(schema.classes),
        scale=1.0 if schema.classes else schema.target_std,
    )
    worth = [one.column for one in found if one.worth > 0]
    return Explained(found, effects(lambda x: forward(x).T, x, raw.take(chosen), worth))


def importance_unasked(checkpoint: Checkpoint, rows_in_all: int) -> list[Importance]:
    """What each column is worth to a network that has just been trained, on its test rows, or on the validation rows
    where there are none of those. Nothing of images, and of tables that are not quickly read once more, which so many
    rows tell beforehand. UsageError where the data cannot be read."""
    schema = checkpoint.schema
    if (
        rows_in_all > SMALL
        or schema.image is not None
        or by_numpy(checkpoint) is None
        or len({*schema.owners}) > UNASKED
    ):
        return []
    read = training_data(checkpoint)
    splits = [name for name in ("test", "valid") if len(read.splits.get(name, ())) >= FEWEST]
    if not splits:
        return []
    picked = read.splits[splits[0]]
    rows = select_arrays(read.dataset, schema, picked)
    return explained_by(checkpoint, rows, RawRows(read.dataset, schema, picked), unasked=True).importance
