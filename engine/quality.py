"""What `--quality` chooses for a table, by its rows and columns: the one place that says so.

`quick` is a plain network, and what tables of few rows get from `good`; `good` and `best` are a tabm, as wide, with
as many members and trained for as many epochs as its time allows. What somebody says themselves is left as they say it.
`data/settled.py` counts a table's rows and columns and says what was chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

from . import recipes
from .config import Config, Tree, merge, validate
from .models.spec import EMBEDDED
from .options import OF_MEMBERS, OPTIONS, NumberEmbedding, Quality

FEW_ROWS = 300  # below which a plain network is good
WORK: dict[Quality, float] = {"good": 6e12, "best": 24e12}  # floating-point operations of a training, and
GROWS_FROM = 20_000  # rows from which it is more: with their square root
SIZES: dict[Quality, tuple[tuple[int, int], ...]] = {
    "good": ((8, 128), (4, 128), (4, 64)),
    "best": ((32, 128), (16, 128), (8, 128), (4, 128), (4, 64)),
}
"""Members and the width of each of the three layers, the best first."""
SUITED: dict[Quality, NumberEmbedding] = {"good": "both", "best": "periodic"}
"""How numbers are embedded where a number is predicted; for classes it is piecewise-linear."""
EPOCHS: dict[Quality, int] = {"good": 100, "best": 200}
PATIENCE: dict[Quality, int] = {"good": 20, "best": 40}
LEAST_EPOCHS, LEAST_STEPS = 40, 3_000  # for one of which a network must have the time, where there is a smaller one
FEWEST_EPOCHS = 3
LAYERS = 3
PER_NUMBER = 14_000  # operations that take as long as embedding one does, backward too
BATCHES = ((2_000, 128), (50_000, 256), (500_000, 512))  # rows up to which, and rows of a batch
LARGEST_BATCH = 1_024
MOST_EMBEDDED = 200  # numbers; more of them are not embedded
MEMBERS_KEYS = {option.key for option in OPTIONS if option.needs == OF_MEMBERS}


@dataclass(frozen=True)
class Shape:
    """A table: its rows, how many of its features are numbers and how many are anything else, how many inputs of a
    network these others become, and whether classes are predicted or numbers."""

    rows: int
    numbers: int
    others: int
    inputs: int
    classes: bool


LARGE = Shape(10_000, 10, 10, 30, classes=True)
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
    name = config.data.name.encode(errors="replace").decode()  # a file's name may be no text
    said = {"description": f"What --quality {quality} chose for the rows and columns of {name}."}
    return validate(merge(chosen, said, told, {"resolved": True}))


def told_of(config: Config) -> Tree:
    """What was told of a config that leaves the rest open."""
    told = config.model_dump(exclude_unset=True)
    return {**told, "training": {key: value for key, value in told["training"].items() if key != "quality"}}


def _choices(quality: Quality, shape: Shape) -> Tree:
    """What a quality chooses for a table of this shape, where that is no plain network, as a partial config."""
    suited: NumberEmbedding = "piecewise" if shape.classes else SUITED[quality]
    embedding = suited if shape.numbers <= MOST_EMBEDDED else "none"
    batch = next((batch for rows, batch in BATCHES if shape.rows <= rows), LARGEST_BATCH)
    enough = max(FEWEST_EPOCHS, min(LEAST_EPOCHS, ceil(LEAST_STEPS * batch / shape.rows)))
    fitting = (size for size in SIZES[quality] if _epochs(quality, shape, embedding, *size) >= enough)
    members, width = next(fitting, SIZES[quality][-1])
    epochs = max(FEWEST_EPOCHS, _epochs(quality, shape, embedding, members, width))
    return merge(
        recipes.read("default-tabm"),
        {
            "model": {
                "members": members,
                "hidden": [width] * LAYERS,
                "embedding": embedding,
            },
            "training": {"epochs": epochs, "batch_size": batch, "early_stop": PATIENCE[quality]},
        },
    )


def _epochs(quality: Quality, shape: Shape, embedding: NumberEmbedding, members: int, width: int) -> int:
    """How many epochs a training has the time for."""
    inputs = shape.numbers * EMBEDDED[embedding] + shape.inputs
    weights = width * (inputs + (LAYERS - 1) * width)
    embedded = shape.numbers if embedding != "none" else 0
    each = shape.rows * members * (6 * weights + PER_NUMBER * embedded)
    work = WORK[quality] * sqrt(max(1.0, shape.rows / GROWS_FROM))
    return min(EPOCHS[quality], int(work / each))
