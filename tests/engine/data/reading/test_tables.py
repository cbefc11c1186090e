"""Real files with real dirt: each is read as the table it means, or answered with one sentence."""

import bz2
import gzip
import json
import lzma
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from pyarrow import feather, parquet

from nnlab.engine.data.reading import csv
from nnlab.engine.data.reading.names import is_file_name, stem_of
from nnlab.engine.data.reading.tables import read
from nnlab.engine.errors import UsageError

Columns = dict[str, list[Any]]


def write(folder: Path, name: str, data: str | bytes) -> str:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return str(path)


@pytest.mark.parametrize(
    ("data", "columns"),
    [
        ("x,y\n1,a\n2,b\n", {"x": [1, 2], "y": ["a", "b"]}),
        ("x;y\n1,5;a\n2,5;b\n", {"x": ["1,5", "2,5"], "y": ["a", "b"]}),
        ("x\ty\n1\ta b\n", {"x": [1], "y": ["a b"]}),
        ("x|y\n1|2\n", {"x": [1], "y": [2]}),
        ('x,y\n1,"a, b"\n2,"new\nline"\n', {"x": [1, 2], "y": ["a, b", "new\nline"]}),
        (b"\xef\xbb\xbfx,y\r\n1,M\xc3\xbcller\r\n", {"x": [1], "y": ["Müller"]}),
        ("x,y\n1,Müller\n".encode("latin-1"), {"x": [1], "y": ["Müller"]}),
        ("größe,y\n1,2\n".encode("latin-1"), {"größe": [1], "y": [2]}),
        ("x,y\r\n1,Müller\r\n".encode("utf-16"), {"x": [1], "y": ["Müller"]}),
        ("x,y\r\n1,Muller\r\n".encode("utf-16-le"), {"x": [1], "y": ["Muller"]}),
        ("x,y\n1,?\nNA, b \n", {"x": [1, None], "y": ["?", " b "]}),
        ("x,x, x,\n1,2,3,4\n", {"x": [1], "x_2": [2], "x_3": [3], "column 4": [4]}),
        ("🙂 mood,x y\n1,2\n", {"🙂 mood": [1], "x y": [2]}),
        ("x\n" + "1\n" * 300_000 + "odd\n", {"x": ["1"] * 300_000 + ["odd"]}),
        (",".join(f"c{i}" for i in range(300)) + "\n" + ",".join("1" * 300), {f"c{i}": [1] for i in range(300)}),
    ],
)
def test_csv_however_it_is_written(tmp_path: Path, data: str | bytes, columns: Columns):
    assert read(write(tmp_path, "a.csv", data)).to_pydict() == columns


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv.bz2", "a.csv.xz", "a.csv.zst", "a.csv"])
def test_compressed_files_are_known_by_their_bytes(tmp_path: Path, name: str):
    plain = b"x,y\n1,2\n"
    packed = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
    zst: Any = pa.compress(plain, codec="zstd", asbytes=True)
    data = packed[Path(name).suffix](plain) if Path(name).suffix in packed else zst
    assert read(write(tmp_path, name, data)).to_pydict() == {"x": [1], "y": [2]}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jsonl", '{"x": 1, "y": {"z": "a"}}\n{"x": 2, "y": {"z": null}}\n'),
        ("a.json", '[{"x": 1, "y.z": "a"}, {"x": 2}]'),
        ("a.json", '{"x": [1, 2], "y.z": ["a", null]}'),
        ("a.ndjson", '\n{"x": 1, "y.z": "a"}\n\n{"x": 2, "y.z": null}'),
    ],
)
def test_json_in_its_shapes(tmp_path: Path, name: str, data: str):
    assert read(write(tmp_path, name, data)).to_pydict() == {"x": [1, 2], "y.z": ["a", None]}


