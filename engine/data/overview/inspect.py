"""What nnlab makes of a user's table before anything is trained: kinds, use, task, balance, and what looks wrong."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from ...config import Config
from ...errors import UsageError
from ..columns import arrow
from ..columns.column_kind import UNUSED, ColumnKind
from ..columns.values import as_text, categories_of, category_codes
from ..dataset import Dataset
from ..derived import sources
from ..features import choose_features
from ..prepare import complete, divide_rows
from ..reading.names import stem_of
from ..schema import fit
from ..settled import settled
from ..sources import read_table
from ..user_table import choose_target, dataset_of, infer_task, judge_table, parsed, reading_notes, sentences
from .describe import Statistics, balance, statistics

RARE_CLASS = 0.05  # share of rows below which a class is worth a warning
PURE = 0.999  # share of rows whose target a column gives away from which it is called a leak
SAME = 0.9999  # correlation with a numeric target from which a column is called a leak


@dataclass(frozen=True)
class Inspection:
    """A table as nnlab sees it. `uses` says of each column how a network would see it; `task` and `why` are empty
    without a target; `warnings` are whole sentences."""

    name: str
    table: pa.Table
    kinds: dict[str, ColumnKind]
    uses: dict[str, str]
    statistics: Statistics
    target: str = ""
    task: str = ""
    why: str = ""
    balance: dict[str, int] = field(default_factory=dict[str, int])
    warnings: list[str] = field(default_factory=list[str])

    def to_json(self) -> dict[str, Any]:
        """The object of `nnlab data show FILE --json`."""
        columns = [
            {"name": name, "kind": kind.kind, "missing": kind.missing, "unique": kind.unique}
            | {"why": kind.why, "use": self.uses[name]}
            for name, kind in self.kinds.items()
        ]
        return {
            "name": self.name,
            "rows": len(self.table),
            "columns": columns,
            "describe": self.statistics,
            **({"target": self.target, "task": self.task, "why": self.why} if self.target else {}),
            **({"balance": self.balance} if self.balance else {}),
            "warnings": self.warnings,
        }


def inspect(config: Config) -> Inspection:
    """Read the table that the config names and judge it. Raises UsageError for a file that cannot be read, or a target
    that cannot be predicted."""
    name = stem_of(config.data.name)
    notes = list[str]()
    table = read_table(config.data, notes.append)
    columns = table.column_names  # made anew whenever it is asked for
    kinds = judge_table(table, config.data, config.prepare)
    clean = pa.table(
        [parsed(column, kinds[name]) for name, column in zip(columns, table.columns, strict=True)], columns
    )
    asked = None if config.data.features is None else set(sources(config.data.features, columns))
    uses = {name: _use(kind, config, asked) for name, kind in kinds.items()}
    if config.data.target is None:
        warnings = sentences([*notes, *reading_notes(kinds, None, config.data)])
        return Inspection(name, clean, kinds, uses, statistics(clean), warnings=warnings)
    target = choose_target(table, config.data, name, notes)
    task, why = infer_task(kinds[target], len(table), config.data.task)
    dataset = dataset_of(table, config.data, {"train": np.arange(len(table))}, config.prepare, kinds)
    whole, completed = complete(dataset, config.data, config.prepare)
    warnings = sentences([*notes, *dataset.notes, *completed])
    try:
        found, seen, _ = settled(config, whole)
        uses |= _uses(seen, found)
        warnings += _shared_rows(whole, config)
    except UsageError as error:
        warnings.append(str(error))
    uses[target] = "predicted"
    warnings += _rare_classes(whole) + _leaks(whole) + _unused(kinds, target, config)
    return Inspection(name, clean, kinds, uses, statistics(clean), target, task, why, balance(whole), warnings)


def _use(kind: ColumnKind, config: Config, asked: Collection[str] | None) -> str:
    """Whether a network would see the column, before anything is known of how; `asked` are those that the config
    chooses, if it does."""
    if asked is not None:
        return "learnt from" if kind.name in asked else "left out"
    return "left out" if kind.name in config.data.drop or _is_unused(kind, config) else "learnt from"


def _is_unused(kind: ColumnKind, config: Config) -> bool:
    return kind.kind in UNUSED and not (kind.kind == "text" and config.prepare.text == "hash")


def _uses(dataset: Dataset, config: Config) -> dict[str, str]:
    """How each feature would become numbers, by what the train rows say."""
    features = choose_features(dataset, config.data, config.prepare)
    schema = fit(dataset, divide_rows(dataset, config.data).train, features, config.prepare)
    of = {column.name: [part.name for part in column.of] for column in schema.derived}
    said: dict[str, list[str]] = {}
    for column in schema.columns:
        for name in of.get(column.name, [column.name]):
            place = f" in {column.name}" if column.name in of else ""
            said.setdefault(name, []).append(column.summary + place)
    return {name: ", ".join(parts) for name, parts in said.items()}


def _shared_rows(dataset: Dataset, config: Config) -> list[str]:
    """Rows of validation and test that occur among the train rows as well, the target included."""
    import pandas.util

    hash_rows: Any = pandas.util.hash_pandas_object  # pandas' own types do not show it

    split = divide_rows(dataset, config.data)
    names = [*dataset.features, dataset.target]
    frame = dataset.table.select(names).to_pandas()
    hashes = np.asarray(hash_rows(frame, index=False))
    found: list[str] = []
    for name, rows in (("validation", split.valid), ("test", split.test)):
        again = 0 if rows is None else int(np.isin(hashes[rows], hashes[split.train]).sum())
        if rows is not None and again:
            found.append(f"{again:,} of {len(rows):,} {name} rows are also train rows, value by value: they flatter.")
    return found


def _rare_classes(dataset: Dataset) -> list[str]:
    counts = balance(dataset)
    total = sum(counts.values())
    rare = [name for name, count in counts.items() if count < RARE_CLASS * total / max(1, len(counts) / 2)]
    if not rare:
        return []
    shown = ", ".join(f"{name!r} ({counts[name]:,} of {total:,} rows)" for name in rare[:3])
    return [f"Rare classes: {shown}; --class-weights balanced makes them count as much as the others."]


def _leaks(dataset: Dataset) -> list[str]:
    """Features whose value alone gives the target away."""
    target = dataset.table.column(dataset.target)
    found: list[str] = []
    for name in dataset.features:
        column = dataset.table.column(name)
        gives = _correlates(column, target) if not dataset.classes else _determines(column, target, dataset.classes)
        if gives:
            found.append(f"{name!r} gives {dataset.target!r} away: if it is not known beforehand, use --drop {name!r}.")
    return found


def _correlates(column: pa.ChunkedArray, target: pa.ChunkedArray) -> bool:
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return False
    x, y = (arrow.to_numpy(values.cast(pa.float64(), safe=False)) for values in (column, target))
    known = np.isfinite(x) & np.isfinite(y)
    if known.sum() < 10 or x[known].std() == 0 or y[known].std() == 0:
        return False
    return abs(float(np.corrcoef(x[known], y[known])[0, 1])) > SAME


def _determines(column: pa.ChunkedArray, target: pa.ChunkedArray, classes: tuple[str, ...]) -> bool:
    """Whether nearly every value of the column stands beside one class only, and values come again often enough."""
    values = categories_of(column)
    if len(values) * 5 > len(column) or len(column) < 20 or pa.types.is_floating(column.type):
        return False
    codes = category_codes(as_text(column), values)
    table = np.zeros((len(values), len(classes)), dtype=np.int64)
    known = codes >= 0
    np.add.at(table, (codes[known], category_codes(target, list(classes))[known]), 1)
    best = int(table.max(1).sum())
    return best >= PURE * int(table.sum()) and best > int(table.sum(0).max())


def _unused(kinds: dict[str, ColumnKind], target: str, config: Config) -> list[str]:
    return [
        f"{name!r} is left out: {kind.kind}, {kind.why}."
        for name, kind in kinds.items()
        if _is_unused(kind, config) and name not in (target, *config.data.drop) and config.data.features is None
    ]
