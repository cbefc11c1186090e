"""How a text is written is found out where its beginning shows it, told where nothing does, and then holds by every
door."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpyxl import Workbook

from nnlab.engine.config import Config, DataConfig, validate
from nnlab.engine.data.columns.encoders import Number, OneHot
from nnlab.engine.data.prepare import prepare
from nnlab.engine.data.reading.rows import read_file, read_table
from nnlab.engine.data.reading.tables import read
from nnlab.engine.data.reading.text_format import TextFormat, format_like, format_of
from nnlab.engine.data.schema import Schema
from nnlab.engine.data.sources import load, load_like
from nnlab.engine.errors import UsageError

from .test_law import ROWS, seen, silent

WORDS = {
    "shift_jis": ("東京", "大阪", "abc"),
    "gb18030": ("北京", "上海", "abc"),
    "windows-1251": ("Москва", "Киев", "abc"),
    "iso-2022-jp": ("東京", "大阪", "abc"),
    "utf-16-le": ("é", "ß", "e"),
    "utf-32": ("é", "東", "e"),
    "latin-1": ("\x81", "é", "e"),
}


def text(kinds: tuple[str, ...], separator: str = ",", header: str | None = "x,z,y", decimal: str = ".") -> str:
    rows = [[kinds[row % len(kinds)], f"{row % 9 / 4}", f"{row % 7 / 5}"] for row in range(ROWS)]
    lines = [separator.join(value.replace(".", decimal) for value in row) for row in rows]
    return "\n".join([*([] if header is None else [header.replace(",", separator)]), *lines]) + "\n"


def trained(path: Path, **data: Any) -> tuple[Schema, Config, np.ndarray]:
    config = validate({"data": {"name": str(path), "target": "y", **data}}, source="test")
    dataset = load(config.data, config.prepare)
    schema = prepare(dataset, config).schema
    return schema, config, schema.transform(dataset.table)


def assert_every_door_agrees(path: Path, **data: Any) -> Schema:
    """Training, the file and standard input with and without what was told, and another file's rows."""
    schema, config, expected = trained(path, **data)
    assert np.isfinite(expected).all()
    assert len(expected) == ROWS
    for form in (format_of(config.data), format_like(DataConfig(), config.data)):
        if path.suffix == ".csv":
            piped = seen(read_table(io.BytesIO(path.read_bytes()), "-", schema, silent, form), schema)
            assert np.array_equal(piped, expected)
        assert np.array_equal(seen(read_file(path, schema, silent, form), schema), expected)
    like = load_like(DataConfig(name=str(path)), schema, config.data)
    assert np.array_equal(schema.transform(like.table), expected)
    return schema


@pytest.mark.parametrize("encoding", WORDS)
def test_an_encoding_that_is_told_holds_by_every_door(encoding: str, tmp_path: Path):
    (tmp_path / "rows.csv").write_bytes(text(WORDS[encoding]).encode(encoding))
    told = {} if encoding in ("utf-32", "utf-16-le", "latin-1") else {"encoding": encoding}
    schema = assert_every_door_agrees(tmp_path / "rows.csv", **told)
    kinds = next(column for column in schema.columns if isinstance(column, OneHot))
    assert sorted(kinds.categories) == sorted(WORDS[encoding])