@pytest.mark.parametrize(
    "text", ["2022-01-03", "2022-01-03T10:00:00Z", "2022-01-03 10:00:00", "2022-01-03T10:00:00.500Z", "10:00:00"]
)
def test_texts_of_json_that_look_like_moments_stay_as_they_are_written(tmp_path: Path, text: str):
    lines = "".join(json.dumps({"x": row, "when": text, "in": {"it": {"y": text}}}) + "\n" for row in range(3))
    table = read(write(tmp_path, "a.jsonl", lines))
    assert table.to_pydict() == {"x": [0, 1, 2], "when": [text] * 3, "in.it.y": [text] * 3}


def test_json_columns_of_mixed_types_are_text(tmp_path: Path):
    assert read(write(tmp_path, "a.jsonl", '{"x": 1}\n{"x": "b"}\n')).to_pydict() == {"x": ["1", "b"]}


def test_parquet_and_feather(tmp_path: Path):
    table = pa.table({"x": [1, 2], "y": pa.array(["a", None]).dictionary_encode()})
    parquet.write_table(table, tmp_path / "a.parquet")
    feather.write_feather(table, str(tmp_path / "a.feather"))
    for name in ("a.parquet", "a.feather"):
        assert read(str(tmp_path / name)).to_pydict() == {"x": [1, 2], "y": ["a", None]}


def test_an_excel_workbook(tmp_path: Path):
    sheet: Any = Workbook().active
    for row in (["size", "kind", "when", "n"], [1.5, "a, b", datetime(2024, 1, 5), 3], [None, "?", None, -999]):
        sheet.append(row)
    sheet.parent.save(tmp_path / "own.xlsx")
    table = read(str(tmp_path / "own.xlsx"), na=["-999"])
    assert table.select(["size", "kind", "n"]).to_pydict() == {
        "size": [1.5, None],
        "kind": ["a, b", "?"],
        "n": [3, None],
    }
    assert str(table.column("when")[0].as_py()).startswith("2024-01-05")
    assert read(str(tmp_path / "own.xlsx"), texts=["n"]).column("n").to_pylist() == ["3", "-999"]
    whole = (tmp_path / "own.xlsx").read_bytes()
    (tmp_path / "half.xlsx").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UsageError, match=r"half.xlsx cannot be read as xlsx"):
        read(str(tmp_path / "half.xlsx"))


def test_without_its_package_excel_is_answered_with_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    sheet: Any = Workbook().active
    sheet.append(["a"])
    sheet.parent.save(tmp_path / "own.xlsx")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(UsageError, match=r"own.xlsx is an Excel file: pip install 'nnlab\[excel\]' to read it"):
        read(str(tmp_path / "own.xlsx"))


def test_a_pattern_is_one_table_whatever_the_order_of_columns(tmp_path: Path):
    write(tmp_path, "a1.csv", "x,y\n1,a\n")
    write(tmp_path, "a2.csv", "y,x\nb,2.5\n")
    assert read(str(tmp_path / "a*.csv")).to_pydict() == {"x": [1.0, 2.5], "y": ["a", "b"]}
    write(tmp_path, "a3.csv", "y,z\nb,2.5\n")
    with pytest.raises(UsageError, match=r"a3.csv and .*a1.csv cannot be one table: only one of them has .* 'x'"):
        read(str(tmp_path / "a*.csv"))


def test_what_means_missing_can_be_said(tmp_path: Path):
    path = write(tmp_path, "a.csv", "x,y\n-999,gone\n1,b\n")
    assert read(path, ["-999", "gone"]).to_pydict() == {"x": [None, 1], "y": ["gone", "b"]}


