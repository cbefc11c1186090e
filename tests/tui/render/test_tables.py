"""Tables fit, keep what matters, and mark the best."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from nnlab.tui.render.blocks import plain
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.render.summaries import class_table, describe_table, epoch_table, layer_table, metrics_table
from nnlab.tui.render.tables import TableColumn, facts, table, thinned, wrapped

ASCII = RenderOptions(colour=False, ascii=True)


@dataclass(frozen=True)
class Layer:
    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int


def test_numbers_stand_right_and_words_left() -> None:
    lines = plain(
        table([TableColumn("name"), TableColumn("rows", numeric=True)], [["xor", "1,000"], ["iris", "150"]], 60, ASCII)
    )
    assert lines.split("\n") == ["name   rows", "-----------", "xor   1,000", "iris    150"]


def test_words_are_cut_before_numbers_and_spare_columns_go_first() -> None:
    columns = [TableColumn("name"), TableColumn("value", numeric=True), TableColumn("note", spare=1)]
    lines = plain(table(columns, [["a very long name indeed", "123456789", "something else"]], 24, ASCII)).split("\n")
    assert lines[0] == "name               value"
    assert lines[2].split() == ["a", "very", "long", "~", "123456789"]


def test_what_is_to_stay_whole_is_not_cut() -> None:
    columns = [TableColumn("name"), TableColumn("state", whole=True), TableColumn("when", spare=1)]
    lines = plain(
        table(columns, [["a very long name", "interrupted", "yesterday"]], 24, RenderOptions(colour=False))
    ).split("\n")
    assert lines[2] == "a very lon…  interrupted"


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_epoch_tables_fit(
    history: list[dict[str, float]], width: int, options: RenderOptions, holds: Callable[..., None]
) -> None:
    holds(epoch_table(history, width, options, best=80), width, options)


def test_the_epoch_table_keeps_first_last_and_best(history: list[dict[str, float]]) -> None:
    lines = plain(epoch_table(history, 80, ASCII, best=83, most=8)).split("\n")
    epochs = [int(line.removeprefix("*").split()[0]) for line in lines[2:-1]]
    assert len(epochs) == 8
    assert (epochs[0], epochs[-1]) == (1, 100)
    assert next(line for line in lines if line.startswith("*")).split()[1] == "83"
    assert lines[-1] == "8 of 100 epochs; * is the best by its loss"


@given(st.integers(1, 500), st.integers(3, 40), st.integers(0, 499))
def test_thinning_keeps_first_last_and_what_it_is_told_to(total: int, most: int, keep: int) -> None:
    rows = thinned(total, most, [keep])
    assert len(rows) <= most
    assert rows == sorted(set(rows))
    assert {0, total - 1} <= set(rows)
    assert keep >= total or keep in rows


def test_metrics_stand_beside_baselines_and_the_better_is_marked() -> None:
    text = plain(
        metrics_table(
            {"accuracy": 0.98, "loss": 0.1},
            60,
            ASCII,
            baselines={"most frequent": {"accuracy": 0.5}, "linear": {"accuracy": 0.99, "loss": 0.3}},
        )
    )
    accuracy, loss = text.split("\n")[2:]
    assert accuracy.split() == ["accuracy", "0.9800", "0.5000", "0.9900", "*"]
    assert loss.split() == ["loss", "0.1000", "*", "-", "0.3000"]


def test_describe_is_transposed_as_in_the_tutorial() -> None:
    row = {"count": 314.0, "mean": 5.477707, "std": 1.699788, "min": 3.0, "25%": 4, "50%": 4, "75%": 8, "max": 8}
    lines = plain(describe_table({"Cylinders": row}, 100, ASCII)).split("\n")
    assert lines[0].split() == ["count", "mean", "std", "min", "25%", "50%", "75%", "max"]
    assert lines[2].split() == ["Cylinders", "314", "5.477707", "1.699788", "3", "4", "4", "8", "8"]


def test_layers_end_in_their_sum() -> None:
    layers = [Layer("0", "Linear", (10,), 30), Layer("1", "ReLU", (10,), 0)]
    lines = plain(layer_table(layers, 60, ASCII)).split("\n")
    assert lines[2].split() == ["0", "Linear", "10", "30"]
    assert lines[-1].split() == ["in", "all", "30"]


def test_each_class_has_its_line() -> None:
    found = {"yes": {"precision": 1.0, "recall": 0.5, "f1": 2 / 3, "rows": 1200}}
    row = plain(class_table(found, 60, ASCII)).split("\n")[2]
    assert " ".join(row.split()) == "yes 100 % 50.0 % 66.7 % 1,200"


VISIBLE = st.characters(codec="utf-8", exclude_categories=["C", "M", "Z"])


@given(st.text(alphabet=VISIBLE | st.just(" ")), st.integers(2, 30))
def test_wrapping_keeps_every_character(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_facts_leave_out_what_is_not_known(options: RenderOptions, holds: Callable[..., None]) -> None:
    lines = facts({"data": "xor", "note": "", "path": "/a/long/path" * 12}, 60, options)
    assert plain(lines).startswith("data  xor\npath  /a/long")
    assert all("\x1b" not in segment.text for line in lines for segment in line)


def test_what_a_record_lacks_is_no_number_that_went_wrong() -> None:
    history = [{"epoch": 1.0, "loss_train": math.nan, "accuracy_train": math.nan, "accuracy_valid": 0.5, "lr": 0.1}]
    said = plain(epoch_table(history, 80, RenderOptions()))
    assert "nan" in said  # the loss, which went wrong
    assert said.count("nan") == 1
    assert "0.5000" in said
    history.append({**history[0], "epoch": 2.0, "accuracy_train": 0.75})
    assert "–" in plain(epoch_table(history, 80, RenderOptions()))
