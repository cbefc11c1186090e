"""Several processes train what one trains: to rounding, and bit for bit where one adds their parts in their order."""

from __future__ import annotations

import math
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.config import Config, merge, validate
from nnlab.engine.history import History
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.training.losses import make_loss, total_weight
from nnlab.engine.training.session import Session, begin
from nnlab.engine.training.shared import part_of, partial_gradient

WORDS = ("xor", "--samples", 300, "--epochs", 4, "--threads", 1)  # 204 train rows
CASES: dict[str, tuple[tuple[object, ...], dict[str, Any]]] = {
    "plain": (("--batch-size", 20), {"training": {"batch_size": 20}}),
    "odd": (("--batch-size", 67), {"training": {"batch_size": 67}}),  # parts of 33 and 34 rows, at last of 1 and 2
    "weighted": (
        ("--batch-size", 20, "--class-weights", "balanced", "--clip", 1, "--weight-decay", 0.01),
        {"training": {"batch_size": 20, "class_weights": "balanced", "clip": 1, "weight_decay": 0.01}},
    ),
    "members": (
        ("--batch-size", 20, "--model", "tabm", "--members", 3, "--hidden", 8, "--dropout", 0),
        {"training": {"batch_size": 20}, "model": {"family": "tabm", "members": 3, "hidden": [8], "dropout": 0}},
    ),
}


def trained(nnlab: Any, runs: Path, name: str, *words: object) -> RunFolder:
    done = nnlab("train", *words, "--name", name, "--json")
    assert done.returncode == 0, done.stderr
    return RunFolder(runs / name)


def in_turns(config: Config, ranks: int) -> Session:
    """One process that adds up the parts of each batch in the order of the ranks."""
    session = begin(config)
    steps, flat = session.steps, session.flat
    with session.generators.turn(), session.working():
        for _ in range(config.training.epochs):
            session.begin_epoch()
            for number, batch in enumerate(steps.order.split(steps.rows_per_step)):
                total = torch.zeros_like(flat.grads)
                for rank in range(ranks):
                    flat.grads.zero_()
                    mine = part_of(batch, steps.members, rank, ranks)
                    if len(mine):
                        partial_gradient(session, batch, mine)
                    total += flat.grads
                flat.grads.copy_(total)
                steps.optimizer.step(session.rate(number))
            session.epoch += 1
    return session


def assert_close(ours: RunFolder, theirs: RunFolder) -> None:
    one, other = (checkpoints.load(folder.last) for folder in (ours, theirs))
    assert one.epoch == other.epoch
    assert all(torch.allclose(one.weights[name], other.weights[name], atol=1e-5) for name in other.weights)
    for row, same in zip(History.of(one.history), History.of(other.history), strict=True):
        assert all(row[name] == pytest.approx(same[name], abs=1e-5) for name in same if name != "seconds")


@pytest.mark.long
@pytest.mark.parametrize("case", CASES)
def test_two_processes_train_what_one_trains(case: str, nnlab: Any, own_world: Path):
    words, choices = CASES[case]
    one = trained(nnlab, own_world, "one", *WORDS, *words)
    two = trained(nnlab, own_world, "two", *WORDS, *words, "--processes", 2)
    assert_close(two, one)
    last = checkpoints.load(two.last)
    config = validate(merge(last.config.to_dict(), choices), source="test")
    assert config == last.config
    expected = in_turns(config, 2).weights()
    assert all(torch.equal(last.weights[name], expected[name]) for name in expected)


@pytest.mark.long
def test_batches_smaller_than_the_processes_are_right(nnlab: Any, own_world: Path):
    words = ("xor", "--samples", 60, "--epochs", 2, "--batch-size", 2)
    assert_close(trained(nnlab, own_world, "three", *words, "--processes", 3), trained(nnlab, own_world, "one", *words))


@pytest.mark.long
def test_a_run_of_two_processes_goes_on_with_any_number(nnlab: Any, own_world: Path):
    whole = trained(nnlab, own_world, "whole", *WORDS)
    for processes in (1, 3):
        name = f"parted{processes}"
        parted = trained(nnlab, own_world, name, *WORDS[:-3], 2, "--threads", 1, "--processes", 2)
        done = nnlab("train", "--resume", name, "--epochs", 4, "--processes", processes, "--quiet")
        assert done.returncode == 0, done.stderr
        assert_close(parted, whole)


@pytest.mark.long
def test_dropout_draws_the_same_in_equal_runs_and_in_resumed_ones(nnlab: Any, own_world: Path):
    words = (*WORDS[:-3], 4, "--dropout", 0.3, "--processes", 2)
    one, other = (trained(nnlab, own_world, name, *words) for name in ("one", "other"))
    parted = trained(nnlab, own_world, "parted", *WORDS[:-3], 2, "--dropout", 0.3, "--processes", 2)
    assert nnlab("train", "--resume", "parted", "--epochs", 4, "--processes", 2, "--quiet").returncode == 0
    kept = [checkpoints.load(folder.last).weights for folder in (one, other, parted)]
    assert all(torch.equal(kept[0][name], each[name]) for each in kept[1:] for name in kept[0])


@pytest.mark.parametrize("rows", [1, 2, 3, 7, 20])
@pytest.mark.parametrize("ranks", [2, 3, 8])
def test_the_parts_of_a_batch_are_the_batch(rows: int, ranks: int):
    batch = torch.arange(3 * rows)
    parts = [part_of(batch, 3, rank, ranks) for rank in range(ranks)]
    assert sorted(torch.cat(parts).tolist()) == batch.tolist()
    sizes = {len(part) // 3 for part in parts}
    assert max(sizes) - min(sizes) <= 1
    assert all(set(part.tolist()) == set((part % rows + rows * (part // rows)).tolist()) for part in parts)


def weighted(weights: list[float]) -> tuple[Any, Tensor]:
    config = validate({"data": {"name": "xor"}, "training": {"class_weights": weights}}, source="test")
    targets = torch.tensor([0, 1, 1, 0, 1])
    return make_loss(config.training, "binary", targets, 2), targets


def test_the_weight_of_a_part_is_that_of_its_classes():
    loss, targets = weighted([1.0, 3.0])
    assert total_weight(loss, targets) == 11.0
    assert total_weight(loss, targets[:1]) == 1.0
    plain, _ = weighted([1.0, 1.0])
    outputs = torch.randn(5, 2, generator=torch.Generator().manual_seed(1))
    for each in (loss, plain):
        whole = total_weight(each, targets)
        parts = [slice(0, 2), slice(2, 5)]
        sums = sum(float(each(outputs[p], targets[p])) * total_weight(each, targets[p]) / whole for p in parts)
        assert math.isclose(sums, float(each(outputs, targets)), rel_tol=1e-6)


@pytest.mark.long
def test_two_agents_of_torchrun_train_together(nnlab: Any, own_world: Path):
    one = trained(nnlab, own_world, "one", *WORDS)
    agent = [*("--nnodes", "2", "--nproc-per-node", "1", "--rdzv-backend", "c10d", "--rdzv-id", own_world.parent.name)]
    agent += ["--rdzv-endpoint", f"localhost:{free_port()}", "--local-addr", "localhost"]
    words = ["-m", "nnlab", "train", *map(str, WORDS), "--name", "two", "--quiet"]
    command = [sys.executable, "-m", "torch.distributed.run", *agent, *words]
    agents = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for each in agents:
        _, said = each.communicate(timeout=120)
        assert each.returncode == 0, said
    assert_close(RunFolder(own_world / "two"), one)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("localhost", 0))
        return int(found.getsockname()[1])
