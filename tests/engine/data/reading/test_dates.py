"""A date that can be read in one way is read so; the order of day and month is the column's."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab.engine.data.reading.dates import COUNTED, Order, Unit, from_unit, learn_order, parse_dates, unit_of


def column(*texts: str | None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(texts, pa.large_string())])


def read(text: str, order: Order = "") -> str | None:
    stamps, found = parse_dates(column(text), order)
    return (
        str(np.datetime64(int(stamps[0]), "us")).removesuffix(".000000").removesuffix("T00:00:00") if found[0] else None
    )


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2022-04-20", "2022-04-20"),
        ("2022/4/5", "2022-04-05"),
        ("2022-04-20T10:19:30Z", "2022-04-20T10:19:30"),
        ("2022-04-20 10:19:30.123456+02:00", "2022-04-20T08:19:30.123456"),
        ("2022-04-20T10:19", "2022-04-20T10:19:00"),
        ("2022-04-20T10", "2022-04-20T10:00:00"),
        ("2022-04-20 10:19 PM", "2022-04-20T22:19:00"),
        ("20220420", "2022-04-20"),
        ("20-Apr-2022", "2022-04-20"),
        ("20 Apr 22", "2022-04-20"),
        ("April 20, 2022", "2022-04-20"),
        ("Wed, 20 Apr 2022 10:19:00 GMT", "2022-04-20T10:19:00"),
        ("1960 Jan", "1960-01-01"),
        ("1998 Q1", "1998-01-01"),
        ("Q3 1998", "1998-07-01"),
        ("2022-04", "2022-04-01"),
        ("1500-06-01", "1500-06-01"),
    ],
)
@pytest.mark.parametrize("order", ["", "dmy", "mdy"])
def test_what_can_be_read_in_one_way_is_read_so_in_every_column(text: str, moment: str, order: Order):
    assert read(text, order) == moment


@pytest.mark.parametrize(
    ("text", "order", "moment"),
    [
        ("05/03/2022", "dmy", "2022-03-05"),
        ("05/03/2022", "mdy", "2022-05-03"),
        ("05/03/2022", "", None),
        ("25/03/2022", "mdy", None),
        ("3/25/2022 3:05 PM", "mdy", "2022-03-25T15:05:00"),
        ("05/03/68", "dmy", "2068-03-05"),
        ("05/03/69", "dmy", "1969-03-05"),
        ("29.02.2023", "dmy", None),
        ("1.2.2023 24:00", "dmy", None),
    ],
)
def test_day_and_month_are_in_the_columns_order(text: str, order: Order, moment: str | None):
    assert read(text, order) == moment


@pytest.mark.parametrize("text", ["may be", "x", "2022-13-01", "2022-02-30", "12", "1.5", "Q5 1998", "20 Foo 2022"])
def test_what_is_no_date_is_none(text: str):
    assert read(text, "dmy") is None


@pytest.mark.parametrize(
    ("texts", "order", "sure"),
    [
        (("05/03/2022", "25/03/2022"), "dmy", True),
        (("05/03/2022", "03/25/2022"), "mdy", True),
        (("05/03/2022", "06/03/2022"), "mdy", False),
        (("05.03.2022", "06.03.2022"), "dmy", True),
        (("2022-03-05", "20 Apr 2022"), "", True),
    ],
)
def test_the_order_is_that_of_the_whole_column(texts: tuple[str, ...], order: Order, sure: bool):
    assert learn_order(column(*texts), np.ones(len(texts))) == (order, sure)


@pytest.mark.parametrize(
    ("value", "unit", "day"),
    [
        (1_650_412_800, "s", "2022-04-20"),
        (1_650_412_800_000, "ms", "2022-04-20"),
        (1_650_412_800_000_000, "us", "2022-04-20"),
        (1_650_412_800_000_000_000, "ns", "2022-04-20"),
        (20220420, "ymd", "2022-04-20"),
        (44671, "excel", "2022-04-20"),
    ],
)
def test_the_size_of_numbers_tells_what_they_count(value: float, unit: Unit, day: str):
    values = np.array([value, np.nan, value])
    assert unit_of(values) == unit
    stamps, read_ = from_unit(values, unit)
    assert (str(np.datetime64(int(stamps[0]), "us"))[:10], read_.tolist()) == (day, [True, False, True])


@pytest.mark.parametrize("values", [[5, 6], [1e300], [-3.5], [np.nan]])
def test_numbers_that_can_be_no_dates_have_no_unit(values: list[float]):
    assert unit_of(np.array(values, dtype=float)) == ""


@given(st.datetimes(), st.sampled_from(["%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%fZ"]))
def test_iso_is_read_to_the_microsecond(moment: datetime, form: str):
    text = moment.strftime(form)
    text = f"{moment.year:04}" + text[text.index("-") :]  # some systems leave out leading zeros
    stamps, found = parse_dates(column(text))
    assert found[0]
    assert np.datetime64(int(stamps[0]), "us") == np.datetime64(moment, "us")


@given(st.text(max_size=20), st.sampled_from(["", "dmy", "mdy"]))
def test_any_text_is_a_date_or_none(text: str, order: Order):
    stamps, found = parse_dates(column(text), order)
    assert (len(stamps), len(found)) == (1, 1)
    if found[0]:
        moment = read(text, order)
        assert moment is not None
        assert read(moment) == moment
        assert any(char.isdigit() for char in text)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("unit", COUNTED)
def test_numbers_that_are_far_from_any_date_are_none_and_no_warning(unit: Unit):
    values = np.array([1e308, -1e308, np.inf, -np.inf, np.nan, 1e22, 1e19, -1e19])
    stamps, read_ = from_unit(values, unit)
    assert not read_[[0, 1, 2, 3, 4, 5]].any()
    assert not stamps[~read_].any()
