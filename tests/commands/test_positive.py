"""`nnlab train --positive`: which of two classes a threshold and its metrics are of."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from subprocess import CompletedProcess

import pytest

from nnlab.engine.network import load

Call = Callable[..., CompletedProcess[str]]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """A table in which few are ill, whom the alphabet puts before those who are well."""
    draw = Random(3)
    rows = [(draw.gauss(0, 1), draw.gauss(0, 1)) for _ in range(600)]
    lines = [f"{size:.4f},{noise:.4f},{'ill' if size + 0.5 * noise > 1.3 else 'well'}" for size, noise in rows]
    path = tmp_path / "clinic.csv"
    path.write_text("\n".join(["size,other,state", *lines]) + "\n", encoding="utf-8")
    return path


def test_threshold_and_metrics_are_of_the_class_that_is_named(nnlab: Call, clinic: Path):
    told = ("--target", "state", "--epochs", 5, "--threshold", 0.2, "--quiet")
    assert nnlab("train", clinic, *told, "--positive", "ill", "--name", "ill").returncode == 0
    assert nnlab("train", clinic, *told, "--name", "well").returncode == 0
    ill, well = (json.loads(nnlab("eval", name, "--json").stdout) for name in ("ill", "well"))
    assert (ill["threshold"]["positive"], well["threshold"]["positive"]) == ("ill", "well")
    assert (ill["classes"], well["classes"]) == (["well", "ill"], ["ill", "well"])
    chosen, counts = ill["threshold"]["chosen"], ill["threshold"]["half"]
    assert chosen["true_positives"] + chosen["false_positives"] > counts["true_positives"] + counts["false_positives"]
    assert counts["true_positives"] + counts["false_negatives"] == ill["per_class"]["ill"]["support"]
    support = [{name: one["support"] for name, one in each["per_class"].items()} for each in (ill, well)]
    assert support[0] == support[1]  # the rows are divided as they are without
    assert ill["changes"] is None
    answered = nnlab("predict", "ill", clinic).stdout.splitlines()
    assert answered[0] == "prediction,probability_well,probability_ill"
    assert load("ill").checkpoint.config.data.positive == "ill"


def test_a_run_goes_on_with_the_same_class(nnlab: Call, clinic: Path):
    told = ("--target", "state", "--epochs", 2, "--positive", "ill", "--name", "ill", "--quiet")
    assert nnlab("train", clinic, *told).returncode == 0
    assert nnlab("train", "--resume", "ill", "--epochs", 3, "--quiet").returncode == 0
    assert load("ill").classes == ["well", "ill"]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["breast-cancer", "--positive", "malign"], "did you mean 'malignant'?"),
        (["iris", "--positive", "setosa"], "has 3 classes: leave it out"),
        (["auto-mpg", "--positive", "1"], "is a number: leave it out"),
        (["digits", "--positive", "1"], "has 10 classes"),
    ],
    ids=" ".join,
)
def test_what_is_no_class_of_two_is_refused_in_a_sentence(nnlab: Call, argv: list[str], said: str):
    done = nnlab("train", *argv, "--quiet")
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""
