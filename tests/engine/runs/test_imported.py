"""Logs of other programs as runs: tables as Lightning and Keras write them, event files, wrong ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nnlab.engine.errors import UsageError
from nnlab.engine.runs.imported import import_log, logs_in, read_log
from nnlab.engine.runs.log import events_of, history_of
from nnlab.engine.runs.reader import RunReader
from nnlab.engine.runs.summary import summarize
from nnlab.engine.trackers.tensorboard import EventFile


def table(folder: Path, text: str, name: str = "metrics.csv") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def event_file(folder: Path, *scalars: tuple[int, dict[str, float]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "events.out.tfevents.1.host").open("wb") as out:
        file = EventFile(out, 1.0)
        for step, values in scalars:
            file.scalars(values, step, 2.0)


LIGHTNING = """\
epoch,lr-Adam,step,train_loss_epoch,train_loss_step,val_acc,val_loss
,0.01,0,,,,
0,,49,,0.9,,
0,,99,,0.7,,
0,,99,,,0.5,0.75
0,,99,0.8,,,
1,,149,,0.6,,
1,,199,,,0.75,0.5
1,,199,0.55,,,
"""
KERAS = "epoch,accuracy,loss,val_accuracy,val_loss,lr\n0,0.5,0.9,0.55,0.8,0.01\n1,0.6,0.7,0.65,0.6,0.005\n"


def test_a_table_of_lightning(tmp_path: Path):
    found = read_log(*logs_in(table(tmp_path / "version_0", LIGHTNING)))
    assert found.records == [
        {"epoch": 1, "loss_train": 0.8, "accuracy_valid": 0.5, "loss_valid": 0.75, "lr": 0.01},
        {"epoch": 2, "loss_train": 0.55, "accuracy_valid": 0.75, "loss_valid": 0.5},
    ]
    assert (found.counted, found.left_out) == ("epoch", ("train_loss_step",))


def test_a_table_of_keras(tmp_path: Path):
    path = table(tmp_path, KERAS, "log.csv")
    found = read_log(*logs_in(path))
    assert found.name == "log"
    assert found.records[1] == {
        "epoch": 2,
        **{"loss_train": 0.7, "accuracy_train": 0.6, "loss_valid": 0.6, "accuracy_valid": 0.65, "lr": 0.005},
    }


def test_a_loss_of_every_step_is_the_epochs_mean_and_a_measure_its_last(tmp_path: Path):
    found = read_log(*logs_in(table(tmp_path, "epoch,loss,val_loss\n1,1,4\n1,3,5\n2,2,\n")))
    assert found.records == [{"epoch": 1, "loss_train": 2, "loss_valid": 5}, {"epoch": 2, "loss_train": 2}]


@pytest.mark.parametrize(
    ("head", "counted", "first"), [("step", "step", 50), ("iteration", "step", 50), ("other", "row", 1)]
)
def test_without_epochs_steps_or_rows_stand_in_for_them(tmp_path: Path, head: str, counted: str, first: int):
    found = read_log(*logs_in(table(tmp_path, f"{head},trainLoss\n50,0.5\n100,0.25\n")))
    assert found.counted == counted
    assert [record["epoch"] for record in found.records] == [first, first * 2]


def test_event_files_by_epoch(tmp_path: Path):
    event_file(
        tmp_path / "version_3",
        (49, {"train_loss": 0.9}),
        (99, {"train_loss": 0.7, "epoch": 0}),
        (99, {"val_loss": 0.8}),
        (149, {"train_loss": 0.5}),
        (199, {"val_loss": 0.6, "epoch": 1}),
    )
    found = read_log(*logs_in(tmp_path / "version_3"))
    assert found.counted == "epoch"
    assert found.records == [
        {"epoch": 1, "loss_train": pytest.approx(0.8), "loss_valid": pytest.approx(0.8)},
        {"epoch": 2, "loss_train": pytest.approx(0.5), "loss_valid": pytest.approx(0.6)},
    ]


def test_folders_of_train_and_validation_are_one_run(tmp_path: Path):
    event_file(tmp_path / "one" / "train", (0, {"epoch_loss": 0.5}), (1, {"epoch_loss": 0.25}))
    event_file(tmp_path / "one" / "validation", (0, {"epoch_loss": 0.75}), (1, {"epoch_loss": 0.5}))
    event_file(tmp_path / "two", (1, {"Loss/train": 0.5, "images": 3}))
    one, two = map(read_log, logs_in(tmp_path))
    assert (one.name, two.name) == ("one", "two")
    assert one.records[1] == {"epoch": 2, "loss_train": 0.25, "loss_valid": 0.5}
    assert (two.records, two.left_out) == ([{"epoch": 1, "loss_train": 0.5}], ("images",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no CSV file: it is empty."),
        ("a,b\n1,2,3\n4\n5,6,7,8\n", "is no CSV file: some of its rows have more values"),
        ("epoch;loss;val_loss\n1;0,5;0,6\n2;0,4;0,5\n", "its rows have more values than its first line has names"),
        ("epoch,loss\n1,0.5,9\n2,0.4,9\n", "its rows have more values than its first line has names"),
        ("epoch,loss\n0,0.5,9\n1,0.4,9\n", "its rows have more values than its first line has names"),
        ("epoch,what\n1,2\n", "tells of no loss, accuracy or MAE by a name that is known. It has what."),
        ("epoch,loss\n", "tells of no loss"),
        ("epoch,loss\n1.5,2\n", "the column 'epoch' has numbers that are no epochs"),
        ("epoch,loss\n-1,2\n", "the column 'epoch' has numbers that are no epochs"),
        ("epoch,loss\n1e300,2\n", "the column 'epoch' has numbers that are no epochs"),
        ("epoch,loss\ninf,2\n", "the column 'epoch' has numbers that are no epochs"),
    ],
)
def test_a_wrong_table_is_refused_in_a_sentence(tmp_path: Path, text: str, said: str):
    with pytest.raises(UsageError) as caught:
        read_log(*logs_in(table(tmp_path, text)))
    assert said in str(caught.value)


def test_columns_of_text_are_told_to_be_left_out(tmp_path: Path):
    found = read_log(*logs_in(table(tmp_path, "epoch,loss,when,val_loss\n1,0.5,noon,high\n2,0.25,night,low\n")))
    assert found.left_out == ("val_loss", "when")
    assert found.records == [{"epoch": 1, "loss_train": 0.5}, {"epoch": 2, "loss_train": 0.25}]


def test_a_folder_without_a_log_is_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="holds no log"):
        logs_in(tmp_path)
    with pytest.raises(UsageError, match="There is no file or folder"):
        logs_in(tmp_path / "none")


def test_a_run_of_it_is_over_and_known_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NNLAB_RUNS", str(tmp_path / "runs"))
    path = table(tmp_path / "version_0", LIGHTNING)
    os.utime(path, (1e9, 1e9))
    found = read_log(*logs_in(path))
    folder = import_log(found)
    assert history_of(events_of(folder))[1]["loss_valid"] == 0.5
    summary = summarize(folder)
    assert (summary.status, summary.best_epoch, summary.metrics["accuracy_valid"]) == ("finished", 2, 0.75)
    assert summary.modified == 1e9
    (run,), curves = RunReader().read([folder.path])
    assert run.imported
    assert not run.resumable
    assert run.checkpoint is None
    assert list(curves[folder.path]["loss_train"]) == [0.8, 0.55]
    with pytest.raises(UsageError, match="exists already"):
        import_log(found, folder.name)


@pytest.mark.parametrize(
    ("text", "epochs", "best"),
    [
        ("step,loss,val_loss\n100,0.5,0.6\n200,0.4,0.5\n900,,0.7\n", [100, 200, 900], 200),
        ("epoch,val_loss\n1,0.6\n2,0.5\n3,\n4,0.9\n", [1, 2, 4], 2),
        ("epoch,loss\n1,0.6,\n2,0.5,\n", [1, 2], 2),
        ("epoch,val_accuracy\n0,0.6\n5,0.7\n", [1, 6], 0),
        ("epoch,loss,val_loss\n0,0.9,0.95\n1,nan,0.85\n2,1e400,0.80\n3,inf,-inf\n", [1, 2, 3, 4], 2),
    ],
)
def test_a_run_of_any_log_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, epochs: list[int], best: int
):
    monkeypatch.setenv("NNLAB_RUNS", str(tmp_path / "runs"))
    folder = import_log(read_log(*logs_in(table(tmp_path / "log", text))))
    assert [record["epoch"] for record in history_of(events_of(folder))] == epochs
    assert summarize(folder).best_epoch == best
    (run,), _ = RunReader().read([folder.path])
    assert run.imported
