"""Several trained networks as one: it answers their mean everywhere, and a file that claims odd ones is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.api import fit
from nnlab.engine.bounds import MOST_PARTS
from nnlab.engine.checkpoint import Checkpoint
from nnlab.engine.ensemble import ROUNDS, best_mix, error_of, together
from nnlab.engine.errors import UsageError
from nnlab.engine.evaluation.answers import answer, input_of
from nnlab.engine.evaluation.conformal import shares_of
from nnlab.engine.network import load
from nnlab.engine.prediction.predict import outputs_of
from nnlab.engine.training.session import begin

MODELS: list[dict[str, Any]] = [
    {"model": "mlp", "hidden": "6"},
    {"model": "tabm", "members": 4, "embedding": "both"},
    {"model": "linear"},
]
SHARES = [0.5, 0.3, 0.2]


def trained(data: str, **choices: Any) -> Checkpoint:
    return fit(data, epochs=2, **choices).checkpoint


@pytest.fixture(scope="module", params=["iris", "auto-mpg", "digits"])
def parts(request: pytest.FixtureRequest) -> list[Checkpoint]:
    """Networks that learn the same: classes, numbers, images."""
    models = MODELS if request.param != "digits" else [{"model": "cnn", "channels": "2"}, {"model": "linear"}] * 2
    return [trained(request.param, **choices) for choices in models[:3]]


def rows_of(checkpoint: Checkpoint) -> torch.Tensor:
    session = begin(checkpoint.config)
    assert session.prepared.test is not None
    return session.prepared.test.x[:]


def test_it_answers_the_weighted_mean_by_numpy_by_torch_and_from_its_file(parts: list[Checkpoint], tmp_path: Path):
    made, x = together(parts, SHARES), rows_of(parts[0])
    classes = bool(made.schema.classes)
    given: Callable[[np.ndarray], np.ndarray] = shares_of if classes else np.asarray
    each = [
        given(answer(part.module().double(), x, lambda x, p=part: input_of(p.schema)(x).double()).numpy())
        for part in parts
    ]
    mean = sum(answers * share for answers, share in zip(each, SHARES, strict=True))
    by_torch = answer(made.module().double(), x, lambda x: input_of(made.schema)(x).double()).numpy()
    np.testing.assert_allclose(given(by_torch), mean, rtol=1e-9)
    np.testing.assert_allclose(given(outputs_of(made)(x.numpy()).T), mean, rtol=1e-9)
    checkpoints.save(tmp_path / "both.pt", made)
    network = load(tmp_path / "both.pt")
    assert not network.checkpoint.epoch
    np.testing.assert_array_equal(outputs_of(network.checkpoint)(x.numpy()), outputs_of(made)(x.numpy()))
    assert network.checkpoint.config.model.shares == SHARES


@pytest.mark.parametrize("choices", MODELS, ids=lambda choices: choices["model"])
@pytest.mark.parametrize("data", ["iris", "auto-mpg"])
def test_an_ensemble_of_one_is_that_network(data: str, choices: dict[str, Any]):
    one = trained(data, **choices)
    made, x = together([one], [1.0]), rows_of(one)
    found, expected = (outputs_of(network)(x.numpy()) for network in (made, one))
    if one.schema.classes:
        found, expected = (shares_of(outputs.T) for outputs in (found, expected))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_networks_of_other_rows_columns_or_preparations_are_refused():
    iris = trained("iris")
    for other in (trained("wine"), trained("iris", split_seed=2), trained("iris", scale="robust")):
        with pytest.raises(UsageError, match="of the same rows, columns and preparation"):
            together([iris, other], [0.5, 0.5])
    with pytest.raises(UsageError, match=f"at most {MOST_PARTS} networks"):
        together([iris] * (MOST_PARTS + 1), [1 / (MOST_PARTS + 1)] * (MOST_PARTS + 1))
    with pytest.raises(UsageError, match="own single networks"):
        together([iris, together([iris], [1.0])], [0.5, 0.5])


def forged(made: Checkpoint, path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """A file in which an ensemble is not what it is."""
    checkpoints.save(path, made)
    body = torch.load(path, weights_only=True)
    change(body)
    torch.save(body, path)
    return path


def _of_both(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(body: dict[str, Any]) -> None:
        body["spec"][key] = body["config"]["model"][key] = value

    return change


def _nested(body: dict[str, Any]) -> None:
    body["spec"]["parts"][0] = {**body["spec"], "parts": list(body["spec"]["parts"])}


def _deep(body: dict[str, Any]) -> None:
    for _ in range(150):
        body["spec"] = {**body["spec"], "parts": [body["spec"]], "shares": [1.0]}


def _many(body: dict[str, Any]) -> None:
    body["spec"]["parts"] = body["spec"]["parts"] * 1_000
    body["spec"]["shares"] = [1 / 2_000] * 2_000


def _other_inputs(body: dict[str, Any]) -> None:
    body["spec"]["parts"][0]["in_features"] = 3


def _huge(body: dict[str, Any]) -> None:
    body["spec"]["parts"][0]["hidden"] = body["config"]["model"]["parts"][0]["hidden"] = [10**6, 10**6]


def _without_weights(body: dict[str, Any]) -> None:
    del body["weights"]["0.parts.1.0.weight"]


def _other_shares(body: dict[str, Any]) -> None:
    body["spec"]["shares"] = [0.4, 0.6]


ODD: dict[str, Callable[[dict[str, Any]], None]] = {
    "shares that are not 1 in all": _of_both("shares", [0.5, 0.6]),
    "shares below nothing": _of_both("shares", [1.5, -0.5]),
    "no shares": _of_both("shares", []),
    "no parts": _of_both("parts", []),
    "an ensemble in it": _nested,
    "many in each other": _deep,
    "thousands beside each other": _many,
    "other inputs": _other_inputs,
    "a huge part": _huge,
    "a part without weights": _without_weights,
    "a config of other shares": _other_shares,
}


@pytest.mark.parametrize("odd", ODD)
def test_a_file_with_an_odd_ensemble_is_refused_in_a_sentence(odd: str, tmp_path: Path):
    linear = trained("iris", model="linear")
    with pytest.raises(UsageError, match="is not an nnlab checkpoint") as told:
        checkpoints.load(forged(together([linear, linear], [0.5, 0.5]), tmp_path / "odd.pt", ODD[odd]))
    assert len(str(told.value)) < 600


def test_it_is_not_trained(tmp_path: Path):
    made = together([trained("iris")], [1.0])
    with pytest.raises(UsageError, match="trained already"):
        begin(made.config)
    with pytest.raises(UsageError, match="trained already"):
        begin(made.config, weights=made)


def test_shares_are_those_of_the_best_mix_and_sum_to_one():
    rng = np.random.default_rng(1)
    truth = rng.normal(size=200)
    outputs = {
        "bad": rng.normal(size=(200, 1)),
        "high": (truth + 1)[:, None],
        "low": (truth - 0.5)[:, None],
    }
    shares = best_mix(outputs, truth, classes=False)
    assert sum(shares.values()) == pytest.approx(1)
    assert shares == pytest.approx({"low": 2 / 3, "high": 1 / 3}, abs=2 / ROUNDS)
    mean = sum(outputs[name] * share for name, share in shares.items())
    assert error_of(np.asarray(mean), truth, classes=False) < 0.05


def test_a_network_that_none_betters_stays_alone_and_one_that_gives_no_number_is_never_chosen():
    truth = np.array([0, 1, 1, 0])
    sure, wrong = np.eye(2)[truth] * 50, np.eye(2)[1 - truth] * 50
    assert best_mix({"wrong": wrong, "none": wrong * np.nan, "sure": sure}, truth, classes=True) == {"sure": 1.0}


def test_what_was_learnt_of_the_parts_validation_rows_is_not_kept():
    one = replace(trained("breast-cancer"), threshold=0.3, margins=(0.1, 0.2))
    made = together([one], [1.0])
    assert made.threshold is None
    assert not made.margins
