"""Trainings that go on at once give what each gives alone: in threads, by turns, begun together, left half-way."""

import os
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from typing import Any

import joblib
import numpy as np
import pytest
import torch
from sklearn.model_selection import GridSearchCV, cross_val_score

from nnlab.engine import NnlabClassifier, configure, train
from nnlab.engine.config import Config
from nnlab.engine.events import EpochEnded, Event
from nnlab.engine.training import rng
from nnlab.engine.training.session import Session, begin
from nnlab.engine.training.train import run
from nnlab.engine.training.turns import Generators, apart

X = np.random.RandomState(0).normal(size=(60, 3))
Y = (X[:, 0] > 0).astype(int)


def config(seed: int = 1, **training: Any) -> Config:
    model = {"family": "noisy-mlp", "hidden": [6], "dropout": 0.3}
    return configure("xor", data={"samples": 80}, model=model, training={"epochs": 6, "seed": seed, **training})


def losses(events: Iterator[Event]) -> list[float]:
    return [event.record["loss_train"] for event in events if isinstance(event, EpochEnded)]


def alone(seed: int) -> tuple[list[float], dict[str, torch.Tensor]]:
    session = begin(config(seed))
    return losses(run(session)), session.weights()


def assert_as_alone(session: Session, found: list[float], seed: int) -> None:
    wanted, weights = alone(seed)
    assert found == wanted
    assert all(torch.equal(value, weights[name]) for name, value in session.weights().items())


def test_in_threads():
    def trained(seed: int) -> list[float]:
        return losses(train(config(seed)))

    wanted = [trained(1), trained(2)] * 3
    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(trained, (1, 2) * 3)) == wanted


def test_by_turns():
    sessions = [begin(config(seed)) for seed in (1, 2)]
    first, second = (run(session) for session in sessions)
    turns = list(zip_longest(first, second))  # the longer an epoch takes, the more events tell how far it is
    for place, seed in enumerate((1, 2)):
        assert_as_alone(sessions[place], losses(turn[place] for turn in turns), seed)


def test_begun_together_and_run_one_after_the_other():
    sessions = {seed: begin(config(seed)) for seed in (1, 2, 3)}
    for seed in (2, 3, 1):
        assert_as_alone(sessions[seed], losses(run(sessions[seed])), seed)


def test_left_half_way_and_gone_on_with_later():
    session = begin(config(1))
    events = run(session)
    found = losses(iter([next(events) for _ in range(3)]))
    other = run(begin(config(2)))
    next(other)
    other.close()  # pyright: ignore[reportAttributeAccessIssue]
    assert_as_alone(session, found + losses(events), 1)


def test_a_checkpoint_taken_while_others_train_has_the_state_of_its_own_training():
    session = begin(config(1, epochs=3))
    list(run(session))
    kept = session.checkpoint(best=False)
    list(run(begin(config(2))))
    assert torch.equal(session.checkpoint(best=False).state["rng"]["torch"], kept.state["rng"]["torch"])
    found = losses(run(begin(config(1), resume=kept)))
    assert found == alone(1)[0][3:]


@pytest.mark.parametrize("jobs", [1, 4])
def test_estimators_in_threads_are_those_of_one_after_the_other_and_leave_the_generators_alone(jobs: int):
    estimator = NnlabClassifier(hidden=(4,), dropout=0.2, epochs=4, random_state=0)
    random.seed(1)
    before = rng.capture()
    with joblib.parallel_config(backend="threading", n_jobs=jobs):
        found = cross_val_score(estimator, X, Y, cv=4, scoring="neg_log_loss")
        search = GridSearchCV(estimator, {"lr": [0.1, 0.001], "hidden": [(3,), (9,)]}, cv=2).fit(X, Y)
    assert found.tolist() == cross_val_score(estimator, X, Y, cv=4, scoring="neg_log_loss").tolist()
    theirs = GridSearchCV(estimator, {"lr": [0.1, 0.001], "hidden": [(3,), (9,)]}, cv=2).fit(X, Y)
    assert search.cv_results_["mean_test_score"].tolist() == theirs.cv_results_["mean_test_score"].tolist()
    after = rng.capture()
    assert torch.equal(before["torch"], after["torch"])
    assert torch.equal(before["numpy"][1], after["numpy"][1])
    assert before["python"] == after["python"]


def test_an_estimator_fitted_between_the_epochs_of_a_training_changes_nothing():
    found: list[float] = []
    for event in train(config(1)):
        found += losses(iter([event]))
        NnlabClassifier(hidden=(4,), epochs=1, random_state=0).fit(X, Y)
    assert found == alone(1)[0]


def test_what_is_drawn_apart_is_not_missed():
    torch.manual_seed(7)
    wanted = torch.rand(3)
    torch.manual_seed(7)
    with apart():
        list(train(config(1)))
        torch.rand(5)
    assert torch.equal(torch.rand(3), wanted)


def test_the_threads_of_torch_are_the_trainings_own_between_two_events_and_the_users_otherwise():
    before = torch.get_num_threads()
    events = train(config(1, threads=before + 1, epochs=1))
    assert {torch.get_num_threads() for _ in events} == {before}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_fork_in_the_middle_of_a_turn_waits_for_nobody():
    def in_a_child() -> int:
        child = os.fork()
        if child == 0:
            with Generators().turn():
                os._exit(0)
        return os.waitpid(child, 0)[1]

    with ThreadPoolExecutor(1) as threads, Generators().turn():
        assert threads.submit(in_a_child).result() == 0
