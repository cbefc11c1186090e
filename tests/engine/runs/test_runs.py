"""Run folders are claimed once, found by name or path, and tell their state from their files."""

import os
from pathlib import Path

import pytest

from nnlab.engine.errors import NnlabError, UsageError
from nnlab.engine.events import EpochEnded, Event, RunFinished, RunStarted, StoppedBy, to_line
from nnlab.engine.runs import claim, lookup
from nnlab.engine.runs.log import EventLog, history_of, read_events
from nnlab.engine.runs.summary import summarize


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(claim.RUNS_VARIABLE, str(tmp_path / "runs"))
    return tmp_path / "runs"


def write(folder: claim.RunFolder, *events: Event) -> None:
    with folder.events.open("a", encoding="utf-8") as file:
        file.writelines(to_line(event) + "\n" for event in events)


def started(first_epoch: int = 1) -> RunStarted:
    return RunStarted("r", "", "xor", "binary", 1, "cpu", {}, first_epoch=first_epoch)


def epoch(number: int, loss: float = 0.5) -> EpochEnded:
    return EpochEnded({"epoch": number, "loss_train": loss})


def finished(by: StoppedBy) -> RunFinished:
    return RunFinished("r", "", 1, by, 1, "", "", {}, 0.1)


def test_names_are_numbered_and_never_shared():
    assert [claim.claim(stem="xor").name for _ in range(3)] == ["xor-1", "xor-2", "xor-3"]
    claim.claim("mine")
    with pytest.raises(UsageError, match="exists already"):
        claim.claim("mine")


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", "", "latest", "a\n", "x" * 200])
def test_a_name_cannot_leave_the_folder(name: str):
    with pytest.raises(UsageError, match="cannot name a run"):
        claim.claim(name)


def test_a_chosen_folder_holds_one_run_and_is_found_by_name(tmp_path: Path):
    folder = claim.claim(out=tmp_path / "here")
    assert folder.path == (tmp_path / "here").resolve()
    with pytest.raises(UsageError, match="holds a run already"):
        claim.claim(out=tmp_path / "here")
    assert lookup.find_run("here") == folder
    assert lookup.find_run(str(tmp_path / "here")) == folder


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(NnlabError, match="cannot be made"):
        claim.claim(out=tmp_path / "file" / "run")


def test_latest_is_the_newest_and_unknown_names_get_a_hint():
    with pytest.raises(UsageError, match="no run yet"):
        lookup.find_run("latest")
    for stamp, name in enumerate(("one", "two")):
        folder = claim.claim(name)
        write(folder, started())
        os.utime(folder.events, (stamp, stamp))
    assert lookup.find_run("latest").name == "two"
    with pytest.raises(UsageError, match="did you mean 'two'"):
        lookup.find_run("twoo")


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([], "empty"),
        ([started()], "crashed"),
        ([started(), epoch(1), finished("epochs")], "finished"),
        ([started(), finished("early_stop")], "stopped early"),
        ([started(), finished("interrupt")], "interrupted"),
        ([started(), finished("terminated")], "interrupted"),
        ([started(), finished("diverged")], "diverged"),
        ([started(), finished("failed")], "crashed"),
        ([started(), finished("interrupt"), started(2), epoch(2)], "crashed"),
    ],
)
def test_status_comes_from_the_files(events: list[Event], status: str):
    folder = claim.claim()
    write(folder, *events)
    assert summarize(folder).status == status


def test_a_locked_run_is_running_and_locked_once():
    folder = claim.claim()
    write(folder, started())
    with claim.locked(folder):
        assert summarize(folder).status == "running"
    assert summarize(folder).status == "crashed"


def test_a_torn_last_line_waits_and_a_broken_line_is_passed_over():
    folder = claim.claim()
    write(folder, started(), epoch(1))
    with folder.events.open("a", encoding="utf-8") as file:
        file.write('{"event": "ep')
    log = EventLog(folder.events)
    assert list(log.poll()) == [started(), epoch(1)]
    with folder.events.open("a", encoding="utf-8") as file:
        file.write("\n")
    write(folder, epoch(2))
    assert list(log.poll()) == [epoch(2)]
    assert [record["epoch"] for record in history_of(read_events(folder))] == [1, 2]


def test_a_resumed_history_has_no_gap_and_no_double_row():
    events: list[Event] = [started(), epoch(1), epoch(2), epoch(3, 0.9), started(3), epoch(3, 0.1), epoch(4)]
    history = history_of(events)
    assert [record["epoch"] for record in history] == [1, 2, 3, 4]
    assert history[2]["loss_train"] == 0.1


def test_a_checkpoint_is_found_by_file_run_or_latest(tmp_path: Path):
    folder = claim.claim("mine")
    write(folder, started())
    with pytest.raises(UsageError, match="no checkpoint yet"):
        lookup.find_checkpoint("mine")
    folder.best.touch()
    folder.last.touch()
    assert lookup.find_checkpoint("mine") == lookup.find_checkpoint("latest") == folder.best
    assert lookup.find_checkpoint(str(folder.last)) == folder.last
    with pytest.raises(UsageError, match="There is no file"):
        lookup.find_checkpoint(str(tmp_path / "none.pt"))
