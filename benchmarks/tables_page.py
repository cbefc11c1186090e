"""What was measured on tables as its part of docs/quality.md."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean

from nnlab.engine.errors import number_of

from .measuring import Result, table

PARTS = Path(__file__).parent / "ablation.md"  # what each part of the network brings, measured by hand
TREES = ("HistGradientBoosting", "LightGBM", "CatBoost")
OURS = ("nnlab best", "nnlab good", "nnlab before")


def page_of(
    measured: Sequence[Result], every: Sequence[str], dropped: Mapping[str, Sequence[str]], most_rows: int
) -> str:
    """The part of docs/quality.md that tells it, of `every` method and the tables, each with the columns that were
    `dropped`. Methods are compared on the tables and the seeds that they all have: first those with the most seeds,
    then with fewer seeds all that have these."""
    seeds = {name: len({one["seed"] for one in measured if one["method"] == name}) for name in every}
    summaries: list[str] = []
    for count in sorted({count for count in seeds.values() if count}, reverse=True):
        methods = [name for name in every if seeds[name] >= count]
        means = _means([one for one in measured if one["seed"] <= count], dropped, methods)
        common = {name: of for name, of in means.items() if all(method in of for method in methods)}
        peers = [name for name in methods if name not in OURS]
        body = [[name, *_summary(name, common, peers)] for name in methods]
        what = f"{_kinds(common)}, {number_of(count, 'seed')}:"
        summaries.append(f"{what}\n\n{table(HEAD, body)}")
    means, methods = _means(measured, dropped, every), [name for name in every if seeds[name]]
    most = max(seeds.values(), default=0)
    named = [name if seeds[name] == most else f"{name}, {number_of(seeds[name], 'seed')}" for name in methods]
    without = {name: f" (without {', '.join(columns)})" if columns else "" for name, columns in dropped.items()}
    rows = [
        [
            name + without[name],
            f"{_size(of)[0]:,} × {_size(of)[1]}",
            *(_figure(of.get(method, {}).get("scores", {})) for method in methods),
        ]
        for name, of in means.items()
    ]
    return PARTS.read_text(encoding="utf-8") + TEXT.format(
        summaries="\n\n".join(summaries),
        trees=_trees(means),
        most=most_rows,
        whole=table(["table", "rows × columns", *named], rows),
    )


def _trees(means: Means) -> str:
    """Where the best of the trees is ahead of what a table gets by default."""
    there: list[str] = []
    for name, of in means.items():
        trees = [_main_figure(of, tree) for tree in TREES if tree in of]
        if trees and OURS[1] in of and min(trees) < (ours := _main_figure(of, OURS[1])):
            there.append(f"{name} ({min(trees):.4g}, and {ours:.4g})")
    return f"The best of the trees is ahead on {len(there)} of {len(means)} tables: {', '.join(there) or 'none'}."


def _kinds(means: Means) -> str:
    values = sum("rmse" in next(iter(of.values()))["scores"] for of in means.values())
    return f"{values} tables of numbers and {len(means) - values} of classes"


HEAD = ["method", "RMSE multiple", "shifted error", "accuracy", "log loss", "ROC AUC", "wins", "seconds"]

TEXT = """## On tables of a user's own

By `make bench PARTS=tables`: defaults all round, a fifth of the rows held out (of {most:,} drawn rows where there
are more), the mean of the seeds, each with a split of its own; seconds are of one processor. The RMSE multiple is the
geometric mean, over the tables of numbers, of the RMSE divided by the best peer's; the shifted error the geometric
mean, over the tables of classes, of the share of wrong answers plus 0.01; the others are means over these. Wins are
tables on which a method is the best by RMSE or log loss. nnlab before is `--quality quick`.
Networks that take many times as long were measured with fewer seeds, and on some tables only.

{summaries}

{trees}

RMSE, or log loss, of each table, which compares where the seeds are as many:

{whole}
"""

Means = dict[str, dict[str, Result]]
"""By table and method: the means of scores and seconds over the seeds."""


def _means(measured: Sequence[Result], tables: Iterable[str], methods: Sequence[str]) -> Means:
    found: Means = {}
    for name in tables:
        for method in methods:
            ones = [one for one in measured if (one["table"], one["method"]) == (name, method)]
            if ones:
                each = {key: fmean(one["scores"][key] for one in ones) for key in ones[0]["scores"]}
                seconds = fmean(one["seconds"] for one in ones)
                found.setdefault(name, {})[method] = {**ones[0], "scores": each, "seconds": seconds}
    return found


def _main_figure(of: Mapping[str, Result], method: str) -> float:
    """What a table is won by, the less the better."""
    found = of[method]["scores"]
    return found["rmse"] if "rmse" in found else found["log loss"]


def _summary(method: str, means: Means, peers: Sequence[str]) -> list[str]:
    values = [of for of in means.values() if "rmse" in of[method]["scores"]]
    classes = [of[method]["scores"] for of in means.values() if "rmse" not in of[method]["scores"]]
    best = [min(_main_figure(of, peer) for peer in peers or [method]) for of in values]
    multiples = [_main_figure(of, method) / least for of, least in zip(values, best, strict=True)]
    errors = [1 - found["accuracy"] for found in classes]
    wins = sum(_main_figure(of, method) <= min(_main_figure(of, other) for other in of) for of in means.values())
    return [
        f"{_geometric(multiples):.3f}" if multiples else "",
        f"{_geometric([error + 0.01 for error in errors]):.4f}" if errors else "",
        *(
            f"{fmean(found[key] for found in classes):.4f}" if classes else ""
            for key in ("accuracy", "log loss", "auc")
        ),
        str(wins),
        f"{fmean(of[method]['seconds'] for of in means.values()):.1f}" if means else "",
    ]


def _geometric(values: Sequence[float]) -> float:
    return math.exp(fmean(math.log(value) for value in values))


def _size(of: Mapping[str, Result]) -> tuple[int, int]:
    first = next(iter(of.values()))
    return first["rows"], first["columns"]


def _figure(found: Mapping[str, float]) -> str:
    value = found.get("rmse", found.get("log loss"))
    return "" if value is None else f"{value:.4g}"
