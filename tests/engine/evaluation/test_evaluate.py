import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from nnlab.engine.checkpoint import Checkpoint
from nnlab.engine.config import DataConfig, validate
from nnlab.engine.data.prepare import prepare
from nnlab.engine.data.sources import load
from nnlab.engine.errors import UsageError
from nnlab.engine.evaluation.answers import answer
from nnlab.engine.evaluation.evaluate import evaluate
from nnlab.engine.evaluation.metrics import full
from nnlab.engine.events import finite
from nnlab.engine.models.families import build, spec_for
from nnlab.engine.models.restore import restore
from nnlab.engine.options import Family


def untrained(name: str, seed: int = 1, **sections: dict[str, Any]) -> Checkpoint:
    """A checkpoint of a network that has learnt nothing."""
    sections.setdefault("data", {})["name"] = name
    config = validate(sections, source="test")
    prepared = prepare(load(config.data), config)
    torch.manual_seed(seed)
    spec = spec_for(config.model, prepared.schema)
    return Checkpoint(config, prepared.schema, spec, build(spec).state_dict(), 0, [])


def test_the_test_split_is_judged_beside_baselines() -> None:
    checkpoint = untrained("xor", data={"samples": 200})
    found = evaluate(checkpoint, name="best.pt")
    prepared = prepare(load(checkpoint.config.data), checkpoint.config)
    assert prepared.test is not None
    module = restore(checkpoint.spec, checkpoint.weights)
    with torch.no_grad():
        expected = full(module(prepared.test.x), prepared.test.y, prepared.schema)
    assert (found.checkpoint, found.data, found.split, found.rows) == ("best.pt", "xor", "test", len(prepared.test))
    assert found.metrics == pytest.approx(expected.scores)
    assert found.confusion_matrix == expected.confusion
    assert set(found.baseline) == {"most_frequent", "logistic_regression"}
    assert not found.notes


EVERY: dict[str, dict[str, Any]] = {
    "linear": {},
    "mlp": {"hidden": [8, 5], "activation": "gelu"},
    "noisy-mlp": {"hidden": [6]},
    "tabm": {"hidden": [7], "members": 3},
}


@pytest.mark.parametrize("family", [one for one in get_args(Family) if one not in ("cnn", "ensemble", "custom")])
@pytest.mark.parametrize("name", ["xor", "wine", "auto-mpg"])  # two classes, three, values
@given(st.integers(0, 99))
@settings(deadline=None, max_examples=4)
def test_a_network_on_a_table_is_judged_as_torch_answers(name: str, family: str, seed: int) -> None:
    checkpoint = untrained(name, seed, model={"family": family, **EVERY[family]})
    held = prepare(load(checkpoint.config.data), checkpoint.config).test
    assert held is not None
    expected = full(answer(checkpoint.module().double(), held.x, torch.Tensor.double), held.y, checkpoint.schema)
    found = evaluate(checkpoint)
    assert found.metrics == pytest.approx(expected.scores, rel=1e-9, nan_ok=True)
    assert found.confusion_matrix == expected.confusion
    assert finite(found.per_class) == finite(expected.per_class)  # NaN where a class is never answered
    plain = full(answer(checkpoint.module(), held.x, torch.clone), held.y, checkpoint.schema).scores
    assert found.metrics == pytest.approx(plain, rel=1e-4, abs=1e-6, nan_ok=True)


def test_the_report_has_the_keys_that_readers_rely_on() -> None:
    body = evaluate(untrained("auto-mpg"), name="x.pt").to_json()
    wanted = ["checkpoint", "data", "split", "rows", "task", "metrics", "baseline", "classes", "confusion_matrix"]
    assert [key for key in wanted if key not in body] == []
    assert set(body["metrics"]) == {"mse", "rmse", "mae", "r2"}
    assert (body["classes"], body["confusion_matrix"]) == ([], [])
    json.dumps(body, allow_nan=False)


def test_what_is_undefined_is_null_in_json() -> None:
    found = evaluate(untrained("xor", data={"samples": 100}), split="test[:1]")
    assert math.isnan(found.metrics["roc_auc"])
    assert found.to_json()["metrics"]["roc_auc"] is None


