"""`nnlab predict` reads every kind of file that `nnlab train` reads; a row has one answer whichever it stands in."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from collections.abc import Callable, Sequence
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

Call = Callable[..., CompletedProcess[str]]
Rows = list[dict[str, object]]

ROWS = 60


def rows() -> Rows:
    """Flats with numbers of all kinds, gaps, codes, a truth, a date."""
    drawn = np.random.default_rng(0)
    return [
        {
            "size": None if row % 17 == 0 else round(float(drawn.uniform(20, 90)), 2),
            "rooms": int(drawn.integers(1, 6)),
            "zip": int(drawn.choice([10115, 20095])),
            "colour": None if row % 13 == 0 else str(drawn.choice(["red", "blue", "grün"])),
            "new": bool(drawn.integers(2)),
            "built": f"19{50 + row % 40}-0{1 + row % 9}-1{row % 9}",
            "price": round(float(drawn.uniform(100, 900)), 1),
        }
        for row in range(ROWS)
    ]


def as_csv(table: Rows, separator: str = ",", decimal: str = ".") -> str:
    def cell(value: object) -> str:
        text = "" if value is None else str(value)
        text = text.replace(".", decimal) if isinstance(value, float) else text
        return f'"{text}"' if separator in text else text

    body = [separator.join(cell(value) for value in row.values()) for row in table]
    return "\n".join([separator.join(table[0]), *body, ""])


def as_arrow(table: Rows) -> pa.Table:
    typed = pa.Table.from_pylist(table)
    return typed.set_column(5, "built", typed.column("built").cast(pa.date32()))


def train(nnlab: Call, file: Path) -> None:
    done = nnlab("train", file, "--target", "price", "--epochs", "2", "--name", "flats", "--quiet")
    assert done.returncode == 0, done.stderr


def answers(nnlab: Call, *sources: object, stdin: str | bytes = "") -> Sequence[str]:
    done = nnlab("predict", "flats", *sources, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The same rows in every kind of file."""
    table, text = rows(), as_csv(rows())
    lines = "".join(json.dumps(row) + "\n" for row in table)
    columns = {name: [row[name] for row in table] for name in table[0]}
    written = {
        "flats.csv": text.encode(),
        "flats.tsv": as_csv(table, "\t").encode(),
        "semicolon.csv": as_csv(table, ";").encode(),
        "comma.csv": as_csv(table, ";", ",").encode(),
        "quoted.csv": as_csv(table, ",", ",").encode(),
        "utf16.csv": text.encode("utf-16"),
        "latin.csv": text.encode("cp1252"),
        "flats.json": json.dumps(table, indent=1).encode(),
        "columns.json": json.dumps(columns).encode(),
        "flats.jsonl": lines.encode(),
        "flats.csv.gz": gzip.compress(text.encode()),
        "flats.csv.bz2": bz2.compress(text.encode()),
        "flats.jsonl.xz": lzma.compress(lines.encode()),
    }
    for name, data in written.items():
        (tmp_path / name).write_bytes(data)
    with pa.output_stream(str(tmp_path / "flats.csv.zst"), compression="zstd") as out:
        out.write(text.encode())
    pyarrow.parquet.write_table(as_arrow(table), tmp_path / "flats.parquet", row_group_size=7)
    pyarrow.feather.write_feather(as_arrow(table), str(tmp_path / "flats.feather"))
    with pa.ipc.new_stream(str(tmp_path / "flats.arrow"), as_arrow(table).schema) as out:
        out.write_table(as_arrow(table), max_chunksize=9)
    return tmp_path


@pytest.mark.parametrize("learnt", ["flats.csv", "comma.csv", "flats.parquet", "flats.jsonl"])
def test_a_row_has_one_answer_in_every_kind_of_file(nnlab: Call, folder: Path, learnt: str):
    train(nnlab, folder / learnt)
    expected = answers(nnlab, folder / "flats.csv")
    assert len(set(expected)) > ROWS / 2
    for file in sorted(folder.iterdir()):
        assert answers(nnlab, file) == expected, file.name


