"""Every built-in data set is what the catalogue says, without a network."""

import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from nnlab.engine.config import DataConfig
from nnlab.engine.data.catalog import CATALOG
from nnlab.engine.data.columns.values import category_codes
from nnlab.engine.data.sources import check, load
from nnlab.engine.errors import UsageError

datasets: Any = import_module("sklearn.datasets")


@pytest.mark.parametrize("name", CATALOG)
def test_a_data_set_is_as_catalogued(name: str):
    info, dataset = CATALOG[name], load(DataConfig(name=name))
    assert (dataset.task, len(dataset.table), len(dataset.classes)) == (info.task, info.rows, info.classes)
    if dataset.images is not None:
        assert dataset.images.dtype == np.uint8
        assert np.prod(dataset.images.shape[1:]) == info.features
    else:
        assert len(dataset.features) == info.features
    if dataset.classes:
        codes = category_codes(dataset.table.column(dataset.target), list(dataset.classes))
        assert sorted(set(codes)) == list(range(info.classes))


def test_xor_is_the_tutorials():
    np.random.seed(1)
    x = np.random.uniform(low=-1, high=1, size=(1000, 2))
    table = load(DataConfig(name="xor")).table
    assert np.array_equal(np.stack([table.column("x1"), table.column("x2")], axis=1), x)
    expected = [str(int(a * b >= 0)) for a, b in x]
    assert table.column("label").to_pylist() == expected


def columns_of(table: pa.Table) -> np.ndarray:
    return np.stack([table.column(name).to_numpy() for name in table.column_names[:-1]], axis=1)


@pytest.mark.parametrize("rows", [1000, 61, 12])
@pytest.mark.parametrize("noise", [None, 0.0, 0.7])
@pytest.mark.parametrize("seed", [None, 7])
@pytest.mark.parametrize("name", ["blobs", "moons", "circles", "gauss-quantiles"])
def test_what_is_drawn_is_scikit_learns_to_the_last_bit(name: str, rows: int, noise: float | None, seed: int | None):
    info = CATALOG[name]
    usual = info.noise if noise is None else noise
    state = info.seed if seed is None else seed
    made: dict[str, Callable[[], Any]] = {
        "blobs": lambda: datasets.make_blobs(rows, centers=2, cluster_std=usual, random_state=state),
        "moons": lambda: datasets.make_moons(rows, noise=usual, random_state=state),
        "circles": lambda: datasets.make_circles(rows, noise=usual, factor=0.5, random_state=state),
        "gauss-quantiles": lambda: datasets.make_gaussian_quantiles(
            cov=max(usual, 1e-9), n_samples=rows, n_classes=3, random_state=state
        ),
    }
    x, y, *_ = made[name]()
    table = load(DataConfig(name=name, samples=rows, noise=noise, seed=seed)).table
    assert np.array_equal(columns_of(table), x)
    assert table.column("label").to_pylist() == [str(label) for label in y]


@pytest.mark.parametrize("name", ["iris", "wine", "breast-cancer", "diabetes"])
def test_a_table_that_is_carried_is_scikit_learns(name: str):
    bunch = getattr(datasets, f"load_{name.replace('-', '_')}")()
    dataset = load(DataConfig(name=name))
    assert list(dataset.features) == list(bunch.feature_names)
    assert np.array_equal(columns_of(dataset.table), bunch.data)
    answers = dataset.table.column(dataset.target).to_pylist()
    assert dataset.classes == (() if name == "diabetes" else tuple(bunch.target_names))
    assert answers == [dataset.classes[code] if dataset.classes else code for code in bunch.target]


def test_digits_are_scikit_learns():
    bunch = datasets.load_digits()
    dataset = load(DataConfig(name="digits"))
    assert dataset.images is not None
    assert np.array_equal(dataset.images[:, 0], (bunch.images * (255 / 16)).round())
    assert dataset.table.column("label").to_pylist() == [str(digit) for digit in bunch.target]


@pytest.mark.parametrize("name", [name for name, info in CATALOG.items() if info.synthetic])
def test_samples_noise_and_seed_are_obeyed(name: str):
    small = load(DataConfig(name=name, samples=60, noise=0.3, seed=5)).table
    again = load(DataConfig(name=name, samples=60, noise=0.3, seed=5)).table
    other = load(DataConfig(name=name, samples=60, noise=0.3, seed=6)).table
    louder = load(DataConfig(name=name, samples=60, noise=0.6, seed=5)).table
    assert len(small) == 60
    assert small.equals(again)
    assert not small.equals(other)
    assert not small.equals(louder)


@pytest.mark.parametrize("arms", [2, 3, 4, 5])
def test_a_spiral_has_two_to_five_arms(arms: int):
    dataset = load(DataConfig(name="spiral", classes=arms))
    assert len(dataset.classes) == arms
    assert dataset.task == ("binary" if arms == 2 else "multiclass")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (DataConfig(name="xorr"), "did you mean 'xor'"),
        (DataConfig(name="iris", samples=20), "iris is not a synthetic data set: --samples"),
        (DataConfig(name="mnist", noise=0.1), "--data-noise"),
        (DataConfig(name="spiral", classes=6), "2 to 5 classes"),
        (DataConfig(name="xor", classes=3), "xor has 2 classes"),
    ],
)
def test_what_a_data_set_cannot_be_is_refused(config: DataConfig, said: str):
    with pytest.raises(UsageError, match=said):
        load(config)


def test_auto_mpg_has_six_missing_horsepowers_and_leaves_names_out():
    dataset = load(DataConfig(name="auto-mpg"))
    assert {name: dataset.table.column(name).null_count for name in dataset.features} | {
        "Horsepower": 0
    } == dict.fromkeys(dataset.features, 0)
    assert dataset.table.column("Horsepower").null_count == 6
    assert "Car Name" not in dataset.features


def test_mnist_has_its_own_splits():
    dataset = load(DataConfig(name="mnist"))
    assert {name: len(rows) for name, rows in dataset.native.items()} == {"train": 60_000, "test": 10_000}
    assert dataset.images is not None
    assert dataset.table.column("label")[0].as_py() == "5"
    assert dataset.images[0, 0, 14].max() > 200


@pytest.mark.parametrize("name", CATALOG)
def test_reading_needs_no_heavy_library(name: str):
    code = f"""
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any
from nnlab.engine.config import DataConfig
from nnlab.engine.data.overview.plots import number_columns, points, sample_images
from nnlab.engine.data.sources import check, load
data = load(DataConfig(name={name!r}))
points(data), number_columns(data), data.images is None or sample_images(data, 3)
print(*({{"torch", "pandas", "sklearn", "scipy", "datasets"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_spiral_has_as_many_turns_as_are_asked_for():
    usual, twice = (load(DataConfig(name="spiral", noise=0, turns=turns)).table for turns in (None, 1.5))
    for table, turns in ((usual, 0.75), (twice, 1.5)):
        x1, x2 = (np.asarray(table.column(name)) for name in ("x1", "x2"))
        arm = np.asarray(table.column("label")).astype(str) == "0"
        order = np.argsort(np.hypot(x1, x2)[arm])
        angles = np.unwrap(np.arctan2(x2[arm], x1[arm])[order])
        assert abs(angles[-1] - angles[0]) / (2 * np.pi) == pytest.approx(turns * 0.9, abs=0.03 * turns)


def test_turns_are_for_what_has_arms():
    with pytest.raises(UsageError, match="--turns is for spiral"):
        check(DataConfig(name="xor", turns=2))
    with pytest.raises(UsageError, match="--turns is for those that are drawn"):
        check(DataConfig(name="iris", turns=2))
