"""`nnlab runs export`: what other programs get is what the run's own log tells."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest


def test_epochs_as_csv(make_run: Any, nnlab: Any, tmp_path: Path):
    make_run("x", accuracies=[0.5, float("nan"), 0.75])
    done = nnlab("runs", "export", "x", "--csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert [row["accuracy_valid"] for row in rows] == ["0.5", "", "0.75"]
    assert nnlab("runs", "export", "x", "--csv", "-o", tmp_path / "x.csv").returncode == 0
    assert (tmp_path / "x.csv").read_text(encoding="utf-8") == done.stdout


def test_the_csv_of_a_run_is_the_history_in_its_folder(nnlab: Any, own_world: Path):
    assert nnlab("train", "xor", "--epochs", 3, "--quiet", "--name", "x").returncode == 0
    own = (own_world / "x" / "history.csv").read_text(encoding="utf-8")
    assert nnlab("runs", "export", "x", "--csv").stdout == own


def test_all_of_it_as_json(nnlab: Any):
    assert nnlab("train", "xor", "--epochs", 2, "--quiet", "--name", "x").returncode == 0
    body = json.loads(nnlab("runs", "export", "x", "--json").stdout, parse_constant=pytest.fail)
    assert [record["epoch"] for record in body["history"]] == [1, 2]
    assert body["config"]["data"]["name"] == "xor"
    assert body["rows"]["train"] == 680
    assert body["classes"] == ["0", "1"]
    assert all(set(note) == {"epoch", "level", "text"} for note in body["notes"])
    assert body["status"] == "finished"


def test_event_files_replace_those_of_an_earlier_export(make_run: Any, nnlab: Any, tmp_path: Path):
    make_run("x")
    assert nnlab("runs", "export", "x", "--tensorboard", tmp_path / "tb").returncode == 0
    done = nnlab("runs", "export", "x", "--tensorboard", tmp_path / "tb")
    (file,) = (tmp_path / "tb" / "x").iterdir()
    assert done.stderr == f"Wrote {file}.\n"
    assert b"accuracy/valid" in file.read_bytes()
    (tmp_path / "file").touch()
    refused = nnlab("runs", "export", "x", "--tensorboard", tmp_path / "file")
    assert refused.returncode == 1
    assert "cannot be written" in refused.stderr


@pytest.mark.parametrize(
    "words", [[], ["--csv", "--json"], ["--csv", "--tensorboard", "d"], ["--tensorboard", "d", "-o", "x"]]
)
def test_one_form_at_a_time(make_run: Any, nnlab: Any, words: list[str]):
    make_run("x")
    done = nnlab("runs", "export", "x", *words)
    assert done.returncode == 2
    assert "--tensorboard" in done.stderr


@pytest.mark.parametrize("form", ["--csv", "--json"])
def test_a_run_without_an_epoch_and_one_that_is_odd(make_run: Any, nnlab: Any, form: str):
    folder = make_run("x", accuracies=(), stopped=None)
    assert nnlab("runs", "export", "x", form).returncode == 0
    with (folder / "events.jsonl").open("a", encoding="utf-8") as log:
        log.write('{"event": "epoch"}\n')
    done = nnlab("runs", "export", "x", form)
    assert done.returncode == 2
    assert "line 2" in done.stderr
