"""Curves: train and valid told apart, values readable, zoom, log, smoothing, marks."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nnlab.tui.render.blocks import plain
from nnlab.tui.render.charts import ChartView, Series, chart, smoothed
from nnlab.tui.render.curves import curve, metrics_of
from nnlab.tui.render.palette import RenderOptions

ASCII = RenderOptions(colour=False, ascii=True)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_curves_fill_exactly_their_place(
    history: list[dict[str, float]], width: int, options: RenderOptions, holds: Callable[..., None]
) -> None:
    lines = curve(history, "loss", width, 14, options, best=80)
    assert len(lines) == 14
    holds(lines, width, options, exact=True)


def test_the_legend_names_lines_with_their_last_values_and_the_best_epoch(history: list[dict[str, float]]) -> None:
    head = plain(curve(history, "loss", 80, 12, ASCII, best=80)).split("\n")[0]
    assert head == "loss   ... train 0.0357   *** valid 0.0557   @ best 0.0695 @ 80"


def test_a_small_curve_looks_as_drawn_by_hand() -> None:
    history = [{"epoch": epoch, "loss_valid": float(5 - epoch)} for epoch in range(1, 6)]
    assert plain(curve(history, "loss", 30, 8, ASCII)).split("\n") == [
        "loss   *** valid 0.0000",
        "   |***",
        "2.5+   *******",
        "   |          *******",
        "   |                 ******",
        "0.0+                       ***",
        "   +------+------------+------",
        "          2   epoch    4",
    ]


def test_the_cursor_reads_values(history: list[dict[str, float]]) -> None:
    text = plain(curve(history, "loss", 80, 12, ASCII, view=ChartView(cursor=30)))
    assert text.startswith("loss   ... train 0.3679   *** valid 0.4179   at epoch 30")
    assert "|" in text.split("\n")[2][10:]


def test_zoom_shows_only_the_window(history: list[dict[str, float]]) -> None:
    axis = plain(curve(history, "loss", 80, 12, ASCII, view=ChartView(first=20, last=40))).split("\n")[-1]
    assert axis.split()[0] == "20"
    assert axis.split()[-1] == "40"


def test_changes_of_the_learning_rate_are_marked(history: list[dict[str, float]]) -> None:
    assert plain(curve(history, "loss", 80, 12, ASCII)).split("\n")[-1] == ": lr 0.001 from epoch 60"
    ever = [{**record, "lr": 1 / record["epoch"]} for record in history]
    assert " lr " not in plain(curve(ever, "loss", 80, 12, ASCII))


def test_log_scale_says_why_it_cannot(history: list[dict[str, float]]) -> None:
    good = plain(curve(history, "loss", 80, 14, ASCII, view=ChartView(log=True)))
    assert "log scale" in good.split("\n")[0]
    assert "0.1+" in good
    bad = plain(curve([*history, {"epoch": 101, "loss_valid": 0.0}], "loss", 80, 14, ASCII, view=ChartView(log=True)))
    assert "no log scale: it needs values above 0" in bad


def test_a_constant_stays_constant_when_smoothed_and_nan_is_passed_over() -> None:
    values = np.array([2.0, math.nan, 2.0, 2.0])
    assert smoothed(values, 0.9).tolist() == pytest.approx([2.0, math.nan, 2.0, 2.0], nan_ok=True)


def test_smoothing_follows_the_bias_corrected_average() -> None:
    assert smoothed(np.array([1.0, 0.0]), 0.5).tolist() == [1.0, pytest.approx(1 / 3)]


def test_smoothing_keeps_the_raw_curve_in_sight(history: list[dict[str, float]]) -> None:
    styles = {
        segment.style.color.name
        for line in curve(history, "loss", 80, 14, RenderOptions(), view=ChartView(smoothing=0.9))
        for segment in line
        if segment.style and segment.style.color and any(char > "⠀" for char in segment.text)
    }
    assert len(styles) >= 3


@pytest.mark.parametrize("records", [[], [{"epoch": 1}], [{"epoch": 1, "loss_train": math.nan}]])
def test_nothing_to_draw_is_said(records: list[dict[str, Any]], options: RenderOptions) -> None:
    assert "nothing to draw yet" in plain(curve(records, "loss", 60, 9, options))


def test_the_first_epoch_alone_is_drawn(options: RenderOptions) -> None:
    text = plain(curve([{"epoch": 1, "loss_train": 0.7, "loss_valid": 0.6}], "loss", 60, 10, options))
    assert "0.7000" in text
    assert "epoch" in text


def test_curves_of_several_runs_lie_over_each_other() -> None:
    epochs = np.arange(1.0, 20)
    runs = [Series(f"run {i}", epochs, epochs / i, "#0087ff") for i in (1, 2, 3)]
    text = plain(chart(runs, "loss", 60, 12, ASCII))
    assert all(f"run {i}" in text for i in (1, 2, 3))


def test_a_mark_stands_at_the_end_of_its_curve_and_in_the_legend() -> None:
    epochs = np.array([1.0, 2.0, 3.0])
    series = [
        Series("a", epochs, epochs, "#0087ff", mark="A"),
        Series("b", epochs[:2], epochs[:2] + 5, "#ff8700", mark="B"),
    ]
    assert plain(chart(series, "loss", 40, 10, ASCII)).split("\n") == [
        "loss   A *** a 3.0000   B *** b 7.0000",
        "   |          ********B",
        "   |**********",
        "5.0+",
        "   |",
        "   |                           ********A",
        "2.5+         ******************",
        "   |*********",
        "   ++-----------------+----------------+",
        "    1           epoch 2                3",
    ]


def test_metrics_are_found_in_the_history(history: list[dict[str, float]]) -> None:
    assert metrics_of(history) == ["loss", "accuracy"]
    assert metrics_of([{"epoch": 1, "loss_train": 1.0, "mae_valid": 2.0}]) == ["loss", "mae"]
    assert metrics_of([]) == []
