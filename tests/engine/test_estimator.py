"""The estimators keep scikit-learn's rules, as its own checks have it, and sit in a pipeline."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from nnlab.engine.errors import UsageError
from nnlab.engine.estimator import NnlabClassifier, NnlabRegressor


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.parametrize("estimator", [NnlabClassifier(epochs=60), NnlabRegressor(epochs=60)])
def test_scikit_learns_own_checks(estimator: Any):
    """But one, as scikit-learn's own networks: rows in random batches, one that counts twice is not two rows."""
    why = "a row's weight is not how often it stands among the rows that batches are drawn from"
    kinds = ("dense_data", "sparse_data")
    check_estimator(
        estimator, expected_failed_checks={f"check_sample_weight_equivalence_on_{kind}": why for kind in kinds}
    )


def test_a_grid_search_over_a_pipeline():
    data: Any = load_iris()
    pipeline = make_pipeline(StandardScaler(), NnlabClassifier(epochs=60, random_state=1))
    search = GridSearchCV(pipeline, {"nnlabclassifier__hidden": [(4,), (16, 8)]}, cv=3).fit(data.data, data.target)
    assert search.best_score_ > 0.9
    assert search.predict_proba(data.data[:5]).sum(1) == pytest.approx(np.ones(5))


def test_a_seed_gives_the_same_network_and_leaves_the_generators_alone():
    x = np.random.RandomState(0).normal(size=(50, 3))
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    first, second = (NnlabRegressor(epochs=3, random_state=1).fit(x, x[:, 0]).predict(x) for _ in range(2))
    assert np.array_equal(first, second)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.fixture
def cars() -> pd.DataFrame:
    """Cars of two makes, of which some lack a weight, and what they drink."""
    draw = np.random.RandomState(0)
    weight, make = draw.normal(3000, 500, 200), draw.choice(["saab", "volvo"], 200)
    frame = pd.DataFrame({"weight": weight, "make": pd.Categorical(make), "old": draw.rand(200) > 0.5})
    frame["mpg"] = 50 - weight / 100 + 5 * (make == "saab") + draw.normal(size=200)
    frame.loc[::10, "weight"] = np.nan
    return frame


def test_frames_with_categories_and_missing_values(cars: pd.DataFrame):
    x = cars[["weight", "make", "old"]]
    model: Any = NnlabRegressor(random_state=0).fit(x[:150], cars.mpg[:150])
    assert model.score(x[150:], cars.mpg[150:]) > 0.7
    assert model.feature_names_in_.tolist() == ["weight", "make", "old"]
    assert np.array_equal(model.predict(x[150:]), model.predict(x)[150:])
    with pytest.warns(UserWarning, match="5 of 5 values.*'lada'") as warned:
        assert model.predict(x.assign(make="lada")[:5]).shape == (5,)
    assert warned[0].filename == __file__
    with pytest.raises(ValueError, match="feature names"):
        model.predict(x[["make", "weight", "old"]])
    kinds = NnlabClassifier(epochs=30, random_state=0).fit(cars[["weight", "mpg", "old"]], cars.make)
    assert set(kinds.predict(cars[["weight", "mpg", "old"]])) <= {"saab", "volvo"}
    assert kinds.classes_.tolist() == ["saab", "volvo"]


def test_what_is_not_learnt_from_is_warned_of(cars: pd.DataFrame):
    owners = cars.assign(owner=[f"owner number {number} of the town" for number in range(len(cars))])
    with pytest.warns(UserWarning, match="not used.*owner"):
        NnlabRegressor(epochs=1).fit(owners.drop(columns="mpg"), cars.mpg)


def test_a_column_may_be_called_like_the_target(cars: pd.DataFrame):
    x = cars[["make"]].assign(target=cars.weight)
    assert NnlabRegressor(random_state=0).fit(x, cars.mpg).score(x, cars.mpg) > 0.7


def test_missing_values_of_arrays_are_filled(cars: pd.DataFrame):
    x = cars[["weight", "old"]].astype(float).to_numpy()
    model = NnlabRegressor(epochs=30, random_state=0).fit(x, cars.mpg)
    assert np.isfinite(model.predict(x)).all()
    with pytest.raises(ValueError, match="infinity"):
        model.predict(np.full((1, 2), np.inf))


def test_weights_pull_the_answers():
    x, y = np.zeros((100, 1)), np.tile([0.0, 1.0], 50)
    x[:, 0] = np.random.RandomState(0).normal(size=100)
    chosen: dict[str, Any] = {"hidden": (4,), "epochs": 60, "lr": 0.01, "random_state": 0}
    for factor, share in ((1, 0.5), (3, 0.75)):
        values = NnlabRegressor(**chosen).fit(x, y, np.where(y, factor, 1))
        assert values.predict(x).mean() == pytest.approx(share, abs=0.1)
    odds = NnlabClassifier(**chosen).fit(x, y, np.where(y, 3, 1))
    assert odds.predict_proba(x)[:, 1].mean() == pytest.approx(0.75, abs=0.1)


