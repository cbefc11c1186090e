"""A history is a sequence of records, kept in columns."""

import math

import numpy as np
import pytest

from nnlab.engine.history import History
from nnlab.tui.render.curves import column


def filled(epochs: int) -> History:
    history = History()
    for epoch in range(1, epochs + 1):
        history.append({"epoch": epoch, "loss_train": 1 / epoch})
    return history


def test_records_come_back_as_they_went_in():
    history = filled(5)
    assert len(history) == 5
    assert history[0] == {"epoch": 1, "loss_train": 1.0}
    assert history[-1]["epoch"] == 5
    assert [record["epoch"] for record in history[1:3]] == [2, 3]
    assert [record["epoch"] for record in history] == [1, 2, 3, 4, 5]
    with pytest.raises(IndexError):
        history[5]


def test_a_table_is_a_history():
    table = np.array([[1.0, 1.0], [2.0, 0.5]])
    assert list(History.of_table(["epoch", "loss_train"], table)) == list(filled(2))


def test_what_a_record_lacks_is_no_number():
    history = filled(2)
    history.append({"epoch": 3, "loss_train": math.nan, "loss_valid": 0.5})
    assert math.isnan(history[0]["loss_valid"])
    assert np.isnan(column(history, "loss_valid")).tolist() == [True, True, False]
    assert np.isnan(column(history, "accuracy_train")).all()


def test_epochs_that_are_trained_again_are_forgotten():
    history = filled(9)
    history.cut(4)
    assert [record["epoch"] for record in history] == [1, 2, 3]
    history.cut(1)
    assert not history
    history.append({"epoch": 1, "loss_train": 2.0})
    assert history[-1] == {"epoch": 1, "loss_train": 2.0}


def test_a_long_history_is_thinned_but_for_its_newest_and_its_best():
    history = filled(40)
    history.thin(8, 5, but=13)
    assert [record["epoch"] for record in history] == [1, 8, 13, 16, 24, 32, 36, 37, 38, 39, 40]
    assert history[2] == {"epoch": 13, "loss_train": 1 / 13}
    best = History.of({"epoch": each, "accuracy_valid": each == 11, "mae_valid": each != 19} for each in range(1, 41))
    best.thin(8, 2)
    assert {11, 19} < {record["epoch"] for record in best}
    history.append({"epoch": 41, "loss_train": 0.0})
    assert (len(history), history[-1]["epoch"]) == (12, 41)
    history.cut(24)
    assert [record["epoch"] for record in history] == [1, 8, 13, 16]


def test_a_column_is_the_same_from_records_and_from_columns():
    history = filled(50)
    assert (column(history, "loss_train") == column(list(history), "loss_train")).all()


def test_a_short_history_keeps_seven_digits_and_any_size():
    history = History(short=True)
    for value in (0.1, 1e300, math.inf, math.nan, 1e-50):
        history.append({"loss_train": value, "lr": 0.001})
    first, huge, endless, none, tiny = (record["loss_train"] for record in history)
    assert first == pytest.approx(0.1, rel=1e-7)
    assert (huge, endless, tiny) == (1e300, math.inf, 1e-50)
    assert math.isnan(none)
    assert history.columns["lr"].itemsize == 4
    small = History(short=True)
    small.append({"loss_train": 1e-42})
    assert small[0] == {"loss_train": 1e-42}
