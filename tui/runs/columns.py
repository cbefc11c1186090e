"""The columns of the list of runs: what each says of a run, and by what it sorts. No textual here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...engine.runs.reader import Run
from ...engine.runs.states import STATES
from ..render.text import day, reached, short

MEASURES, HIGHER_IS_BETTER = ("loss", "mae", "accuracy"), "accuracy"


@dataclass(frozen=True)
class Column:
    """`text` is what it says of a run, `key` what it sorts by; where it `falls` the largest comes first, unless the
    other way round is asked for."""

    name: str
    text: Callable[[Run], str]
    key: Callable[[Run], Any]
    numeric: bool = False
    falls: bool = False


def _planned(run: Run) -> str:
    return f"{run.epochs}/{run.planned}" if run.planned is not None else str(run.epochs)


def _by_metric(run: Run) -> tuple[int, float]:
    """How good a run is among those with the same metric; these stand together, and runs without any below all."""
    if run.told is None:
        return 0, 0.0
    name, value = run.told
    measure = name.partition("_")[0]
    value = value if value == value else float("inf")
    return 1 + MEASURES.index(measure), value if measure == HIGHER_IS_BETTER else -value


COLUMNS = (
    Column("run", lambda run: run.name, lambda run: run.name.lower()),
    Column("state", lambda run: run.state, lambda run: STATES.index(run.state)),
    Column("data", lambda run: run.data, lambda run: run.data),
    Column("model", lambda run: run.model, lambda run: run.model),
    Column("epochs", _planned, lambda run: run.epochs, numeric=True, falls=True),
    Column("best", lambda run: reached(run.told), _by_metric, falls=True),
    Column("lr", lambda run: "" if run.lr is None else short(run.lr), lambda run: run.lr or 0.0, True, True),
    Column("when", lambda run: day(run.modified), lambda run: run.modified, falls=True),
)