def test_weights_are_relative_and_a_row_that_weighs_nothing_is_not_there():
    draw = np.random.RandomState(0)
    x, weights = draw.normal(size=(60, 2)), draw.rand(60)
    weights[::3] = 0

    def answers(rows: Any, given: np.ndarray | None) -> np.ndarray:
        return NnlabRegressor(epochs=3, random_state=1).fit(x[rows], x[rows][:, 0], given).predict(x)

    kept = np.flatnonzero(weights)
    assert np.array_equal(answers(slice(None), weights), answers(slice(None), weights * 8))
    assert np.array_equal(answers(slice(None), weights), answers(kept, weights[kept]))
    assert answers(kept, np.ones(40)) == pytest.approx(answers(kept, None), rel=1e-4)
    with pytest.raises(ValueError, match="at least one non-zero"):
        answers(slice(None), np.zeros(60))


class Wide(torch.nn.Module):
    """A network that its user wrote."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.inner, self.outer = torch.nn.Linear(in_features, 20), torch.nn.Linear(20, out_features)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.outer(torch.relu(self.inner(x)))


def test_a_network_of_ones_own_is_trained(cars: pd.DataFrame):
    x = cars[["weight", "make", "old"]]
    model = NnlabRegressor(module=Wide, random_state=0).fit(x, cars.mpg)
    assert model.score(x, cars.mpg) > 0.7
    assert isinstance(model.network_.module, Wide)
    data: Any = load_iris()
    search = GridSearchCV(NnlabClassifier(module=Wide, random_state=0), {"lr": [1e-5, 0.01]}, cv=3)
    assert search.fit(data.data, data.target).best_params_ == {"lr": 0.01}

    def made(out_features: int) -> torch.nn.Module:
        return torch.nn.Linear(4, out_features)

    assert NnlabClassifier(module=made, random_state=0).fit(data.data, data.target).score(data.data, data.target) > 0.8


def test_a_network_of_ones_own_that_does_not_fit_is_refused():
    x = np.random.RandomState(0).normal(size=(30, 3))

    def needy(width: int) -> torch.nn.Module:
        return torch.nn.Linear(3, width)

    wrong: dict[str, Any] = {
        "cannot answer": lambda: torch.nn.Linear(2, 1),
        "an nn.Module": lambda: 5,
        r"\(2, 1\) is wanted": lambda: torch.nn.Linear(3, 7),
        "needs the argument 'width'": needy,
        "give .* the class of a network": torch.nn.Linear(3, 1),
    }
    for said, module in wrong.items():
        with pytest.raises(UsageError, match=said):
            NnlabRegressor(module=module, epochs=1).fit(x, x[:, 0])


def test_a_warm_start_goes_on_where_the_fit_before_it_ended():
    x = np.random.RandomState(0).normal(size=(200, 3))
    first = NnlabRegressor(epochs=10, random_state=0).fit(x, x[:, 0])
    cold, warm = (NnlabRegressor(epochs=10, random_state=0, warm_start=start) for start in (False, True))
    for model in (cold, warm):
        model.fit(x, x[:, 0]).fit(x, x[:, 0])
    assert np.array_equal(cold.predict(x), first.predict(x))
    assert warm.history_[0].record["loss_train"] < first.history_[1].record["loss_train"]
    with pytest.raises(UsageError, match="does not fit this network"):
        warm.fit(x[:, :2], x[:, 0])


def test_a_warm_start_keeps_its_classes():
    x = np.random.RandomState(0).normal(size=(40, 2))
    model = NnlabClassifier(epochs=1, warm_start=True).fit(x, np.where(x[:, 0] > 0, "pos", "neg"))
    with pytest.raises(ValueError, match=r"warm_start the classes stay \['neg', 'pos'\]"):
        model.fit(x, np.where(x[:, 0] > 0, "pos", "zero"))
    assert list(model.classes_) == ["neg", "pos"]
    model.set_params(warm_start=False).fit(x, np.where(x[:, 0] > 0, "pos", "zero"))
    assert list(model.classes_) == ["pos", "zero"]


def test_a_quality_chooses_what_nobody_chose():
    x, y = load_iris(return_X_y=True)
    best = NnlabClassifier(quality="best", epochs=3, hidden=(4,), random_state=1).fit(x, y)
    assert best.network_.checkpoint.config.model.family == "tabm"
    assert best.network_.checkpoint.config.training.epochs == 3
    assert best.network_.checkpoint.config.model.hidden == [4]
    assert best.predict_proba(x).shape == (150, 3)
    quick = NnlabRegressor(quality="quick", epochs=2).fit(x[:, 1:], x[:, 0])
    assert quick.network_.checkpoint.config.model.family == "mlp"
    assert np.isfinite(quick.predict(x[:, 1:])).all()


def test_what_is_said_beside_a_quality_holds_even_where_it_is_the_usual():
    x, y = np.random.default_rng(1).normal(size=(60, 2)), np.arange(60.0)
    said: dict[str, Any] = {"lr": 0.003, "dropout": 0.0, "hidden": (64, 32), "batch_size": 32, "scheduler": "none"}
    model = NnlabRegressor(quality="best", epochs=1, early_stop=False, **said)
    config = model.fit(x, y).network_.checkpoint.config
    training = config.training
    assert (training.lr, training.batch_size, training.scheduler, training.early_stop) == (0.003, 32, "none", None)
    assert (config.model.hidden, config.model.dropout, config.model.family) == ([64, 32], 0.0, "tabm")
