"""What `--quality` chooses for a table, by its rows and columns: the one place that says so.

`quick` is a plain network, and what small tables get in any case; `good` and `best` are a tabm, as wide, with as many
members and trained for as many epochs as its time allows. Whatever somebody says themselves is left as they say it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from . import recipes
from .config import Config, Tree, merge, validate
from .data.columns.values import is_number
from .data.dataset import Dataset
from .data.features import choose_features
from .errors import number_of
from .models.spec import EMBEDDED
from .options import NumberEmbedding

FEW_ROWS = 1_000  # below which a plain network is good
TIMES = {
    "good": 4e12,
    "best": 24e12,
}  # floating-point operations of a training
SIZES = {
    "good": ((16, 256), (16, 128), (8, 128), (4, 128), (4, 64)),
    "best": ((32, 256), (16, 256), (16, 128), (8, 128), (4, 128)),
}
"""Members and the width of each of the three layers, the best first."""
EPOCHS = {"good": 100, "best": 200}
LEAST_EPOCHS = 40  # for which a larger network must have the time, where there is a smaller one
FEWEST_EPOCHS = 3
LAYERS = 3
PER_OTHER = 3  # inputs that a feature other than a number is taken to be
PER_NUMBER = 500  # floating-point operations of embedding one, backward too
BATCHES = ((2_000, 128), (50_000, 256), (500_000, 512))  # rows up to which, and rows of a batch
LARGEST_BATCH = 1_024
MOST_EMBEDDED = 200  # numbers; more of them are not embedded
NAMES = {"periodic": "periodic embeddings", "piecewise": "piecewise-linear embeddings", "none": "no embeddings"}


@dataclass(frozen=True)
class Shape:
    """A table: its rows, and how many of its features are numbers and how many are anything else."""

    rows: int
    numbers: int
    others: int


def settled(config: Config, dataset: Dataset) -> tuple[Config, str]:
    """The config with what its quality chooses for these data, and the sentence that says so; the config as it is, and
    nothing, where it has none. UsageError where what was chosen cannot go together."""
    quality = config.training.quality
    if quality is None:
        return config, ""
    told = config.model_dump(exclude_unset=True)
    told["training"] = {key: value for key, value in told["training"].items() if key != "quality"}
    if dataset.images is not None:
        chosen, shape = recipes.default_for(config.data.name, config.model.family), None
    else:
        shape = _shape(dataset, config)
        chosen = choices(quality, shape)
    found = validate(merge(chosen, told, {"resolved": True}))
    return found, "" if shape is None or found.model.family != "tabm" else _sentence(found, shape)


def choices(quality: str, shape: Shape) -> Tree:
    """What a quality chooses for a table of this shape, as a partial config."""
    if quality == "quick" or (quality == "good" and shape.rows < FEW_ROWS):
        return recipes.default_for("")
    embedding = "periodic" if shape.numbers <= MOST_EMBEDDED else "none"
    members, width, epochs = _size(quality, shape, embedding)
    batch = next((batch for rows, batch in BATCHES if shape.rows <= rows), LARGEST_BATCH)
    return merge(
        recipes.read("default-tabm"),
        {
            "model": {"members": members, "hidden": [width] * LAYERS, "embedding": embedding},
            "training": {"epochs": epochs, "batch_size": batch},
        },
    )


def _size(quality: str, shape: Shape, embedding: NumberEmbedding) -> tuple[int, int, int]:
    """Members, width of the layers, and epochs: the largest network that has the time for enough of them, or else the
    smallest."""
    inputs = shape.numbers * EMBEDDED[embedding] + PER_OTHER * shape.others
    found = SIZES[quality][-1]
    for found in SIZES[quality]:
        if _epochs(quality, shape, inputs, *found) >= LEAST_EPOCHS:
            break
    return *found, max(FEWEST_EPOCHS, _epochs(quality, shape, inputs, *found))


def _epochs(quality: str, shape: Shape, inputs: int, members: int, width: int) -> int:
    """How many epochs a training has the time for."""
    weights = width * (inputs + (LAYERS - 1) * width)
    work = shape.rows * members * (6 * weights + PER_NUMBER * shape.numbers)
    return min(EPOCHS[quality], int(TIMES[quality] / work))


def _shape(dataset: Dataset, config: Config) -> Shape:
    features = choose_features(dataset, config.data, config.prepare)
    numbers = sum(_is_number(dataset, name) for name in features)
    return Shape(len(dataset.table), numbers, len(features) - numbers)


def _is_number(dataset: Dataset, name: str) -> bool:
    """Whether a feature is a number; what is derived from others is one."""
    if name in dataset.kinds:
        return dataset.kinds[name].kind == "number"
    return name not in dataset.table.column_names or is_number(dataset.table.column(name).type)


def _sentence(config: Config, shape: Shape) -> str:
    """What was chosen, for people."""
    model, kinds = config.model, Counter({"number": shape.numbers, "other column": shape.others})
    columns = ", ".join(number_of(count, kind) for kind, count in kinds.items() if count)
    layers = "own" if model.own_weights else "shared"
    widths, epochs = "-".join(map(str, model.hidden)), number_of(config.training.epochs, "epoch")
    return (
        f"{number_of(shape.rows, 'row')}, {columns}: {model.members} networks with {layers} layers of {widths}, "
        f"{NAMES[model.embedding]}, {epochs} at most"
    )
