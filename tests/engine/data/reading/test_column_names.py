"""The columns of a file are known from its beginning, and are those that reading it whole gives."""

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from nnlab.engine.data.reading.column_names import column_names
from nnlab.engine.data.reading.tables import read
from nnlab.engine.errors import UsageError

TABLE = pa.table({"a": [1, 2], "the price": [3.5, 4.0], "town": ["Wien", "Bern"]})
TEXT = "a; the price ;town\n1;3,5;Wien\n2;4,0;Bern\n"
JSON = '[{"a": 1, "the price": 3.5, "town": "Wien"}, {"a": 2, "the price": 4, "town": "Bern"}]'


def written(folder: Path, name: str) -> Path:
    path = folder / name
    if name.endswith(".parquet"):
        pyarrow.parquet.write_table(TABLE, path)
    elif name.endswith(".feather"):
        pyarrow.feather.write_feather(TABLE, path)
    elif name.endswith(".gz"):
        path.write_bytes(gzip.compress(TEXT.encode()))
    else:
        path.write_text(JSON if "json" in name else TEXT, encoding="utf-16" if "wide" in name else "utf-8")
    return path


@pytest.mark.parametrize(
    "name", ["t.csv", "t.tsv", "wide.csv", "t.csv.gz", "t.parquet", "t.feather", "t.json", "json.txt"]
)
def test_they_are_those_of_the_whole_table(tmp_path: Path, name: str):
    path = str(written(tmp_path, name))
    assert column_names(path) == read(path).column_names == ["a", "the price", "town"]


def test_names_are_made_distinct(tmp_path: Path):
    path = tmp_path / "twice.csv"
    path.write_text("a,a,,b\n1,2,3,4\n", encoding="utf-8")
    assert column_names(str(path)) == read(str(path)).column_names


@pytest.mark.parametrize("content", [b"", b"\0\0\0\0"])
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes):
    path = tmp_path / "odd.csv"
    path.write_bytes(content)
    with pytest.raises(UsageError):
        column_names(str(path))
