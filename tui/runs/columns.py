"""The columns of the list of runs: what each says of a run, and by what it sorts. Any setting can be one more. No
textual here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ...engine.runs.compare import setting_name, shown
from ...engine.runs.reader import Run
from ...engine.runs.states import STATES
from ...engine.sweep.listing import SweepRun
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
    said = f"{run.epochs:,}/{run.planned:,}" if run.planned is not None else f"{run.epochs:,}"
    return f"{said} trials" if isinstance(run, SweepRun) else said


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
    Column("reached", lambda run: reached(run.told), _by_metric, falls=True),
    Column("lr", lambda run: "" if run.lr is None else short(run.lr), lambda run: run.lr or 0.0, True, True),
    Column("when", lambda run: day(run.modified), lambda run: run.modified, falls=True),
)


def setting(key: str, runs: Iterable[Run]) -> Column:
    """A column for a setting of the config (`training.optimizer`); one of numbers alone is drawn and sorted as such."""
    part, _, name = key.partition(".")

    def value(run: Run) -> Any:
        return run.section(part).get(name)

    numeric = all(_is_number(one) for one in map(value, runs) if one is not None)
    return Column(
        setting_name(key), lambda run: shown(value(run)), lambda run: _by_value(value(run)), numeric, falls=numeric
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _by_value(value: Any) -> tuple[int, float, str]:
    """Numbers by their size, all else as it is shown; runs without any below all."""
    if value is None:
        return 0, 0.0, ""
    return (1, float(value), "") if _is_number(value) else (2, 0.0, shown(value))