def test_splits_are_those_of_the_training_and_may_be_sliced() -> None:
    checkpoint = untrained("xor", data={"samples": 200, "train_split": "train[:100]"})
    assert evaluate(checkpoint, split="test[:7]").rows == 7
    assert evaluate(checkpoint, DataConfig(name="xor"), "train+valid").rows == 100
    with pytest.raises(UsageError, match="no split 'tset'"):
        evaluate(checkpoint, split="tset")


def test_rows_that_the_training_has_seen_are_told() -> None:
    checkpoint = untrained("xor", data={"samples": 100, "valid_split": "test"})
    assert evaluate(checkpoint).notes == ("20 of these 20 rows were validated on: the best epoch suits them",)
    assert evaluate(checkpoint, split="train[:8]").notes == ("8 of these 8 rows were trained on",)


def test_other_data_with_the_same_columns_is_judged_whole() -> None:
    found = evaluate(untrained("xor", data={"samples": 100}), DataConfig(name="moons", samples=60))
    assert (found.data, found.split, found.rows) == ("moons", "train", 60)
    assert set(found.baseline) == {"most_frequent", "logistic_regression"}
    assert [one.unlike != () for one in found.drift or []] == [True, False]  # a moon reaches further to the right
    assert len(found.notes) == 1
    assert "moons: the column 'x1' is not as in the training" in found.notes[0]


def test_a_checkpoint_that_kept_nothing_of_its_columns_is_judged_as_before() -> None:
    checkpoint = untrained("xor", data={"samples": 100})
    early = replace(checkpoint, schema=checkpoint.schema.model_copy(update={"seen": []}))
    found, other = evaluate(early, DataConfig(name="moons", samples=60)), DataConfig(name="moons", samples=60)
    assert (found.drift, found.notes) == (None, ())
    assert found.metrics == evaluate(checkpoint, other).metrics
    with pytest.raises(UsageError, match="older nnlab"):
        evaluate(early, other, strict=True)


def test_other_draws_of_the_same_data_are_other_data() -> None:
    assert evaluate(untrained("xor", data={"samples": 100}), DataConfig(name="xor", seed=7, samples=50)).rows == 50


@pytest.mark.parametrize(
    ("data", "sentence"),
    [("iris", "no column 'x1'"), ("plane", "no column 'label'"), ("digits", "no column 'x1'"), ("blobz", "blobs")],
)
def test_data_that_do_not_fit_are_refused_in_a_sentence(data: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        evaluate(untrained("xor", data={"samples": 100}), DataConfig(name=data))


def test_images_of_another_size_are_refused() -> None:
    checkpoint = untrained("digits")
    with pytest.raises(UsageError, match=r"\(1, 8, 8\)"):
        evaluate(checkpoint, DataConfig(name="mnist"), "test[:5]")


def test_weights_that_do_not_fit_the_network_are_refused_without_allocating_it() -> None:
    checkpoint = untrained("xor", data={"samples": 100})
    huge = checkpoint.spec.model_copy(update={"hidden": [30_000, 30_000]})
    with pytest.raises(UsageError, match=r"holds .* weights, and its mlp network has 900"):
        restore(huge, checkpoint.weights)
    renamed = {name.replace("0.", "zero."): weight for name, weight in checkpoint.weights.items()}
    with pytest.raises(UsageError, match="do not fit"):
        restore(checkpoint.spec, renamed)


def test_restoring_draws_no_random_numbers() -> None:
    checkpoint = untrained("xor", data={"samples": 100})
    state = torch.get_rng_state()
    module = restore(checkpoint.spec, checkpoint.weights)
    assert torch.equal(torch.get_rng_state(), state)
    assert not module.training
    assert all(isinstance(parameter, nn.Parameter) for parameter in module.parameters())


def test_rows_without_the_truth_cannot_be_judged(tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("x1,x2\n1,2\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"no column 'label', which .* `nnlab predict`"):
        evaluate(untrained("xor", data={"samples": 100}), DataConfig(name=str(rows)))
