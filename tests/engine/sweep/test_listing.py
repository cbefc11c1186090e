"""Sweeps in a list of runs: what their logs tell, as they grow, and whose trials runs are."""

import json
from pathlib import Path
from typing import Any

from nnlab.engine.runs.claim import locked
from nnlab.engine.runs.folder import RunFolder, runs_root
from nnlab.engine.sweep.folder import SweepFolder
from nnlab.engine.sweep.listing import SweepReader, sweep_of

STARTED: dict[str, Any] = {
    **{"event": "sweep_started", "sweep": "xor-s1", "data": "xor", "measure": "accuracy", "done": 0, "trials": 6},
    "space": {"lr": "0.001..1", "hidden": "8 | 4,4"},
}


def make(name: str = "xor-s1") -> SweepFolder:
    folder = SweepFolder(runs_root() / name)
    folder.path.mkdir(parents=True)
    (folder.path / "sweep.toml").touch()
    return folder


def tell(folder: SweepFolder, **body: Any) -> None:
    folder.log.touch()
    folder.tell(json.dumps(body))


def ended(trial: int, outcome: str, value: float | None) -> dict[str, Any]:
    return {"event": "trial_ended", "trial": trial, "outcome": outcome, "value": value}


def test_a_sweep_is_one_run_with_trials_for_epochs():
    folder, reader = make(), SweepReader()
    (sweep,) = reader.read()
    assert (sweep.state, sweep.name, sweep.epochs, sweep.told) == ("empty", "xor-s1", 0, None)
    tell(folder, **STARTED)
    tell(folder, **ended(0, "complete", 0.8))
    tell(folder, **ended(1, "pruned", 0.99))
    tell(folder, **ended(2, "complete", 0.9))
    (sweep,) = reader.read()
    assert (sweep.state, sweep.epochs, sweep.planned, sweep.told) == ("interrupted", 3, 6, ("accuracy_valid", 0.9))
    assert (sweep.data, sweep.model) == ("xor", "sweep of lr, hidden")
    assert sweep.fields["sweep"] == "xor-s1"
    assert sweep.fields["reached"] == 0.9
    assert not sweep.resumable
    assert sweep.checkpoint is None
    assert reader.read() == [sweep]
    with locked(RunFolder(folder.path)):
        assert reader.read()[0].state == "running"
        tell(folder, event="sweep_steered", did="paused", trials=None)
        tell(folder, event="sweep_steered", did="more", trials=9)
        (sweep,) = reader.read()
        assert (sweep.state, sweep.planned, sweep.live) == ("paused", 9, True)
    tell(folder, event="sweep_ended", stopped=False)
    assert reader.read()[0].state == "finished"
    tell(folder, event="sweep_ended", stopped=True)
    assert reader.read()[0].state == "interrupted"


def test_odd_lines_are_passed_over_and_other_folders_are_no_sweeps(tmp_path: Path):
    folder = make()
    for line in ("torn", "[1]", '{"event": 3}', '{"event": "trial_ended"}', '{"event": "sweep_started", "data": 1}'):
        folder.log.touch()
        folder.tell(line)
    (runs_root() / "another").mkdir()
    (sweep,) = SweepReader().read()
    assert sweep.epochs == 0


def test_whose_trial_a_run_is():
    sweeps = {"xor-s1", "my-sweep"}
    assert sweep_of("xor-s1-07", sweeps) == "xor-s1"
    assert sweep_of("xor-s1-07-seed2", sweeps) == "xor-s1"
    assert sweep_of("my-sweep-123", sweeps) == "my-sweep"
    assert sweep_of("xor-s2-07", sweeps) == ""
    assert sweep_of("xor-s1", sweeps) == ""
    assert sweep_of("xor-3", sweeps) == ""
