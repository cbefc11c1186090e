"""A CSV says the same whatever the blocks that it is read in, and whether they are parsed side by side or in turn."""

from __future__ import annotations

import io
from collections.abc import Sequence
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlab.engine.data.columns.encoders import Number, OneHot
from nnlab.engine.data.reading import rows_csv
from nnlab.engine.data.reading.text_format import TextFormat, open_text
from nnlab.engine.data.schema import Schema
from nnlab.engine.errors import UsageError
from nnlab.engine.prediction.predict import encode

COLUMNS = [Number(name="x1", fill=0), Number(name="x2", fill=0), OneHot(name="kind", categories=["a", "b"])]
SCHEMA = Schema(task="binary", target="y", classes=["no", "yes"], columns=[*COLUMNS])
HEADER = "x1,x2,kind"
SMALL = 256
PLAIN = ["1,2,a", "-0.5,NA,b", ",1e3,", "", "7,8,c"]
FORMS = ["$1,0x1F,a", "(5),12 %,b"]


def read(body: bytes, block: int, end: str = "\n") -> list[list[float]] | str:
    """The rows as the network takes them, or the sentence that refuses them."""
    rows: list[list[float]] = []
    with patch.object(rows_csv, "BLOCK", block):
        try:
            stream = io.BytesIO(HEADER.encode() + end.encode() + body)
            tables = rows_csv.read_csv(open_text(stream, "rows.csv", TextFormat(), print), SCHEMA, print)
            for x, _ in encode(tables, SCHEMA, "rows.csv", lambda _: None):
                rows += x.tolist()
        except UsageError as error:
            return str(error)
    return rows


QUOTED = ['1,2,"a"', '3,4,"a\nb"', '5,"6",b', '"7","","a ""b"", c\n\n"', '"""",1,"\n"', '1,2,"""\n"""']
ODD = ['5,6,a"b', '1,2,6" pipe', '3,4,"a"b', '1,2,"a" ', '5"\n6,7,"']
lines = st.lists(st.sampled_from([*PLAIN, *FORMS, *QUOTED]), max_size=80)
odd_lines = st.lists(st.sampled_from([*PLAIN, *QUOTED, *ODD]), max_size=60)
wrong = st.sampled_from(["", "1,two,a", "1,2", "1,2,a,4", '"1",x,a', "1,2,\udcff"])


@settings(deadline=None)
@given(lines, wrong, lines, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_blocks_leave_no_trace(before: list[str], odd: str, after: Sequence[str], end: str, ended: bool) -> None:
    text = end.join([*before, odd, *after]) + end * ended
    body = text.encode("utf-8", "surrogateescape")
    assert read(body, SMALL) == read(body, 2**20)


@settings(deadline=None)
@given(odd_lines, st.sampled_from(["\n", "\r\n"]), st.sampled_from([64, 100, SMALL]))
def test_nor_do_they_among_quotes_at_odd_places(written: list[str], end: str, block: int) -> None:
    body = end.join(written).encode()
    assert read(body, block) == read(body, 2**20)


def test_quoted_rows_are_parsed_side_by_side() -> None:
    body = b'1,"2","a, ""b""\n"\n' * 200
    with patch.object(rows_csv, "_streamed", side_effect=AssertionError):
        assert len(read(body, SMALL)) == 200


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(end: str) -> None:
    rows = read(end.join(PLAIN * 40).encode(), SMALL, end)
    assert len(rows) == 4 * 40
    assert rows[:2] == [[1, 2, 1, 0], [-0.5, 0, 0, 1]]


@pytest.mark.parametrize("value", ["x", '"x"'])
def test_a_wrong_value_is_named_by_its_row_behind_a_quote_or_not(value: str) -> None:
    body = "1,2,a\n" * 100 + '3,4,"b"\n' * ('"' in value) + f"5,{value},a\n"
    row = 102 if '"' in value else 101
    assert read(body.encode(), SMALL) == f"rows.csv, row {row}: the column 'x2' is 'x', which is not a number."


def test_a_line_longer_than_a_block_is_read() -> None:
    assert len(read(b"1,2,a\n" + b"3,4," + b"c" * (SMALL + 9) + b"\n" + b"5,6,b\n", SMALL)) == 3


@pytest.mark.parametrize("body", [b"", b"\n\n", b"\n" * (3 * SMALL)])
def test_no_rows_are_no_rows(body: bytes) -> None:
    assert read(body, SMALL) == []


ONE = Schema(task="binary", target="y", classes=["no", "yes"], columns=[Number(name="x", fill=-1)])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["", "\n", "\n\n\n"])
@pytest.mark.parametrize("block", [SMALL, 2**20])
@pytest.mark.parametrize("value", ["5", '"5"', "$5"])
def test_a_blank_line_is_a_row_where_there_is_one_column(end: str, last: str, block: int, value: str) -> None:
    written = ["x", "", *["1", "", "2", "NA", "", "", value] * 50]
    stream = io.BytesIO(("\n".join(written) + last).replace("\n", end).encode())
    with patch.object(rows_csv, "BLOCK", block):
        tables = list(rows_csv.read_csv(open_text(stream, "rows.csv", TextFormat(), print), ONE, print))
    rows = [number for x, _ in encode(tables, ONE, "rows.csv", lambda _: None) for (number,) in x.tolist()]
    assert rows == [-1, *[1, -1, 2, -1, -1, -1, 5] * 50]
