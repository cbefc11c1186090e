"""The law of reading: whatever door a row comes in by, the network sees the numbers that training saw, bit for bit."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from pyarrow import feather, parquet

from nnlab.engine.api import predict
from nnlab.engine.checkpoint import Checkpoint
from nnlab.engine.config import Config, DataConfig, validate
from nnlab.engine.data.prepare import prepare
from nnlab.engine.data.reading.rows import read_file, read_records, read_table, read_written
from nnlab.engine.data.schema import Schema
from nnlab.engine.data.sources import load, load_like
from nnlab.engine.errors import UsageError
from nnlab.engine.models.families import build, spec_for
from nnlab.engine.prediction.predict import encode, predictor_of

ROWS = 30
DAY = datetime(2021, 3, 28, 9, 7, 5)


def day(row: int) -> datetime:
    return DAY + timedelta(days=37 * row, minutes=11 * row)


STYLES: dict[str, Callable[[int], str]] = {
    "whole": lambda row: str(row * 7 - 30),
    "fractions": lambda row: repr(row / 7 - 3),
    "tiny and huge": lambda row: repr(10.0 ** (row - 20)),
    "signed": lambda row: f"{row - 20:+}",
    "infinite": lambda row: "inf" if row % 5 == 0 else str(row / 3),
    "thousands": lambda row: f"{row * 1234.5:,.2f}",
    "money": lambda row: f"${row * 1000:,}",
    "code of a currency": lambda row: f"EUR {row}.50",
    "percent": lambda row: f"{row} %",
    "parentheses": lambda row: f"({row})" if row % 2 else str(row),
    "kilo": lambda row: f"{row}.5k",
    "hexadecimal": lambda row: f"0x{row * 16:X}",
    "unicode minus": lambda row: f"−{row}",
    "decimal commas": lambda row: f"{row},25",
    "beyond 2^53": lambda row: str(2**53 + row),
    "twenty digits": lambda row: f"1234567890123456789{row % 10}",
    "times": lambda row: f"{row % 24}:{row % 60:02}",
    "half days": lambda row: f"{row % 12 + 1}:{row % 60:02} {'PM' if row % 2 else 'AM'}",
    "iso": lambda row: f"{day(row):%Y-%m-%d}",
    "iso with time": lambda row: f"{day(row):%Y-%m-%dT%H:%M:%S}Z",
    "iso with offset": lambda row: f"{day(row):%Y-%m-%d %H:%M:%S}+02:00",
    "iso with fractions": lambda row: f"{day(row):%Y-%m-%d %H:%M:%S}.{row:03}",
    "iso to the hour": lambda row: f"{day(row):%Y-%m-%dT%H}",
    "german": lambda row: f"{day(row):%d.%m.%Y}",
    "american": lambda row: f"{day(row):%m/%d/%Y %H:%M}",
    "american in halves": lambda row: f"{day(row):%m/%d/%Y %I:%M %p}",
    "two digits": lambda row: f"{day(row):%d/%m/%y}",
    "named month": lambda row: f"{day(row):%d-%b-%Y}",
    "month first": lambda row: f"{day(row):%B %d, %Y}",
    "mail": lambda row: f"{day(row):%a, %d %b %Y %H:%M:%S} GMT",
    "month of a year": lambda row: f"{1960 + row} Jan",
    "quarter": lambda row: f"{1990 + row // 4} Q{row % 4 + 1}",
    "yes and no": lambda row: "yes" if row % 3 else "no",
    "True and False": lambda row: "True" if row % 3 else "False",
    "TRUE and FALSE": lambda row: "TRUE" if row % 3 else "FALSE",
    "zeros and ones": lambda row: str(row % 2),
    "float flags": lambda row: f"{row % 2}.0",
    "letters": lambda row: "abcde"[row % 5],
    "codes": lambda row: f"{row % 6:03}",
    "accents": lambda row: ("é", "ß", "ñ", "e")[row % 4],
    "blanks around": lambda row: (" a", "b ", "c")[row % 3],
    "quoted": lambda row: ('say "x"', "a, b", "c")[row % 3],
}
CODED = re.compile(r"0[0-9]+")  # pandas, unless told, makes numbers of these, whose zeros are gone


def written(columns: dict[str, list[str]], separator: str = ",", end: str = "\n") -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator=end)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue()


def trained(path: Path, **data: object) -> tuple[Schema, np.ndarray, Config]:
    """The schema of a training on the file, and what it sees of all rows in their order."""
    config = validate({"data": {"name": str(path), "target": "y", **data}}, source="test")
    dataset = load(config.data, config.prepare)
    schema = Schema.model_validate(json.loads(prepare(dataset, config).schema.model_dump_json()))
    return schema, schema.transform(dataset.table), config


def seen(tables: object, schema: Schema) -> np.ndarray:
    return np.concatenate([x for x, _ in encode(tables, schema, "door", lambda _: None)])  # pyright: ignore[reportArgumentType]


def silent(_: str) -> None:
    pass


def doors(path: Path, schema: Schema, records: Sequence[dict[str, str]], separator: str) -> dict[str, np.ndarray]:
    """What the network sees of the file's rows by every door."""
    folder, text = path.parent, path.read_bytes()
    table = pa.table({name: [record[name] or None for record in records] for name in records[0]})
    parquet.write_table(table, folder / "rows.parquet")
    feather.write_feather(table, folder / "rows.feather")
    lines = "\n".join(json.dumps(record) for record in records).encode()
    pairs = [[f"{name}={value}" for name, value in record.items()] for record in records]
    asked = [",".join('"' + pair.replace('"', '""') + '"' for pair in row) for row in pairs]
    alone = [read_records([record], "row", schema, silent) for record in records]
    coded: Any = {name: str for name in records[0] if any(CODED.fullmatch(record[name]) for record in records)}
    like = load_like(DataConfig(name=str(path)), schema)
    return {
        "the file": seen(read_file(path, schema, silent), schema),
        "standard input": seen(read_table(io.BytesIO(text), "-", schema, silent), schema),
        "JSON lines": seen(read_table(io.BytesIO(lines), "-", schema, silent), schema),
        "a list of JSON": seen(read_table(io.BytesIO(json.dumps(records).encode()), "-", schema, silent), schema),
        "Parquet": seen(read_file(folder / "rows.parquet", schema, silent), schema),
        "Feather": seen(read_file(folder / "rows.feather", schema, silent), schema),
        "written rows": np.concatenate([seen(read_written([row], schema, silent), schema) for row in asked]),
        "rows of a stream": np.concatenate([seen([one], schema) for one in alone]),
        "a data frame": schema.transform(
            pa.Table.from_pandas(pd.read_csv(path, sep=separator, encoding="utf-8", dtype=coded), preserve_index=False)
        ),
        "eval of a copy": schema.transform(like.table),
        "permuted": seen([table.take(list(range(len(table)))[::-1])], schema)[::-1],
        "in blocks": seen([table.slice(row, 5) for row in range(0, len(table), 5)], schema),
    }


