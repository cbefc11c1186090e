"""A user's table: what columns are taken for, which task it is, how columns become numbers, and what looks wrong."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from nnlab.engine.config import Config, validate
from nnlab.engine.data.columns.kinds import judge_column
from nnlab.engine.data.overview.inspect import inspect
from nnlab.engine.data.prepare import complete, prepare
from nnlab.engine.data.prepared import Prepared
from nnlab.engine.data.reading.readings import CategoryReading
from nnlab.engine.data.sources import check, load, load_like
from nnlab.engine.errors import UsageError

ROWS = 60


def table_text(**columns: list[Any]) -> str:
    rows = zip(*columns.values(), strict=True)
    return "\n".join(["\t".join(columns), *("\t".join(str(value) for value in row) for row in rows)]) + "\n"


def config_of(folder: Path, written: str, data: dict[str, Any] | None = None, **prepare_config: Any) -> Config:
    (folder / "own.tsv").write_text(written, encoding="utf-8")
    tree = {"name": str(folder / "own.tsv"), "target": "y", **(data or {})}
    return validate({"data": tree, "prepare": prepare_config}, source="test")


def prepared(config: Config) -> Prepared:
    return prepare(load(config.data), config)


NUMBERS = [f"{value / 7:.3f}" for value in range(ROWS)]
CLASSES = ["a", "b", "c"] * (ROWS // 3)


@pytest.mark.parametrize(
    ("name", "values", "kind", "why"),
    [
        ("x", [1.5, 2.5, 3.5], "number", "fractions"),
        ("x", [1, 2, 2], "number", "whole"),
        ("n", list(range(1, 31)), "identifier", "counts the rows"),
        ("userId", [value * 7 for value in range(30)], "identifier", "name says identifier"),
        ("zip code", [1234, 5678] * 10, "category", "name says code"),
        ("x", [0, 1, 1], "boolean", "0 and 1"),
        ("x", [True, False], "boolean", "true and false"),
        ("x", ["Yes", "no", "no"], "boolean", "no and yes"),
        ("x", ["1,5", "2,25", "1.234,5"], "number", "decimal commas"),
        ("x", ["0,941", "0,125"], "number", "decimal commas"),
        ("x", ["1,234.5", "$2,000", "12 %"], "number", "written as text"),
        ("x", ["1"] * 19 + ["unknown"], "number", "1 that are none count as missing"),
        ("x", ["2024-01-05", "2024-02-06"], "date", "written as text"),
        ("x", ["25.12.2024", "1.2.2023"], "date", "written as text"),
        ("x", ["a", "b", "a"], "category", "2 different texts"),
        ("x", [f"name-{value}" for value in range(30)], "identifier", "hardly a value"),
        ("x", [f"a long sentence number {value} here" for value in range(30)], "text", "words a value"),
        ("x", ["a", "a"], "constant", "every value is 'a'"),
        ("x", [None, None], "constant", "every value is missing"),
        ("x", [[1], [2]], "text", "does not learn from"),
    ],
)
def test_kinds_and_why(name: str, values: list[Any], kind: str, why: str):
    found = judge_column(pa.chunked_array([pa.array(values)]), name)
    assert (found.kind, why in found.why) == (kind, True), found


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (NUMBERS, "regression"),
        (CLASSES, "multiclass"),
        (["0", "1"] * (ROWS // 2), "binary"),
        (["yes", "no"] * (ROWS // 2), "binary"),
        (["3", "4", "5"] * (ROWS // 3), "multiclass"),
        ([str(value * 13) for value in range(ROWS)], "regression"),
        (["1,5", "2,5", "3,75"] * (ROWS // 3), "regression"),
    ],
)
def test_the_task_follows_from_the_target(tmp_path: Path, values: list[str], task: str):
    assert load(config_of(tmp_path, table_text(x=NUMBERS, y=values)).data).task == task


def test_the_task_can_be_told(tmp_path: Path):
    text = table_text(x=NUMBERS, y=["3", "4", "5"] * (ROWS // 3))
    assert load(config_of(tmp_path, text, {"task": "regression"}).data).task == "regression"


@pytest.mark.parametrize(
    ("values", "data", "said"),
    [
        (CLASSES, {"target": None}, "Which column of own should be predicted. Use --target 'y'"),
        (CLASSES, {"target": "z"}, "no column 'z'"),
        (["a"] * ROWS, {}, "'y' is 'a' in every row"),
        (["?"] * ROWS, {}, "'y' has no value in any row"),
        ([f"n{value}" for value in range(ROWS)], {}, "60 different values in 60 rows, too many"),
        (CLASSES, {"task": "regression"}, "'y' holds no numbers"),
        (CLASSES, {"task": "binary"}, "its task is multiclass, not binary"),
        (CLASSES, {"drop": ["x"]}, "no column to learn from besides 'y': 'x' is dropped"),
        (CLASSES, {"drop": ["w"]}, "no column 'w'"),
        (CLASSES, {"kinds": {"w": "number"}}, "no column 'w'"),
        (CLASSES, {"samples": 100}, "not a synthetic data set"),
    ],
)
def test_what_cannot_be_learnt_is_one_sentence(tmp_path: Path, values: list[str], data: dict[str, Any], said: str):
    with pytest.raises(UsageError, match=said):
        prepared(config_of(tmp_path, table_text(x=NUMBERS, y=values), data))


def test_what_files_have_is_not_for_data_that_comes_along():
    with pytest.raises(UsageError, match="iris comes with nnlab: --drop is for files"):
        check(validate({"data": {"name": "iris", "drop": ["x"]}}, source="test").data)


def matrix_of(tmp_path: Path, values: list[Any], data: dict[str, Any] | None = None, **prepare_config: Any) -> Any:
    config = config_of(tmp_path, table_text(x=values, y=CLASSES), data, **prepare_config)
    config = validate({**config.to_dict(), "data": {**config.to_dict()["data"], "test_split": "none"}}, source="test")
    config = validate({**config.to_dict(), "data": {**config.to_dict()["data"], "valid_split": "none"}}, source="test")
    result = prepared(config)
    return result.schema.columns, result.train.x[:].numpy()


def test_a_missing_number_is_filled_and_flagged(tmp_path: Path):
    columns, x = matrix_of(tmp_path, ["?", *NUMBERS[1:-1], "inf"])
    assert [column.kind for column in columns] == ["number", "missing"]
    assert x[:, 1].tolist() == [1, *[0] * (ROWS - 2), 1]
    assert x[0, 0] == x[-1, 0]


def test_numbers_are_scaled_as_asked(tmp_path: Path):
    values = np.array(NUMBERS, dtype=float)
    plain = matrix_of(tmp_path, NUMBERS)[1][:, 0]
    assert plain.mean() == pytest.approx(0, abs=1e-6)
    robust = matrix_of(tmp_path, NUMBERS, scale="robust")[1][:, 0]
    low, high = np.quantile(values, [0.25, 0.75])
    assert robust == pytest.approx((values - np.median(values)) / (high - low) * 1.349, abs=1e-5)
    smooth = matrix_of(tmp_path, NUMBERS, scale="smooth")[1][:, 0]
    plain = (values - np.median(values)) / (high - low)
    assert smooth == pytest.approx(plain / np.sqrt(1 + (plain / 3) ** 2), abs=1e-5)
    logs = np.log1p(values)
    assert matrix_of(tmp_path, NUMBERS, scales={"x": "log"})[1][:, 0] == pytest.approx(
        (logs - logs.mean()) / logs.std(), abs=1e-5
    )
    spread = matrix_of(tmp_path, ["1000000", *NUMBERS[1:]], scale="quantile")[1][:, 0]
    assert np.abs(spread).max() < 2


def test_few_categories_are_one_hot_and_rare_ones_share_a_place(tmp_path: Path):
    columns, x = matrix_of(tmp_path, [*["p", "q"] * 29, "r", "?"])
    assert columns[0].categories == ["p", "q"]
    assert x[-3:].tolist() == [[0, 1, 0], [0, 0, 1], [0, 0, 1]]


def test_many_categories_are_embedded(tmp_path: Path):
    columns, x = matrix_of(tmp_path, [f"c{value % 20}" for value in range(ROWS)])
    assert (columns[0].kind, columns[0].width, x.shape[1]) == ("embedding", 9, 1)


def test_codes_are_categories_however_they_are_written(tmp_path: Path):
    columns, x = matrix_of(tmp_path, ["1", "2", "3"] * 20, {"kinds": {"x": "category"}})
    reading = CategoryReading(name="x", whole=True)
    texts = reading.read(pa.chunked_array([pa.array(["01", "2.0", "3", "4", "no"])])).values
    assert columns[0].encode(texts).tolist() == [*np.eye(3).tolist(), [0, 0, 0], [0, 0, 0]]
    assert x[:3].tolist() == np.eye(3).tolist()


def test_booleans_are_one_and_minus_one(tmp_path: Path):
    columns, x = matrix_of(tmp_path, ["no", "yes", "?"] * 20)
    assert x[:3, 0].tolist() == [-1, 1, 0]
    assert columns[0].encode(pa.chunked_array([pa.array([True, False])])).tolist() == [[1], [-1]]


def test_dates_become_their_parts(tmp_path: Path):
    days = [f"{1 + value % 28:02}.0{1 + value % 9}.2020" for value in range(ROWS)]
    columns, x = matrix_of(tmp_path, ["?", *days[1:]])
    assert (columns[0].kind, x.shape[1]) == ("date", 5)
    assert x[0].tolist() == [0] * 5
    assert np.hypot(x[1:, 1], x[1:, 2]) == pytest.approx(1)


def test_text_is_left_out_refused_or_hashed(tmp_path: Path):
    texts = [f"word{value % 5} and some more of row {value}" for value in range(ROWS)]
    config = config_of(tmp_path, table_text(x=texts, z=NUMBERS, y=CLASSES))
    assert "'x' (text: " in prepared(config).notes[0]
    asked = config_of(tmp_path, table_text(x=texts, y=CLASSES), {"features": ["x"]})
    with pytest.raises(UsageError, match=r"'x' is text .* hash its words with --text hash"):
        prepared(asked)
    columns, x = matrix_of(tmp_path, texts, text="hash")
    assert columns[0].kind == "hashed"
    assert x.shape == (ROWS, 64)
    assert x.max() > 0


def test_preparations_without_effect_are_noted(tmp_path: Path):
    texts = [f"word{value % 5} and some more of row {value}" for value in range(ROWS)]
    plain = config_of(tmp_path, table_text(z=NUMBERS, y=CLASSES), text="hash", pixels="unit")
    assert [note.split(":")[0] for note in prepared(plain).notes] == [
        "--text hash has no effect",
        "--pixels unit has no effect",
    ]
    dropped = config_of(tmp_path, table_text(x=texts, z=NUMBERS, y=CLASSES), {"drop": ["x"]}, text="hash")
    assert prepared(dropped).schema.inputs == ["z"]
    hashed = config_of(tmp_path, table_text(x=texts, z=NUMBERS, y=CLASSES), text="hash")
    assert prepared(hashed).notes == ()
    assert inspect(hashed).uses["x"] == "its words hashed to 64 counts"
    assert inspect(hashed).warnings == []


def test_rows_without_a_target_are_left_out(tmp_path: Path):
    config = config_of(tmp_path, table_text(x=NUMBERS, y=["?", "", *CLASSES[2:]]))
    assert any("2 of 60 rows" in note for note in prepared(config).notes)


def test_twenty_thousand_categories_train(tmp_path: Path):
    names = [f"n{value % 20_000}" for value in range(80_000)]
    config = config_of(tmp_path, table_text(x=names, y=["a", "b"] * 40_000), {"kinds": {"x": "category"}}, rare=1)
    result = prepared(config)
    assert result.schema.embeddings[0][0] > 10_000
    assert len(result.train) == 54_400


def test_the_schema_survives_as_json(tmp_path: Path):
    text = table_text(
        x=NUMBERS, w=["1,5", "?"] * 30, d=["2020-01-05", "2021-03-04"] * 30, b=["yes", "no"] * 30, y=CLASSES
    )
    schema = prepared(config_of(tmp_path, text, scale="log")).schema
    assert type(schema).model_validate_json(schema.model_dump_json()) == schema


def test_inspection_says_what_is_used_and_what_looks_wrong(tmp_path: Path):
    text = table_text(
        number=list(range(1, ROWS + 1)),
        x=[NUMBERS[value // 2] for value in range(ROWS)],
        leak=[f"is {value}" for value in CLASSES],
        same=["s"] * ROWS,
        y=[*CLASSES[:-1], "rare"],
    )
    found = inspect(config_of(tmp_path, text))
    assert (found.task, found.why) == ("multiclass", "4 different texts")
    assert (found.uses["number"], found.uses["x"], found.uses["y"]) == ("left out", "scaled", "predicted")
    said = " ".join(found.warnings)
    for part in ("'number' is left out: identifier", "'same' is left out: constant", "'rare' (1 of 60 rows)"):
        assert part in said
    clean = inspect(config_of(tmp_path, table_text(leak=[f"is {value}" for value in CLASSES], y=CLASSES)))
    assert any("'leak' gives 'y' away" in warning for warning in clean.warnings)
    assert any("are also train rows" in warning for warning in clean.warnings)
    assert inspect(config_of(tmp_path, text, {"target": None})).task == ""


DAYS = [f"2021-{value % 12 + 1:02}-{value % 28 + 1:02}" for value in range(ROWS)]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"x": NUMBERS, "y": DAYS}, "a column of dates (dates written as text), which nnlab does not predict: name an"),
        ({"x": NUMBERS, "y": [f"n{row}" for row in range(ROWS)]}, "too many for classes: name another column with --t"),
        ({"x": list(range(ROWS)), "y": CLASSES}, "'x' is identifier (counts the rows). --features 'x' learns from it"),
        ({"x": ["1", "2"], "y": ["3.5", "4.5"]}, "1 row is too few to cut 15% off for validation or test: bring more"),
    ],
)
def test_a_table_that_nothing_can_be_learnt_from_says_what_to_type(
    columns: dict[str, list[Any]], said: str, tmp_path: Path
):
    with pytest.raises(UsageError, match=re.escape(said)):
        prepared(config_of(tmp_path, table_text(**columns)))


@pytest.mark.parametrize(
    ("columns", "preparation", "note"),
    [
        ({"x": NUMBERS, "y": ["", *CLASSES[1:]]}, {}, "1 of 60 rows has no value of the target 'y' and is left out"),
        (
            {"x": ["", *NUMBERS[1:]], "y": ["", *CLASSES[1:]]},
            {},
            "1 of 60 rows has no value of the target 'y' and is l",
        ),
        (
            {"x": ["", *NUMBERS[1:]], "y": CLASSES},
            {"missing": "drop"},
            "1 of 60 rows has missing values and is left out",
        ),
        ({"x": ["", "", *NUMBERS[2:]], "y": CLASSES}, {"missing": "drop"}, "2 of 60 rows have missing values and are"),
        (
            {"x": ["five", *NUMBERS[1:]], "y": CLASSES},
            {},
            "1 value of 'x' cannot be read as a number and counts as mis",
        ),
        (
            {"x": ["five", "six", *NUMBERS[2:]], "y": CLASSES},
            {},
            "2 values of 'x' cannot be read as numbers and count as",
        ),
        ({"x": ["inf", *NUMBERS[1:]], "y": CLASSES}, {}, "1 value of 'x' is infinite and counts as missing"),
        (
            {"x": ["inf", "-Infinity", "1,000", *NUMBERS[3:]], "y": CLASSES},
            {},
            "2 values of 'x' are infinite and count",
        ),
        ({"x": ["NA", *CLASSES[1:]], "y": CLASSES}, {}, "1 value of 'x' is taken for missing: 'NA' (1) (--keep-na 'x'"),
    ],
)
def test_notes_say_which_values_are_missing_and_how_many(
    columns: dict[str, list[Any]], preparation: dict[str, Any], note: str, tmp_path: Path
):
    notes = prepared(config_of(tmp_path, table_text(**columns), **preparation)).notes
    assert any(note in each for each in notes), notes


def test_a_column_of_categories_too_rare_to_be_learnt_is_told(tmp_path: Path):
    names = [*[f"name {row}" for row in range(186)], *["often", "again"] * 7]
    columns = {"x": names, "z": [row % 9 / 4 for row in range(200)], "y": [row % 3 for row in range(200)]}
    notes = prepared(config_of(tmp_path, table_text(**columns))).notes
    assert any(
        "values of the column 'x' are not categories that the network knows, as no train" in note for note in notes
    )
    often = columns | {"x": ["often", "again"] * 100}
    assert not prepared(config_of(tmp_path, table_text(**often))).notes


def test_rows_of_other_data_that_all_lack_the_target_are_refused_as_such(tmp_path: Path):
    config = config_of(tmp_path, table_text(x=NUMBERS, y=CLASSES))
    schema = prepared(config).schema
    (tmp_path / "other.csv").write_text("x,y\n1,\n2,\n", encoding="utf-8")
    other = load_like(config.data.model_copy(update={"name": str(tmp_path / "other.csv")}), schema)
    with pytest.raises(UsageError, match="No row of other has a value of the target 'y'"):
        complete(other, config.data, config.prepare)


def test_a_target_with_white_space_around_is_the_column_as_tables_have_it(tmp_path: Path):
    (tmp_path / "rows.csv").write_text(table_text(**{"x": NUMBERS, " y ": CLASSES}), encoding="utf-8")
    config = validate({"data": {"name": str(tmp_path / "rows.csv"), "target": " y "}}, source="test")
    assert load(config.data).target == "y"


@pytest.mark.parametrize(
    "told",
    [
        {"data": {"target": "y", "kinds": {"k": "category"}}},
        {"data": {"target": "y"}, "prepare": {"one_hot": {"k": []}}},
        {"data": {"target": "y"}, "prepare": {"embed": {"k": 3}}},
        {"data": {"target": "k", "task": "binary"}},
    ],
)
def test_texts_that_are_too_long_for_categories_are_refused_where_they_are_told_to_be_some(
    told: dict[str, dict[str, object]], tmp_path: Path
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("k,z,y\n" + "".join(f"{'ab'[row % 2] * 10_001},{row % 7},{row / 3}\n" for row in range(30)))
    config = validate({**told, "data": {**told["data"], "name": str(path)}}, source="test")
    with pytest.raises(UsageError, match=r"'k' holds texts of up to 10,001 characters, and categories"):
        prepare(load(config.data, config.prepare), config)
