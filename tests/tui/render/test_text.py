"""Text from data cannot steer the terminal, and numbers are short and honest."""

from __future__ import annotations

import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from nnlab.tui.render.text import count, duration, inert, many, metric_name, number, percent


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain name", "plain name"),
        ("\x1b[31mred\x1b[0m", "�[31mred�[0m"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x07", "�]8;;http://x�link�]8;;�"),
        ("two\nlines\r\n", "two�lines��"),
        ("tab\there", "tab here"),
        ("abc\u202edef", "abc�def"),
        ("zero\u200bwidth", "zero�width"),
        ("\x9b31m", "�31m"),
        ("lone \ud800", "lone �"),
        ("[bold]markup[/bold]", "[bold]markup[/bold]"),
        ("größe 価格", "größe 価格"),
    ],
)
def test_text_from_data_is_shown_and_does_nothing(text: str, shown: str) -> None:
    assert inert(text) == shown


@given(st.text(), st.integers(0, 30), st.booleans())
def test_inert_text_fits_on_one_line_without_control_characters(text: str, width: int, ascii: bool) -> None:
    safe = inert(text, width, ascii=ascii)
    assert cell_len(safe) <= width
    assert not any(unicodedata.category(char)[0] == "C" or char in "\u2028\u2029" for char in safe)
    assert safe.isascii() or not ascii


def test_long_text_says_that_it_was_cut() -> None:
    assert inert("a rather long name", 8) == "a rathe…"
    assert inert("a rather long name", 8, ascii=True) == "a rathe~"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.71234, "0.7123"),
        (15.7344, "15.7344"),
        (2143.51234, "2143.512"),
        (0.00001, "1.0e-05"),
        (3e9, "3.0e+09"),
        (0.0, "0.0000"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
        (None, "–"),
    ],
)
def test_numbers_keep_four_decimals_where_that_says_something(value: float | None, shown: str) -> None:
    assert number(value) == shown


def test_only_all_is_a_hundred_percent() -> None:
    assert [percent(share) for share in (1.0, 0.99996, 0.981, 0.0, math.nan)] == [
        "100 %",
        "99.9 %",
        "98.1 %",
        "0.0 %",
        "–",
    ]


def test_durations_have_the_unit_that_fits() -> None:
    spans = [duration(seconds) for seconds in (0.0841, 3.21, 59.97, 125, 3780)]
    assert spans == ["84 ms", "3.2 s", "1 min 00 s", "2 min 05 s", "1 h 03 min"]


def test_counts_and_metrics_read_as_people_write_them() -> None:
    assert (many(1, "run"), many(1200, "run")) == ("1 run", "1,200 runs")
    assert count(60000) == "60,000"
    assert [metric_name(key) for key in ("mse", "balanced_accuracy", "own_metric")] == [
        "MSE",
        "balanced accuracy",
        "own metric",
    ]
