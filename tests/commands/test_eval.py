"""`nnlab eval`: a checkpoint's worth on its own test split and on other data, as text and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from subprocess import CompletedProcess

import pytest

Call = Callable[..., CompletedProcess[str]]


@pytest.fixture
def xor(nnlab: Call, own_world: Path) -> Path:
    """A run named xor that has learnt a little."""
    done = nnlab("train", "xor", "--epochs", "5", "--name", "xor", "--quiet", "--samples", "200")
    assert done.returncode == 0, done.stderr
    return own_world / "xor"


def test_eval_puts_the_network_beside_baselines(nnlab: Call, xor: Path):
    said = nnlab("eval", "xor").stdout
    assert max(map(len, said.splitlines())) <= 80
    for word in ("network", "most frequent", "logistic regression", "accuracy", "ROC AUC", "precision", "recall"):
        assert word in said


def test_eval_as_json_names_checkpoint_split_and_metrics(nnlab: Call, xor: Path):
    told = json.loads(nnlab("eval", "latest", "--json").stdout)
    assert told["checkpoint"] == str(xor / "best.pt")
    assert (told["data"], told["split"], told["rows"], told["task"]) == ("xor", "test", 40, "binary")
    assert {"loss", "accuracy", "balanced_accuracy", "f1_macro", "roc_auc"} == set(told["metrics"])
    assert sum(map(sum, told["confusion_matrix"])) == 40
    assert told["classes"] == ["0", "1"]


def test_a_run_a_file_and_latest_are_the_same(nnlab: Call, xor: Path):
    told = [nnlab("eval", name, "--json").stdout for name in ("xor", "latest", xor, xor / "best.pt")]
    assert len(set(told)) == 1


def test_eval_takes_other_rows_and_other_data(nnlab: Call, xor: Path):
    assert json.loads(nnlab("eval", "xor", "--split", "train[:10]", "--json").stdout)["rows"] == 10
    told = json.loads(nnlab("eval", "xor", "xor", "--samples", "300", "--data-seed", "9", "--json").stdout)
    assert told["rows"] == 300


def test_eval_says_when_rows_were_trained_on(nnlab: Call, xor: Path):
    assert "were trained on" in nnlab("eval", "xor", "--split", "train").stderr


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["xr"], "There is no run 'xr': did you mean 'xor'?"),
        (["none.pt"], "There is no file none.pt"),
        (["xor", "xr"], "There is no data set 'xr': did you mean 'xor'?"),
        (["xor", "iris"], "has no column 'x1'"),
        (["xor", "--split", "tets"], "did you mean 'test'?"),
        (["xor", "--samples", "50"], "Which data"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_does_not_fit_is_refused_in_a_sentence(nnlab: Call, xor: Path, argv: list[str], said: str):
    done = nnlab("eval", *argv)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr


def test_a_file_that_is_no_checkpoint_is_refused(nnlab: Call, tmp_path: Path):
    stranger = tmp_path / "stranger.pt"
    stranger.write_text("not a checkpoint", encoding="utf-8")
    done = nnlab("eval", stranger)
    assert done.returncode == 2
    assert "is not an nnlab checkpoint" in done.stderr


def test_a_file_that_changed_after_the_training_is_divided_as_it_was(nnlab: Call, tmp_path: Path):
    """Of pure noise nothing can be learnt: a good score would be one of rows that were trained on."""
    draw = Random(1)
    lines = [",".join(f"{draw.gauss(0, 1):.4f}" for _ in range(4)) for _ in range(100)]

    def written(rows: list[str]) -> Path:
        (tmp_path / "noise.csv").write_text("\n".join(["a,b,c,y", *rows, ""]), encoding="utf-8")
        return tmp_path / "noise.csv"

    choices = ("--target", "y", "--epochs", 60, "--hidden", "128", "--valid-split", "none", "--weight-decay", 0)
    assert nnlab("train", written(lines), "--name", "noise", "--quiet", *choices).returncode == 0
    before = json.loads(nnlab("eval", "noise", "--json").stdout)
    assert (before["changes"], before["notes"]) == (None, [])

    written([*lines[:0:-1], "1,2,3,4", "5,6,7,8"])
    after = json.loads(nnlab("eval", "noise", "--json").stdout)
    assert after["rows"] + after["changes"]["gone"]["test"] == 20
    assert after["metrics"]["r2"] < 0.2
    assert (after["changes"]["new"], sum(after["changes"]["gone"].values())) == (2, 1)
    said = nnlab("eval", "noise", "--split", "new")
    assert re.search(
        r"noise.csv has changed since .*1 of .* is no longer in it, 2 rows are new \(--split new\)", said.stderr
    )
    assert "2 rows of new" in said.stdout
    assert "trained on" in nnlab("eval", "noise", "--split", "train").stderr


def test_a_threshold_is_kept_shown_used_and_overruled(nnlab: Call, own_world: Path):
    done = nnlab("train", "moons", "--epochs", "3", "--name", "m", "--samples", "600", "--threshold", "0.05", "--quiet")
    assert done.returncode == 0, done.stderr
    said = nnlab("eval", "m").stdout
    assert max(map(len, said.splitlines())) <= 80
    for word in ("threshold for 1", "kept with the network", "0.05", "0.5", "missed", "ROC", "precision-recall"):
        assert word in said
    told = json.loads(nnlab("eval", "m", "--threshold", "f1", "--json").stdout)["threshold"]
    assert {"positive", "said", "chosen", "half", "roc", "precision_recall"} == set(told)
    row = "x1=0.5,x2=0.25"
    share = json.loads(nnlab("predict", "m", "--row", row, "--json").stdout)["probabilities"]["1"]
    assert 0.05 < share < 0.99
    assert json.loads(nnlab("predict", "m", "--row", row, "--json").stdout)["prediction"] == "1"
    overruled = nnlab("predict", "m", "--row", row, "--json", "--threshold", "0.99").stdout
    assert json.loads(overruled)["prediction"] == "0"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["eval", "xor", "--threshold", "f2"], "--threshold: 'f2' is no threshold; write a number between 0 and 1"),
        (["predict", "xor", "--row", "x1=1,x2=1", "--threshold", "2"], "--threshold cannot be 2"),
        (["eval", "xor", "--threshold", "f1"], "validation rows, and it takes 50"),
    ],
)
def test_a_threshold_that_cannot_be_is_refused_in_a_sentence(nnlab: Call, xor: Path, argv: list[str], said: str):
    done = nnlab(*argv)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_eval_says_how_honest_probabilities_are(nnlab: Call, xor: Path):
    few = nnlab("eval", "xor").stdout
    assert "Brier score" in few
    assert "too few rows for a curve" in few
    assert "●" in nnlab("eval", "xor", "xor", "--samples", "400", "--data-seed", "9").stdout
    told = json.loads(nnlab("eval", "xor", "--json").stdout)["reliability"]
    assert {"ece", "brier", "few", "bins"} == set(told)
    assert sum(one["rows"] for one in told["bins"]) == 40


def test_explain_says_which_columns_matter(nnlab: Call, xor: Path):
    assert "columns" not in nnlab("eval", "xor").stdout
    said = nnlab("eval", "xor", "--explain").stdout
    assert "how much the loss grows without each" in said
    assert max(map(len, said.splitlines())) <= 80
    told = json.loads(nnlab("eval", "xor", "--explain", "--json").stdout)["importance"]
    assert {one["column"] for one in told} == {"x1", "x2"}
    assert {"column", "worth", "low", "high", "alike"} == set(told[0])
    assert "what columns do" in said
    effects = json.loads(nnlab("eval", "xor", "--explain", "--json").stdout)["effects"]
    assert {"column", "kind", "answer", "at", "mean", "rows"} == set(effects[0])
    assert effects[0]["answer"] == "1"


def test_a_single_row_explains_nothing_and_says_so(nnlab: Call, xor: Path):
    done = nnlab("eval", "xor", "--explain", "--split", "test[:1]")
    assert (done.returncode, done.stdout) == (2, "")
    assert "judge more rows" in done.stderr


def test_of_images_explain_tells_which_part_matters(nnlab: Call, own_world: Path):
    assert nnlab("train", "digits", "--epochs", "1", "--name", "d", "--quiet").returncode == 0
    said = nnlab("eval", "d", "--explain").stdout
    assert "what answers need" in said
    assert max(map(len, said.splitlines())) <= 80
    told = json.loads(nnlab("eval", "d", "--explain", "--json").stdout)
    assert (told["importance"], told["effects"]) == ([], [])
    assert set(told["needs"]) == {"images", "map"}
    assert (len(told["needs"]["map"]), len(told["needs"]["map"][0])) == (8, 8)
    assert json.loads(nnlab("eval", "d", "--json").stdout)["needs"] is None


@pytest.fixture
def sizes(nnlab: Call, own_world: Path, tmp_path: Path) -> Callable[..., Path]:
    """Writes tables of sizes, and trains a run named sizes of the first."""
    random = Random(4)

    def table(name: str, shift: float = 0, kinds: str = "ab") -> Path:
        path = tmp_path / name
        rows = [(random.gauss(shift, 1), random.choice(kinds), random.gauss(0, 1)) for _ in range(400)]
        lines = [f"{size:.4f},{kind},{size + other:.4f}" for size, kind, other in rows]
        path.write_text("\n".join(["size,kind,answer", *lines]) + "\n", encoding="utf-8")
        return path

    done = nnlab("train", table("old.csv"), "--target", "answer", "--epochs", "2", "--name", "sizes", "--quiet")
    assert done.returncode == 0, done.stderr
    return table


def test_eval_and_predict_tell_a_shifted_column_and_no_other(nnlab: Call, sizes: Callable[..., Path], tmp_path: Path):
    shifted, alike = sizes("shifted.csv", 2), sizes("alike.csv")
    done = nnlab("eval", "sizes", shifted, "--json")
    assert "note: shifted: the column 'size' is not as in the training" in done.stderr, done.stderr
    by_name = {one["column"]: one for one in json.loads(done.stdout)["drift"]}
    assert by_name["size"]["unlike"]
    assert by_name["size"]["above"] > 100
    assert not by_name["kind"]["unlike"]
    assert by_name["kind"]["low"] is None
    done = nnlab("eval", "sizes", alike, "--json")
    assert "not as in the training" not in done.stderr
    assert not any(one["unlike"] for one in json.loads(done.stdout)["drift"])
    assert json.loads(nnlab("eval", "sizes", "--json").stdout)["drift"] is None
    done = nnlab("predict", "sizes", shifted)
    assert done.stderr.count("not as in the training") == 1
    assert len(done.stdout.splitlines()) == 401


def test_strict_refuses_what_is_unlike_the_training_before_anything_is_written(
    nnlab: Call, sizes: Callable[..., Path], tmp_path: Path
):
    shifted, alike, unseen = sizes("shifted.csv", 2), sizes("alike.csv"), sizes("unseen.csv", 0, "abc")
    for wrong, why in ((shifted, "'size' is not as in the training"), (unseen, "'kind' are not categories")):
        for command in ("eval", "predict"):
            done = nnlab(command, "sizes", wrong, "--strict")
            assert (done.returncode, done.stdout) == (2, "")
            assert why in done.stderr
            assert "leave out --strict" in done.stderr
    both = sizes("both.csv", 2, "abc")
    for command in ("eval", "predict"):
        done = nnlab(command, "sizes", both, "--strict")
        assert (done.returncode, done.stdout) == (2, "")
        assert "besides 'kind', these do not fit: 'size'" in done.stderr
    done = nnlab("predict", "sizes", alike, "--strict", "-o", tmp_path / "answers.csv")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "answers.csv").read_text(encoding="utf-8") == nnlab("predict", "sizes", alike).stdout
    done = nnlab("predict", "sizes", "--strict", stdin=alike.read_text(encoding="utf-8"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "standard input" in done.stderr
    assert "--strict" in nnlab("predict", "sizes", "--strict", "--stream", stdin="{}\n").stderr
    assert "name them after the checkpoint" in nnlab("eval", "sizes", "--strict").stderr


def test_numbers_come_with_points_that_are_drawn(nnlab: Call):
    assert nnlab("train", "auto-mpg", "--epochs", 2, "--name", "m", "--quiet").returncode == 0
    told = json.loads(nnlab("eval", "m", "--json").stdout)
    assert told["target"] == "MPG"
    assert len(told["points"]) == told["rows"]
    errors = [abs(true - answered) for true, answered in told["points"]]
    assert sum(errors) / len(errors) == pytest.approx(told["metrics"]["mae"])
    assert json.loads(nnlab("eval", "m", "--split", "train[:1]", "--json").stdout)["points"]


def test_classes_have_no_points(nnlab: Call, xor: Path):
    assert json.loads(nnlab("eval", xor, "--json").stdout)["points"] == []
