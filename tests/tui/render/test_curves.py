"""Curves: train and valid told apart, values readable, zoom, log, smoothing, marks."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

from nnlab.tui.render.blocks import plain
from nnlab.tui.render.charts import ChartView, Series, chart, smoothed
from nnlab.tui.render.curves import curve, epoch_under, fold_curves, metrics_of, running_loss
from nnlab.tui.render.palette import RenderOptions

ASCII = RenderOptions(colour=False, ascii=True)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_curves_fill_exactly_their_place(
    history: list[dict[str, float]], width: int, options: RenderOptions, holds: Callable[..., None]
) -> None:
    lines = curve(history, "loss", width, 14, options, best=80)
    assert len(lines) == 14
    holds(lines, width, options, exact=True)


def test_the_legend_names_lines_and_the_best_epoch_and_the_last_values_stand_at_their_ends(
    history: list[dict[str, float]],
) -> None:
    rows = plain(curve(history, "loss", 80, 12, ASCII, best=80)).split("\n")
    assert rows[0] == "loss   ... train   *** valid   @ best 0.0695 @ 80"
    assert [row.split()[-1] for row in rows[1:] if row.endswith(("0.0557", "0.0357"))] == ["0.0557", "0.0357"]
    narrow = plain(curve(history, "loss", 40, 12, ASCII)).split("\n")
    assert narrow[:2] == ["loss   ... train 0.0357", "*** valid 0.0557"]


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_three_ticks_or_more_stand_equally_far_apart_at_any_height(
    history: list[dict[str, float]], count: int, log: bool
) -> None:
    for width, height, metric in product((40, 80), range(6, 40), ("loss", "accuracy")):
        text = plain(curve(history[:count], metric, width, height, ASCII, view=ChartView(log=log))).split("\n")
        at = [place for place, row in enumerate(text) if re.match(r" *[0-9][0-9.e+-]*\+", row)]
        assert len(at) >= 3, "\n".join(text)
        assert len(set(np.diff(at).tolist())) == 1 or (log and count == 100), "\n".join(text)


@pytest.mark.parametrize("epochs", [1, 2, 9, 10, 11, 99, 101, 798, 12_345, 1_000_000])
@pytest.mark.parametrize("width", [30, 44, 60, 80, 200])
def test_the_epochs_begin_with_the_first_and_end_with_the_last_and_no_labels_touch(epochs: int, width: int) -> None:
    ends = np.unique(np.linspace(1, epochs, 50).astype(int)).tolist()
    labels = plain(curve([{"epoch": each, "loss_valid": 1 / each} for each in ends], "loss", width, 10, ASCII))
    words = labels.split("\n")[-1].replace("epoch", "").split()
    assert words[0] == "1"
    assert words[-1] == f"{epochs:,}"
    assert all(re.fullmatch(r"\d{1,3}(,\d{3})*", word) for word in words)
    assert words == sorted(words, key=lambda word: int(word.replace(",", "")))


def test_the_scale_is_that_of_what_is_worth_seeing_and_tells_of_the_rest() -> None:
    history = [{"epoch": each, "loss_valid": 0.1 + 0.01 * math.sin(each) + 50 * 0.1**each} for each in range(1, 200)]
    history[120]["loss_valid"] = 9.0
    rows = plain(curve(history, "loss", 80, 20, ASCII)).split("\n")
    assert "^ to 9.0000" in rows[0]
    assert max(float(row.split("+")[0]) for row in rows if re.match(r" *[0-9.]+\+", row)) < 0.2
    whole = plain(curve(history[:8], "loss", 80, 20, ASCII))
    assert "^" not in whole
    last = [*history, {"epoch": 200, "loss_valid": 30.0}]
    assert "^" not in plain(curve(last, "loss", 80, 20, ASCII))


def test_a_log_scale_is_offered_where_it_would_help(history: list[dict[str, float]]) -> None:
    view = ChartView(log_key="g")
    steep = [{"epoch": each, "loss_valid": 10.0 ** (-each / 10)} for each in range(1, 40)]
    assert "g: log scale" in plain(curve(steep, "loss", 80, 20, ASCII, view=view)).split("\n")[0]
    assert "g: log" not in plain(curve(steep, "loss", 80, 20, ASCII, view=ChartView(log=True, log_key="g")))
    assert "g: log" not in plain(curve(steep, "loss", 80, 20, ASCII))
    assert "g: log" not in plain(curve(history, "accuracy", 80, 20, ASCII, view=view))


def test_the_best_epoch_is_that_by_the_metric_of_the_chart(history: list[dict[str, float]]) -> None:
    history[30]["accuracy_valid"] = 0.99
    assert "@ best 0.0695 @ 80" in plain(curve(history, "loss", 80, 12, ASCII, best=80)).split("\n")[0]
    assert "@ best 0.9900 @ 31" in plain(curve(history, "accuracy", 80, 12, ASCII, best=80)).split("\n")[0]
    errors = [{"epoch": each, "mae_valid": abs(each - 7) + 1.0} for each in range(1, 20)]
    assert "@ best 1.0000 @ 7" in plain(curve(errors, "mae", 80, 12, ASCII, best=3)).split("\n")[0]


def test_a_column_of_the_picture_is_an_epoch(history: list[dict[str, float]]) -> None:
    def under(at: int, view: ChartView | None = None) -> int | None:
        return epoch_under(at, history, "loss", 80, 12, ASCII, view=view or ChartView(), best=80)

    rows = plain(curve(history, "loss", 80, 12, ASCII, best=80)).split("\n")
    left, right = rows[-3].index("+") + 1, len(rows[-3]) - 1
    assert (under(left - 1), under(left), under(right), under(right + 1)) == (None, 1, 100, None)
    assert under(left, ChartView(first=40)) == 40
    seen = [under(at) for at in range(left, right + 1)]
    assert seen == sorted(each for each in seen if each is not None)
    assert epoch_under(30, [], "loss", 80, 12, ASCII, view=ChartView()) is None


def test_a_band_lies_between_the_least_and_the_greatest_values() -> None:
    epochs = np.arange(1.0, 20)
    mean = Series("mean of 5", epochs, 1 / epochs, "#0087ff", band=(0.9 / epochs, 1.1 / epochs))
    text = plain(chart([mean], "loss", 60, 14, ASCII))
    assert text.count(":") > 15


def test_a_small_curve_looks_as_drawn_by_hand() -> None:
    history = [{"epoch": epoch, "loss_valid": float(5 - epoch)} for epoch in range(1, 6)]
    assert plain(curve(history, "loss", 30, 8, ASCII)).split("\n") == [
        "loss   *** valid 0.0000",
        "4+****",
        " |    *******",
        "2+           *******",
        " |                  *******",
        "0+                         ***",
        " ++------+-------------+-----+",
        "  1      2   epoch     4     5",
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


@pytest.mark.parametrize("falls", [0, 1 / 70])
def test_a_rate_set_by_hand_is_marked_under_a_schedule_too(falls: float) -> None:
    history = [{"epoch": epoch, "loss_train": 1 / epoch, "lr": math.cos(epoch * falls)} for epoch in range(1, 101)]
    rows = plain(curve(history, "loss", 80, 12, ASCII, by_hand=[(30, 0.01), (200, 0.5)])).split("\n")
    assert rows[-1].startswith(": lr 0.01 set at epoch 30")
    assert any(row[24:30].count(":") for row in rows[3:8])


@pytest.mark.parametrize("values", [[1.0], [1.0] * 20, [0.2, 0.6, 0.97, 0.99], [0.995, 1.0, 0.999], [0.0, 1.0]])
def test_no_tick_of_accuracy_is_above_1(values: list[float]) -> None:
    history = [{"epoch": epoch, "accuracy_valid": value} for epoch, value in enumerate(values, 1)]
    for width, height in product((40, 80), range(6, 40)):
        text = plain(curve(history, "accuracy", width, height, ASCII)).split("\n")
        ticks = [float(found[1]) for row in text if (found := re.match(r" *([0-9][0-9.e+-]*)\+", row))]
        assert max(ticks) <= 1
        assert len(ticks) >= 3, "\n".join(text)


def test_the_loss_within_the_first_epoch_is_drawn_over_its_batches() -> None:
    rows = plain(running_loss([(batch, 2 / batch) for batch in range(1, 90)], 80, 12, ASCII)).split("\n")
    assert rows[0].startswith("loss so far in epoch 1")
    assert "batch" in rows[-1]
    assert "epoch" not in rows[-1]


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
        " |          *********B",
        "6+**********",
        " |",
        "4+",
        " |                            *********A",
        "2+          ******************",
        " |**********",
        " ++------------------+-----------------+",
        "  1            epoch 2                 3",
    ]


def test_a_mark_at_the_end_of_a_curve_is_not_said_again_in_the_label_beside_it() -> None:
    epochs = np.arange(1.0, 11.0)
    series = [
        Series("a", epochs, epochs, "#0087ff", mark="A"),
        Series("b", epochs[:4], epochs[:4], "#ff8700", mark="B"),
    ]
    rows = plain(chart(series, "loss", 60, 12, ASCII)).split("\n")
    assert next(row for row in rows if "10.0000" in row).endswith("A 10.0000")
    assert next(row for row in rows if "4.0000" in row).endswith(" B 4.0000")


def test_members_are_a_band_behind_the_curve_of_what_they_answer_together() -> None:
    alone = {"loss_valid_least": 0.5, "loss_valid_most": 0.9}
    history = [{"epoch": epoch, "loss_valid": 0.4 + 1 / epoch, "lr": 0.1} for epoch in range(1, 31)]
    banded = [record | {name: value + 1 / record["epoch"] for name, value in alone.items()} for record in history]
    without, with_band = (plain(curve(each, "loss", 60, 12, RenderOptions())) for each in (history, banded))
    assert "░" not in without
    assert with_band.count("░") > 50


def test_folds_are_a_mean_within_a_band_of_the_least_and_the_greatest() -> None:
    folds = [
        [{"epoch": each, "loss_train": 1.0 * fold, "loss_valid": 2.0 * fold} for each in range(1, 10 + fold)]
        for fold in (1, 2, 3)
    ]
    rows = plain(fold_curves(folds, "loss", 80, 16, ASCII)).split("\n")
    assert rows[0] == "loss   ... train, mean of 3   *** valid, mean of 3"
    assert [row.split()[-1] for row in rows if row.endswith(("6.0000", "3.0000"))] == ["6.0000", "3.0000"]
    assert sum(row.count(":") for row in rows) > 100
    assert "nothing to draw yet" in plain(fold_curves([[{"epoch": 1, "loss_train": math.nan}]], "loss", 60, 9, ASCII))


def test_metrics_are_found_in_the_history(history: list[dict[str, float]]) -> None:
    assert metrics_of(history) == ["loss", "accuracy"]
    assert metrics_of([{"epoch": 1, "loss_train": 1.0, "mae_valid": 2.0}]) == ["loss", "mae"]
    assert metrics_of([]) == []
