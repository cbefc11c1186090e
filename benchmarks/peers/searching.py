"""Somebody who looks for good settings of a network of linear layers on a data set that nnlab brings:
`python -m benchmarks.peers.searching WHO DATA TRIALS EPOCHS SEED` prints what was reached, and in how many seconds.

All have the same rows, as nnlab has prepared them, the same space, one thread, and as many trials. What counts is the
loss of the validation rows, and of the test rows for the network that was best there.
"""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

LR, DECAY, DROPOUT = (1e-4, 1e-1), (1e-6, 1e-2), (0.0, 0.5)
HIDDEN = "32,16", "64,64", "128,128"
FLAGS = ("--model", "mlp", "--batch-size", "32", "--optimizer", "adamw", "--threads", "1")
SPACE = ("--lr", "1e-4..1e-1", "--weight-decay", "1e-6..1e-2", "--dropout", "0..0.5", "--hidden", " | ".join(HIDDEN))
Rows = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]
Reached = dict[str, float]


def sweep(data: str, trials: int, epochs: int, seed: int) -> Reached:
    """`nnlab sweep`, as it is typed, with the other seeds of the best three at its end."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["sweep", data, *FLAGS, *SPACE, "--epochs", str(epochs), "--seed", str(seed), "--trials", str(trials)]
        command = [sys.executable, "-m", "nnlab", *words, "--jobs", "1", "--name", "s", "--json"]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env={**_environment(), "NNLAB_RUNS": folder}
        )
        events = [json.loads(line) for line in done.stdout.splitlines()]
        ends = [body for body in events if body["event"] == "trial_ended"]
        best = min((body["value"] for body in ends if body["outcome"] == "complete"), default=math.nan)
        return {
            "valid": best,
            "test": _test_loss(data, events[-1]["test"]),
            "trials": events[-1]["seconds"] - _seconds_of_seeds(Path(folder)),
        }


def _test_loss(data: str, test: Mapping[str, float]) -> float:
    """The loss of what a sweep tells of the test rows: of numbers it tells by how much they are off, in their unit."""
    if "loss" in test:
        return test["loss"]
    from nnlab.engine.training.session import begin

    return (test["rmse"] / begin(_config(data, 1, 1, {})).prepared.schema.target_std) ** 2


def _seconds_of_seeds(folder: Path) -> float:
    """How long the runs with other seeds took, from the first one's beginning to the last one's end."""
    logs = sorted(folder.glob("s-*-seed*"))
    begins = [(path / "config.toml").stat().st_mtime for path in logs]
    return max((path / "events.jsonl").stat().st_mtime for path in logs) - min(begins) if logs else 0.0


def by_hand(data: str, trials: int, epochs: int, seed: int) -> Reached:
    """As many settings by chance, each trained by nnlab to its end, in one process that is there already."""
    import torch

    from nnlab.engine.events import RunFinished
    from nnlab.engine.training.session import begin
    from nnlab.engine.training.train import run

    torch.set_num_threads(1)
    rng, best = random.Random(seed), {"valid": math.inf, "test": math.nan}
    for number in range(trials):
        own: dict[str, Any] = {} if number == 0 else _drawn(rng)
        session = begin(_config(data, epochs, seed, own))
        for event in run(session, tested=True):
            if isinstance(event, RunFinished) and event.metrics.get("loss_valid", math.inf) < best["valid"]:
                best = {"valid": event.metrics["loss_valid"], "test": event.metrics["loss_test"]}
    return best


def _drawn(rng: random.Random) -> dict[str, Any]:
    """Settings by chance, by factors where these are rates."""
    low, high = map(math.log, LR)
    least, most = map(math.log, DECAY)
    training = {"lr": math.exp(rng.uniform(low, high)), "weight_decay": math.exp(rng.uniform(least, most))}
    return {"training": training, "model": {"dropout": rng.uniform(*DROPOUT), "hidden": _widths(rng.choice(HIDDEN))}}


def _config(data: str, epochs: int, seed: int, own: Mapping[str, Any]) -> Any:
    from nnlab.engine.config import merge
    from nnlab.engine.resolve import resolve

    training = {"epochs": epochs, "seed": seed, "batch_size": 32, "optimizer": "adamw", "threads": 1}
    fixed = {"data": {"name": data}, "model": {"family": "mlp"}, "training": training}
    return resolve(None, flags=merge(fixed, dict(own)), recipe=None, file={})


def _rows(data: str, epochs: int, seed: int) -> tuple[bool, dict[str, Rows]]:
    """Whether there are classes, and the rows as nnlab has prepared them."""
    from nnlab.engine.training.session import begin

    session = begin(_config(data, epochs, seed, {}))
    inputs = {name: session.to_input(rows.x[:]).flatten(1).numpy() for name, rows in session.prepared.splits.items()}
    classes = session.prepared.task != "regression"
    return classes, {name: (inputs[name], rows.y.numpy()) for name, rows in session.prepared.splits.items()}


def _searched(objective: Callable[[Any], tuple[float, float]], trials: int, seed: int, pruner: Any) -> Reached:
    """Optuna's usual search; the objective gives the losses of validation and test rows."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed), pruner=pruner)

    def asked(trial: Any) -> float:
        valid, test = objective(trial)
        trial.set_user_attr("test", test)
        return valid if math.isfinite(valid) else 1e9

    study.optimize(asked, trials)
    return {"valid": study.best_value, "test": study.best_trial.user_attrs["test"]}


