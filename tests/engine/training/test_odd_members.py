"""Several members learn from columns of any values, and answer with numbers whatever they are asked."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nnlab.engine.api import fit

ROWS = 60
DRAWN = np.random.default_rng(1)
COLUMNS: dict[str, Any] = {
    "plain": DRAWN.normal(size=ROWS),
    "large": DRAWN.normal(size=ROWS) * 1e100,
    "far": DRAWN.normal(size=ROWS) + 1e12,
    "small": DRAWN.normal(size=ROWS) * 1e-100,
    "two values": DRAWN.integers(0, 2, ROWS) * 1.5,
    "mostly one value": np.where(np.arange(ROWS) % 20 == 0, 7.0, 0.0),
    "once another": np.where(np.arange(ROWS) == 3, 1e9, 5.0),
    "missing": np.where(DRAWN.random(ROWS) < 0.5, np.nan, DRAWN.normal(size=ROWS)),
    "heavy tails": DRAWN.standard_cauchy(ROWS) ** 3,
    "days": pd.date_range("2024-01-01", periods=ROWS, freq="17h"),
    "words": DRAWN.choice(np.array(["red", "green", None]), ROWS),
    "truths": DRAWN.random(ROWS) < 0.5,
}
ASKED = (0.0, 1e308, -1e308, 1e-308, np.nan)


@pytest.mark.parametrize("embedding", ["periodic", "piecewise", "none"])
def test_columns_of_any_values_are_learnt_from(embedding: str):
    x: Any = pd.DataFrame(COLUMNS)
    numbers = [name for name in x.columns if x[name].dtype.kind == "f"]
    asked = pd.concat([x[:1]] * len(ASKED) * len(numbers), ignore_index=True)
    for place, (name, value) in enumerate(product(numbers, ASKED)):
        asked.loc[place, name] = value
    targets: list[Any] = [DRAWN.normal(size=ROWS), np.where(np.arange(ROWS) % 2 == 0, "yes", "no")]
    for y in targets:
        choices: dict[str, Any] = {"model": "tabm", "members": 2, "hidden": [4], "epochs": 2, "embedding": embedding}
        answers: Any = fit(x, pd.Series(y, name="y"), test_split="none", **choices).predict(asked)
        assert len(answers) == len(asked)
        assert not pd.isna(answers).any()


def test_answers_stay_within_the_targets_that_were_trained_on():
    x: Any = pd.DataFrame({"a": np.linspace(-1, 1, 200)})
    network = fit(x, pd.Series(x["a"] * 100, name="y"), model="tabm", members=2, epochs=5, test_split="none")
    low, high = network.predict(pd.DataFrame({"a": [-1e6, 1e6]}))
    assert low >= -100
    assert high <= 100
