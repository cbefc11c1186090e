"""Why a network answers as it does: which columns matter and what they do, or which part of images."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..checkpoint import Checkpoint
from ..data.prepared import Rows, TableRows, spaced
from ..errors import UsageError
from ..prediction.predict import outputs_of
from .effects import Effect, effects
from .importance import MOST_ROWS, Importance, importance
from .raw_rows import RawRows

if TYPE_CHECKING:
    from .occlusion import Needs

UNASKED = 100  # columns that are told of without being asked: more take long


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
