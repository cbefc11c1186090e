"""What `--quality` chooses for a table, by its rows and columns: the one place that says so.

`quick` is a plain network, and what small tables get in any case; `good` and `best` are a tabm, as wide, with as many
members and trained for as many epochs as its time allows. Whatever somebody says themselves is left as they say it.
`data/settled.py` counts a table's rows and columns and says what was chosen.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import recipes
from .config import Config, Tree, merge, validate
from .models.spec import EMBEDDED
from .options import OF_MEMBERS, OPTIONS, NumberEmbedding, Quality

FEW_ROWS = 1_000  # below which a plain network is good
TIMES: dict[Quality, float] = {
    "good": 4e12,
    "best": 24e12,
}  # floating-point operations of a training
SIZES: dict[Quality, tuple[tuple[int, int], ...]] = {
    "good": ((8, 128), (4, 128), (4, 64)),
    "best": ((32, 256), (16, 256), (16, 128), (8, 128), (4, 128)),
}
"""Members and the width of each of the three layers, the best first."""
EPOCHS: dict[Quality, int] = {"good": 100, "best": 200}
LEAST_EPOCHS = 40  # for which a larger network must have the time, where there is a smaller one
FEWEST_EPOCHS = 3
LAYERS = 3
PER_OTHER = 3  # inputs that a feature other than a number is taken to be
PER_NUMBER = 500  # floating-point operations of embedding one, backward too
MEMBERS_KEYS = {option.key for option in OPTIONS if option.needs == OF_MEMBERS}
BATCHES = ((2_000, 128), (50_000, 256), (500_000, 512))  # rows up to which, and rows of a batch
LARGEST_BATCH = 1_024
MOST_EMBEDDED = 200  # numbers; more of them are not embedded


@dataclass(frozen=True)
class Shape:
    """A table: its rows, and how many of its features are numbers and how many are anything else."""

    rows: int
    numbers: int
    others: int


LARGE = Shape(10_000, 10, 10)
"""What stands for a table that is not read yet."""


def settle(config: Config, shape: Shape) -> Config:
    """The config with what its quality, if it has one, chooses for a table of this shape. UsageError where that cannot
    go together with what was told."""
    quality = config.training.quality
    if quality is None:
        return config
    told = told_of(config)
    few = quality == "good" and shape.rows < FEW_ROWS and not MEMBERS_KEYS & told.get("model", {}).keys()
    chosen = recipes.default_for("") if few or quality == "quick" else _choices(quality, shape)
    return validate(merge(chosen, told, {"resolved": True}))


def told_of(config: Config) -> Tree:
    """What was told of a config that leaves the rest open."""
    told = config.model_dump(exclude_unset=True)
    return {**told, "training": {key: value for key, value in told["training"].items() if key != "quality"}}


def _choices(quality: Quality, shape: Shape) -> Tree:
    """What a quality chooses for a table of this shape, where that is no plain network, as a partial config."""
    embedding = "piecewise" if shape.numbers <= MOST_EMBEDDED else "none"
    members, width, epochs = _size(quality, shape, embedding)
    batch = next((batch for rows, batch in BATCHES if shape.rows <= rows), LARGEST_BATCH)
    return merge(
        recipes.read("default-tabm"),
        {
            "model": {"members": members, "hidden": [width] * LAYERS, "embedding": embedding},
            "training": {"epochs": epochs, "batch_size": batch},
        },
    )


def _size(quality: Quality, shape: Shape, embedding: NumberEmbedding) -> tuple[int, int, int]:
    """Members, width of the layers, and epochs: the largest network that has the time for enough of them, or else the
    smallest."""
    inputs = shape.numbers * EMBEDDED[embedding] + PER_OTHER * shape.others
    found = SIZES[quality][-1]
    for found in SIZES[quality]:
        if _epochs(quality, shape, inputs, *found) >= LEAST_EPOCHS:
            break
    return *found, max(FEWEST_EPOCHS, _epochs(quality, shape, inputs, *found))


def _epochs(quality: Quality, shape: Shape, inputs: int, members: int, width: int) -> int:
    """How many epochs a training has the time for."""
    weights = width * (inputs + (LAYERS - 1) * width)
    work = shape.rows * members * (6 * weights + PER_NUMBER * shape.numbers)
    return min(EPOCHS[quality], int(TIMES[quality] / work))
