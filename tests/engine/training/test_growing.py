"""A network is trained on growing parts of its own train rows and judged on its own validation rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnlab.engine.config import validate
from nnlab.engine.errors import UsageError
from nnlab.engine.evaluation.training_data import training_data
from nnlab.engine.network import Network
from nnlab.engine.training import growing
from nnlab.engine.training.interrupt import StopRequest
from nnlab.engine.training.session import begin
from nnlab.engine.training.train import run


def trained(name: str, **data: object) -> Network:
    """A network of two epochs."""
    config = validate({"data": {"name": name, **data}, "training": {"epochs": 2}, "model": {"hidden": [4]}})
    session = begin(config)
    list(run(session))
    return Network(session.checkpoint(best=True), trusted=True)


def test_parts_are_nested_hold_every_class_and_leave_validation_alone():
    network = trained("iris")
    data = network.training_data()
    small, large = (growing._divided(data, size, 3) for size in (24, 60))
    assert set(small["train"]) < set(large["train"]) < set(data.splits["train"])
    assert (small["valid"] == data.splits["valid"]).all()
    codes = data.dataset.table.column(data.dataset.target).to_pylist()
    assert sorted(codes[row] for row in small["train"].tolist()).count("setosa") == 8
    assert not (growing._divided(data, 24, 4)["train"] == small["train"]).all()


def test_each_part_is_trained_with_each_seed_as_it_would_be_alone():
    network = trained("auto-mpg")
    data = network.training_data()
    plan = growing.Plan([40, 80, 160], 2, None)
    found = list(growing.grow(network.checkpoint, data, plan, StopRequest()))
    seed = network.checkpoint.config.training.seed
    assert [(one.rows, one.seed) for one in found] == [
        (rows, seed + place) for rows in (40, 80, 160) for place in (0, 1)
    ]
    assert all(np.isfinite(one.reached) for one in found)
    again = list(growing.grow(network.checkpoint, data, plan, StopRequest()))
    assert again == found
    whole = growing.Plan([len(data.splits["train"])], 1, None)
    (one,) = growing.grow(network.checkpoint, data, whole, StopRequest())
    expected = network.evaluate(split="valid").metrics["rmse"]
    assert one.reached == pytest.approx(expected, rel=1e-4)  # the very training, but for nothing


def test_a_stop_ends_it_and_nothing_is_left_on_disk(own_world: Path):
    network = trained("auto-mpg")
    data, stop = network.training_data(), StopRequest()
    found = list[growing.Grown]()
    for one in growing.grow(network.checkpoint, data, growing.plan(network.checkpoint, data), stop):
        found.append(one)
        stop.reason = "interrupt"
    assert len(found) == 1
    assert not own_world.exists()


def test_the_curve_of_a_network_in_python():
    curve = trained("auto-mpg").learning_curve()
    assert curve.measure == "rmse"
    assert curve.parts[-1].rows == len(training_data(trained("auto-mpg").checkpoint).splits["train"])
    assert set(curve.to_json()) == {"measure", "valid_rows", "parts", "verdict", "unfinished", "sentence"}


def test_a_training_without_validation_rows_has_no_curve():
    network = trained("auto-mpg", valid_split="none")
    with pytest.raises(UsageError, match="this training had none"):
        network.learning_curve()


def test_what_only_a_strangers_checkpoint_names_is_not_read(tmp_path: Path):
    path = tmp_path / "rows.csv"
    path.write_text("a,y\n" + "\n".join(f"{row % 11}.25,{row % 7}.5" for row in range(200)), encoding="utf-8")
    network = trained(str(path), target="y")
    with pytest.raises(UsageError, match="not read unasked"):
        Network(network.checkpoint).learning_curve()
