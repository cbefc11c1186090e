"""The ensemble of a sweep is a run like any other, is told beside the winner, and is there only if it is better."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from nnlab.engine.api import fit
from nnlab.engine.network import load
from nnlab.engine.runs.folder import RunFolder, runs_root
from nnlab.engine.runs.summary import list_runs, summarize
from nnlab.engine.sweep.events import Ensemble, SweepEnded, ended_of, to_json
from nnlab.engine.sweep.folder import SweepFolder, claim_sweep
from nnlab.engine.sweep.mixing import NoEnsembleError, mix
from nnlab.engine.sweep.removal import trials_of

Call = Callable[..., Any]


def trained(folder: SweepFolder, number: int, data: str = "auto-mpg", **choices: Any) -> str:
    fit(data, name=folder.run(number), epochs=3, **choices)
    return folder.run(number)


@pytest.fixture
def folder() -> SweepFolder:
    return claim_sweep("s", "s")


def test_the_best_mix_is_kept_as_a_run_that_was_trained_for_no_epoch(folder: SweepFolder):
    runs = [trained(folder, seed, seed=seed, model=("mlp", "tabm")[seed % 2]) for seed in range(1, 5)]
    found, notes = mix(folder, runs)
    assert not notes
    assert found.valid < found.winner
    assert sum(found.shares.values()) == pytest.approx(1)
    network = load(found.run)
    assert network.evaluate(split="valid").metrics["rmse"] == pytest.approx(found.valid)
    assert load(runs[0]).evaluate(split="valid").metrics["rmse"] == pytest.approx(found.winner)
    assert network.evaluate().metrics == found.test
    assert network.checkpoint.margins
    run = summarize(RunFolder(runs_root() / found.run))
    assert (run.status, run.epochs) == ("finished", 0)
    assert run.metrics["mae_test"] == pytest.approx(found.test["mae"])
    assert run.folder in [one.folder for one in list_runs()]
    assert RunFolder(runs_root() / found.run) in trials_of(folder)
    again, _ = mix(folder, runs)
    assert again == found


def test_where_no_mix_is_better_there_is_none_and_an_earlier_one_goes(folder: SweepFolder):
    runs = [trained(folder, seed, seed=seed) for seed in (1, 2, 3)]
    mix(folder, runs)
    with pytest.raises(NoEnsembleError, match="better than s-01 alone"):
        mix(folder, runs[:1])
    assert not (runs_root() / folder.ensemble).exists()


def test_a_threshold_is_the_mixs_own(folder: SweepFolder):
    choices: dict[str, Any] = {"data": "circles", "threshold": "cost=5:1"}
    found, notes = mix(
        folder, [trained(folder, seed, seed=seed, model=("mlp", "tabm")[seed % 2], **choices) for seed in range(1, 5)]
    )
    mixed = load(found.run)
    kept = mixed.checkpoint.threshold
    assert kept is not None
    assert notes == [f"the ensemble answers {mixed.classes[1]!r} from a probability of {kept:.3g} on"]
    judged = mixed.evaluate(split="valid", threshold="cost=5:1").threshold
    assert judged is not None
    assert judged.chosen.threshold == pytest.approx(kept)


def test_networks_of_another_preparation_are_left_out_and_said(folder: SweepFolder):
    runs = [trained(folder, seed, seed=seed) for seed in (1, 2, 3)]
    found, notes = mix(folder, [*runs, trained(folder, 4, scale="robust"), "never-trained"])
    assert set(found.shares) <= set(runs)
    assert notes == ["the ensemble was chosen without 1 network of another preparation or kind"]


def test_the_end_of_a_sweep_with_an_ensemble_is_read_back():
    ended = SweepEnded("s", "/s", "loss", 1, {}, 1.0, ensemble=Ensemble("s-ensemble", {"s-01": 1.0}, "loss", 1, 2, {}))
    assert ended_of(json.loads(json.dumps(to_json(ended)))) == ended


def test_a_sweep_by_its_command_keeps_one_that_eval_and_predict_know_and_train_does_not(nnlab: Call, capsys: Any):
    pytest.importorskip("optuna")
    words = ["sweep", "moons", "--samples", "120", "--lr", "0.001 | 0.01 | 0.1", "--epochs", "3", "--name", "m"]
    done = nnlab(*words, "--ensemble", "--jobs", "1", "--json")
    assert done.returncode == 0, done.stderr
    last = json.loads(done.stdout.splitlines()[-1])
    if last["ensemble"] is None:
        assert any("no ensemble" in note for note in last["notes"])
        return
    assert last["ensemble"]["run"] == "m-ensemble"
    assert nnlab("eval", "m-ensemble").returncode == 0
    assert nnlab("predict", "m-ensemble", "--row", "x1=1,x2=2").returncode == 0
    resumed = nnlab("train", "--resume", "m-ensemble")
    assert resumed.returncode == 2
    assert "trained already" in resumed.stderr
    assert "m-ensemble" in nnlab("runs", "list").stdout
    assert nnlab("runs", "rm", "m", "--yes").returncode == 0
    assert not (runs_root() / "m-ensemble").exists()
