"""The benchmarks: those who are measured are no part of nnlab, and what is measured becomes a page."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def benchmarks_can_be_imported(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT))  # pyright: ignore[reportUnknownMemberType]


def made_up(part: str) -> dict[str, Any]:
    """What a measurement of this part returns, in its shape."""
    module: Any = import_module(f"benchmarks.{part}")
    two = [1.0, 3.0]
    whole = {"wall": 5.0, "cpu": 6.0, "epoch": 0.5, "accuracy": 0.98}
    return {
        "step": lambda: {name: dict.fromkeys(module.CONTENDERS, two) for name in module.TARGETS},
        "mnist": lambda: {"epochs": 5, "costs": {"nnlab": [whole], "Keras on JAX": [{**whole, "wall": 10.0}]}},
        "conv": lambda: {"steps": 100, "times": {"nnlab": two, "a loop by hand": [4.0, 4.0]}},
        "start": lambda: {what: {"cpu": two, "wall": two} for pair in module.PAIRS for what in pair[:2]},
        "commands": lambda: {
            task: {who: {"cpu": two, "wall": two} for who in ("nnlab", "scikit-learn", "pandas")}
            for task in module.TASKS
        },
        "cost": lambda: {
            "torch": 220.0,
            "turns": 3,
            "points": {"samples 10000": [{"epoch": 0.01, "wall": 2.0, "memory": 300.0}]},
            "widths": {"32": {"captured": 100.0, "eager": 350.0}},
        },
        "answers": lambda: {
            "rows": 500_000,
            "size": 50.0,
            "figures": {
                f"{who}, {size}": {"wall": [wall], "memory": [300.0]}
                for who in ("nnlab", "pandas")
                for size, wall in (("many", 3.0), ("few", 2.0))
            },
        },
        "images": lambda: dict.fromkeys(module.ROWS, two),
        "sweep": lambda: {
            "trials": 4,
            "epochs": 6,
            "reached": {
                data: {who: [{"test": 0.5, "valid": 0.4, "seconds": 9.0, "trials": 5.0}] for who in module.WHO}
                for data in module.DATA
            },
        },
    }[part]()


@pytest.mark.parametrize("part", ["step", "mnist", "conv", "start", "commands", "cost", "answers", "images", "sweep"])
def test_what_is_measured_becomes_a_table(part: str):
    text = import_module(f"benchmarks.{part}").page(made_up(part))
    assert text.startswith("## ")
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) >= 3
    assert not re.search(r"[{}]", text)


def test_a_page_needs_full_measurements_of_all_parts():
    bench = import_module("benchmarks.bench")
    with pytest.raises(SystemExit, match="conv start"):
        bench.write_page({name: {"quick": name in ("conv", "start"), "result": {}} for name in bench.PARTS})


def test_a_command_is_measured_and_a_failing_one_says_so():
    measuring = import_module("benchmarks.measuring")
    taken = measuring.cost([sys.executable, "-c", "print('here')"])
    assert taken.printed == "here\n"
    assert taken.memory > 1
    assert taken.cpu > 0
    with pytest.raises(subprocess.CalledProcessError) as failed:
        measuring.cost([sys.executable, "-c", "raise SystemExit('no ' * 100_000)"])  # more than a pipe holds
    assert failed.value.stderr.startswith("no no")


def test_workers_take_turns_and_the_first_turn_is_not_counted():
    measuring = import_module("benchmarks.measuring")
    worker = "import sys\nfor number, _ in enumerate(sys.stdin): print(number, flush=True)"
    commands = {name: [sys.executable, "-c", worker] for name in ("one", "other")}
    assert measuring.epochs_in_turns(commands, 2, {}) == {"one": [1, 2], "other": [1, 2]}
    with pytest.raises(ChildProcessError, match="one ended before"):
        measuring.epochs_in_turns({"one": [sys.executable, "-c", "input()"]}, 2, {})


def test_the_peers_are_dependencies_of_the_benchmarks_alone():
    pinned = re.findall(r"^([\w-]+)==", (ROOT / "benchmarks/requirements.txt").read_text(encoding="utf-8"), re.M)
    assert pinned
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert not [name for name in pinned if f'"{name}' in project]
    for folder in ("commands", "engine", "tui"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
                assert not {name.partition(".")[0] for name in names} & set(pinned), path


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The benchmark of real tables, each of which is the same small one."""
    module: Any = import_module("benchmarks.real_tables")
    monkeypatch.setenv("NNLAB_RUNS", str(tmp_path))
    monkeypatch.setattr(module, "frame_of", small_table)
    return module


def small_table(_: str) -> Any:
    import pandas as pd

    rows = range(60)
    return pd.DataFrame({"size": [row % 7 / 4 for row in rows], "kind": ["abc"[row % 3] for row in rows]})