FORMS: dict[str, tuple[str, dict[str, Any]]] = {
    "another separator": (text(("a", "b"), ":"), {"separator": ":"}),
    "tabs by name": (text(("a", "b"), "\t"), {"separator": "tab"}),
    "runs of blanks": (re.sub(r"(?m)^|,", "   ", text(('"a b"', "b"))), {"separator": "space"}),
    "no header": (text(("a", "b"), header=None), {"header": False, "target": "column_3"}),
    "no header and another separator": (
        text(("a", "b"), "|", header=None),
        {"header": False, "target": "column_3", "separator": "|"},
    ),
    "titles": ("A title\n\nof two lines\n" + text(("a", "b")), {"skip_rows": 3}),
    "a title as wide as the table": ("What,this,is\n" + text(("a", "b")), {"skip_rows": 1}),
    "comments": ("# by hand\n" + text(("a", "b")).replace("a,", "#a,1\na,"), {"comment": "#"}),
    "comments in quotes": (text(('"a\n# b"', "b")), {"comment": "#"}),
    "a separator's line": ("sep=;\n" + text(("a", "b,b"), ";"), {}),
    "blank lines first": ("\n  \n\n" + text(("a", "b")), {}),
    "decimal commas": (text(("a", "b"), ";", decimal=","), {"decimal": ","}),
    "decimal points that look like thousands": (
        text(("a", "b"), ";").replace(".5", ".500").replace(".2", ".200"),
        {"decimal": "."},
    ),
    "decimal commas that look like thousands": (
        re.sub(r"\.([0-9]+)", lambda found: "," + found[1].ljust(3, "0"), text(("a", "b"), ";")),
        {"decimal": ","},
    ),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_form_that_is_told_holds_by_every_door(form: str, end: str, tmp_path: Path):
    written, told = FORMS[form]
    (tmp_path / "rows.csv").write_bytes(written.replace("\n", end).encode())
    assert_every_door_agrees(tmp_path / "rows.csv", **told)


RETURNS: dict[str, Callable[[str], str]] = {  # a text whose lines end with carriage returns, and what else it may hold
    "alone": lambda written: written,
    "line feeds in quotes": lambda written: written.replace("a,", '"a\nb",'),
    "a line feed at the end": lambda written: written[:-1] + "\n",
    "lines from elsewhere": lambda written: written[:-1] + "\r\na,0.5,0.2\n",
    "a title": lambda written: "Cars\r" + written,
}


@pytest.mark.parametrize("case", RETURNS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_lines_that_end_with_carriage_returns_are_lines_whatever_else_is_there(
    case: str, encoding: str, tmp_path: Path
):
    rows = text(("a", "b"))[: -len("a,0.5,0.2\n")] if case == "lines from elsewhere" else text(("a", "b"))
    told = {"skip_rows": 1} if case == "a title" else {}
    (tmp_path / "rows.csv").write_bytes(RETURNS[case](rows.replace("\n", "\r")).encode(encoding))
    schema = assert_every_door_agrees(tmp_path / "rows.csv", **told)
    kinds = next(column for column in schema.columns if isinstance(column, OneHot))
    assert sorted(kinds.categories) == ["a\nb" if case == "line feeds in quotes" else "a", "b"]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (TextFormat(skip_rows=100), "is empty below its first 100 lines"),
        (TextFormat(skip_rows=1), "has a header and no rows"),
        (TextFormat(comment="x"), "is empty but for lines that begin with 'x'"),
    ],
)
def test_a_file_of_which_nothing_is_left_says_why(told: TextFormat, said: str, tmp_path: Path):
    (tmp_path / "rows.csv").write_text("x,1\nx,2\n")
    with pytest.raises(UsageError, match=said):
        read(str(tmp_path / "rows.csv"), told=told)


@pytest.mark.parametrize("told", ["windows-1252", "latin-1", "windows-1251", "cp437", "utf-8", "UTF8", "utf-8-sig"])
def test_a_file_that_is_utf8_and_told_to_be_another_is_told(told: str, tmp_path: Path):
    (tmp_path / "rows.csv").write_text(text(("é", "ß")), encoding="utf-8")
    notes = list[str]()
    read(str(tmp_path / "rows.csv"), told=TextFormat(encoding=told), note=notes.append)
    seems = [note for note in notes if "seems to be written in UTF-8, and is read as" in note]
    assert bool(seems) == (not told.lower().startswith("utf"))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("My table,,\nx,z,y\n1,2,3\n", "names 1 of its 3 columns: use --skip-rows 1"),
        ("x:z:y\n1:2:3\n", "has one column: use --separator"),
        ("x z y\n1 2 3\n", "has one column: use --separator"),
        ("1.5,2\n2.5,3\n3.5,4\n", "use --no-header"),
    ],
)
@pytest.mark.parametrize("target", ["y", None])
def test_why_there_is_no_such_target_is_said(written: str, said: str, target: str | None, tmp_path: Path):
    path = _file(tmp_path, "rows.csv", written)
    config = validate({"data": {"name": str(path), "target": target}}, source="test")
    with pytest.raises(UsageError, match=said):
        load(config.data, config.prepare)


def test_a_column_with_a_name_beyond_reason_is_refused(tmp_path: Path):
    path = _file(tmp_path, "rows.csv", ":".join(f"x{column}" for column in range(3000)) + ",y\n1,2\n")
    with pytest.raises(UsageError, match=r"10,000 are the most, .* --separator says what stands between"):
        read(str(path))


