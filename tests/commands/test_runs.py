"""`nnlab runs` reads run folders as they lie on disk, live, finished or broken."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from nnlab.engine.config import validate
from nnlab.engine.events import CheckpointSaved, EpochEnded, Event, RunFinished, RunStarted, to_line
from nnlab.engine.runs.claim import locked
from nnlab.engine.runs.folder import RunFolder

Call = Callable[..., CompletedProcess[str]]


@pytest.fixture
def make_run(own_world: Path) -> Callable[..., RunFolder]:
    def make(name: str, *, epochs: int = 3, finished: bool = True, lr: float = 0.01) -> RunFolder:
        folder = RunFolder(own_world / name)
        folder.path.mkdir(parents=True)
        config = validate({"data": {"name": "xor"}, "training": {"lr": lr, "epochs": epochs}}, source="test")
        events: list[Event] = [
            RunStarted(
                run=name, dir=str(folder.path), data="xor", task="binary", parameters=17, device="cpu",
                config=config.to_dict(), rows={"train": 680, "valid": 120, "test": 200}, features=2, classes=["0", "1"],
            )
        ]  # fmt: skip
        for epoch in range(1, epochs + 1):
            loss = 1 / epoch
            events += [
                EpochEnded({"epoch": epoch, "loss_train": loss, "loss_valid": loss + 0.1, "lr": lr, "seconds": 0.1}),
                CheckpointSaved("best", str(folder.best), epoch),
            ]
        if finished:
            reached = {"loss_test": 0.4, "accuracy_test": 0.95}
            events.append(
                RunFinished(name, str(folder.path), epochs, "epochs", epochs, "best.pt", "last.pt", reached, 1.0)
            )
        folder.events.write_text("".join(to_line(event) + "\n" for event in events), encoding="utf-8")
        folder.best.write_bytes(b"weights")
        return folder

    return make


def test_list_without_runs_says_how_to_make_one(nnlab: Call):
    done = nnlab("runs", "list")
    assert done.returncode == 0
    assert done.stdout == ""
    assert "nnlab train xor" in done.stderr


def test_list_shows_state_and_result(nnlab: Call, make_run: Callable[..., RunFolder]):
    make_run("done")
    make_run("dead", finished=False)
    lines = nnlab("runs", "list").stdout.splitlines()
    said = {line.split()[0]: line for line in lines}
    assert "finished" in said["done"]
    assert "0.9500 acc." in said["done"]
    assert "crashed" in said["dead"]


def test_in_a_pipe_nothing_is_cut_and_no_glyph_stands_in_the_way(nnlab: Call, make_run: Callable[..., RunFolder]):
    name = "a-run-with-a-name-that-is-longer-than-any-terminal-is-wide-and-then-some-more-of-it-to-be-sure-0123"
    make_run(name)
    make_run("short")
    (line,) = [line for line in nnlab("runs", "list").stdout.splitlines() if line.startswith("a-run")]
    assert line.split()[:2] == [name, "finished"]
    assert "…" not in nnlab("runs", "compare", name, "short").stdout


def test_list_as_json(nnlab: Call, make_run: Callable[..., RunFolder]):
    make_run("done")
    listed: list[dict[str, Any]] = json.loads(nnlab("runs", "list", "--json").stdout)
    assert [(run["run"], run["status"], run["epochs"], run["model"]) for run in listed] == [
        ("done", "finished", 3, "mlp")
    ]
    assert listed[0]["best_epoch"] == 3
    reached = {"loss_train": pytest.approx(1 / 3), "loss_valid": pytest.approx(1 / 3 + 0.1)}
    assert listed[0]["metrics"] == {**reached, "loss_test": 0.4, "accuracy_test": 0.95}


def test_show_fits_the_terminal(nnlab: Call, make_run: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch):
    make_run("done", epochs=30)
    for columns in (60, 80, 160):
        monkeypatch.setenv("COLUMNS", str(columns))
        lines = nnlab("runs", "show", "done").stdout.splitlines()
        assert "done" in lines[0]
        assert max(map(len, lines)) <= columns


def test_show_as_json_has_config_and_history(nnlab: Call, make_run: Callable[..., RunFolder]):
    make_run("done")
    shown = json.loads(nnlab("runs", "show", "latest", "--json").stdout)
    assert shown["config"]["training"]["lr"] == 0.01
    assert [record["epoch"] for record in shown["history"]] == [1, 2, 3]


def test_compare_shows_only_what_differs(nnlab: Call, make_run: Callable[..., RunFolder]):
    make_run("slow", lr=0.001)
    make_run("fast", lr=0.1)
    compared = json.loads(nnlab("runs", "compare", "slow", "fast", "--json").stdout)
    assert compared["differences"] == {"training.lr": [0.001, 0.1]}
    said = nnlab("runs", "compare", "slow", "fast").stdout
    assert "training.lr" in said
    assert "training.epochs" not in said
    assert "accuracy test" in said


def test_rm_asks_first(nnlab: Call, make_run: Callable[..., RunFolder]):
    folder = make_run("old")
    done = nnlab("runs", "rm", "old")
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert folder.best.exists()
    assert nnlab("runs", "rm", "old", "--yes").returncode == 0
    assert not folder.path.exists()


def test_rm_keeps_what_is_not_its_own(nnlab: Call, make_run: Callable[..., RunFolder]):
    folder = make_run("mixed")
    thesis = folder.path / "thesis.txt"
    thesis.write_text("mine", encoding="utf-8")
    done = nnlab("runs", "rm", "mixed", "-y")
    assert "other files are left" in done.stderr
    assert [path.name for path in folder.path.iterdir()] == ["thesis.txt"]


def test_rm_refuses_a_live_run(nnlab: Call, make_run: Callable[..., RunFolder]):
    folder = make_run("alive", finished=False)
    with locked(folder):
        done = nnlab("runs", "rm", "alive", "-y")
    assert done.returncode == 2
    assert "is being trained" in done.stderr
    assert folder.best.exists()


@pytest.mark.parametrize("command", ["show", "rm", "compare"])
def test_an_unknown_run_names_the_nearest(nnlab: Call, make_run: Callable[..., RunFolder], command: str):
    make_run("mnist-wide")
    done = nnlab("runs", command, "mnist-wid")
    assert done.returncode == 2
    assert "did you mean 'mnist-wide'?" in done.stderr


def test_import_makes_runs_of_what_others_logged(nnlab: Call, tmp_path: Path):
    log = tmp_path / "version_0" / "metrics.csv"
    log.parent.mkdir()
    log.write_text("epoch,loss,val_loss,what\n0,0.9,0.8,1\n1,0.5,0.6,2\n", encoding="utf-8")
    done = nnlab("runs", "import", str(tmp_path))
    assert (done.returncode, done.stdout) == (0, "")
    assert "version_0-1 has 2 epochs. Left out: what." in done.stderr
    (entry,) = json.loads(nnlab("runs", "import", str(log), "--name", "theirs", "--json").stdout)
    assert (entry["run"], entry["task"], entry["epochs"], entry["best_epoch"]) == ("theirs", "imported", 2, 2)
    assert "theirs" in nnlab("runs", "list").stdout
    assert "loss_valid" in nnlab("runs", "export", "theirs", "--csv").stdout
    shown = nnlab("runs", "show", "theirs")
    assert shown.returncode == 0
    assert "theirs (imported)" not in shown.stdout
    assert "parameters" not in shown.stdout
    for words in (("eval", "theirs"), ("train", "--resume", "theirs"), ("doctor", "theirs"), ("export", "theirs")):
        refused = nnlab(*words)
        assert refused.returncode == 2
        assert "The run 'theirs' is another program's log, and has no network." in refused.stderr
    assert nnlab("runs", "import", str(log), "--name", "theirs").returncode == 2


def test_import_of_several_logs_takes_no_single_name(nnlab: Call, tmp_path: Path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "metrics.csv").write_text("epoch,loss\n1,0.5\n", encoding="utf-8")
    done = nnlab("runs", "import", str(tmp_path), "--name", "both")
    assert done.returncode == 2
    assert "holds 2 logs, for which --name both is one name" in done.stderr
    (tmp_path / "one" / "metrics.csv").write_text("epoch,what\n1,0.5\n", encoding="utf-8")
    done = nnlab("runs", "import", str(tmp_path), "--json")
    assert [entry["run"] for entry in json.loads(done.stdout)] == ["two-1"]
    assert f"Warning: {tmp_path / 'one' / 'metrics.csv'} tells of no loss" in done.stderr


def test_compare_judges_runs_side_by_side(nnlab: Call):
    for name, words in {"a": (), "b": ("--hidden", "2"), "c": ("--test-size", 0.3)}.items():
        assert nnlab("train", "moons", "--epochs", 1, "--name", name, "--quiet", *words).returncode == 0
    done = nnlab("runs", "compare", "a", "b", "--eval")
    assert done.returncode == 0, done.stderr
    for word in ("model.hidden", "on its test rows", "balanced accuracy", "★", "Brier score", "90 % intervals held"):
        assert word in done.stdout
    assert "not to be compared" not in done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80

    done = nnlab("runs", "compare", "a", "c", "--eval")
    own, _, common = done.stdout.partition("on the ")
    assert "★" not in own
    assert " common " in common
    assert "★" in common
    assert "note: c is judged on" in done.stderr

    told = json.loads(nnlab("runs", "compare", "a", "b", "--eval", "--json").stdout)
    assert (told["comparable"], told["notes"], told["trouble"]) == (True, [], [None, None])
    alone = json.loads(nnlab("eval", "b", "--json").stdout)
    assert told["evaluations"][1]["metrics"] == alone["metrics"]
    assert "evaluations" not in json.loads(nnlab("runs", "compare", "a", "b", "--json").stdout)


def test_compare_says_which_run_cannot_be_judged(nnlab: Call, make_run: Callable[..., RunFolder]):
    make_run("empty-1")
    assert nnlab("train", "moons", "--epochs", 1, "--name", "a", "--quiet").returncode == 0
    done = nnlab("runs", "compare", "a", "empty-1", "--eval")
    assert done.returncode == 0
    assert "Warning: empty-1 was not judged: " in done.stderr
    assert "–" in done.stdout
