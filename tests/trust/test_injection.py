"""Text from data is shown inert, names lead nowhere else, and nothing is imported from where one stands."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pexpect
import pytest

Call = Callable[..., CompletedProcess[str]]

EVIL = "\x1b]0;owned\x07[red]x[/red]\x9b31m\u202eevil\u2066\nline\ttab"
FORMULA = '=HYPERLINK("http://x","y")'


@pytest.fixture
def hostile(tmp_path: Path, nnlab: Call) -> Path:
    """A table with hostile columns and classes, and a run `h` trained on it; returns the table."""
    path = tmp_path / "hostile\x1b[2J[b]\u202e.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([f"a{EVIL}", f"c{EVIL}", "kind"])
        for n in range(90):
            kind = (EVIL, FORMULA, "plain")[n % 3]
            writer.writerow([n % 3 + n / 100, (EVIL, "other")[n % 2], kind])
    done = nnlab("train", path, "--target", "kind", "--epochs", 2, "--name", "h", "--plain")
    assert done.returncode == 0, done.stderr
    inert(done.stdout, done.stderr)
    return path


def inert(*texts: str) -> None:
    """Assert that a terminal shows all of this and obeys none of it."""
    for text in texts:
        odd = {char for char in text if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")}
        assert not odd, text


@pytest.mark.parametrize(
    "argv",
    [
        ["data", "show", "DATA"],
        ["data", "show", "DATA", "--json"],
        ["data", "plot", "DATA"],
        ["eval", "h"],
        ["eval", "h", "--json"],
        ["predict", "h", "DATA", "--json"],
        ["model", "show", "h"],
        ["runs", "show", "h"],
        ["runs", "list"],
        ["runs", "list", "--json"],
        ["train", "DATA", "--target", "kind", "--epochs", "1", "--json"],
        ["train", "DATA", "--target", EVIL],
        ["train", "DATA", "--target", "kind", "--features", EVIL],
        ["train", EVIL],
        ["predict", "h", "--row", f"{EVIL}=1"],
        ["eval", EVIL],
        ["data", "show", EVIL],
        ["recipe", "show", EVIL],
        [EVIL],
        ["train", f"--{EVIL}"],
    ],
    ids=lambda argv: " ".join(word if word.isascii() and word.isprintable() else "EVIL" for word in argv),
)
def test_nothing_from_data_steers_the_terminal(argv: list[str], hostile: Path, nnlab: Call):
    done = nnlab(*(hostile if word == "DATA" else word for word in argv))
    inert(done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    assert "went wrong" not in done.stderr


def test_json_says_the_names_all_the_same(hostile: Path, nnlab: Call):
    done = nnlab("eval", "h", "--json")
    assert EVIL in json.loads(done.stdout)["classes"]


def test_formulas_are_guarded_where_asked(hostile: Path, nnlab: Call):
    plain = nnlab("predict", "h", hostile).stdout
    guarded = nnlab("predict", "h", hostile, "--guard-formulas").stdout
    cells = {row["prediction"] for row in csv.DictReader(plain.splitlines(keepends=True))}
    safe = {row["prediction"] for row in csv.DictReader(guarded.splitlines(keepends=True))}
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in safe)
    assert {cell.removeprefix("'") for cell in safe} == cells


@pytest.mark.parametrize("name", ["../out", "/tmp/out", "a/b", "..", ".hidden", "-x", "a\nb", "", "x" * 101, "latest"])
def test_run_names_stay_among_the_runs(name: str, own_world: Path, nnlab: Call):
    done = nnlab("train", "xor", "--epochs", 1, f"--name={name}")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert not own_world.exists()
    assert not (own_world.parent / "out").exists()


@pytest.mark.parametrize("name", ["../../pyproject", "../config", "/etc/passwd", "tutorial/../../errors"])
def test_recipes_stay_among_the_recipes(name: str, nnlab: Call):
    for argv in (["recipe", "show", name], ["train", "--recipe", name, "--dry-run"]):
        done = nnlab(*argv)
        assert done.returncode == 2
        assert done.stdout == ""


def test_answers_on_a_terminal_do_nothing_to_it(hostile: Path):
    argv = ["-m", "nnlab", "predict", "h", str(hostile)]
    child = pexpect.spawn(sys.executable, argv, encoding="utf-8", timeout=60, dimensions=(200, 400))
    child.setecho(False)
    seen = child.read()
    child.close()
    assert child.exitstatus == 0, seen
    assert seen.count("plain") >= 30
    inert(seen.replace("\r\n", "\n"))


def test_runs_rm_removes_runs_alone(tmp_path: Path, nnlab: Call):
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").touch()
    for name in (str(tmp_path / "precious"), "../precious", ".", "/"):
        assert nnlab("runs", "rm", name, "--yes").returncode == 2
    assert (tmp_path / "precious" / "file").exists()


def test_nothing_is_imported_from_the_current_folder(tmp_path: Path):
    for name in ("torch", "numpy", "pandas", "typer", "rich", "pydantic", "commands", "engine", "random", "csv"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'it-ran')!r}, 'w')")
    script = Path(sys.executable).with_name("nnlab")
    environment = {**os.environ, "NNLAB_RUNS": str(tmp_path / "runs")}
    for start in ([sys.executable, "-m", "nnlab"], [str(script)]):
        argv = [*start, "train", "xor", "--epochs", "1", "--quiet"]
        done = subprocess.run(argv, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100)
        assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "it-ran").exists()
