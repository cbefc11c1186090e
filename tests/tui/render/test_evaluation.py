"""The parts of an evaluation: those that it has, in order, within their width, and what is not defined."""

from __future__ import annotations

from typing import Any

import pytest
from judging import CLASSES, NUMBERS

from nnlab.tui.render.blocks import in_ascii, plain
from nnlab.tui.render.evaluation import compared_lines, evaluation_parts
from nnlab.tui.render.palette import RenderOptions

LOOK = RenderOptions(colour=False)


def test_the_parts_are_those_that_an_evaluation_has():
    classes = ["metrics", "classes", "matrix", "probabilities", "intervals", "threshold"]
    more = ["failures", "columns", "effects"]
    assert list(evaluation_parts(CLASSES, 80, LOOK)) == [*classes, *more]
    assert list(evaluation_parts(NUMBERS, 80, LOOK)) == ["metrics", "scatter", "intervals", *more]
    bare = {**NUMBERS, "points": [], "intervals": [], "importance": [], "effects": [], "failures": None}
    assert list(evaluation_parts(bare, 80, LOOK)) == ["metrics"]


@pytest.mark.parametrize("width", [54, 80, 116])
@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("told", [CLASSES, NUMBERS], ids=["classes", "numbers"])
def test_every_part_keeps_to_its_width(told: dict[str, Any], width: int, ascii: bool):
    for name, lines in evaluation_parts(told, width, RenderOptions(ascii=ascii)).items():
        text = plain(in_ascii(lines) if ascii else lines)
        assert max(map(len, text.splitlines())) <= width, name


def test_what_is_not_defined_is_a_dash_and_no_fault():
    """As JSON tells NaN: a class that is never answered, a metric of one row, a network that gives no number."""
    threshold = CLASSES["threshold"]
    never = {**threshold["chosen"], "precision": None, "f1": None}
    told = {
        **CLASSES,
        "metrics": dict.fromkeys(CLASSES["metrics"]),
        "threshold": {**threshold, "chosen": never, "roc": None},
        "effects": [{**one, "mean": [None] * len(one["mean"])} for one in CLASSES["effects"]],
        "importance": [{**one, "worth": None, "low": None, "high": None} for one in CLASSES["importance"]],
    }
    parts = {name: plain(lines) for name, lines in evaluation_parts(told, 80, LOOK).items()}
    assert "–" in parts["threshold"]
    assert "–" in parts["metrics"]
    assert "no column can be judged" in parts["columns"]


def test_the_best_is_marked_where_rows_are_the_same():
    worse = {**CLASSES, "metrics": {**CLASSES["metrics"], "accuracy": 0.5}, "reliability": None}
    told: dict[str, Any] = {"comparable": True, "notes": [], "evaluations": [CLASSES, worse], "trouble": [None] * 2}
    told["common"] = None
    text = plain(compared_lines(told, ["a", "b"], 80, LOOK))
    (accuracy,) = [line.split() for line in text.splitlines() if line.startswith("accuracy")]
    assert accuracy == ["accuracy", "0.9475", "★", "0.5000"]
    (honest,) = [line.split() for line in text.splitlines() if line.startswith("ECE")]
    assert honest[1:] == ["0.0310", "★", "–"]
    assert "80 % intervals held" in text
    assert "★" not in plain(compared_lines({**told, "comparable": False}, ["a", "b"], 80, LOOK))
    difference = {"measure": "loss", "difference": 0.25, "low": 0.125, "high": 0.5, "verdict": "worse"}
    common = {"rows": 57, "scores": [{"accuracy": 0.9}, {"accuracy": 0.8}], "first": "a"}
    common |= {"differences": [None, [difference]]}
    below = plain(compared_lines({**told, "comparable": False, "common": common}, ["a", "b"], 80, LOOK))
    assert "on the 57 common" in below
    assert below.count("★") == 1
    assert below.splitlines()[-1].split() == ["b", "loss", "+0.2500", "+0.1250", "–", "+0.5000", "surely", "worse"]
    none = {**difference, "difference": -1e-17, "low": -0.0, "high": 0.0, "verdict": "unsure"}
    alike = {**common, "differences": [None, [none]]}
    assert "-0.0000" not in plain(compared_lines({**told, "comparable": False, "common": alike}, ["a", "b"], 80, LOOK))
    alone = {**told, "comparable": False, "evaluations": [CLASSES, None]}
    assert "–" in plain(compared_lines(alone, ["a", "b"], 80, LOOK))
