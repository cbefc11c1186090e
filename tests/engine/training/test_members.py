"""A training of several members goes through all that a training of one does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.api import fit
from nnlab.engine.config import Config, merge, validate
from nnlab.engine.errors import UsageError
from nnlab.engine.events import EpochEnded, RunFinished
from nnlab.engine.network import load
from nnlab.engine.runs.claim import claim
from nnlab.engine.training.folds import cross_validate
from nnlab.engine.training.interrupt import StopRequest
from nnlab.engine.training.session import begin
from nnlab.engine.training.train import go_on, run, train

EMBEDDINGS = ("periodic", "piecewise", "both", "none")


def cars(embedding: str = "periodic", **choices: Any) -> Config:
    tree: dict[str, Any] = {
        "data": {"name": "auto-mpg"},
        "prepare": {"scale": "smooth"},
        "model": {"family": "tabm", "members": 3, "embedding": embedding, "hidden": [8], "dropout": 0.1},
        "training": {"epochs": 4, "batch_size": 100, "optimizer": "adamw", "weight_decay": 0.01, "decay": "weights"},
    }
    return validate(merge(tree, choices), source="test")


def losses(config: Config) -> list[tuple[float, float]]:
    records = [event.record for event in train(config) if isinstance(event, EpochEnded)]
    return [(record["loss_train"], record["loss_valid"]) for record in records]


@pytest.mark.parametrize("embedding", EMBEDDINGS)
def test_captured_and_eager_steps_give_the_same_numbers(embedding: str):
    captured, eager = (losses(cars(embedding, training={"step": step, "threads": 1})) for step in ("captured", "eager"))
    assert captured == eager


@pytest.mark.parametrize("embedding", EMBEDDINGS)
def test_a_run_that_was_stopped_goes_on_bit_for_bit(embedding: str, tmp_path: Path):
    whole = begin(cars(embedding))
    list(run(whole))
    folder, stop = claim(out=tmp_path / "run"), StopRequest()
    for event in run(begin(cars(embedding, training={"checkpoint_every": "1steps"})), folder, stop):
        if isinstance(event, EpochEnded) and event.record["epoch"] == 2:
            stop.reason = "interrupt"
    rest = [
        event for event in go_on(folder, lambda last: begin(last.config, resume=last)) if isinstance(event, EpochEnded)
    ]
    assert [event.record["epoch"] for event in rest] == [3, 4]
    last = checkpoints.load(folder.last)
    assert [row["loss_valid"] for row in last.history] == [row["loss_valid"] for row in whole.history]
    resumed = begin(cars(embedding), resume=checkpoints.load(folder.last))
    for name, value in resumed.module.state_dict().items():
        assert torch.equal(value, last.weights[name])


@pytest.mark.parametrize("embedding", EMBEDDINGS)
def test_a_checkpoint_answers_as_the_network_that_was_trained(embedding: str, tmp_path: Path):
    folder = claim(out=tmp_path / "run")
    session = begin(cars(embedding))
    list(run(session, folder))
    network = load(folder.best)
    frame = pd.read_csv(_table(tmp_path))
    together, alone = network.predict(frame), np.concatenate([network.predict(frame[i : i + 1]) for i in range(9)])
    assert np.array_equal(together[:9], alone)
    low, high = session.prepared.schema.limits or (0.0, 0.0)
    ends = session.prepared.schema.decode_target(np.array([low, high]))
    assert together.min() >= ends[0] - 1e-6
    assert together.max() <= ends[1] + 1e-6


def _table(folder: Path) -> Path:
    """Rows of cars, some far beyond those that were trained on."""
    from nnlab.engine.config import DataConfig
    from nnlab.engine.data.sources import load as load_data

    frame = load_data(DataConfig(name="auto-mpg")).table.to_pandas()
    frame["Weight"] = frame["Weight"].astype(float)
    frame.loc[:5, "Weight"] = [1e9, -1e9, 1e30, 0, 1e6, 1e5]
    path = folder / "cars.csv"
    frame.to_csv(path, index=False)
    return path


def test_bins_scales_and_limits_are_learnt_on_the_train_rows_alone():
    config = cars("piecewise", data={"test_split": "none", "train_split": "train[:200]"})
    schema = begin(config).prepared.schema
    other = begin(config, dataset=_changed(config)).prepared.schema
    assert schema == other
    assert len(schema.bins) == schema.numbers


def _changed(config: Config) -> Any:
    """The same data, but for the rows that are not trained on."""
    from dataclasses import replace

    import pyarrow as pa

    from nnlab.engine.data.prepare import complete, divide_rows
    from nnlab.engine.data.sources import load as load_data

    dataset, _ = complete(load_data(config.data), config.data, config.prepare)
    trained = divide_rows(dataset, config.data).train
    frame: Any = dataset.table.to_pandas()
    others = np.setdiff1d(np.arange(len(frame)), trained)
    numbers = [
        name for name in frame.columns if frame[name].dtype.kind in "if" and name not in ("Origin", "Model Year")
    ]
    frame[numbers] = frame[numbers].astype(float)
    frame.loc[others, numbers] *= 1000.0
    return replace(dataset, table=pa.Table.from_pandas(frame, preserve_index=False))


def test_a_checkpoint_whose_bins_are_not_its_own_is_refused(tmp_path: Path):
    folder = claim(out=tmp_path / "run")
    list(run(begin(cars("piecewise")), folder))
    body = torch.load(folder.best, weights_only=True)
    body["spec"]["bins"][0][0] -= 1.0
    torch.save(body, folder.best)
    with pytest.raises(UsageError, match="another network than its weights are of"):
        checkpoints.load(folder.best)


def test_folds_and_accuracy_count_every_members_rows():
    config = validate(
        {
            "data": {"name": "wine"},
            "model": {"family": "tabm", "members": 4, "hidden": [16]},
            "training": {"epochs": 15, "optimizer": "adamw", "lr": 0.01},
        }
    )
    done = list(cross_validate(config, 2, lambda _: None, StopRequest()))
    assert all(fold.metrics["accuracy"] > 0.8 for fold in done)
    records = [event.record for event in train(config) if isinstance(event, EpochEnded)]
    assert 0.8 < records[-1]["accuracy_train"] <= 1


def test_a_network_of_members_is_had_from_python():
    network = fit("wine", model="tabm", members=2, hidden=[8], epochs=3)
    assert repr(network.module).startswith("Sequential(\n  (0): MembersInput(\n    members=2")
    assert network.evaluate().metrics["accuracy"] > 0.3


def test_images_are_answered_by_members_as_well():
    config = validate(
        {
            "data": {"name": "digits", "train_split": "train[:300]"},
            "model": {"family": "tabm", "members": 2, "hidden": [16]},
            "training": {"epochs": 3, "optimizer": "adamw", "lr": 0.01},
        }
    )
    finished = list(train(config))[-1]
    assert isinstance(finished, RunFinished)
    assert finished.metrics["accuracy_test"] > 0.6


@pytest.mark.parametrize("data", ["auto-mpg", "iris"])
def test_an_epoch_tells_the_best_and_the_worst_member_alone(data: str):
    session = begin(cars("none", data={"name": data}, model={"dropout": 0.0}))
    rows = [event.record for event in run(session) if isinstance(event, EpochEnded)]
    row = rows[session.best.epoch - 1]  # whose weights the network has now
    valid, members = session.prepared.valid, 3
    assert valid is not None
    with torch.inference_mode():
        session.module.train()
        each = session.module(torch.cat([session.to_input(valid.x[:])] * members)).unflatten(0, (members, -1))
    alone = [session.loss(outputs, valid.y).item() for outputs in each]
    assert row["loss_valid_least"] == pytest.approx(min(alone), rel=1e-5)
    assert row["loss_valid_most"] == pytest.approx(max(alone), rel=1e-5)
    if data == "iris":  # the mean of probabilities is better than the mean member: so Jensen has it
        assert row["loss_valid"] <= np.mean(alone) + 1e-6


def test_a_network_of_one_tells_no_members():
    rows = [
        event.record for event in train(cars(model={"family": "mlp", "hidden": [4]})) if isinstance(event, EpochEnded)
    ]
    assert not [name for row in rows for name in row if name.startswith("loss_valid_")]
