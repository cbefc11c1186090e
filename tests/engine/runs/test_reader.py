"""Runs read from their folders: as they grow, cheaply, and whatever a damaged or stranger's log holds."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from nnlab.engine.events import EpochEnded, RunStarted, StateChanged, to_line
from nnlab.engine.runs.claim import locked
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.log import EventLog
from nnlab.engine.runs.reader import Run, RunReader


def read(reader: RunReader, *shown: Path) -> dict[str, Run]:
    return {run.name: run for run in reader.read(shown)[0]}


def append(folder: Path, *lines: str) -> None:
    with (folder / "events.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in lines)


def test_a_run_tells_what_it_learnt_and_how_well(make_run: Callable[..., Path]):
    folder = make_run("xor-1", lr=0.03)
    run = read(RunReader())["xor-1"]
    assert (run.state, run.data, run.model, run.epochs, run.planned, run.lr) == (
        *("finished", "xor", "mlp 10-6", 3, 50, 0.03),
    )
    assert run.told == ("accuracy_valid", 0.9)
    assert run.best_epoch == 3
    assert run.checkpoint == folder / "best.pt"
    assert run.fields["optimizer"] == "adam"
    assert run.fields["lr"] == 0.03


@pytest.mark.parametrize(
    ("stopped", "state"),
    [("epochs", "finished"), ("interrupt", "interrupted"), ("diverged", "diverged"), (None, "crashed")],
)
def test_its_state_is_how_it_ended(make_run: Callable[..., Path], stopped: str | None, state: str):
    make_run("xor-1", stopped=stopped)
    assert read(RunReader())["xor-1"].state == state


def test_it_grows_while_it_is_trained(make_run: Callable[..., Path]):
    folder, reader = make_run("xor-1", stopped=None), RunReader()
    with locked(RunFolder(folder)):
        assert read(reader)["xor-1"].state == "running"
        append(folder, to_line(EpochEnded({"epoch": 4, "loss_train": 0.1, "loss_valid": 0.05})))
        append(folder, to_line(StateChanged("paused", 4)))
        run = read(reader, folder)["xor-1"]
        assert (run.state, run.epochs, run.best_epoch) == ("paused", 4, 4)
        append(folder, to_line(StateChanged("running", 4)))
        assert read(reader)["xor-1"].state == "running"
    assert read(reader)["xor-1"].state == "crashed"


def test_what_did_not_change_is_not_read_again(make_run: Callable[..., Path], monkeypatch: pytest.MonkeyPatch):
    folder, reader = make_run("xor-1"), RunReader()
    before = read(reader, folder)["xor-1"]

    def fail(*_: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(EventLog, "poll", fail)
    assert read(reader, folder)["xor-1"] is before


def test_curves_are_there_of_the_runs_that_are_shown(make_run: Callable[..., Path]):
    folder, reader = make_run("xor-1"), RunReader()
    make_run("xor-2")
    assert reader.read(())[1] == {}
    curves = reader.read((folder,))[1]
    assert list(curves) == [folder]
    assert curves[folder]["accuracy_valid"].tolist() == [0.5, 0.75, 0.9]
    assert "seconds" not in curves[folder]
    reader.read(())
    assert not reader.logs[folder].progress.history


def test_whoever_looks_at_another_run_does_not_wait_for_the_rest(
    make_run: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
):
    first, other = make_run("first"), make_run("other")
    reader = RunReader()
    reader.read(())
    append(first, to_line(EpochEnded({"epoch": 4, "loss_train": 0.1, "loss_valid": 0.05})))
    append(other, to_line(EpochEnded({"epoch": 4, "loss_train": 0.1, "loss_valid": 0.05})))
    monkeypatch.setattr("nnlab.engine.runs.reader.runs_root", lambda: pytest.fail("all of them are read"))
    runs, curves = reader.look([first, Path("nowhere")])
    assert {run.name: run.epochs for run in runs} == {"first": 4, "other": 3}
    assert list(curves) == [first]
    assert list(curves[first]["epoch"]) == [1, 2, 3, 4]


def test_a_run_that_is_gone_when_it_is_looked_at_is_as_it_was(make_run: Callable[..., Path]):
    folder, reader = make_run("xor-1"), RunReader()
    before = reader.read(())[0]
    shutil.rmtree(folder)
    assert reader.look([folder]) == (before, {folder: {}})
    assert reader.read([folder]) == ([], {})


def test_where_it_was_resumed_the_repeated_epochs_replace_the_old(make_run: Callable[..., Path]):
    folder, reader = make_run("xor-1"), RunReader()
    reader.read((folder,))
    again = RunStarted("xor-1", str(folder), "xor", "binary", 108, "cpu", {"training": {"epochs": 60}}, first_epoch=3)
    append(folder, to_line(again), to_line(EpochEnded({"epoch": 3, "loss_train": 0.1, "loss_valid": 0.9})))
    runs, curves = reader.read((folder,))
    assert curves[folder]["epoch"].tolist() == [1, 2, 3]
    assert curves[folder]["loss_valid"][-1] == 0.9
    assert (runs[0].epochs, runs[0].planned, runs[0].ended) == (3, 60, None)


def test_a_torn_line_is_passed_over_and_an_odd_one_is_told_once_and_for_all(make_run: Callable[..., Path]):
    folder, reader = make_run("xor-1", stopped=None), RunReader()
    make_run("xor-2")
    append(folder, "no json", '{"event": "of a later version"}')
    assert read(reader, folder)["xor-1"].state == "crashed"
    append(folder, json.dumps({"event": "epoch", "epoch": "three", "loss_train": 1}), '{"event": "epoch", "epo')
    for _ in range(2):
        runs = read(reader, folder)
        assert runs["xor-1"].state == "unreadable"
        assert f"line 7 of {folder}/events.jsonl: its epoch cannot be 'three'" in runs["xor-1"].error
        assert runs["xor-2"].state == "finished"
        append(folder, to_line(EpochEnded({"epoch": 4, "loss_train": 1})))
        assert (runs["xor-1"].epochs, runs["xor-1"].lr) == (3, 0.1)
    repaired = [line for line in (folder / "events.jsonl").read_text().splitlines() if "three" not in line]
    (folder / "events.jsonl").write_text("\n".join(repaired[:4]) + "\n")
    assert read(reader, folder)["xor-1"].state == "crashed"


def test_runs_that_vanish_are_gone_and_unreadable_ones_say_so(make_run: Callable[..., Path], own_world: Path):
    reader, folder, other = RunReader(), make_run("xor-1"), make_run("xor-2")
    (own_world / "empty").mkdir()
    (own_world / "empty" / "events.jsonl").touch()
    assert {name: run.state for name, run in read(reader).items()} == {
        **{"xor-1": "finished", "xor-2": "finished", "empty": "empty"}
    }
    shutil.rmtree(folder)
    (other / "events.jsonl").write_text("", encoding="utf-8")
    os.utime(other / "events.jsonl", (1, 1))
    assert {name: run.state for name, run in read(reader).items()} == {"xor-2": "empty", "empty": "empty"}


def test_a_log_that_the_disk_refuses_says_so(make_run: Callable[..., Path], monkeypatch: pytest.MonkeyPatch):
    make_run("xor-1")

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(EventLog, "poll", refuse)
    assert read(RunReader())["xor-1"].state == "unreadable"


def test_without_a_folder_of_runs_there_is_none(own_world: Path):
    assert not own_world.exists()
    assert RunReader().read(()) == ([], {})
