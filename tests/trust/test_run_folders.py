"""A run takes no file that was there before it, a removed run takes none that is not nnlab's, and names stay names."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import odd
import pytest

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.config import validate
from nnlab.engine.errors import NnlabError, UsageError
from nnlab.engine.events import CheckpointSaved, to_line
from nnlab.engine.runs.claim import check_free, claim, is_live, locked
from nnlab.engine.runs.folder import FILES, RunFolder
from nnlab.engine.runs.removal import remove
from nnlab.engine.runs.summary import list_runs, summarize
from nnlab.engine.training.session import begin
from nnlab.engine.training.train import run

Call = Callable[..., CompletedProcess[str]]
OWN = [*FILES, ".last.pt-123.tmp", ".best.pt-abc_12.tmp", "film.jsonl.part"]
NAMES = ["../x", "/tmp/ABS", "a/b", "..", ".hidden", "-x", "a\nb\x1b[31m", "", "x" * 101, "latest", "\u202ex", "a b"]


def contents(folder: Path) -> dict[str, bytes]:
    """All files and links under a folder, and what is in them."""
    paths = [path for path in folder.rglob("*") if path.is_symlink() or path.is_file()]
    return {str(path): bytes(path.readlink()) if path.is_symlink() else path.read_bytes() for path in paths}


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("kind", ["file", "folder", "dangling link"])
def test_out_refuses_a_folder_that_holds_a_file_a_run_would_write(
    name: str, kind: str, tmp_path: Path, own_world: Path
):
    out = tmp_path / "proj"
    out.mkdir()
    if kind == "file":
        (out / name).write_text("mine")
    elif kind == "folder":
        (out / name).mkdir()
    else:
        (out / name).symlink_to(tmp_path / "nowhere")
    (out / "thesis.txt").write_text("mine")
    before = contents(tmp_path)
    for refused in (lambda: check_free(None, out), lambda: claim(out=out), lambda: claim("named", out=out)):
        with pytest.raises(UsageError, match=r"holds .* already.*another --out"):
            refused()
    assert contents(tmp_path) == before
    assert not (tmp_path / "nowhere").exists()
    assert not own_world.exists()


@pytest.mark.parametrize("more", [[], ["--folds", "2"], ["--resume", "base", "--resume-weights-only"]], ids=str)
def test_no_way_to_train_into_a_folder_overwrites_what_is_there(more: list[str], tmp_path: Path, nnlab: Call):
    assert nnlab("train", "xor", "--samples", 60, "--epochs", 1, "--name", "base", "--quiet").returncode == 0
    for folder in (tmp_path / "out", tmp_path / "out" / "fold2"):
        folder.mkdir()
        for name in ("config.toml", "history.csv", "best.pt", "last.pt"):
            (folder / name).write_text("mine")
    before = contents(tmp_path)
    words = ["xor", "--samples", "60"] if "--resume" not in more else []
    done = nnlab("train", *words, "--epochs", 1, "--out", tmp_path / "out", *more)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert {path: what for path, what in contents(tmp_path).items() if path in before} == before


def test_out_takes_an_empty_folder_and_one_with_other_files(tmp_path: Path, nnlab: Call):
    for name, more in (("new/deep", []), ("there", ["notes.md", "data.csv", "last.pt.bak", "Lock.txt"])):
        (tmp_path / name).mkdir(parents=True, exist_ok=bool(more)) if more else None
        for other in more:
            (tmp_path / name / other).write_text("mine")
        done = nnlab("train", "xor", "--samples", 60, "--epochs", 1, "--quiet", "--out", tmp_path / name)
        assert done.returncode == 0, done.stderr
        assert nnlab("runs", "rm", tmp_path / name, "--yes").returncode == 0
        assert sorted(path.name for path in (tmp_path / name).glob("*")) == sorted(more)


def test_out_that_is_a_file_or_leads_nowhere_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="is not a folder"):
        claim(out=tmp_path / "file")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for out in (tmp_path / "loop", tmp_path / "loop" / "x", tmp_path / ("x" * 300), tmp_path / "file" / "x"):
        with pytest.raises(NnlabError, match="cannot be"):
            claim(out=out)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("more", [[], ["--folds", "2"]], ids=str)
def test_a_name_stays_a_name_with_out_too(name: str, more: list[str], tmp_path: Path, own_world: Path, nnlab: Call):
    done = nnlab("train", "xor", "--samples", 60, "--epochs", 1, "--out", tmp_path / "o", f"--name={name}", *more)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "cannot name a run" in done.stderr
    assert not own_world.exists()
    assert not (tmp_path / "o").exists()


def test_a_name_that_is_taken_is_refused_with_out_and_leaves_nothing(tmp_path: Path, own_world: Path):
    claim("mine")
    (own_world / "dangling").symlink_to(own_world / "nowhere")
    for name in ("mine", "dangling"):
        for refused in (lambda: check_free(name, tmp_path / "o"), lambda: claim(name, out=tmp_path / "o")):  # noqa: B023
            with pytest.raises(UsageError, match="exists already"):
                refused()
    assert not list(tmp_path.glob("o/*"))


@pytest.mark.parametrize("name", ["latest", ".hidden", "my run", "\x1b[31m", "-x", "x" * 200])
def test_what_a_folder_is_called_among_the_runs_is_a_name(name: str, tmp_path: Path, own_world: Path):
    claim(out=tmp_path / name)
    for entry in own_world.glob("*"):
        check_free(entry.name + "2", None)
        assert os.path.realpath(entry) == str(tmp_path / name)
    assert not (own_world / "latest").is_symlink()


def test_a_last_pt_that_lies_there_is_never_taken_for_this_runs(tmp_path: Path):
    def session(data: str):
        return begin(validate({"data": {"name": data, "samples": 60}, "training": {"epochs": 2}}, source="test"))

    other, folder = claim(out=tmp_path / "other"), claim(out=tmp_path / "mine")
    assert list(run(session("circles"), other))
    folder.last.write_bytes(other.last.read_bytes())  # somebody puts it there after the folder was taken
    for event in run(session("xor"), folder):
        if not isinstance(event, CheckpointSaved) and folder.last.read_bytes() != other.last.read_bytes():
            break
    assert checkpoints.load(folder.last).config.data.name == "xor"
    assert checkpoints.load(folder.last).epoch == 0


def test_rm_leaves_what_is_no_run_of_nnlabs(tmp_path: Path, own_world: Path, nnlab: Call):
    logs = {
        "text": b"theirs\n",
        "json": b'{"event":"click","user":1}\n',
        "half": b'{"event":"run_started"',
        "odd": b'{"event":"run_started","run":5}\n',
        "note": b'{"event":"note","text":"x","epoch":1}\n',
        "late": b'{"event":"note","text":"x","epoch":1}\n' + to_line(odd.started()).encode() + b"\n",
        "empty": b"",
    }
    for name, log in logs.items():
        for folder in (tmp_path / name, own_world / name):
            folder.mkdir(parents=True)
            (folder / "events.jsonl").write_bytes(log)
            for other in ("best.pt", "config.toml", "lock", "history.csv"):
                (folder / other).write_text("theirs")
    before = contents(tmp_path) | contents(own_world)
    for name in logs:
        for word in (tmp_path / name, name):
            done = nnlab("runs", "rm", word, "--yes")
            assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
            assert "no run of nnlab's" in done.stderr
    assert contents(tmp_path) | contents(own_world) == before


def test_rm_takes_an_old_run_a_torn_one_and_one_that_never_began(own_world: Path):
    lines = odd.real_lines()
    old = odd.make_run(own_world / "old", lines)
    for path in (old.config, old.best, old.last, old.history, old.film, old.control, old.lock):
        path.write_bytes(b"")
    torn = odd.make_run(own_world / "torn", [lines[0], b'{"event":"epo', *lines[:2]])
    full = odd.make_run(own_world / "full", [])
    full.events.write_bytes(lines[0][:100])
    claimed = claim(out=own_world / "claimed")
    begun = claim(out=own_world / "begun")
    begun.config.write_text("resolved = true")
    begun.history.touch()
    for folder in (old, torn, full, claimed, begun):
        assert remove(folder) == []
        assert not folder.path.exists()


def test_rm_leaves_what_was_put_there_by_others(tmp_path: Path, own_world: Path):
    folder = odd.make_run(own_world / "run")
    (tmp_path / "precious").write_text("mine")
    folder.best.symlink_to(tmp_path / "precious")
    folder.history.mkdir()
    (folder.history / "file").write_text("mine")
    others = [".x.pt-1.tmp", "best.pt.bak", "events.jsonl.old", ".last.pt-1.tmp.txt"]
    for other in others:
        (folder.path / other).write_text("mine")
    (folder.path / ".last.pt-99.tmp").write_text("half a checkpoint")
    kept = [path.name for path in remove(folder)]
    assert kept == sorted(["best.pt", "history.csv", *others])
    assert (tmp_path / "precious").read_text() == "mine"


def test_a_training_sweeps_away_no_file_of_others(tmp_path: Path):
    out = tmp_path / "out"
    out.mkdir()
    for name in (".x.pt-1.tmp", ".notes.pt-draft.tmp"):
        (out / name).write_text("mine")
    session = begin(validate({"data": {"name": "xor", "samples": 60}, "training": {"epochs": 1}}, source="test"))
    assert list(run(session, claim(out=out)))
    assert (out / ".x.pt-1.tmp").read_text() == (out / ".notes.pt-draft.tmp").read_text() == "mine"


def test_those_who_look_do_not_see_each_other(own_world: Path):
    folder = odd.make_run(own_world / "run")
    fcntl = pytest.importorskip("fcntl")
    folder.lock.touch()
    with folder.lock.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        assert not is_live(folder)
    with locked(folder):
        assert is_live(folder)
        assert summarize(folder).status == "running"
    assert not is_live(folder)


def test_where_no_lock_can_be_had_the_log_tells(own_world: Path, monkeypatch: pytest.MonkeyPatch):
    folder = odd.make_run(own_world / "run")
    folder.lock.touch()
    fcntl = pytest.importorskip("fcntl")

    def refuse(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert summarize(folder).status == "finished"
    assert [run.status for run in list_runs()] == ["finished"]


ANOTHER = """
import os, sys
from nnlab.commands.app import run
run(["runs", "list"])  # all is imported: another user may not read what this one has installed
print("as another", flush=True)
os.setgroups([]); os.setgid(65534); os.setuid(65534)
sys.exit(run(["runs", "list"]))
"""


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be another user")
@pytest.mark.parametrize("mode", [0o644, 0o600])
def test_another_user_is_told_the_states(mode: int, tmp_path_factory: pytest.TempPathFactory):
    root = Path("/tmp") / f"nnlab-test-{os.getpid()}-{mode}"
    root.mkdir(mode=0o755)
    try:
        for name, lines in (("done", odd.real_lines()), ("dead", odd.real_lines()[:2])):
            folder = odd.make_run(root / name, lines)
            folder.lock.touch()
            folder.lock.chmod(mode)
        odd.make_run(root / "closed").path.chmod(0o700)
        (root / "closed-log").mkdir()
        odd.make_run(root / "closed-log").events.chmod(0o600)
        hidden = {"closed": "unreadable", "closed-log": "unreadable"}
        assert as_another(root) == {"done": "finished", "dead": "crashed", **hidden}
        with locked(RunFolder(root / "dead")):
            assert as_another(root)["dead"] == ("running" if mode == 0o644 else "crashed")
    finally:
        shutil.rmtree(root)


def as_another(root: Path) -> dict[str, str]:
    """The states of runs as another user is told them."""
    environment = {**os.environ, "NNLAB_RUNS": str(root)}
    argv = [sys.executable, "-c", ANOTHER]
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.partition("as another\n")[2].splitlines()[2:]
    return {line.split()[0]: line.split()[1] for line in lines}


def test_a_read_only_mount_tells_the_states(own_world: Path):
    odd.make_run(own_world / "done").lock.touch()
    odd.make_run(own_world / "dead", odd.real_lines()[:2]).lock.touch()
    call = f"{sys.executable} -m nnlab"
    script = f"""
        mount --bind {own_world} {own_world} && mount -o remount,ro,bind {own_world} || exit 77
        {call} runs list; echo; {call} runs rm done --yes; echo code $?
    """
    try:
        done = subprocess.run(
            ["unshare", "--mount", "--map-root-user", "sh", "-c", script], capture_output=True, text=True, timeout=100
        )
    except FileNotFoundError:
        pytest.skip("there is no unshare here")
    if done.returncode in (1, 77):
        pytest.skip(f"nothing can be mounted here: {done.stderr}")
    states = {line.split()[0]: line.split()[1] for line in done.stdout.splitlines()[2:4]}
    assert states == {"done": "finished", "dead": "crashed"}
    assert done.stdout.endswith("code 1\n")
    assert "Read-only file system" in done.stderr
    assert RunFolder(own_world / "done").events.exists()