def one_row(name: str) -> Any:
    return small_table(name).head(1)


def broken(*_: str) -> None:
    raise ZeroDivisionError("twice nothing")


def test_a_real_table_is_shown_trained_on_answered_and_judged(real: Any, tmp_path: Path):
    outcome = real.judge("some/table", 1, tmp_path)
    assert (outcome["result"], outcome["rows"], outcome["columns"]) == ("done", 60, 2), outcome
    assert set(outcome["said"]) == {"show", "train", "notes", "predict", "eval", "eval of a copy"}


def test_a_real_table_that_is_refused_or_breaks_nnlab_is_counted_as_such(
    real: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(real, "frame_of", one_row)
    refused = real.judge("some/table", 1, tmp_path)
    assert (refused["result"], refused["step"]) == ("refused", "show")
    assert real.reason_of(refused) == "The target … is … in every row"
    monkeypatch.setattr(real, "call", broken)
    crashed = real.judge("some/table", 1, tmp_path)
    assert (crashed["result"], crashed["reason"]) == ("crashed", "ZeroDivisionError: twice nothing")


def test_what_the_network_sees_otherwise_is_told_by_its_door(
    real: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    reading: Any = import_module("nnlab.engine.data.reading.rows")
    read = reading.read_file

    def turned(path: Path, *more: Any) -> Any:
        backwards = list(range(60))[::-1]
        return (table.take(backwards) if path.suffix == ".parquet" else table for table in read(path, *more))

    monkeypatch.setattr(reading, "read_file", turned)
    outcome = real.judge("some/table", 1, tmp_path)
    assert (outcome["result"], outcome["reason"]) == ("different", "Parquet")


def test_a_worker_that_dies_is_one_table_that_crashed(real: Any):
    program = """
import sys
for line in sys.stdin:
    line == "bad\\n" and sys.exit()
    print('{"result": "done"}', flush=True)
"""
    outcomes = list(real.judged(["a", "bad", "c"], [sys.executable, "-c", program]))
    assert [one["result"] for one in outcomes] == ["done", "crashed", "done"]


def test_the_counts_take_their_place_on_the_page(real: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    reason = "Error: The target 'y{0}' has {0} values."
    results = ["done", "done", "large", "refused", "refused"]
    outcomes = [{"result": result, "reason": reason.format(n), "seconds": 1.0} for n, result in enumerate(results, 9)]

    def judged(*_: object) -> list[dict[str, Any]]:
        return outcomes

    monkeypatch.setattr(real, "judged", judged)
    monkeypatch.setattr(real, "names", list)
    monkeypatch.setattr(real, "PAGE", tmp_path / "page.md")
    real.PAGE.write_text(f"before\n\n{real.BEGIN}\nold\n{real.END}\n\nafter\n", encoding="utf-8")
    text = real.page(real.measure(import_module("benchmarks.measuring").Options(False, 2)))
    assert "Tried on 4 real tables" in text
    assert "| The target … has … values | 2 |" in text
    assert real.PAGE.read_text(encoding="utf-8") == f"before\n\n{real.BEGIN}\n{text}{real.END}\n\nafter\n"


def test_what_is_measured_on_tables_becomes_a_page_of_means():
    module: Any = import_module("benchmarks.tables")
    figures = {"OJ": {"accuracy": 0.8, "log loss": 0.4, "auc": 0.9}, "MedExp": {"rmse": 2.0}, "CPS1988": {"rmse": 8.0}}
    size = {"rows": 1_070, "columns": 17, "seconds": 3.0}
    measured = [
        {
            "table": name,
            "method": method,
            "seed": seed,
            **size,
            "scores": {key: value * better for key, value in of.items()},
        }
        for name, of in figures.items()
        for method, better in (("nnlab good", 0.5), ("LightGBM", 1.0))
        for seed in (1, 2)
    ]
    text = module.page({"measured": measured})
    assert "| nnlab good | 0.500 | 0.6100 | 0.4000 | 0.2000 | 0.4500 | 3 | 3.0 |" in text
    assert "| LightGBM | 1.000 | 0.2100 | 0.8000 | 0.4000 | 0.9000 | 0 | 3.0 |" in text
    assert "| MedExp | 1,070 × 17 | 1 | 2 |" in text
    assert not re.search(r"[{}]", text)


def test_each_table_is_named_once_and_every_method_is_there():
    module: Any = import_module("benchmarks.tables")
    assert len({(task.package, task.item) for task in module.TASKS}) == len({task.name for task in module.TASKS})
    assert len(module.TASKS) >= 24
    assert sum(task.classes for task in module.TASKS) >= 12
    page: Any = import_module("benchmarks.tables_page")
    assert {*page.OURS, *page.TREES} <= set(module.METHODS)
