"""A config settled for the data that it names: what its quality chooses for their rows and columns, and what to say."""

from __future__ import annotations

from collections import Counter

from .. import recipes
from ..config import Config, merge, validate
from ..errors import UsageError, number_of
from ..quality import Shape, settle, told_of
from .columns.values import is_number
from .dataset import Dataset
from .features import choose_features
from .prepare import complete, divide_rows, with_target

NAMES = {"periodic": "periodic embeddings", "piecewise": "piecewise-linear embeddings", "none": "no embeddings"}


def settled(config: Config, dataset: Dataset) -> tuple[Config, str]:
    """The config with what its quality chooses for these data, and the sentence that says so; the config as it is, and
    nothing, where it has none. UsageError where what was chosen cannot go together."""
    if config.training.quality is None:
        return config, ""
    if dataset.images is not None:
        usual = validate(merge(recipes.default_for(config.data.name), told_of(config), {"resolved": True}))
        return usual, "images get their usual network, whatever the quality"
    learnt = _rows(dataset, config)
    shape = _shape(dataset, config, min(len(dataset.table), (learnt * 5 + 3) // 4))
    found = settle(config, shape)
    return found, _sentence(found, shape, learnt) if found.model.family == "tabm" else ""


def _rows(dataset: Dataset, config: Config) -> int:
    """How many rows are there to train and validate on; of a table that cannot be divided, which is refused when it is
    prepared, all."""
    try:
        whole, _ = complete(with_target(dataset, config.data), config.data, config.prepare)
        split = divide_rows(whole, config.data)
    except UsageError:
        return len(dataset.table)
    return len(split.train) + (0 if split.valid is None else len(split.valid))


def _shape(dataset: Dataset, config: Config, rows: int) -> Shape:
    """The shape that a quality chooses by, in which a fifth of the rows is for testing."""
    features = choose_features(dataset, config.data, config.prepare)
    numbers = sum(_is_number(dataset, name) for name in features)
    return Shape(rows, numbers, len(features) - numbers)


def _is_number(dataset: Dataset, name: str) -> bool:
    """Whether a feature is a number; what is derived from others is one."""
    if name in dataset.kinds:
        return dataset.kinds[name].kind == "number"
    return name not in dataset.table.column_names or is_number(dataset.table.column(name).type)


def _sentence(config: Config, shape: Shape, learnt: int) -> str:
    """What was chosen, for people."""
    model, kinds = config.model, Counter({"number": shape.numbers, "other column": shape.others})
    columns = ", ".join(number_of(count, kind) for kind, count in kinds.items() if count)
    layers = "own" if model.own_weights else "shared"
    widths, epochs = "-".join(map(str, model.hidden)), number_of(config.training.epochs, "epoch")
    return (
        f"{number_of(learnt, 'row')} to learn from, {columns}: {number_of(model.members, 'network')} with {layers} "
        f"layers of {widths}, {NAMES[model.embedding if shape.numbers else 'none']}, {epochs} at most"
    )
