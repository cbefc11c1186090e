"""The estimators keep scikit-learn's rules, as its own checks have it, and sit in a pipeline."""

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from nnlab.engine.estimator import NnlabClassifier, NnlabRegressor


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.parametrize("estimator", [NnlabClassifier(epochs=60), NnlabRegressor(epochs=60)])
def test_scikit_learns_own_checks(estimator: Any):
    check_estimator(estimator)


def test_a_grid_search_over_a_pipeline():
    data: Any = load_iris()
    pipeline = make_pipeline(StandardScaler(), NnlabClassifier(epochs=60, random_state=1))
    search = GridSearchCV(pipeline, {"nnlabclassifier__hidden": [(4,), (16, 8)]}, cv=3).fit(data.data, data.target)
    assert search.best_score_ > 0.9
    assert search.predict_proba(data.data[:5]).sum(1) == pytest.approx(np.ones(5))


def test_a_seed_gives_the_same_network_and_leaves_the_generators_alone():
    import torch

    x = np.random.RandomState(0).normal(size=(50, 3))
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    first, second = (NnlabRegressor(epochs=3, random_state=1).fit(x, x[:, 0]).predict(x) for _ in range(2))
    assert np.array_equal(first, second)
    assert torch.equal(before, torch.random.get_rng_state())
