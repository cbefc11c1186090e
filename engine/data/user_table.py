"""A user's table as a data set: what its columns are, what is to be predicted, and which columns a network sees."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from ..config import DataConfig, KindName, PrepareConfig, Task
from ..errors import NoTargetError, UsageError, number_of, unknown
from .columns import arrow
from .columns.column_kind import UNUSED, ColumnKind
from .columns.kinds import judge, judge_column
from .columns.text_kinds import all_truths
from .columns.values import categories_of, is_number, is_text
from .dataset import Dataset
from .downcasting import downcast
from .reading.names import stem_of
from .reading.readings import BooleanReading, CategoryReading, NumberReading
from .reading.tables import read
from .reading.tally import Tally
from .reading.text_format import TextFormat, format_of
from .schema import Schema

SHOWN = 3  # values named in a sentence
FEW_CLASSES = 10  # distinct whole numbers up to which a target is taken for classes
MOST_CLASSES = 10_000


def load_table(config: DataConfig, preparation: PrepareConfig | None = None) -> Dataset:
    """The data set in the files that the config names, its target and features chosen, its columns read.

    With `preparation`, which it is then to be prepared by, a large one takes half of the memory. Raises UsageError
    where no target is named or it cannot be predicted.
    """
    notes = list[str]()
    table = read(config.name, config.na, config.keep_na, told=format_of(config), note=notes.append)
    if preparation is not None:
        table = downcast(table, config, preparation)
    return dataset_of(table, config, {"train": np.arange(len(table))}, preparation, notes=notes)


def dataset_in_memory(
    table: pa.Table, config: DataConfig, preparation: PrepareConfig | None = None, numeric: Collection[str] = ()
) -> Dataset:
    """A table that was handed over, not read from a file, as a data set; columns of `numeric` are numbers unless the
    config tells otherwise. Raises UsageError as `load_table` does."""
    told: dict[str, KindName] = {**dict.fromkeys(numeric, "number"), **config.kinds}
    kinds = judge_table(table, config.model_copy(update={"kinds": told}), preparation)
    return dataset_of(table, config, {"train": np.arange(len(table))}, preparation, kinds)


def load_table_like(config: DataConfig, schema: Schema, told: TextFormat) -> Dataset:
    """The files' rows for a network that was trained on others, read by its schema; `told` is how texts are written.

    Raises UsageError where the column that the network predicts is not there.
    """
    notes, schema = list[str](), schema.told(told.decimal)
    table = read(config.name, config.na, schema.texts, told=told, note=notes.append)
    own = schema.for_source(table, told.sign)
    dataset = dataset_like(table, own, stem_of(config.name))
    return replace(dataset, notes=(*notes, *dataset.notes))


def dataset_like(table: pa.Table, schema: Schema, name: str) -> Dataset:
    """A table as it stands, read by this schema: nothing is judged anew. UsageError for a value that cannot be read."""
    tally = Tally()
    columns = dict(zip(table.column_names, table.columns, strict=True))
    columns |= schema.read(table, [*schema.inputs, schema.target], tally)
    native = {"train": np.arange(len(table))}
    return Dataset(
        name,
        schema.task,
        pa.table(columns),
        schema.target,
        native,
        tuple(schema.classes),
        notes=tuple(tally.warnings()),
    )


def dataset_of(
    table: pa.Table,
    config: DataConfig,
    native: dict[str, np.ndarray],
    preparation: PrepareConfig | None = None,
    kinds: Mapping[str, ColumnKind] | None = None,
    notes: Sequence[str] = (),
) -> Dataset:
    """A table as it stands as a data set; `native` are the splits it brings, `kinds` those of its columns where they
    were judged before, `notes` what somebody should know of its files."""
    name = stem_of(config.name)
    target = choose_target(table, config, name, notes)
    kinds = dict(judge_table(table, config, preparation) if kinds is None else kinds)
    names = dict.fromkeys(table.column_names)
    unheard = next((drop for drop in config.drop if drop not in names), None)
    if unheard is not None:
        raise unknown("column", unheard, names)
    task, _ = infer_task(kinds[target], len(table), config.task)
    kinds[target] = predicted(table.column(target), kinds[target], task)
    columns = {other: parsed(table.column(other), kinds[other]) for other in table.column_names}
    classes = () if task == "regression" else tuple(categories_of(columns[target]))
    unused = [other for other in columns if kinds[other].kind in UNUSED or other in config.drop]
    return Dataset(
        name,
        task,
        pa.table(columns),
        target,
        native,
        classes,
        ignore=tuple(other for other in unused if other != target),
        kinds=kinds,
        notes=(*notes, *reading_notes(kinds, target, config), *_infinite_notes(table, kinds, unused)),
    )


def _infinite_notes(table: pa.Table, kinds: Mapping[str, ColumnKind], unused: Collection[str]) -> list[str]:
    """How many values of each column of numbers are infinite, which no network can be given."""
    notes: list[str] = []
    for name, kind in kinds.items():
        known = isinstance(kind.reading, NumberReading) and name not in unused
        if known and (count := _infinite(table.column(name))):
            told = "is infinite and counts" if count == 1 else "are infinite and count"
            notes.append(f"{number_of(count, 'value')} of {name!r} {told} as missing")
    return notes


def _infinite(column: pa.ChunkedArray) -> int:
    pc = arrow.compute()
    if pa.types.is_floating(column.type):
        return pc.sum(pc.is_inf(column)).as_py() or 0
    if is_text(column.type):
        return pc.sum(pc.match_substring_regex(column, r"(?i)^\s*[-+]?inf(inity)?\s*$")).as_py() or 0
    return 0


def judge_table(table: pa.Table, config: DataConfig, preparation: PrepareConfig | None = None) -> dict[str, ColumnKind]:
    """The kind of every column of a table as it stands, as the config tells."""
    told = told_kinds(config, preparation, table.column_names)
    return judge(table, told, config.na, config.keep_na, config.decimal)


def told_kinds(config: DataConfig, preparation: PrepareConfig | None, columns: Collection[str]) -> dict[str, KindName]:
    """What the user says that columns are, by name or by how they are to be prepared."""
    chosen = preparation or PrepareConfig()
    told: dict[str, KindName] = dict.fromkeys((*chosen.one_hot, *chosen.embed), "category")
    told |= dict.fromkeys((*chosen.bucketize, *(chosen.standardize or []), *chosen.scales), "number")
    told = {name: kind for name, kind in told.items() if name in columns}
    return {**told, **config.kinds}


def predicted(column: pa.ChunkedArray, kind: ColumnKind, task: Task) -> ColumnKind:
    """The kind of the target: a number, or a category, as its task is; words for yes and no, 0 and 1, and dates, are
    classes as they are written."""
    missing = kind.reading.missing
    if isinstance(kind.reading, BooleanReading) and not pa.types.is_boolean(column.type) and task != "regression":
        words = CategoryReading(name=kind.name, missing=missing, whole=is_number(column.type))
        found = words.read(column).values.unique().drop_null()
        return replace(kind, kind="category", reading=words) if len(found) == 2 and not all_truths(found) else kind
    settled = (NumberReading,) if task == "regression" else (CategoryReading, BooleanReading)
    if kind.kind not in UNUSED and isinstance(kind.reading, settled):
        return kind
    told: KindName = "number" if task == "regression" else "category"
    kept = kind if task == "regression" else replace(kind, kind="category")
    judged = judge_column(column, kind.name, told, missing=missing)
    return replace(kept, reading=judged.reading, doubts=judged.doubts)


def reading_notes(kinds: Mapping[str, ColumnKind], target: str | None, config: DataConfig) -> list[str]:
    """What counts as missing though somebody wrote something there, and what only looks alike."""
    used = {name: kind for name, kind in kinds.items() if name not in config.drop and kind.kind not in UNUSED}
    notes: list[str] = []
    used |= {target: kinds[target]} if target is not None else {}
    for name, kind in used.items():
        notes += kind.doubts
        if odd := sum(kind.odd.values()):
            notes.append(
                f"{number_of(odd, 'value')} of {name!r} cannot be read as {_wanted(kind, odd)} and "
                f"{'counts' if odd == 1 else 'count'} as missing: {_listed(kind.odd)}"
            )
        absent = {text: count for text, count in kind.absent.items() if text not in config.na}
        if absent and isinstance(kind.reading, CategoryReading):
            count = sum(absent.values())
            notes.append(
                f"{number_of(count, 'value')} of {name!r} {'is' if count == 1 else 'are'} taken for missing: "
                f"{_listed(absent)} (--keep-na {name!r} keeps {'it as a value' if count == 1 else 'them as values'})"
            )
    return notes


def _wanted(kind: ColumnKind, count: int) -> str:
    """What so many values should have been."""
    wanted = kind.reading.wanted
    return wanted if kind.kind == "boolean" else f"a {wanted}" if count == 1 else f"{wanted}s"


def _listed(counts: Mapping[str, int]) -> str:
    """Texts and how often each occurs, the most frequent ones."""
    shown = [f"{text[:40]!r} ({count:,})" for text, count in list(counts.items())[:SHOWN]]
    more = f" and {len(counts) - SHOWN} more" if len(counts) > SHOWN else ""
    return ", ".join(shown) + more


def choose_target(table: pa.Table, config: DataConfig, name: str, notes: Sequence[str] = ()) -> str:
    """The column to predict. NoTargetError where none is named, UsageError where it does not exist: with the notes of
    the files, which may say why."""
    names, why = table.column_names, "".join(f" {sentence}" for sentence in sentences(notes))
    if config.target is None:
        shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
        raise NoTargetError(
            f"Which column of {name} should be predicted? "
            f"Use --target {names[-1]!r}, or another of its columns: {shown}.{why}"
        )
    if config.target not in names:
        raise UsageError(f"{unknown('column', config.target, names)}{why}")
    return config.target


def sentences(notes: Sequence[str]) -> list[str]:
    """Notes as whole sentences."""
    return [f"{note[:1].upper()}{note[1:]}." for note in notes]


def infer_task(kind: ColumnKind, rows: int, told: Task | None = None) -> tuple[Task, str]:
    """The task that predicting the column is, and why. UsageError for a column that cannot be predicted, or not so."""
    if kind.kind == "boolean":  # however often yes and no are spelt anew
        kind = replace(kind, unique=min(kind.unique, 2))
    name, unique = kind.name, kind.unique
    if not unique:
        raise UsageError(f"The target {name!r} has no value in any row{_absent(kind)}.")
    if unique == 1:
        every = "every row" if not kind.missing else f"every row that has a value{_absent(kind)}"
        raise UsageError(f"The target {name!r} is {kind.first!r} in {every}: nothing is to learn.")
    numeric = isinstance(kind.reading, NumberReading)
    if told == "regression":
        if not numeric and not kind.whole:
            raise UsageError(f"The target {name!r} holds no numbers ({kind.why}): use --task multiclass or binary.")
        return told, "as you said"
    if told is not None:
        if (told == "binary") != (unique == 2):
            meant = "binary" if unique == 2 else "multiclass"
            raise UsageError(f"The target {name!r} has {unique:,} different values: its task is {meant}, not {told}.")
        return _classes(kind, rows, "as you said")
    if kind.kind == "date" or kind.kind == "text":
        raise UsageError(
            f"The target {name!r} is a column of {kind.kind}s ({kind.why}), which nnlab does not predict: name another "
            "column with --target."
        )
    if not numeric or kind.kind in ("boolean", "category"):
        return _classes(kind, rows, kind.why)
    if kind.whole and unique <= FEW_CLASSES and unique * 5 <= rows:
        return _classes(kind, rows, f"{unique} different whole numbers")
    return "regression", kind.why


def _absent(kind: ColumnKind) -> str:
    """That some texts were taken for missing, and how to keep them."""
    if not kind.absent:
        return ""
    return f" ({_listed(kind.absent)} taken for missing: --keep-na {kind.name!r} keeps such values)"


def parsed(column: pa.ChunkedArray, kind: ColumnKind) -> pa.ChunkedArray:
    """The column as its reading gives it; as it stands where it is text, or of a type that nothing is learnt from."""
    if kind.kind in UNUSED and not isinstance(kind.reading, NumberReading):
        return column
    if is_number(column.type) and isinstance(kind.reading, NumberReading) and not kind.reading.missing:
        pc = arrow.compute()
        infinite = pa.types.is_floating(column.type) and pc.any(pc.is_inf(column)).as_py()
        return column if not infinite else kind.reading.read(column).values
    return kind.reading.read(column).values


def _classes(kind: ColumnKind, rows: int, why: str) -> tuple[Task, str]:
    if kind.unique > MOST_CLASSES or (rows >= 20 and kind.unique > rows / 2):
        raise UsageError(
            f"The target {kind.name!r} has {kind.unique:,} different values in {rows:,} rows, too many for classes: "
            "name another column with --target."
        )
    return ("binary" if kind.unique == 2 else "multiclass"), why
