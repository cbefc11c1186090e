"""A quote that is not closed is told with its line, wherever blocks end; all others are read as they are."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlab.engine.data.reading.csv import read_text
from nnlab.engine.data.reading.quotes import Quotes
from nnlab.engine.errors import UsageError

Call = Callable[..., CompletedProcess[str]]
SOUND = [
    "1,x",
    '2,"y"',
    '3,"a, b"',
    '4,"a\nb"',
    '5,""',
    '6,"say ""x"""',
    '7,6" pipe',
    '8,a"b"c',
    '"9","\n\n"',
    '10,"x"y',
]


def told(body: bytes, size: int) -> str:
    """What is said of rows that are read in blocks of this size; nothing where all is well."""
    quotes = Quotes("t.csv", ",", 2)
    for first in range(0, len(body) + 1, size):
        block = body[first : first + size]
        assert quotes(block, False) == block
    quotes(b"", True)
    try:
        quotes.check()
    except UsageError as error:
        return str(error)
    return ""


@settings(deadline=None)
@given(st.lists(st.sampled_from(SOUND), max_size=30), st.sampled_from(["\n", "\r\n"]), st.integers(1, 40))
def test_sound_rows_are_left_alone(rows: list[str], end: str, size: int):
    body = end.join(rows).encode()
    assert told(body, size) == told(body, 10_000) == ""


@settings(deadline=None)
@given(st.lists(st.sampled_from([*SOUND, '1,"x', '"2,y', '3,"', '4,"""z']), max_size=12), st.integers(1, 40))
def test_what_is_told_does_not_depend_on_blocks(rows: list[str], size: int):
    body = "\n".join(rows).encode()
    assert told(body, size) == told(body, 10_000)


@settings(deadline=None)
@given(st.lists(st.sampled_from(SOUND), max_size=12), st.sampled_from(['1,"x', '3,"', '4,"""z']), st.integers(1, 40))
def test_a_quote_that_nothing_closes_is_told_with_its_line(rows: list[str], odd: str, size: int):
    body = "\n".join([*rows, odd, "6,z"]).encode()
    line = 2 + sum(1 + row.count("\n") for row in rows)
    assert f"opens a value in line {line} and is not closed" in told(body, size)


def test_one_that_the_next_value_closes_is_told_too():
    said = told(b'1,x\n2,"y\n3,"z"\n4,w\n', 3)
    assert "opens a value in line 3, and the next one stands before other text in line 4" in said


@pytest.mark.parametrize("size", [10, 4000])
def test_arrow_and_python_read_the_sound_ones_alike(size: int):
    body = "\n".join(["a,b", *(SOUND * size)][: size + 1])
    table = read_text(body.encode(), "t.csv", texts=None)
    expected = list(csv.reader(io.StringIO(body)))[1:]
    assert [list(row.values()) for row in table.to_pylist()] == expected


@pytest.mark.parametrize(
    ("body", "line"),
    [('1,x\n2,"y\n3,z\n', 3), ('"1,x\n2,y\n3,z\n', 2), ('1,x\n2,"y\n3,"z"\n', 3)],
)
def test_no_table_is_made_of_it(body: str, line: int):
    with pytest.raises(UsageError, match=rf"t.csv opens a value in line {line}\b"):
        read_text(f"a,b\n{body}".encode(), "t.csv")


def test_neither_training_nor_predicting_nor_judging_passes_over_it(nnlab: Call, own_world: Path, tmp_path: Path):
    rows = [f"{row % 7}.5,{'ab'[row % 2]},{'no' if row % 3 else 'yes'}" for row in range(80)]
    sound, odd = tmp_path / "sound.csv", tmp_path / "odd.csv"
    sound.write_text("\n".join(["size,kind,answer", *rows]) + "\n", encoding="utf-8")
    rows[20] = '3.5,a,"yes'
    odd.write_text("\n".join(["size,kind,answer", *rows]) + "\n", encoding="utf-8")
    assert nnlab("train", sound, "--target", "answer", "--epochs", 1, "--name", "sound", "--quiet").returncode == 0
    calls = [("train", odd, "--target", "answer"), ("predict", "sound", odd), ("eval", "sound", odd)]
    for words in [*calls, ("data", "show", odd), ("predict", "sound", "-")]:
        done = nnlab(*words, stdin=odd.read_text(encoding="utf-8") if words[-1] == "-" else "")
        assert done.returncode == 2, words
        assert "opens a value in line 22 and is not closed" in done.stderr