def _suggested(trial: Any) -> tuple[float, float, list[int]]:
    lr = trial.suggest_float("lr", *LR, log=True)
    return lr, trial.suggest_float("decay", *DECAY, log=True), _widths(trial.suggest_categorical("hidden", HIDDEN))


def _loss(classes: bool, outputs: np.ndarray[Any, Any], wanted: np.ndarray[Any, Any]) -> float:
    """Log loss of probabilities, or the mean square of what numbers are off by."""
    if classes:
        return float(-np.log(np.clip(outputs[np.arange(len(wanted)), wanted], 1e-7, None)).mean())
    return float(np.square(outputs.reshape(-1) - wanted).mean())


def scikit_learn(data: str, trials: int, epochs: int, seed: int) -> Reached:
    """Optuna and scikit-learn's own network, an epoch at a time, the best epoch kept; it has no dropout."""
    import optuna
    from sklearn import neural_network

    classes, rows = _rows(data, epochs, seed)
    made: Any = neural_network.MLPClassifier if classes else neural_network.MLPRegressor
    labels = np.unique(rows["train"][1])

    def objective(trial: Any) -> tuple[float, float]:
        lr, decay, hidden = _suggested(trial)
        model = made(hidden_layer_sizes=hidden, alpha=decay, batch_size=32, learning_rate_init=lr, random_state=seed)
        best = math.inf, math.nan
        for epoch in range(epochs):
            model.partial_fit(*rows["train"], **({"classes": labels} if classes else {}))
            answer = model.predict_proba if classes else model.predict
            valid = _loss(classes, answer(rows["valid"][0]), rows["valid"][1])
            if valid < best[0]:
                best = valid, _loss(classes, answer(rows["test"][0]), rows["test"][1])
            trial.report(best[0], epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
        return best

    return _searched(objective, trials, seed, optuna.pruners.SuccessiveHalvingPruner(max(1, epochs // 9), 3))


def skorch(data: str, trials: int, epochs: int, seed: int) -> Reached:
    """Optuna and skorch, an epoch at a time, the best epoch kept."""
    import optuna
    import torch
    from skorch import NeuralNetClassifier, NeuralNetRegressor  # pyright: ignore[reportMissingImports]

    torch.set_num_threads(1)
    classes, rows = _rows(data, epochs, seed)
    x, y = rows["train"]
    y = y if classes else y.astype(np.float32)[:, None]
    made: Any = NeuralNetClassifier if classes else NeuralNetRegressor

    def objective(trial: Any) -> tuple[float, float]:
        lr, decay, hidden = _suggested(trial)
        dropout = trial.suggest_float("dropout", *DROPOUT)
        torch.manual_seed(seed)
        widths, layers = [x.shape[1], *hidden], list[Any]()
        for wide, narrow in pairwise(widths):
            layers += [torch.nn.Linear(wide, narrow), torch.nn.ReLU(), torch.nn.Dropout(dropout)]
        layers.append(torch.nn.Linear(widths[-1], int(y.max()) + 1 if classes else 1))
        net = made(
            torch.nn.Sequential(*layers),
            criterion=torch.nn.CrossEntropyLoss if classes else torch.nn.MSELoss,
            optimizer=torch.optim.AdamW,
            optimizer__weight_decay=decay,
            lr=lr,
            batch_size=32,
            max_epochs=1,
            iterator_train__shuffle=True,
            train_split=None,
            verbose=0,
        ).initialize()

        def lost(split: str) -> float:
            inputs, wanted = rows[split]
            return _loss(classes, net.predict_proba(inputs) if classes else net.predict(inputs), wanted)

        best = math.inf, math.nan
        for epoch in range(epochs):
            net.partial_fit(x, y)
            if (valid := lost("valid")) < best[0]:
                best = valid, lost("test")
            trial.report(best[0], epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
        return best

    return _searched(objective, trials, seed, optuna.pruners.SuccessiveHalvingPruner(max(1, epochs // 9), 3))


def _widths(text: str) -> list[int]:
    return [int(word) for word in text.split(",")]


def _environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1"}


WHO: dict[str, Callable[[str, int, int, int], Reached]] = {
    "nnlab sweep": sweep,
    "nnlab, by chance": by_hand,
    "Optuna and scikit-learn": scikit_learn,
    "Optuna and skorch": skorch,
}

if __name__ == "__main__":
    who, data, *numbers = sys.argv[1:]
    began = perf_counter()
    reached = WHO[who](data, *map(int, numbers))
    print(json.dumps({**reached, "seconds": perf_counter() - began}))
