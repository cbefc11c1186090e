"""`nnlab look` shows what an answer rests on."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

Call = Callable[..., CompletedProcess[str]]


def test_an_image_and_a_row_are_looked_into(nnlab: Call):
    nnlab("train", "digits", "--epochs", "2", "--name", "digits", "--quiet")
    said = nnlab("look", "digits", "--row", "5").stdout
    assert "Row 5 of 360 test rows: answer" in said
    assert "the image" in said
    assert "needs: " in said
    assert max(map(len, said.splitlines())) <= 80
    nnlab("train", "auto-mpg", "--epochs", "2", "--name", "cars", "--quiet")
    said = nnlab("look", "cars").stdout
    assert "train row" in said
    assert "Cylinders" in said
    assert "Inputs are scaled, as the network sees them" in said
    assert len(json.loads(nnlab("look", "cars", "--json").stdout)["nearest"]) == 6


def test_what_makes_no_sense_is_refused_in_a_sentence(nnlab: Call):
    nnlab("train", "xor", "--epochs", "1", "--name", "one", "--quiet")
    for words, said in (
        (["nowhere"], "There is no run 'nowhere'"),
        (["one", "--row", "9999"], "There is no test row 9,999"),
        (["one", "--split", "all"], "--split cannot be 'all'"),
    ):
        done = nnlab("look", *words)
        assert done.returncode == 2
        assert said in done.stderr


def test_inputs_of_a_table_have_names_that_tell_them_apart_and_categories_by_name(nnlab: Call, tmp_path: Path):
    lines = [f"{'' if row % 7 == 0 else row % 13},{'red' if row % 3 else 'blue'},{row % 13}" for row in range(120)]
    table = tmp_path / "cars.csv"
    table.write_text("weight,colour,price\n" + "\n".join(lines) + "\n")
    words = ["--target", "price", "--task", "regression", "--model", "mlp", "--hidden", "4", "--epochs", "1", "--quiet"]
    assert nnlab("train", table, *words, "--name", "cars").returncode == 0
    told = json.loads(nnlab("look", "cars", "--json").stdout)
    assert told["inputs"] == ["weight", "weight missing", "colour"]
    assert {one["values"][2] for one in told["nearest"]} <= {"red", "blue"}
    assert told["values"][2] in nnlab("look", "cars").stdout
    assert "weight missing → 1.1" in nnlab("explain", "cars", "--plain").stdout
