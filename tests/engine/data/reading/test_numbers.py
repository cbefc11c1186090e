"""Texts are numbers by one rule each, or no numbers."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab.engine.data.columns.values import Decimal
from nnlab.engine.data.reading.numbers import number_text, parse_clock, parse_numbers


def column(*texts: str | None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(texts, pa.large_string())])


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1", ".", 1),
        ("+7.5", ".", 7.5),
        ("1e-300", ".", 1e-300),
        ("1e308", ".", 1e308),
        ("1,234.5", ".", 1234.5),
        ("12 %", ".", 12),
        ("$2,000", ".", 2000),
        ("(98)", ".", -98),
        ("($1,234.50)", ".", -1234.5),
        ("USD 98", ".", 98),
        ("98 €", ".", 98),
        ("98.8k", ".", 98800),
        ("3bn", ".", 3e9),
        ("−5", ".", -5),
        ("0x1F", ".", 31),
        ("inf", ".", math.inf),
        ("-Infinity", ".", -math.inf),
        ("1'234", ".", 1234),
        ("2.155", ",", 2155),
        ("19,47", ",", 19.47),
        ("-1.000.000,5", ",", -1000000.5),
        (",5", ",", 0.5),
    ],
)
def test_a_number_is_read_as_it_is_written(text: str, decimal: Decimal, value: float):
    values, odd = parse_numbers(column(text, "$1"), decimal)
    assert (values[0], odd[0]) == (value, False)


@pytest.mark.parametrize(
    "text", ["abc", "(98", "98)", "-(3)", "1.5e3k", "12,34", "1,23,456", "", "--", "3 apples", "1_0"]
)
def test_what_is_no_number_is_told(text: str):
    values, odd = parse_numbers(column(text, "$1"))
    assert (math.isnan(values[0]), odd[0]) == (True, True)


def test_nothing_is_neither_a_number_nor_odd():
    values, odd = parse_numbers(column(None, "nan", "$1"))
    assert (math.isnan(values[0]), math.isnan(values[1]), odd.tolist()) == (True, True, [False] * 3)


def test_where_thousands_were_never_parted_a_comma_could_be_either():
    assert parse_numbers(column("1,234"), ".", grouped=False)[1].tolist() == [True]


@given(st.floats(allow_nan=False))
def test_every_float_is_read_as_python_writes_it(value: float):
    assert parse_numbers(column(repr(value), "$1"))[0][0] == value


@given(st.text(max_size=12), st.sampled_from([".", ","]))
def test_any_text_is_a_number_or_told(text: str, decimal: Decimal):
    values, odd = parse_numbers(column(text), decimal)
    assert math.isnan(values[0]) or not odd[0]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("9:05", 32_700),
        ("10:19 PM", 80_340),
        ("12:00 AM", 0),
        ("01:30:00.5", 5400.5),
        ("2 days 03:00:00", 183_600),
        ("-1:00", -3600),
        ("25:00", 90_000),
        ("60", 60),
    ],
)
def test_times_are_seconds(text: str, seconds: float):
    values, odd = parse_clock(column(text))
    assert (values[0], odd[0]) == (seconds, False)


@pytest.mark.parametrize("text", ["13:00 PM", "1:60", "noon", "0:00 AM"])
def test_what_is_no_time_is_told(text: str):
    assert parse_clock(column(text))[1].tolist() == [True]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("01", "1"),
        ("+1.0", "1"),
        ("-0", "0"),
        ("-00.5", "-0.5"),
        ("1e3", "1000"),
        ("12345678901234567891", None),
        ("a", ""),
    ],
)
def test_a_number_is_written_in_one_way(text: str, written: Any):
    assert (number_text(text) or "") == (text if written is None else written)