def test_columns_are_text_where_asked(tmp_path: Path):
    assert read(write(tmp_path, "a.csv", "x,y\n007,1\n"), texts=["x"]).to_pydict() == {"x": ["007"], "y": [1]}


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.csv", "", "is empty"),
        ("a.csv", "  \n", "is empty"),
        ("a.csv", "x,y\n", "has a header and no rows"),
        ("a.csv", "x,y\n1,2\n3\n", r"has 1 value in row 2, where its header names 2 columns \(the separator is ','\)"),
        ("a.csv", b"\x89PNG\0\0\0", "is not text"),
        ("a.csv.gz", gzip.compress(b"x,y\n1,2\n" * 50, mtime=0)[:-12], "is a damaged .gz file"),
        ("a.parquet", b"abc", "cannot be read as parquet"),
        ("a.json", '{"x": 1,\n"y":}', "is not JSON"),
        ("a.jsonl", '{"x": 1}\n{"x":\n', "is not JSON: .* in line 2"),
        ("a.json", "[1, 2]", "is not a table: item 1 is not an object"),
        ("a.json", '{"x": [1], "y": [1, 2]}', "columns of different lengths"),
    ],
)
def test_what_is_no_table_is_one_sentence(tmp_path: Path, name: str, data: str | bytes, said: str):
    with pytest.raises(UsageError, match=said):
        read(write(tmp_path, name, data))


def test_a_file_that_is_not_there_is_answered_with_the_nearest(tmp_path: Path):
    write(tmp_path, "houses.csv", "x\n1\n")
    with pytest.raises(UsageError, match=r"There is no file .*house.csv: did you mean .*houses.csv"):
        read(str(tmp_path / "house.csv"))
    with pytest.raises(UsageError, match=r"the folder .* does not exist"):
        read(str(tmp_path / "no" / "house.csv"))
    with pytest.raises(UsageError, match="No file matches"):
        read(str(tmp_path / "*.tsv"))


@pytest.mark.parametrize(
    ("name", "own", "stem"),
    [("cars.csv.gz", True, "cars"), ("d/cars.tsv", True, "cars"), ("-", True, "stdin"), ("xor", False, "xor")],
)
def test_names_of_files(name: str, own: bool, stem: str):
    assert is_file_name(name) is own
    assert stem_of(name) == stem


cells = st.one_of(
    st.integers(-(10**9), 10**9).map(str),
    st.floats().map(str),
    st.text(max_size=6),
    st.sampled_from(["", "?", "1,5", '"']),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(cells, min_size=1, max_size=4), max_size=6), separator=st.sampled_from(",;\t"))
def test_any_text_is_a_table_or_one_sentence(tmp_path: Path, rows: list[list[str]], separator: str):
    text = "\n".join(separator.join(row) for row in rows)
    path = write(tmp_path, "any.csv", text.encode("utf-8", "surrogatepass"))
    try:
        table = read(path)
    except UsageError:
        return
    assert table.num_columns == len(set(table.column_names)) > 0
    assert len(table) > 0
    json.dumps(table.to_pydict(), default=str)


ROWS = [
    f"{row},{row / 7:.5f},{'ab'[row % 2]},2020-01-{row % 28 + 1:02},{row % 3 == 0},{'' if row % 5 else row}"
    for row in range(60_000)
]


@pytest.mark.parametrize(
    ("last", "encoding"),
    [("7,1.5,b,2020-01-01,True,3", "utf-8"), ("7,hello,b,1,x,y", "utf-8"), ("7,1.5,é,2020-01-01,True,3", "latin-1")],
    ids=["of one kind", "other kinds in the last row", "another encoding in the last row"],
)
def test_a_large_text_read_in_parts_is_the_same_table(last: str, encoding: str, monkeypatch: pytest.MonkeyPatch):
    data = "\n".join(["i,x,c,d,b,m", *ROWS, last]).encode(encoding)
    assert len(data) > 2 * csv.BLOCK
    whole = csv.read_text(data, "it")
    monkeypatch.setattr(csv, "LARGE", 1000)
    monkeypatch.setattr(csv, "PARTS", 2)
    assert csv.read_text(data, "it").equals(whole)


def test_a_large_text_with_a_torn_row_names_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(csv, "LARGE", 1000)
    with pytest.raises(UsageError, match="2 values in row 60001"):
        csv.read_text("\n".join(["i,x,c,d,b,m", *ROWS, "7,8"]).encode(), "it")