def test_excel_is_read_as_the_csv_that_it_would_be_saved_as(nnlab: Call, folder: Path):
    import pandas

    train(nnlab, folder / "flats.csv")
    pandas.DataFrame(rows()).to_excel(folder / "flats.xlsx", index=False)
    assert answers(nnlab, folder / "flats.xlsx") == answers(nnlab, folder / "flats.csv")


def test_a_pipe_may_be_compressed_or_json(nnlab: Call, folder: Path):
    train(nnlab, folder / "flats.csv")
    expected = answers(nnlab, folder / "flats.csv")
    for name in ("flats.csv", "flats.csv.gz", "flats.csv.zst", "flats.json", "flats.jsonl.xz"):
        assert answers(nnlab, "-", stdin=(folder / name).read_bytes()) == expected, name


def test_several_files_and_a_pattern_are_answered_one_after_the_other(nnlab: Call, folder: Path):
    train(nnlab, folder / "flats.csv")
    once = answers(nnlab, folder / "flats.csv")[1:]
    assert answers(nnlab, folder / "flats.csv", folder / "flats.parquet")[1:] == [*once, *once]
    assert answers(nnlab, folder / "flats.?sv")[1:] == [*once, *once]


def test_a_network_learnt_from_decimal_commas_reads_two_points_alike(nnlab: Call, folder: Path):
    table: Rows = [
        {"size": row["size"], "price": row["price"], "rooms": float(str(row["rooms"])) / 4} for row in rows()
    ]
    (folder / "two.csv").write_text(as_csv(table, ";", ","), encoding="utf-8")
    train(nnlab, folder / "two.csv")
    points = [f"size,rooms\n{row['size'] or ''},{row['rooms']}\n" for row in table]
    expected = answers(nnlab, folder / "two.csv")[1:]
    assert [answers(nnlab, stdin=point)[1] for point in points[::9]] == expected[::9]
    words = f"size={table[1]['size']},rooms={table[1]['rooms']}"
    assert answers(nnlab, "--row", words)[1] == expected[1]


def broken(folder: Path) -> dict[str, bytes]:
    return {
        "cut.csv.gz": (folder / "flats.csv.gz").read_bytes()[:300],
        "cut.csv.zst": (folder / "flats.csv.zst").read_bytes()[:300],
        "cut.csv.xz": (folder / "flats.jsonl.xz").read_bytes()[:300],
        "cut.parquet": (folder / "flats.parquet").read_bytes()[:300],
        "cut.feather": (folder / "flats.feather").read_bytes()[:300],
        "cut.json": (folder / "flats.json").read_bytes()[:300],
        "cut.xlsx": b"PK",
        "none.csv": b"",
        "none.parquet": b"",
        "sound.wav": b"RIFF\0\0\0",
    }


def test_a_broken_file_is_refused_in_a_sentence(nnlab: Call, folder: Path):
    train(nnlab, folder / "flats.csv")
    for name, data in broken(folder).items():
        (folder / name).write_bytes(data)
        done = nnlab("predict", "flats", folder / name)
        assert done.returncode == 2, name
        assert done.stdout == "", name
        assert name in done.stderr, name
        assert len(done.stderr.splitlines()) == 1, name


def test_a_wrong_value_is_named_by_row_and_column(nnlab: Call, folder: Path):
    train(nnlab, folder / "flats.csv")
    table = rows()
    for row in table:
        row["size"] = str(row["size"] or "")
    table[40]["size"] = "big"
    pyarrow.parquet.write_table(as_arrow(table), folder / "big.parquet", row_group_size=7)
    (folder / "big.json").write_text(json.dumps(table), encoding="utf-8")
    (folder / "big.csv").write_text(as_csv(table), encoding="utf-8")
    for name in ("big.parquet", "big.json", "big.csv"):
        done = nnlab("predict", "flats", folder / name)
        assert f"{name}, row 41: the column 'size' is 'big', which is not a number." in done.stderr, name
    lists = pa.table({**{name: as_arrow(rows()).column(name) for name in rows()[0]}, "rooms": [[1]] * ROWS})
    pyarrow.parquet.write_table(lists, folder / "lists.parquet")
    done = nnlab("predict", "flats", folder / "lists.parquet")
    assert done.returncode == 2
    assert "row 1: the column 'rooms' is '[1]', which is not a number" in done.stderr
