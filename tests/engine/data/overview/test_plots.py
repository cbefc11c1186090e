"""What is plotted of a data set is what it holds."""

import numpy as np

from nnlab.engine.config import DataConfig
from nnlab.engine.data.overview.plots import category_columns, number_columns, points, sample_images
from nnlab.engine.data.sources import load


def test_two_features_are_points_by_class():
    data = load(DataConfig(name="xor"))
    found = points(data)
    assert found is not None
    assert found.names == ("x1", "x2")
    assert found.kinds.tolist() == [int(x * y >= 0) for x, y in zip(found.xs, found.ys, strict=True)]


def test_many_rows_are_thinned_evenly():
    found = points(load(DataConfig(name="xor", samples=20_000)))
    assert found is not None
    assert len(found.xs) == 5000


def test_a_regressions_targets_are_grouped_in_equal_parts():
    found = points(load(DataConfig(name="plane")))
    assert found is not None
    assert np.bincount(found.kinds).tolist() == [200] * 5
    assert len(found.classes) == 5


def test_more_or_fewer_than_two_features_are_no_points():
    assert points(load(DataConfig(name="iris"))) is None
    assert points(load(DataConfig(name="digits"))) is None


def test_missing_numbers_are_nan_and_names_are_left_out():
    columns = number_columns(load(DataConfig(name="auto-mpg")))
    assert np.isnan(columns["Horsepower"]).sum() == 6
    assert next(iter(columns)) == "MPG"
    assert "Car Name" not in columns


def test_categories_are_counted():
    counted = category_columns(load(DataConfig(name="iris")))
    assert counted == {"label": {"setosa": 50, "versicolor": 50, "virginica": 50}}


def test_sample_images_take_the_classes_in_turn():
    picked = sample_images(load(DataConfig(name="digits")), 12)
    assert [name for _, name in picked] == [*"0123456789", "0", "1"]
    assert all(image.shape == (1, 8, 8) for image, _ in picked)