def hold(path: Path, columns: dict[str, list[str]], separator: str = ",", **data: object) -> None:
    """Fail naming the doors that differ, with the first value that does."""
    schema, expected, _ = trained(path, **data)
    names = list(columns)
    records = [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    for door, found in doors(path, schema, records, separator).items():
        differs = np.flatnonzero((found != expected).any(axis=1)) if found.shape == expected.shape else [0]
        assert not len(differs), (door, records[differs[0]], found[differs[0]], expected[differs[0]])
    assert np.isfinite(expected).all()


@pytest.mark.parametrize("style", STYLES)
def test_every_door_sees_what_training_saw(style: str, tmp_path: Path):
    columns = {"x": [STYLES[style](row) for row in range(ROWS)], "z": [str(row % 9 / 4) for row in range(ROWS)]}
    columns["y"] = [repr(row / 5) for row in range(ROWS)]
    path = tmp_path / "rows.csv"
    separator = ";" if style == "decimal commas" else ","
    path.write_text(written(columns, separator), encoding="utf-8")
    hold(path, columns, separator)


@pytest.mark.parametrize("style", STYLES)
def test_a_value_that_is_missing_is_missing_by_every_door(style: str, tmp_path: Path):
    columns = {"x": [STYLES[style](row) if row % 7 else "" for row in range(ROWS)]}
    columns |= {"z": [str(row % 9 / 4) for row in range(ROWS)], "y": [repr(row / 5) for row in range(ROWS)]}
    path = tmp_path / "rows.csv"
    separator = ";" if style == "decimal commas" else ","
    path.write_text(written(columns, separator), encoding="utf-8")
    hold(path, columns, separator)


ABSENT: dict[str, tuple[Callable[[int], str], str]] = {  # values, one of which means missing, and how it is told
    "whole": (lambda row: str(row * 7), "0.0"),
    "fractions": (lambda row: "-999.0" if row % 4 == 0 else repr(row / 3), "-999"),
    "percent": (lambda row: "-999.00" if row % 4 == 0 else f"{row} %", "-999"),
    "exponents": (lambda row: "-9.99e2" if row % 4 == 0 else f"${row}", "-999"),
    "decimal commas": (lambda row: "-999,0" if row % 4 == 0 else f"{row},25", "-999"),
    "times": (lambda row: "-1.0" if row % 4 == 0 else f"{row % 24}:{row % 60:02}", "-1"),
    "dates": (lambda row: "0.0" if row % 4 == 0 else f"{day(row):%Y-%m-%d}", "0"),
    "yes and no": (lambda row: f"{(0, 1, 9)[row % 3]}.0", "9"),
    "words": (lambda row: "9.0" if row % 4 == 0 else "abc"[row % 3], "9"),
}


@pytest.mark.parametrize("style", ABSENT)
def test_a_number_that_means_missing_is_missing_however_it_is_written(style: str, tmp_path: Path):
    value, told = ABSENT[style]
    columns = {"x": [value(row) for row in range(ROWS)], "z": [str(row % 9 / 4) for row in range(ROWS)]}
    columns["y"] = [repr(row / 5) for row in range(ROWS)]
    path = tmp_path / "rows.csv"
    separator = ";" if style == "decimal commas" else ","
    path.write_text(written(columns, separator), encoding="utf-8")
    hold(path, columns, separator, na=[told])
    _, x, _ = trained(path, na=[told])
    absent = [row for row in range(ROWS) if float_or_none(columns["x"][row]) == float(told)]
    assert absent
    blank = dict(columns, x=["" if row in absent else text for row, text in enumerate(columns["x"])])
    path.write_text(written(blank, separator), encoding="utf-8")
    assert np.array_equal(trained(path, na=[told])[1], x)


def float_or_none(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


ODD_ONES: dict[str, tuple[str, Callable[[int], str], str]] = {  # a separator, values, and an odd one among them
    "a comma among points": (",", lambda row: f"{row}.25", "3,5"),
    "a point among commas": (";", lambda row: f"{row},25", "3.5"),
    "a comma among thousands": (",", lambda row: f"{row % 9 + 1},{100 + row}.5", "3,5"),
    "a comma among prices": (",", lambda row: f"${row}.50", "3,5"),
    "a comma among whole prices": (",", lambda row: f"${row}", "3,5"),
    "a comma among percentages": (",", lambda row: f"{row}.5 %", "3,5"),
    "a point among prices": (";", lambda row: f"{row},50 €", "3.5"),
}


@pytest.mark.parametrize("case", ODD_ONES)
def test_an_odd_value_is_no_sign_of_how_the_others_are_written(case: str, tmp_path: Path):
    separator, value, odd = ODD_ONES[case]
    x = [odd if row == 7 else value(row) for row in range(ROWS)]
    path = tmp_path / "rows.csv"
    path.write_text(written({"x": x, "y": [str(row) for row in range(ROWS)]}, separator), encoding="utf-8")
    schema, expected, _ = trained(path)
    like = load_like(DataConfig(name=str(path)), schema)
    assert np.array_equal(schema.transform(like.table), expected)
    assert np.array_equal(seen(read_file(path, schema, silent), schema), expected)
    lines = "\n".join(json.dumps({"x": text}) for text in x).encode()
    assert np.array_equal(seen(read_table(io.BytesIO(lines), "-", schema, silent), schema), expected)


@pytest.mark.long
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_files_of_any_mixture_hold_the_law(data: st.DataObject, tmp_path: Path):
    chosen = data.draw(st.lists(st.sampled_from(sorted(set(STYLES) - {"decimal commas"})), min_size=1, max_size=5))
    gaps = data.draw(st.sampled_from(["", "NA", "?", "null"]))
    every = data.draw(st.integers(2, 50))
    columns = {
        f"{style} {index}": [STYLES[style](row) if (row + index) % every else gaps for row in range(ROWS)]
        for index, style in enumerate(chosen)
    }
    columns |= {"z": [str(row % 9 / 4) for row in range(ROWS)], "y": [repr(row / 5) for row in range(ROWS)]}
    path = tmp_path / "rows.csv"
    separator, end = data.draw(st.sampled_from(",;\t|")), data.draw(st.sampled_from(["\n", "\r\n"]))
    path.write_text(written(columns, separator, end), encoding="utf-8", newline="")
    hold(path, columns, separator)


@pytest.mark.parametrize("style", STYLES)
def test_python_is_answered_as_the_command(style: str, tmp_path: Path):
    columns = {"x": [STYLES[style](row) for row in range(ROWS)], "z": [str(row % 9 / 4) for row in range(ROWS)]}
    columns["y"] = [repr(row / 5) for row in range(ROWS)]
    path = tmp_path / "rows.csv"
    path.write_text(written(columns, ";"), encoding="utf-8")
    schema, x, config = trained(path)
    spec = spec_for(config.model, schema)
    checkpoint = Checkpoint(config, schema, spec, build(spec).state_dict(), 1, [])
    answers = predictor_of(checkpoint)(x, 1, []).answers.tolist()
    expected = pytest.approx(answers, rel=1e-12)  # a sum's last digit may depend on how many rows there are
    records = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    assert predict(checkpoint, records) == expected
    assert [predict(checkpoint, record)[0] for record in records] == expected
    assert predict(checkpoint, pd.DataFrame(records)) == expected
    assert predict(checkpoint, pa.Table.from_pylist(records)) == expected


@pytest.mark.parametrize("kind", ["category", "date", "boolean"])
@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S"])
def test_dates_in_json_lines_are_read_as_in_other_texts(kind: str, form: str, tmp_path: Path):
    columns = {"x": [f"{day(row % 2):{form}}" for row in range(ROWS)], "z": [str(row % 9 / 4) for row in range(ROWS)]}
    columns["y"] = [f"{day(row % 3):{form}}" for row in range(ROWS)]
    records = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    schema, expected, _ = trained(path, kinds={"x": kind}, task="multiclass")
    assert schema.classes == sorted(set(columns["y"]))
    assert np.array_equal(seen(read_file(path, schema, silent), schema), expected)
    assert np.array_equal(schema.transform(load_like(DataConfig(name=str(path)), schema).table), expected)
    (tmp_path / "rows.csv").write_text(written(columns), encoding="utf-8")
    assert np.array_equal(seen(read_file(tmp_path / "rows.csv", schema, silent), schema), expected)


@pytest.mark.parametrize("style", ["iso", "german", "quarter", "mail", "iso with offset"])
def test_dates_told_to_be_classes_are_called_as_they_are_written(style: str, tmp_path: Path):
    columns = {
        "x": [str(row % 9 / 4) for row in range(ROWS)],
        "y": [STYLES[style](row // 10 * 4) for row in range(ROWS)],
    }
    path = tmp_path / "rows.csv"
    path.write_text(written(columns), encoding="utf-8")
    schema, _, config = trained(path, task="multiclass")
    assert schema.classes == sorted(set(columns["y"]))
    codes = schema.encode_target(load(config.data, config.prepare).table.column("y"))
    assert [schema.classes[code] for code in codes] == columns["y"]
    assert np.array_equal(schema.encode_target(load_like(DataConfig(name=str(path)), schema).table.column("y")), codes)


def test_a_workbook_is_read_as_training_read_it(tmp_path: Path):
    sheet = Workbook().active
    assert sheet is not None
    sheet.append(["when", "n", "flag", "kind", "y"])
    for row in range(ROWS):
        sheet.append([day(row), row, row % 2 == 0, "abc"[row % 3], row / 4])
    assert sheet.parent is not None
    sheet.parent.save(tmp_path / "rows.xlsx")  # pyright: ignore[reportAttributeAccessIssue]
    schema, expected, _ = trained(tmp_path / "rows.xlsx")
    assert np.array_equal(seen(read_file(tmp_path / "rows.xlsx", schema, silent), schema), expected)
    frame = pd.read_excel(tmp_path / "rows.xlsx")
    assert np.array_equal(schema.transform(pa.Table.from_pandas(frame, preserve_index=False)), expected)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("first", [0, 3000])
def test_encodings_and_line_ends_are_found_alike(encoding: str, end: str, first: int, tmp_path: Path):
    rows = first + ROWS  # letters that tell the encoding may come behind the bytes that are looked at first
    kinds = ["plain words that are long" if row < first else ("é", "ß", "e")[row % 3] for row in range(rows)]
    columns = {
        "x": kinds,
        "z": [str(row % 9 / 4) for row in range(rows)],
        "y": [repr(row % 7 / 5) for row in range(rows)],
    }
    (tmp_path / "rows.csv").write_bytes(written(columns, end=end).encode(encoding))
    schema, expected, _ = trained(tmp_path / "rows.csv")
    assert len(schema.columns) == 2
    assert np.array_equal(seen(read_file(tmp_path / "rows.csv", schema, silent), schema), expected)


def test_a_file_that_is_utf8_at_first_and_not_later_is_refused(tmp_path: Path):
    columns = {"x": ["é", "e"] * ROWS, "y": [str(row % 7) for row in range(2 * ROWS)]}
    (tmp_path / "rows.csv").write_text(written(columns), encoding="utf-8")
    schema, _, _ = trained(tmp_path / "rows.csv")
    mixed = "x,y\né,1\n".encode() + b"e,2\n" * 30_000 + "é,1\n".encode("cp1252")
    with pytest.raises(UsageError, match="UTF-8 at first and not later on"):
        seen(read_table(io.BytesIO(mixed), "-", schema, silent), schema)


@pytest.mark.parametrize(
    ("words", "classes"),
    [
        (("Yes", "No"), ["No", "Yes"]),
        (("ja", "nein"), ["ja", "nein"]),
        (("N", "Y"), ["N", "Y"]),
        (("1", "0"), ["0", "1"]),
        (("1.0", "0.0"), ["0", "1"]),
        (("TRUE", "FALSE"), ["false", "true"]),
        (("yes", "No", "no"), ["false", "true"]),
    ],
)
def test_classes_are_called_as_they_are_written_where_that_is_one_way(
    words: Sequence[str], classes: list[str], tmp_path: Path
):
    columns = {"x": [str(row % 9 / 4) for row in range(ROWS)], "y": [words[row % len(words)] for row in range(ROWS)]}
    (tmp_path / "rows.csv").write_text(written(columns), encoding="utf-8")
    schema, _, config = trained(tmp_path / "rows.csv")
    assert schema.classes == classes
    like = load_like(DataConfig(name=str(tmp_path / "rows.csv")), schema)
    own = load(config.data, config.prepare)
    assert np.array_equal(schema.encode_target(like.table.column("y")), schema.encode_target(own.table.column("y")))


def test_names_with_white_space_around_are_the_same_columns_by_every_door(tmp_path: Path):
    columns = {" x ": [str(row / 7) for row in range(ROWS)], "kind ": ["abc"[row % 3] for row in range(ROWS)]}
    columns |= {"y": [repr(row / 5) for row in range(ROWS)]}
    records = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    files = {
        "rows.csv": written(columns),
        "rows.jsonl": "\n".join(map(json.dumps, records)),
        "rows.json": json.dumps(records),
        "columns.json": json.dumps(columns),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    parquet.write_table(pa.table(columns), tmp_path / "rows.parquet")
    for learnt in [*files, "rows.parquet"]:
        schema, expected, _ = trained(tmp_path / learnt)
        for answered in [*files, "rows.parquet"]:
            found = seen(read_file(tmp_path / answered, schema, silent), schema)
            assert np.array_equal(found, expected), (learnt, answered)
        alone = [seen([read_records([record], "row", schema, silent)], schema) for record in records]
        assert np.array_equal(np.concatenate(alone), expected), learnt
        with pytest.raises(UsageError, match="says 'x' twice"):
            read_records([{"x": 1, **records[0]}], "row", schema, silent)
