"""What `eval` draws is within its width, in ASCII where that is asked for, and says what its JSON says."""

from __future__ import annotations

from typing import Any

import pytest
from rich.cells import cell_len

from nnlab.tui.render.blocks import in_ascii, plain
from nnlab.tui.render.effects import effect_lines
from nnlab.tui.render.failures import failure_lines
from nnlab.tui.render.importance import importance_lines
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.render.reliability import reliability_lines
from nnlab.tui.render.summaries import interval_table, metrics_table
from nnlab.tui.render.thresholds import threshold_lines

COUNTS = {"true_positives": 1, "false_positives": 0, "false_negatives": 1, "true_negatives": 2}
JUDGED: dict[str, Any] = {"threshold": 0.3, "precision": 0.9, "recall": 0.5, "f1": 0.6, "accuracy": 0.7, **COUNTS}
CURVE: dict[str, Any] = {"area": 0.8, "x": [0.0, 0.5, 1.0], "y": [0.0, 0.9, 1.0]}
TOLD: dict[str, Any] = {
    "positive": "\x1b[31mill",
    "said": "f1",
    "chosen": JUDGED,
    "half": {**JUDGED, "threshold": 0.5},
    "roc": CURVE,
    "precision_recall": CURVE,
}
BINS = [{"rows": 100, "said": 0.6, "right": 0.5}, {"rows": 1, "said": 0.9, "right": 0.0}]


def columns(count: int) -> list[dict[str, Any]]:
    alike = {"c0": ["c2"], "c2": ["c0"], "c3": ["c2"]}
    return [
        {"column": f"c{one}", "worth": 0.5 - one / 10, "low": 0.0, "high": 0.6, "alike": alike.get(f"c{one}", [])}
        for one in range(count)
    ]


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("ascii", [False, True])
def test_every_part_keeps_to_its_width(width: int, ascii: bool):
    options = RenderOptions(ascii=ascii)
    parts = [
        importance_lines(columns(30), "loss", width, options),
        reliability_lines({"ece": 0.1, "brier": 0.2, "few": False, "bins": BINS}, width, options),
        interval_table([{"level": 90, "held": 0.9, "margin": 3.0, "size": None}], width, options),
        threshold_lines(TOLD, width, options),
    ]
    for part in map(plain, map(in_ascii, parts) if ascii else parts):
        assert max(map(len, part.splitlines())) <= width
        assert part.isascii() or not ascii
        assert "\x1b" not in part


def test_names_of_two_cells_a_character_leave_figures_whole():
    told = [{**one, "column": name} for one, name in zip(columns(2), ("漢字漢字", "plain"), strict=True)]
    effect = {"column": "漢字", "kind": "category", "answer": "yes", "at": ["漢字漢字", "plain"], "mean": [0.1234, 0.5]}
    lines = [
        *plain(importance_lines(told, "loss", 80, RenderOptions())).splitlines(),
        *plain(effect_lines([effect], "y", 80, RenderOptions())).splitlines(),
    ]
    assert not [line for line in lines if "…" in line]
    assert cell_len(lines[1]) == cell_len(lines[2])
    assert cell_len(lines[-2]) == cell_len(lines[-1])


def test_a_metric_that_no_model_has_marks_none_as_the_best():
    shown = plain(metrics_table({"roc_auc": None}, 80, RenderOptions(), baselines={"mean": {"roc_auc": None}}))
    assert "★" not in shown


def test_where_no_kinds_of_rows_were_tried_the_reason_is_not_said_to_be_few_rows():
    worst = [{"row": 1, "truth": "a", "answer": "b", "off": 1.0, "probability": 0.3, "values": {}}]
    told = {"measure": "error_rate", "worst": worst, "slices": [], "tried": 0, "rows": 400}
    said = plain(failure_lines(told, 80, RenderOptions()))
    assert "no two kinds of 20 rows or more to compare" in said


def test_columns_that_are_alike_are_one_group():
    said = plain(importance_lines(columns(5), "loss", 80, RenderOptions()))
    assert said.count("much alike") == 1
    assert "matter less: c0, c2, c3" in said


def test_a_bin_of_few_rows_is_not_drawn():
    told = {"ece": 0.1, "brier": 0.2, "few": False, "bins": BINS}
    assert plain(reliability_lines(told, 80, RenderOptions())).count("●") == 1


def test_without_both_classes_there_are_no_curves():
    told = {**TOLD, "roc": None, "precision_recall": None}
    assert "area" not in plain(threshold_lines(told, 80, RenderOptions()))
