"""`nnlab predict`: rows and images in, answers out, by file, pipe and word; and nothing half-written."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pytest

Call = Callable[..., CompletedProcess[str]]

ROWS = "x1,x2\n0.3,-0.5\n0.9,0.9\n-0.4,0.2\n"


@pytest.fixture
def xor(nnlab: Call, own_world: Path) -> Path:
    """A run named xor that has learnt a little."""
    done = nnlab("train", "xor", "--epochs", "2", "--name", "xor", "--quiet", "--samples", "200")
    assert done.returncode == 0, done.stderr
    return own_world / "xor"


def answers(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_file_gives_a_line_a_row(nnlab: Call, xor: Path, tmp_path: Path):
    rows = tmp_path / "rows.csv"
    rows.write_text(ROWS, encoding="utf-8")
    found = answers(nnlab("predict", "xor", rows).stdout)
    assert list(found[0]) == ["prediction", "probability_0", "probability_1"]
    assert len(found) == 3
    assert all(row["prediction"] in ("0", "1") for row in found)
    assert float(found[0]["probability_0"]) + float(found[0]["probability_1"]) == pytest.approx(1, abs=1e-5)


def test_a_pipe_a_word_and_json_say_the_same(nnlab: Call, xor: Path):
    by_pipe = nnlab("predict", "xor", "-", stdin=ROWS).stdout
    assert by_pipe == nnlab("predict", "xor", stdin=ROWS).stdout
    words = ["--row", "x1=0.3,x2=-0.5", "--row", "x2=0.9,x1=0.9", "--row", "x1=-0.4,x2=0.2"]
    assert by_pipe == nnlab("predict", "xor", *words).stdout
    lines = [json.loads(line) for line in nnlab("predict", "xor", "--json", stdin=ROWS).stdout.splitlines()]
    assert [line["row"] for line in lines] == [1, 2, 3]
    assert [line["prediction"] for line in lines] == [row["prediction"] for row in answers(by_pipe)]
    assert set(lines[0]["probabilities"]) == {"0", "1"}


def test_unknown_columns_are_passed_over_with_one_warning(nnlab: Call, xor: Path):
    done = nnlab("predict", "xor", stdin="x2,name,x1\n-0.5,a,0.3\n0.9,b,0.9\n")
    assert done.stderr.count("Warning") == 1
    assert "'name'" in done.stderr
    assert len(answers(done.stdout)) == 2


def test_output_goes_to_a_file_whole(nnlab: Call, xor: Path, tmp_path: Path):
    out = tmp_path / "out.csv"
    done = nnlab("predict", "xor", "--output", out, stdin=ROWS)
    assert done.stdout == ""
    assert len(answers(out.read_text(encoding="utf-8"))) == 3
    assert list(tmp_path.iterdir()) == [out]


def test_a_stream_answers_line_by_line_and_goes_on_after_a_wrong_one(nnlab: Call, xor: Path):
    row = {"x1": 0.3, "x2": -0.5}
    questions = ["inputs", row, {"x1": 1}, {"x1": [0.3, 0.9], "x2": -0.5}]
    done = nnlab("predict", "xor", "--stream", stdin="".join(json.dumps(question) + "\n" for question in questions))
    told, answer, wrong, many = (json.loads(line) for line in done.stdout.splitlines())
    assert done.returncode == 0
    assert [column["name"] for column in told["inputs"]] == ["x1", "x2"]
    alone = json.loads(nnlab("predict", "xor", "--json", stdin=json.dumps(row)).stdout)
    assert answer == {**alone, "row": 2}
    assert "has no column 'x2'" in wrong["error"]
    assert many["prediction"][0] == alone["prediction"]


def test_regression_answers_in_the_targets_own_units(nnlab: Call):
    assert nnlab("train", "auto-mpg", "--epochs", "5", "--name", "cars", "--quiet").returncode == 0
    data = "Cylinders,Displacement,Horsepower,Weight,Acceleration,Model Year,Origin\n4,97,52,2130,24.6,82,2\n"
    found = answers(nnlab("predict", "cars", stdin=data).stdout)
    assert 5 < float(found[0]["prediction"]) < 60


def test_images_are_answered_by_file_and_folder(nnlab: Call, tmp_path: Path):
    from PIL import Image

    assert nnlab("train", "digits", "--epochs", "1", "--name", "pixels", "--quiet").returncode == 0
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(3):
        pixels = np.full((8, 8), 80 * number, dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    found = answers(nnlab("predict", "pixels", folder).stdout)
    assert [Path(row["file"]).name for row in found] == ["0.png", "1.png", "2.png"]
    alone = answers(nnlab("predict", "pixels", folder / "1.png").stdout)
    assert alone[0] == found[1]
    several = answers(nnlab("predict", "pixels", folder / "2.png", folder / "0.png").stdout)
    assert several == [found[2], found[0]]


@pytest.mark.parametrize(
    ("argv", "stdin", "said"),
    [
        (["xr"], ROWS, "There is no run 'xr': did you mean 'xor'?"),
        (["xor", "rows.csv"], "", "There is no file rows.csv"),
        (["xor"], "x1,y\n1,2\n", "has no column 'x2'"),
        (["xor"], "x1,X2\n1,2\n", "(is it 'X2'?)"),
        (["xor"], "x1,x2\n1,2\n1,blue\n", "'blue', which is not a number"),
        (["xor"], "", "is empty"),
        (["xor", "-", "--row", "x1=1,x2=2"], "", "Either a row or a file"),
        (["xor", __file__, "-"], "", "Standard input is answered alone"),
        (["xor", "--row", "x1:1"], "", "column=value"),
        (["xor", "--row", "x1=1"], "", "has no column 'x2'"),
        (["xor", "--stream", "--row", "x1=1"], "", "leave out --stream, or --row."),
        (["xor", "--stream", __file__], "", "--stream answers JSON lines on stdin, neither files nor --row"),
    ],
    ids=[
        *("run", "file", "missing", "nearest", "number", "empty", "both", "several", "row", "row-missing"),
        *("stream-row", "stream-file"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(
    nnlab: Call, xor: Path, tmp_path: Path, argv: list[str], stdin: str, said: str
):
    out = tmp_path / "out.csv"
    done = nnlab("predict", *argv, "--output", out, stdin=stdin)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_device_is_written_to_and_never_replaced(nnlab: Call, xor: Path):
    assert nnlab("predict", "xor", "--output", "/dev/null", stdin=ROWS).returncode == 0
    assert Path("/dev/null").is_char_device()


def test_a_folder_cannot_be_the_output(nnlab: Call, xor: Path, tmp_path: Path):
    done = nnlab("predict", "xor", "--output", tmp_path, stdin=ROWS)
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


@pytest.mark.parametrize("rule", ["f1", "balanced", "cost=5:1"])
def test_a_rule_for_the_threshold_is_sent_to_who_has_validation_rows(nnlab: Call, xor: Path, rule: str):
    done = nnlab("predict", "xor", "--threshold", rule, stdin=ROWS)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"nnlab eval --threshold {rule}" in " ".join(done.stderr.split())


@pytest.mark.parametrize("wrong", ["half", "", "nan", "inf", "0", "1", "-1", "1e999"])
def test_a_threshold_that_is_none_is_refused_in_the_same_words(nnlab: Call, xor: Path, wrong: str):
    done = nnlab("predict", "xor", f"--threshold={wrong}", stdin=ROWS)
    assert (done.returncode, done.stdout) == (2, "")
    assert "between 0 and 1, as 0.3 is" in " ".join(done.stderr.split())
