"""The built-in data sets, described without loading anything."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..errors import UsageError, unknown

if TYPE_CHECKING:
    from ..config import Task

FILES = Path(__file__).parent / "files"  # of the data sets that nnlab carries
HUB = "hf:"  # begins the name of what is on the Hugging Face Hub
MISSING = ["", "?"]  # what stands for a missing value in them


@dataclass(frozen=True)
class DataInfo:
    """What one can know of a built-in data set before it is read. `classes` is 0 for regression. Synthetic sets are
    drawn anew with `samples` rows (here: the default), `noise`, `seed` and, where there may be others than `classes`,
    from two to `most_classes` classes, and the arms of a spiral with `turns`; the others are files, their
    last column being the target unless another is named, and those of `ignore` are not to learn from."""

    name: str
    task: Task
    rows: int
    features: int
    classes: int
    source: str
    licence: str
    kind: Literal["table", "image"] = "table"
    synthetic: bool = False
    noise: float = 0.0
    seed: int = 1
    most_classes: int = 0
    turns: float = 0.0
    target: str = ""
    ignore: tuple[str, ...] = ()

    def check_classes(self, wanted: int | None) -> None:
        """Raise UsageError for a number of classes that it cannot be drawn with."""
        if wanted is None or wanted == self.classes or 2 <= wanted <= self.most_classes:
            return
        allowed = f"2 to {self.most_classes}" if self.most_classes else str(self.classes or "no")
        raise UsageError(f"{self.name} has {allowed} classes: --classes {wanted} does not fit.")


def _synthetic(name: str, task: Task, classes: int, noise: float, seed: int = 1, most_classes: int = 0) -> DataInfo:
    info = DataInfo(name, task, 1000, 2, classes, "drawn by nnlab", "MIT", synthetic=True, noise=noise, seed=seed)
    return replace(info, most_classes=most_classes)


_UCI = "CC BY 4.0"
_ALL = (
    _synthetic("blobs", "binary", 2, 2.5, seed=42, most_classes=10),
    _synthetic("xor", "binary", 2, 0.0),
    _synthetic("moons", "binary", 2, 0.2),
    _synthetic("circles", "binary", 2, 0.1),
    replace(_synthetic("spiral", "binary", 2, 0.1, most_classes=5), turns=0.75),
    _synthetic("gauss-quantiles", "multiclass", 3, 1.0, most_classes=10),
    _synthetic("plane", "regression", 0, 0.05),
    _synthetic("gaussians", "regression", 0, 0.02),
    DataInfo("iris", "multiclass", 150, 4, 3, "Fisher 1936; UCI, by scikit-learn", _UCI),
    DataInfo("wine", "multiclass", 178, 13, 3, "Forina et al. 1991; UCI, by scikit-learn", _UCI),
    DataInfo("breast-cancer", "binary", 569, 30, 2, "Wolberg et al. 1995; UCI, by scikit-learn", _UCI),
    DataInfo("digits", "multiclass", 1797, 64, 10, "Alpaydin, Kaynak 1998; UCI, by scikit-learn", _UCI, kind="image"),
    DataInfo(
        "diabetes", "regression", 442, 10, 0, "Efron et al. 2004, by scikit-learn", "BSD-3-Clause, as scikit-learn"
    ),
    DataInfo(
        *("auto-mpg", "regression", 398, 7, 0, "Quinlan 1993; UCI", _UCI),
        target="MPG",
        ignore=("Car Name",),
    ),
    DataInfo("mnist", "multiclass", 70_000, 784, 10, "LeCun, Cortes, Burges 1998", "CC BY-SA 3.0", kind="image"),
)
CATALOG: dict[str, DataInfo] = {info.name: info for info in _ALL}


def find(name: str) -> DataInfo:
    """The entry of that name; UsageError with the nearest one if there is none."""
    if name not in CATALOG:
        raise unknown("data set", name, CATALOG, see="nnlab data list")
    return CATALOG[name]
