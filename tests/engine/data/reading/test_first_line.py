"""The names of columns that a shell completes."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnlab.engine.data.reading.first_line import BEGINNING, column_names


@pytest.mark.parametrize(
    ("name", "text", "names"),
    [
        ("a.csv", "\ufeffMPG;hp;weight\n20,5;90;1,2\n", ["MPG", "hp", "weight"]),
        ("a.tsv", "x\ty, z\r\n1\t2\n", ["x", "y, z"]),
        ("a.csv", '"a, b", c \n', ["a, b", "c"]),
        ("a.json", '[{"MPG": 1, "hp": {"a": 2}}, 3]', ["MPG", "hp"]),
        ("a.jsonl", '{"MPG": 1}\n{"hp": 2}\n', ["MPG"]),
        ("a.json", "[1, 2]", []),
        ("a.json", '{"a": "' + "x" * BEGINNING + '"}', []),
        ("a.csv", "", []),
        ("a.xlsx", "a,b\n", []),
    ],
)
def test_a_tables_first_line_names_its_columns(name: str, text: str, names: list[str], tmp_path: Path):
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    assert column_names(tmp_path / name) == names


def test_what_cannot_be_read_names_none(tmp_path: Path):
    assert column_names(tmp_path / "none.csv") == []
    assert column_names(tmp_path) == []
    (tmp_path / "odd.csv").write_bytes(b"\xff\xfe\0,b\n")
    assert len(column_names(tmp_path / "odd.csv")) == 2
    assert column_names(Path("a\0.csv")) == []
