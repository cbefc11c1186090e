"""A config settled for the data that it names: what its quality chooses for their rows and columns, and what to say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .. import recipes
from ..config import Config, PrepareConfig, merge, validate
from ..errors import UsageError, number_of
from ..quality import FEW_ROWS, Shape, settle, told_of
from .codes import as_categories, codes
from .columns.fitting import embedding_width
from .columns.values import is_number
from .dataset import Dataset
from .features import SAID, choose_features
from .prepare import complete, divide_rows, with_target

OF_A_DATE = 6  # inputs
OF_UNKNOWN = 3  # inputs of a column of which nothing is told
NAMES = {
    "periodic": "periodic embeddings",
    "piecewise": "piecewise-linear embeddings",
    "both": "periodic embeddings in one half and piecewise-linear ones in the other",
    "none": "no embeddings",
}


def settled(config: Config, dataset: Dataset) -> tuple[Config, Dataset, str]:
    """The config with what its quality chooses for these data, the data with its codes as categories, and the sentence
    that says so; config and data as they are, and nothing, where it has none. UsageError where what was chosen cannot
    go together."""
    if config.training.quality is None:
        return config, dataset, ""
    if dataset.images is not None:
        usual = validate(merge(recipes.default_for(config.data.name), told_of(config), {"resolved": True}))
        return usual, dataset, "images get their usual network, whatever the quality"
    learnt, found = _learnt(dataset, config)
    shape = _shape(dataset, config, min(len(dataset.table), (learnt * 5 + 3) // 4))
    if found and settle(config, shape).model.family == "tabm":
        dataset, config = as_categories(dataset, config, found)
        shape = _shape(dataset, config, shape.rows)
    chosen = settle(config, shape)
    return chosen, dataset, _sentence(chosen, shape, learnt, found)


def _learnt(dataset: Dataset, config: Config) -> tuple[int, list[str]]:
    """How many rows are there to train and validate on, and the codes among the features; of a table that cannot be
    divided, which is refused when it is prepared, all, and none."""
    try:
        whole, _ = complete(with_target(dataset, config.data), config.data, config.prepare)
        split = divide_rows(whole, config.data)
        found = codes(whole, config, choose_features(whole, config.data, config.prepare), split.train)
    except UsageError:
        return len(dataset.table), []
    return len(split.train) + (0 if split.valid is None else len(split.valid)), found


def _shape(dataset: Dataset, config: Config, rows: int) -> Shape:
    """The shape that a quality chooses by, in which a fifth of the rows is for testing."""
    features = choose_features(dataset, config.data, config.prepare)
    others = [name for name in features if not _is_number(dataset, name)]
    inputs = sum(_inputs(dataset, name, config.prepare) for name in others)
    return Shape(rows, len(features) - len(others), len(others), inputs, bool(dataset.classes))


def _inputs(dataset: Dataset, name: str, config: PrepareConfig) -> int:
    """How many inputs of a network a feature that is no number becomes, about."""
    if name in config.embed:
        return config.embed[name]
    if name not in dataset.kinds:
        return OF_UNKNOWN
    kind = dataset.kinds[name]
    match kind.kind:
        case "boolean":
            return 1
        case "date":
            return OF_A_DATE
        case "text":
            return config.hash_width
        case _:
            few = kind.unique <= config.widest_one_hot or name in config.one_hot
            return kind.unique + 1 if few else embedding_width(kind.unique)


def _is_number(dataset: Dataset, name: str) -> bool:
    """Whether a feature is a number; what is derived from others is one."""
    if name in dataset.kinds:
        return dataset.kinds[name].kind == "number"
    return name not in dataset.table.column_names or is_number(dataset.table.column(name).type)


def _sentence(config: Config, shape: Shape, learnt: int, found: Sequence[str]) -> str:
    """What was chosen, for people; nothing where they named a network themselves."""
    rows = f"{number_of(learnt, 'row')} to train and validate on"
    if config.model.family == "mlp" and shape.rows < FEW_ROWS:
        layers = "-".join(map(str, config.model.hidden))
        return f"{rows}, which are few: one plain network with layers of {layers}"
    if config.model.family != "tabm":
        return ""
    model, kinds = config.model, Counter({"number": shape.numbers, "other column": shape.others})
    columns = ", ".join(number_of(count, kind) for kind, count in kinds.items() if count)
    layers = "own" if model.own_weights else "shared"
    said = f"; whole numbers that act as codes, taken as categories: {_listed(found)}" if found else ""
    widths, epochs = "-".join(map(str, model.hidden)), number_of(config.training.epochs, "epoch")
    return (
        f"{rows}, {columns}: {number_of(model.members, 'network')} with {layers} layers of "
        f"{widths}, {NAMES[model.embedding if shape.numbers else 'none']}, {epochs} at most{said}"
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SAID} more" if len(names) > SAID else ""
    return ", ".join(map(repr, names[:SAID])) + more
