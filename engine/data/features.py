"""Which columns a network learns from, and what is to be said of the others."""

from __future__ import annotations

import pyarrow as pa

from ..config import DataConfig, PrepareConfig
from ..errors import UsageError
from .dataset import Dataset
from .derived import named
from .schema import Schema

SAID = 4  # columns named in a sentence


def choose_features(dataset: Dataset, config: DataConfig, preparation: PrepareConfig) -> list[str]:
    """The columns to learn from, those of the data set in file order and derived ones behind them: the config's, or all
    that the data set offers, and its texts where their words are hashed.

    Raises UsageError for features that do not exist, or where there is none.
    """
    columns = dataset.table.column_names
    if config.features is None:
        offered = {*dataset.features, *_texts(dataset, config, preparation)}
        chosen = [name for name in columns if name in offered and name != config.group]
        if not chosen and dataset.images is None:
            raise UsageError(
                f"There is no column to learn from besides {dataset.target!r}: " + _why_not(dataset, config)
            )
        return chosen
    if dataset.images is not None:
        raise UsageError(f"{dataset.name} is images, which have no columns to choose: leave --features out.")
    if not config.features:
        raise UsageError("There is no feature to learn from: name some, as in --features a,b, or leave it out.")
    asked = dict.fromkeys(named(text, dataset) for text in config.features)
    if dataset.target in asked:
        raise UsageError(f"The column {dataset.target!r} is the target and cannot be a feature as well.")
    return [name for name in columns if name in asked] + [name for name in asked if name not in columns]


def feature_notes(
    dataset: Dataset, features: list[str], config: DataConfig, preparation: PrepareConfig
) -> tuple[str, ...]:
    """What the user should know: columns that nothing is learnt from, and preparations that have no effect."""
    kinds = dataset.kinds
    unseen = [name for name in dataset.ignore if name in kinds and name not in (*features, *config.drop)]
    said = ", ".join(f"{name!r} ({kinds[name].kind}: {kinds[name].why})" for name in unseen[:SAID])
    more = f" and {len(unseen) - SAID} more" if len(unseen) > SAID else ""
    notes = [f"not used: {said}{more}"] if unseen and config.features is None else []
    if preparation.text == "hash" and not any(name in kinds and kinds[name].kind == "text" for name in features):
        notes.append(f"--text hash has no effect: no feature of {dataset.name} is text")
    if preparation.pixels != "standard" and dataset.images is None:
        notes.append(f"--pixels {preparation.pixels} has no effect: {dataset.name} has no images")
    return tuple(notes)


def constant_notes(schema: Schema, features: list[str]) -> tuple[str, ...]:
    """Which features have one value in all train rows, and so are left out."""
    learnt = {column.name for column in schema.columns}
    constant = [name for name in features if name not in learnt] if schema.image is None else []
    said = ", ".join(map(repr, constant[:SAID])) + (f" and {len(constant) - SAID} more" if len(constant) > SAID else "")
    return (f"not used, since every train row has the same value: {said}",) if constant else ()


def _texts(dataset: Dataset, config: DataConfig, preparation: PrepareConfig) -> list[str]:
    """Columns of text whose words are to be hashed."""
    if preparation.text != "hash":
        return []
    found = [name for name, kind in dataset.kinds.items() if kind.kind == "text" and name not in config.drop]
    types = {name: dataset.table.column(name).type for name in found}
    return [name for name in found if pa.types.is_string(types[name]) or pa.types.is_large_string(types[name])]


def _why_not(dataset: Dataset, config: DataConfig) -> str:
    reasons = [
        f"{name!r} is dropped" if name in config.drop else f"{name!r} is {kind.kind} ({kind.why})"
        for name, kind in dataset.kinds.items()
        if name != dataset.target
    ]
    own = [name for name, kind in dataset.kinds.items() if kind.kind == "identifier" and name != dataset.target]
    hint = f" --features {own[0]!r} learns from it all the same." if own and own[0] not in config.drop else ""
    return ("; ".join(reasons[:3]) or "it is the only one") + "." + hint