@pytest.mark.parametrize("row", ["1,2,3,", "first,1,2,3"])
def test_rows_with_one_more_value_than_the_header_say_how_that_is_mended(row: str, tmp_path: Path):
    path = _file(tmp_path, "rows.csv", f"x,z,y\n{row}\n{row}\n")
    with pytest.raises(UsageError, match="if the header lacks the name of a column, add it"):
        read(str(path))


@pytest.mark.parametrize(("decimal", "least", "most"), [(",", 1.4, 3.2), (".", 1400, 3200)])
def test_a_told_decimal_sign_decides_what_nothing_else_could(decimal: str, least: float, most: float, tmp_path: Path):
    (tmp_path / "rows.csv").write_text("x;y\n" + "1,500;1\n2,250;2\n3,125;3\n" * 10)
    schema, _, _ = trained(tmp_path / "rows.csv", decimal=decimal)
    assert isinstance(schema.columns[0], Number)
    assert least < schema.columns[0].fill < most


def test_a_network_of_shift_jis_rows_answers_rows_in_utf8(tmp_path: Path):
    (tmp_path / "rows.csv").write_bytes(text(WORDS["shift_jis"]).encode("shift_jis"))
    (tmp_path / "new.csv").write_bytes(text(WORDS["shift_jis"]).encode())
    schema, config, expected = trained(tmp_path / "rows.csv", encoding="shift_jis")
    found = seen(read_file(tmp_path / "new.csv", schema, silent, format_like(DataConfig(), config.data)), schema)
    assert np.array_equal(found, expected)


def test_an_encoding_told_of_the_very_file_is_kept_to(tmp_path: Path):
    (tmp_path / "rows.csv").write_bytes(text(("a", "b")).encode() + b"\xff,1,2\n")
    with pytest.raises(UsageError, match=rf"line {ROWS + 2} is not written in shift_jis: use another --encoding"):
        read(str(tmp_path / "rows.csv"), told=TextFormat(encoding="shift_jis"))


