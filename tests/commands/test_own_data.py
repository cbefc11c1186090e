"""A table and a network of one's own through the commands: the same row has the same answer however it comes."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pytest

from nnlab.engine.data.reading.tables import read

Call = Callable[..., CompletedProcess[str]]
ROWS = 90
HEAD = ["when", "model year", "maker", "used", "price", "sold"]


def rows_of(seed: int, rows: int = ROWS) -> list[list[str]]:
    """Rows with all that makes reading hard: gaps, quoted commas, whole numbers, dates, yes and no."""
    generator = np.random.default_rng(seed)
    found: list[list[str]] = []
    for row in range(rows):
        price = generator.normal(10, 4)
        when = f"2024-{1 + row % 12:02}-{1 + row % 28:02}"
        maker = ["Saab, AB", "M\u00fcller", "NSU", '"Z"'][int(generator.integers(4))]
        cells = [when, str(70 + row % 13), maker, ["yes", "no"][row % 2], "" if row % 17 == 3 else f"{price:.3f}"]
        found.append([*cells, "high" if price > 10 else "low"])
    return found


def write(path: Path, rows: list[list[str]], head: list[str] = HEAD, delimiter: str = ",") -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter).writerows([head, *rows])
    return path


@pytest.fixture
def own(tmp_path: Path, nnlab: Call) -> Path:
    """A folder with rows to predict; the run `own` has learnt from others like them."""
    train = write(tmp_path / "train.csv", rows_of(1))
    told = ("--target", "sold", "--features", "when,model year,maker,used,price,price^2,price*model year")
    done = nnlab("train", train, *told, "--epochs", 3, "--name", "own", "--plain")
    assert done.returncode == 0, done.stderr
    write(tmp_path / "new.csv", [row[:-1] for row in rows_of(2, 20)], HEAD[:-1])
    return tmp_path


def answers(nnlab: Call, *argv: object, stdin: str = "") -> list[str]:
    """The lines of the answers, the header not counted."""
    done = nnlab("predict", "own", *argv, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[1:]


def test_a_row_has_one_answer_alone_in_a_file_in_any_order_of_columns_as_json_or_csv(own: Path, nnlab: Call):
    rows = [row[:-1] for row in rows_of(2, 20)]
    whole = answers(nnlab, own / "new.csv")
    alone = [answers(nnlab, write(own / "one.csv", [row], HEAD[:-1]))[0] for row in rows[:6]]
    assert alone == whole[:6]
    turned = write(own / "turned.csv", [row[::-1] for row in rows[::-1]], HEAD[-2::-1], delimiter=";")
    assert answers(nnlab, turned) == whole[::-1]
    records = [dict(zip(HEAD, row, strict=False)) for row in rows]
    typed = [
        {
            **record,
            "model year": int(record["model year"]),
            "price": float(record["price"]) if record["price"] else None,
        }
        for record in records
    ]
    for objects in (records, typed):
        text = "\n".join(json.dumps(record) for record in objects)
        assert answers(nnlab, "-", stdin=text) == whole
    assert answers(nnlab, "-", stdin=(own / "new.csv").read_text(encoding="utf-8")) == whole


def test_decimal_commas_are_read_where_they_can_be_nothing_else(own: Path, nnlab: Call):
    whole = answers(nnlab, own / "new.csv")
    place = HEAD.index("price")
    rows = [[cell.replace(".", ",") if at == place else cell for at, cell in enumerate(row)] for row in rows_of(2, 20)]
    shorter = [[*row[:place], row[place].rstrip("0"), *row[place + 1 :]] for row in rows]
    assert answers(nnlab, write(own / "comma.csv", [row[:-1] for row in shorter], HEAD[:-1], ";")) == whole
    commas, points = (
        nnlab("eval", "own", write(own / name, found, delimiter=";"), "--json")
        for name, found in (("c.csv", shorter), ("p.csv", rows_of(2, 20)))
    )
    assert json.loads(commas.stdout)["metrics"] == json.loads(points.stdout)["metrics"]


@pytest.mark.parametrize(
    ("values", "row"), [(["1,234", "12,345"], 1), (["0,5", "1.5"], 1), (["0,5", "a"], 2), (["0.5", "1,5"], 2)]
)
def test_numbers_that_could_be_others_are_refused_by_row(own: Path, nnlab: Call, values: list[str], row: int):
    rows = [["2024-01-01", "70", "NSU", "yes", value] for value in values]
    done = nnlab("predict", "own", write(own / "odd.csv", rows, HEAD[:-1], ";"))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"row {row}: the column 'price' is '{values[row - 1]}', which is not a number" in done.stderr


def test_data_split_writes_files_that_train_reads(tmp_path: Path, nnlab: Call, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "cars.csv", rows_of(1))
    told = json.loads(nnlab("data", "split", "cars.csv", "--target", "sold", "--test-size", 0.3, "--json").stdout)
    assert told["rows"] == {"train": 53, "valid": 10, "test": 27}
    assert [len(read(path)) for path in told["files"]] == [53, 10, 27]
    assert sorted(row for path in told["files"] for row in read(path).column("when").to_pylist()) == (
        sorted(read("cars.csv").column("when").to_pylist())
    )
    again = nnlab("data", "split", "cars.csv", "--out", "two", "--target", "sold", "--test-size", 0.3)
    assert "Train on them: nnlab train two --target sold" in again.stdout
    assert (tmp_path / "two" / "test.csv").read_bytes() == (tmp_path / "cars-split" / "test.csv").read_bytes()
    done = nnlab("train", "two", "--target", "sold", "--epochs", 1)
    assert "rows: 53 train, 10 valid, 27 test" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--group", "maker", "--time", "when"), "by group or by time, not by both"),
        (("--target", "sald"), "There is no column 'sald': did you mean 'sold'?"),
        (("--time", "maker"), "holds no dates and no numbers"),
        (("--out", "."), "exists: choose another folder"),
    ],
)
def test_what_data_split_cannot_do(
    tmp_path: Path, nnlab: Call, monkeypatch: pytest.MonkeyPatch, argv: tuple[str, ...], said: str
):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "cars.csv", rows_of(1))
    done = nnlab("data", "split", "cars.csv", *argv)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["cars.csv"]


def test_model_new_writes_a_network_that_trains_and_never_overwrites(tmp_path: Path, nnlab: Call):
    file = tmp_path / "my_net.py"
    said = nnlab("model", "new", file).stdout
    assert f"nnlab train xor --model {file}:MyNet" in said
    assert nnlab("train", "xor", "--model", f"{file}:MyNet", "--epochs", 1, "--name", "mine").returncode == 0
    again = nnlab("model", "new", file)
    assert (again.returncode, "exists: choose another name" in again.stderr) == (2, True)
    assert nnlab("model", "new", tmp_path / "net.txt").returncode == 2


def test_eval_and_predict_find_a_network_where_it_is_now(tmp_path: Path, nnlab: Call):
    file = tmp_path / "my_net.py"
    nnlab("model", "new", file)
    nnlab("train", "xor", "--model", f"{file}:MyNet", "--epochs", 2, "--name", "mine")
    rows = ("--row", "x1=0.3,x2=-0.5")
    before = nnlab("predict", "mine", *rows).stdout, nnlab("eval", "mine", "--json").stdout
    moved = file.rename(tmp_path / "moved.py")
    for command in (("predict", "mine", *rows), ("eval", "mine")):
        done = nnlab(*command)
        assert (done.returncode, f"--model {file}:MyNet" in done.stderr) == (2, True), done.stderr
    named = ("--model", f"{moved}:MyNet")
    assert (nnlab("predict", "mine", *rows, *named).stdout, nnlab("eval", "mine", "--json", *named).stdout) == before
    moved.write_text(moved.read_text(encoding="utf-8") + "\n# more\n", encoding="utf-8")
    done = nnlab("predict", "mine", *rows, *named)
    assert (done.returncode, done.stdout) == (0, before[0])
    assert "is not the text that the network was trained with" in done.stderr
    nnlab("train", "xor", "--epochs", 1, "--name", "ours")
    done = nnlab("eval", "ours", *named)
    assert (done.returncode, "leave out --model" in done.stderr) == (2, True)


def test_a_table_gets_the_network_that_its_rows_deserve_and_is_told(tmp_path: Path, nnlab: Call):
    write(tmp_path / "many.csv", rows_of(1, 1_100))
    told = ("--target", "sold", "--epochs", 1, "--members", 2, "--hidden", 4)
    done = nnlab("train", tmp_path / "many.csv", *told, "--name", "many", "--plain")
    assert done.returncode == 0, done.stderr
    said = (
        "880 rows to train and validate on, 2 numbers, 3 other columns: 2 networks with shared layers of 4, "
        "piecewise-linear"
    )
    assert said in done.stdout
    write(tmp_path / "new.csv", [row[:-1] for row in rows_of(2, 20)], HEAD[:-1])
    assert nnlab("predict", "many", tmp_path / "new.csv").stdout.count("\n") == 21
    assert nnlab("eval", "many").returncode == 0
    again = nnlab("train", "--resume", "many", "--quality", "best")
    assert (again.returncode, again.stderr) == (
        2,
        "Error: A resumed run has its quality already: leave out --quality.\n",
    )
    assert nnlab("train", "--resume", "many", "--epochs", 2, "--plain").returncode == 0


def test_a_dry_run_prints_what_the_rows_get_and_that_trains_the_same(tmp_path: Path, nnlab: Call):
    table = write(tmp_path / "many.csv", rows_of(1, 1_100))
    told = ("--target", "sold", "--epochs", 1, "--members", 2, "--hidden", 4)
    done = nnlab("train", table, *told, "--dry-run")
    assert done.stderr.startswith("note: 880 rows to train and validate on, 2 numbers, 3 other columns: 2 networks")
    assert 'family = "tabm"' in done.stdout
    assert 'scale = "smooth"' in done.stdout
    (tmp_path / "whole.toml").write_text(done.stdout, encoding="utf-8")
    nnlab("train", "--config", tmp_path / "whole.toml", "--name", "whole", "--plain")
    nnlab("train", table, *told, "--name", "told", "--plain")
    whole, directly = (json.loads(nnlab("eval", name, "--json").stdout)["metrics"] for name in ("whole", "told"))
    assert whole == directly


def test_more_members_than_nnlab_trains_are_refused_with_the_most(tmp_path: Path, nnlab: Call):
    done = nnlab("train", write(tmp_path / "t.csv", rows_of(1)), "--target", "sold", "--members", 1000)
    assert (done.returncode, done.stderr) == (2, "Error: --members cannot be 1000: it must be at most 128.\n")
