"""A threshold is chosen on validation rows when a training is over, is kept in its checkpoint, and is what answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.checkpoint import Checkpoint
from nnlab.engine.config import Config, validate
from nnlab.engine.errors import UsageError
from nnlab.engine.evaluation.answers import answer, input_of
from nnlab.engine.evaluation.evaluate import evaluate
from nnlab.engine.evaluation.rules import rule_of
from nnlab.engine.evaluation.thresholds import choose, probabilities_of
from nnlab.engine.events import Event, Noted
from nnlab.engine.network import Network
from nnlab.engine.prediction.predict import predictor_of, with_threshold
from nnlab.engine.runs.claim import claim
from nnlab.engine.training.session import Session, begin
from nnlab.engine.training.train import run

MOONS = {"name": "moons", "samples": 600, "noise": 0.4, "valid_size": 0.3}


def config(data: dict[str, Any] = MOONS, **training: Any) -> Config:
    wanted: dict[str, Any] = {"epochs": 3, "lr": 0.02, "threshold": "cost=5:1", **training}
    return validate({"data": data, "training": wanted}, source="test")


def trained(folder: Path, wanted: Config) -> tuple[Session, Checkpoint, list[Event]]:
    session = begin(wanted)
    events = list(run(session, claim(out=folder)))
    return session, checkpoints.load(folder / "best.pt"), events


def said(events: list[Event]) -> str:
    return next(event.text for event in events if isinstance(event, Noted) and "threshold" in event.text)


@pytest.mark.parametrize("calibrate", [False, True])
def test_it_is_that_of_the_kept_networks_answers_to_validation_rows(tmp_path: Path, calibrate: bool):
    session, kept, events = trained(tmp_path / "run", config(calibrate=calibrate, label_smoothing=0.3))
    valid = session.prepared.valid
    assert valid is not None
    probabilities = probabilities_of(answer(kept.module(), valid.x, input_of(kept.schema)).double().numpy())
    assert kept.threshold is not None
    assert kept.threshold < 0.5
    assert kept.threshold == pytest.approx(choose(rule_of("cost=5:1"), probabilities, valid.y.numpy()), abs=1e-6)
    assert said(events).startswith("threshold: '1' is answered from a probability of ")
    assert checkpoints.load(tmp_path / "run" / "last.pt").threshold is None


def test_it_answers_and_is_overruled(tmp_path: Path):
    _, kept, _ = trained(tmp_path / "run", config(threshold="0.2"))
    x = np.random.default_rng(1).normal(size=(200, 2)).astype(np.float32)
    first = predictor_of(kept)(x, 1, [])
    assert first.probabilities is not None
    assert first.answers.tolist() == (first.probabilities[1] >= 0.2).astype(int).tolist()
    assert len(set((first.probabilities[1] >= 0.2) == (first.probabilities[1] >= 0.5))) == 2
    other = predictor_of(with_threshold(kept, 0.9))(x, 1, [])
    assert other.answers.tolist() == (first.probabilities[1] >= 0.9).astype(int).tolist()
    rows = [{"x1": float(a), "x2": float(b)} for a, b in x]
    network = Network(kept)
    shares = network.predict_proba(rows)[:, 1]
    assert network.predict(rows).tolist() == ["1" if share >= 0.2 else "0" for share in shares]


def test_answers_that_are_no_numbers_are_none_at_any_threshold(tmp_path: Path):
    _, kept, _ = trained(tmp_path / "run", config(threshold="0.2"))
    assert predictor_of(kept)(np.full((1, 2), np.nan, np.float32), 1, []).answers.tolist() == [-1]


def test_a_network_that_is_trained_once_more_has_that_of_rows_that_it_had_not_seen(tmp_path: Path):
    plain = trained(tmp_path / "plain", config())[1]
    again = trained(tmp_path / "again", config(refit=True))[1]
    assert again.refit
    assert again.threshold == plain.threshold
    with pytest.raises(UsageError, match="trained on too"):
        evaluate(again, trusted=True, threshold="f1")


@pytest.mark.parametrize(
    ("data", "training", "words"),
    [
        ({"name": "auto-mpg"}, {}, "is for two classes, and 'MPG' is a number"),
        ({"name": "iris"}, {}, "has 3 classes"),
        (MOONS, {"final": "last"}, "leave out --final last"),
    ],
)
def test_where_it_cannot_be_it_is_refused(data: dict[str, Any], training: dict[str, Any], words: str):
    with pytest.raises(UsageError, match=words):
        begin(config(data, **training))


def test_too_few_validation_rows_are_told_and_leave_the_half(tmp_path: Path):
    _, kept, events = trained(tmp_path / "run", config({**MOONS, "samples": 100, "valid_size": 0.2}, threshold="f1"))
    assert kept.threshold is None
    assert "validation rows, and it takes 50" in said(events)


def test_a_class_that_is_never_answered_has_no_precision_to_tell(tmp_path: Path):
    moons = {**MOONS, "noise": 1.0}
    _, _, events = trained(tmp_path / "run", config(moons, epochs=1, lr=1e-9, threshold="cost=1:1e6"))
    assert "it is never answered" in said(events)
    assert "nan" not in said(events)


def test_a_config_says_what_a_threshold_may_be():
    with pytest.raises(UsageError, match="--threshold: 'f2' is no threshold"):
        validate({"training": {"threshold": "f2"}})


@pytest.mark.parametrize("threshold", [0.0, 1.0, -1.0, float("nan"), float("inf")])
def test_a_forged_threshold_is_refused(tmp_path: Path, threshold: float):
    kept = trained(tmp_path / "run", config(threshold="0.2"))[1]
    checkpoints.save(tmp_path / "forged.pt", replace(kept, threshold=threshold))
    with pytest.raises(UsageError, match="threshold"):
        checkpoints.load(tmp_path / "forged.pt")


def test_a_threshold_of_three_classes_is_refused(tmp_path: Path):
    kept = trained(tmp_path / "run", config({"name": "iris"}, threshold=None))[1]
    checkpoints.save(tmp_path / "forged.pt", replace(kept, threshold=0.3))
    with pytest.raises(UsageError, match="of two classes"):
        checkpoints.load(tmp_path / "forged.pt")


def test_eval_judges_the_kept_one_or_another_beside_the_half(tmp_path: Path):
    kept = trained(tmp_path / "run", config(threshold="0.2"))[1]
    own = evaluate(kept, trusted=True)
    assert own.threshold is not None
    assert (own.threshold.chosen.threshold, own.threshold.said) == (0.2, "kept with the network")
    half = own.threshold.half
    assert [[half.true_negatives, half.false_positives], [half.false_negatives, half.true_positives]] == (
        own.confusion_matrix
    )
    other = evaluate(kept, trusted=True, threshold="f1")
    assert other.threshold is not None
    assert other.threshold.said == "f1, on 144 validation rows"
    assert other.metrics == own.metrics
    assert evaluate(replace(kept, threshold=None), trusted=True).threshold is None