@pytest.mark.parametrize("before", range(2**18 - 3, 2**18 + 3))
def test_letters_of_windows_1252_are_found_wherever_a_block_ends(before: int, tmp_path: Path):
    row = "abcdefg,1.5\n"
    filled = "x,y\n" + row * ((before - 4) // len(row))
    filled += "a" * (before - len(filled)) + "é,2.5\n"
    (tmp_path / "rows.csv").write_bytes((filled + "é,2.5\n").encode("cp1252"))
    notes = list[str]()
    table = read(str(tmp_path / "rows.csv"), note=notes.append)
    assert table.column("x")[len(table) - 1].as_py() == "é"
    assert "is not written in UTF-8 and is read as Windows-1252: use --encoding" in notes[0]


DOUBTS: dict[str, tuple[str, str | None]] = {
    "a row of numbers": ("1.5,2\n2.5,3\n3.5,4\n", "(1.5, 2) seems to be a row: use --no-header"),
    "numbers and a class": ("5.1,setosa\n4.9,setosa\n7.0,virginica\n", "(5.1, setosa) seems to be a row"),
    "names": ("a,b\n1,2\n3,4\n", None),
    "places": ("0,1\n5.5,2\n3.5,4\n", None),
    "years": ("country,1990,1991\nFrance,1,2\nItaly,3,4\n", None),
    "a title of a sheet": (
        "My table,,\na,b,c\n1,2,3\n",
        "names 1 of its 3 columns: use --skip-rows 1 if",
    ),
    "rows with an index": (",a,b\n0,1,2\n1,3,4\n", None),
}


@pytest.mark.parametrize("case", DOUBTS)
def test_a_first_line_that_seems_no_header_is_told(case: str, tmp_path: Path):
    written, expected = DOUBTS[case]
    (tmp_path / "rows.csv").write_text(written)
    notes = list[str]()
    read(str(tmp_path / "rows.csv"), note=notes.append)
    assert len(notes) == (expected is not None)
    assert expected is None or expected in notes[0]


def test_a_title_is_named_where_rows_are_wider(tmp_path: Path):
    (tmp_path / "rows.csv").write_text("Cars of 1970\n" + text(("a", "b")))
    with pytest.raises(UsageError, match="if the first line is a title, use --skip-rows 1"):
        read(str(tmp_path / "rows.csv"))


def test_a_workbook_with_a_title_says_so_and_skips_it(tmp_path: Path):
    book = Workbook()
    sheet: Any = book.active
    sheet.append(["Cars of 1970"])
    sheet.append(["x", "z", "y"])
    for row in range(ROWS):
        sheet.append(["ab"[row % 2], row % 9 / 4, row % 7 / 5])
    book.save(tmp_path / "rows.xlsx")
    notes = list[str]()
    read(str(tmp_path / "rows.xlsx"), note=notes.append)
    assert "names 1 of its 3 columns: use --skip-rows 1" in notes[0]
    assert_every_door_agrees(tmp_path / "rows.xlsx", skip_rows=1)


@pytest.mark.parametrize("kind", ["parquet", "json", "xlsx"])
def test_what_is_told_of_files_that_are_no_texts_is_refused(kind: str, tmp_path: Path):
    frame: Any = read(str(_file(tmp_path, "rows.csv", text(("a", "b"))))).to_pandas()
    path = tmp_path / f"rows.{kind}"
    {"parquet": frame.to_parquet, "json": frame.to_json, "xlsx": frame.to_excel}[kind](path)
    with pytest.raises(UsageError, match="is not a CSV file: leave out --encoding"):
        read(str(path), told=TextFormat(encoding="utf-8"))


@pytest.mark.parametrize("name", ["rows.txt", "rows"])
def test_json_is_known_by_how_it_opens(name: str, tmp_path: Path):
    path = _file(tmp_path, name, '[{"x": 1, "y": 2}, {"x": 3, "y": 4}]')
    assert read(str(path)).to_pylist() == [{"x": 1, "y": 2}, {"x": 3, "y": 4}]


@pytest.mark.parametrize("count", [200, 20_000])
def test_headers_of_any_width_name_the_columns_by_every_door(count: int, tmp_path: Path):
    names = [f"a long name of column {place}" for place in range(count)]
    rows = [",".join(str((row * 7 + place) % 11) for place in range(count)) for row in range(12)]
    lines = [",".join([*names, "y"]), *(f"{row},{place}.5" for place, row in enumerate(rows))]
    path = _file(tmp_path, "wide.csv", "\n".join(lines))
    schema, config, expected = trained(path)
    assert expected.shape[1] == count
    form = format_like(DataConfig(), config.data)
    assert np.array_equal(seen(read_file(path, schema, silent, form), schema), expected)


def _file(folder: Path, name: str, written: str) -> Path:
    (folder / name).write_text(written, encoding="utf-8")
    return folder / name


def test_what_is_told_of_another_file_is_laid_over_what_was_told_of_the_first(tmp_path: Path):
    (tmp_path / "rows.csv").write_bytes(text(WORDS["shift_jis"]).encode("shift_jis"))
    schema, config, expected = trained(tmp_path / "rows.csv", encoding="shift_jis")
    (tmp_path / "new.csv").write_bytes(b"A title\n" + text(WORDS["shift_jis"]).encode("shift_jis"))
    form = format_like(DataConfig(skip_rows=1), config.data)
    assert np.array_equal(seen(read_file(tmp_path / "new.csv", schema, silent, form), schema), expected)


def test_what_was_told_of_the_first_file_can_be_taken_back(tmp_path: Path):
    (tmp_path / "rows.csv").write_text("A title\n" + text(("a", "b")))
    schema, config, expected = trained(tmp_path / "rows.csv", skip_rows=1)
    (tmp_path / "new.csv").write_text(text(("a", "b")))
    form = format_like(DataConfig(skip_rows=0), config.data)
    assert np.array_equal(seen(read_file(tmp_path / "new.csv", schema, silent, form), schema), expected)


def test_a_workbook_of_several_sheets_says_which_is_read(tmp_path: Path):
    book = Workbook()
    for name in ("first", "second"):
        sheet: Any = book.create_sheet(name)
        sheet.append(["x", "y"])
        sheet.append([1, 2])
    del book["Sheet"]
    book.save(tmp_path / "rows.xlsx")
    notes = list[str]()
    read(str(tmp_path / "rows.xlsx"), note=notes.append)
    assert len(notes) == 1
    assert "of the 2 sheets" in notes[0]
    assert "the first, 'first', is read" in notes[0]


@pytest.mark.parametrize("name", ["nix", "idna", "unicode_escape", "charmap", "rot13", "x" * 1000, "utf-8\0"])
def test_what_is_no_encoding_of_files_is_refused(name: str):
    with pytest.raises(UsageError, match="is not an encoding; known are utf-8"):
        validate({"data": {"name": "rows.csv", "encoding": name}})
