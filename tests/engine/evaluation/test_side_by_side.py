"""Networks are compared on the same rows, and it is said where the rows are others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest

from nnlab.engine.checkpoint import Checkpoint, load
from nnlab.engine.errors import UsageError
from nnlab.engine.evaluation.side_by_side import SideBySide, side_by_side

Call = Callable[..., CompletedProcess[str]]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A hundred rows, of which one is there twice."""
    draw = Random(1)
    rows = [[f"{draw.gauss(0, 1):.3f}", draw.choice("ab"), f"{draw.random():.3f}"] for _ in range(99)]
    lines = [",".join(row) for row in [*rows, rows[0]]]
    (tmp_path / "table.csv").write_text("\n".join(["x,kind,y", *lines, ""]), encoding="utf-8")
    return tmp_path / "table.csv"


@pytest.fixture
def trained(nnlab: Call, own_world: Path) -> Callable[..., tuple[str, Checkpoint]]:
    """Train a run of this name, and give name and checkpoint."""

    def train(name: str, data: Any, *words: object) -> tuple[str, Checkpoint]:
        done = nnlab("train", data, "--name", name, "--epochs", 1, "--quiet", *words)
        assert done.returncode == 0, done.stderr
        return name, load(own_world / name / "best.pt")

    return train


Trained = Callable[..., tuple[str, Checkpoint]]


def judged(*networks: tuple[str, Any]) -> SideBySide:
    told = side_by_side(networks)
    assert [side.name for side in told.sides] == [name for name, _ in networks]
    return told


def test_the_same_rows_are_the_same_whatever_is_made_of_them(trained: Trained, table: Path, tmp_path: Path):
    other = tmp_path / "other.csv"
    other.write_bytes(table.read_bytes())
    told = judged(
        trained("a", table, "--target", "y"),
        trained("b", table, "--target", "y", "--scale", "quantile", "--hidden", "4", "--seed", 5),
        trained("c", table, "--target", "y", "--features", "x"),
        trained("d", other, "--target", "y"),
    )
    assert (told.comparable, told.notes) == (True, [])
    assert told.common is not None
    assert (told.common.rows, told.common.first) == (20, "a")
    assert told.common.scores == [side.evaluation.metrics for side in told.sides if side.evaluation]
    first, second = told.common.scores[0], told.common.differences[1]
    assert told.common.differences[0] is None
    assert second is not None
    assert [one.measure for one in second] == ["rmse"]
    assert first is not None
    assert second[0].other == pytest.approx(first["rmse"])
    assert second[0].difference == pytest.approx(second[0].network - second[0].other)
    assert [side.evaluation.rows for side in told.sides if side.evaluation] == [20] * 4


def test_another_division_is_told_with_the_rows_in_common(trained: Trained, table: Path):
    told = judged(trained("a", table, "--target", "y"), trained("b", table, "--target", "y", "--test-size", 0.3))
    assert not told.comparable
    (note,) = told.notes
    assert note.startswith("b is judged on 30 rows, of which ")
    assert note.endswith("among the 20 of a: their numbers are not to be compared")
    assert all(side.evaluation is not None for side in told.sides)


def test_what_is_common_is_judged_by_its_own(trained: Trained, table: Path):
    """The rows of the smaller test split are all in the larger one, so that its own metrics are those in common."""
    one, other = trained("a", "moons"), trained("b", "moons", "--test-size", 0.1)
    told = judged(one, other, trained("c", table, "--target", "y"))
    assert told.common is not None
    assert told.common.rows == 100
    own = [side.evaluation.metrics for side in told.sides if side.evaluation is not None]
    assert told.common.scores[1:] == [pytest.approx(own[1]), None]
    assert told.common.scores[0] not in (None, own[0])


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (["moons"], ["moons", "--data-seed", 3], "b is judged on 200 rows, none of which is among the 200 of a"),
        (["moons"], ["circles"], "b is judged on rows of circles and a on rows of moons"),
        (["auto-mpg"], ["diabetes"], "b answers 'progression' (regression) and a 'MPG' (regression)"),
    ],
)
def test_other_data_are_told(trained: Trained, one: list[object], other: list[object], said: str):
    told = judged(trained("a", *one), trained("b", *other))
    assert not told.comparable
    assert said in told.notes[0]
    assert told.notes[0].endswith("their numbers are not to be compared")


def test_images_are_known_by_their_pixels(trained: Trained):
    same = ["digits", "--hidden", "4"]
    told = judged(trained("a", *same), trained("b", *same, "--seed", 2), trained("c", *same, "--test-size", 0.3))
    assert len(told.notes) == 1
    assert told.notes[0].startswith("c is judged on")


def test_what_cannot_be_judged_stops_none_of_the_others(trained: Trained, table: Path):
    one, gone = trained("a", "moons"), trained("b", table, "--target", "y")
    table.unlink()
    told = judged(("none", UsageError("It has no checkpoint.")), one, gone)
    assert [side.evaluation is not None for side in told.sides] == [False, True, False]
    assert told.sides[0].trouble == "It has no checkpoint."
    assert "table.csv" in told.sides[2].trouble
    assert not told.comparable
    plain = told.to_json()
    assert plain["evaluations"][0] is None
    assert plain["trouble"][1] is None
    assert np.isfinite(plain["evaluations"][1]["metrics"]["loss"])
