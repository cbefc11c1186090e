"""`nnlab train --folds`: a run and a line a fold, mean and spread, one JSON object; Ctrl-C says what is done."""

from __future__ import annotations

import json
import signal
import statistics
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from nnlab.engine.training import folds

Call = Callable[..., CompletedProcess[str]]
IRIS = ("train", "iris", "--folds", "3", "--epochs", "2")


def test_a_line_a_fold_then_mean_and_deviation(nnlab: Call, own_world: Path):
    *lines, how = nnlab(*IRIS).stdout.splitlines()
    assert how == "The folds took their steps together."
    assert [line.split("  ")[0] for line in lines] == ["fold 1/3", "fold 2/3", "fold 3/3", "mean", "std"]
    assert all("(85 rows, 50 held out; best epoch 2; " in line for line in lines[:3])
    assert all("accuracy" in line for line in lines)
    assert sorted(path.name for path in own_world.iterdir()) == [f"iris-cv1-fold{n}" for n in (1, 2, 3)]
    assert "iris-cv2-fold3" in nnlab(*IRIS).stdout
    assert "50 rows of test" in nnlab("eval", "iris-cv1-fold2").stdout


def test_json_is_one_object(nnlab: Call, tmp_path: Path):
    body = json.loads(nnlab(*IRIS, "--json", "--out", tmp_path / "cv").stdout)
    scores = [fold["metrics"]["accuracy"] for fold in body["folds"]]
    assert body["mean"]["accuracy"] == pytest.approx(statistics.fmean(scores))
    assert body["std"]["accuracy"] == pytest.approx(statistics.stdev(scores))
    assert all((tmp_path / "cv" / f"fold{n}" / "best.pt").exists() for n in (1, 2, 3))


def test_what_a_quality_chose_is_said_once(nnlab: Call, tmp_path: Path):
    (tmp_path / "t.csv").write_text("a,y\n" + "".join(f"{n % 13},{n}\n" for n in range(120)), encoding="utf-8")
    said = nnlab("train", tmp_path / "t.csv", "--target", "y", "--folds", "2", "--epochs", "1").stdout
    *lines, how = said.splitlines()
    assert how == "The folds took their steps together."
    assert lines[0] == "note: 60 rows to train and validate on, which are few: one plain network with layers of 64-32"
    assert [line.split()[0] for line in lines[1:]] == ["fold", "fold", "mean", "std"]


@pytest.mark.parametrize("several", ["--folds", "--seeds"])
def test_what_the_trainings_told_is_said_once_and_is_in_the_json(several: str, nnlab: Call, tmp_path: Path):
    table = tmp_path / "t.csv"
    table.write_text("n,a,k\n" + "".join(f"{n},{n % 7},{['no', 'yes'][n % 2]}\n" for n in range(60)), encoding="utf-8")
    words = ("train", table, "--target", "k", several, "2", "--epochs", "1", "--threshold", "f1")
    notes = [line for line in nnlab(*words).stdout.splitlines() if line.startswith("note: ")]
    assert len([note for note in notes if "'n' (identifier" in note]) == 1
    assert len([note for note in notes if note.startswith("note: the threshold stays 0.5: ")]) == 1
    (each,) = [value for key, value in json.loads(nnlab(*words, "--json").stdout).items() if key == several[2:]]
    assert all(any("the threshold stays 0.5" in note for note in one["notes"]) for one in each)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--folds", "1"), "--folds"),
        (("--folds", "51"), "--folds 51 is too many: there are 50 rows of a class."),
        (("--folds", "9000"), "--folds 9000 is too many: there are 50 rows of a class."),
        (("--folds", "100000000"), "must be at most 10,000"),
        (("--folds", "3", "--resume", "latest"), "--folds starts new runs"),
        (("--folds", "3", "--group", "who"), "no column 'who'"),
        (("--group", "species", "--time", "species"), "by group or by time, not by both"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_leaves_nothing(nnlab: Call, own_world: Path, argv: tuple[str], said: str):
    data = () if "--resume" in argv else ("iris",)
    done = nnlab("train", *data, *argv)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert not own_world.exists()


def test_a_name_that_is_taken_is_refused_before_anything_is_trained(nnlab: Call, own_world: Path):
    (own_world / "mine-fold3").mkdir(parents=True)
    done = nnlab(*IRIS, "--name", "mine")
    assert (done.returncode, "mine-fold3" in done.stderr) == (2, True)
    assert not (own_world / "mine-fold1").exists()


def test_ctrl_c_stops_all_and_says_which_folds_are_done(nnlab: Call, monkeypatch: pytest.MonkeyPatch):
    judge = folds.full

    def interrupted(*told: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return judge(*told)

    monkeypatch.setattr(folds, "full", interrupted)
    done = nnlab(*IRIS)
    assert done.returncode == 130
    assert done.stderr == "Interrupted; of 3 folds these are done: 1.\n"
    assert "mean" not in done.stdout
