"""What an evaluation tells, part by part: `nnlab eval` prints these below each other, a pane lays them in columns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .blocks import Lines, stack, words
from .effects import effect_lines
from .failures import failure_lines
from .importance import importance_lines
from .matrix import matrix
from .needs import needs_lines
from .palette import RenderOptions
from .reliability import reliability_lines
from .scatter import predicted_against_true
from .summaries import best_of, class_table, interval_table, metrics_table
from .tables import TableColumn, table
from .text import count, metric_name, number, percent
from .thresholds import threshold_lines

_SCATTER, _WIDEST = 14, 80  # lines and cells of a scatter
_ROOMY = 64  # cells that metrics take in full
_CALLED = {"gradient_boosting": "boosting"}
_HONEST = {"ece": "ECE", "brier": "Brier score"}


def evaluation_parts(told: Mapping[str, Any], width: int, options: RenderOptions) -> dict[str, Lines]:
    """The parts of an evaluation as its JSON tells it, by their names and in their order; those that it does not have
    are left out. Each is at most `width` cells wide."""
    baselines = {_spelt(name, width): scores for name, scores in told["baseline"].items()}
    parts = {"metrics": metrics_table(told["metrics"], width, options, baselines=baselines)}
    if told["per_class"]:
        classes = {name: {**scores, "rows": scores["support"]} for name, scores in told["per_class"].items()}
        parts["classes"] = class_table(classes, width, options)
        parts["matrix"] = matrix({"classes": told["classes"], "counts": told["confusion_matrix"]}, width, options)
    if told["points"]:
        parts["scatter"] = predicted_against_true(told, min(width, _WIDEST), _SCATTER, options)
    if told["reliability"]:
        parts["probabilities"] = reliability_lines(told["reliability"], width, options)
    if told["intervals"]:
        parts["intervals"] = interval_table(told["intervals"], width, options)
    if told["threshold"]:
        parts["threshold"] = threshold_lines(_judged(told["threshold"]), width, options)
    if told["failures"]:
        parts["failures"] = failure_lines(told["failures"], width, options)
    if told["importance"]:
        parts["columns"] = _importance(told, width, options)
    if told["effects"]:
        parts["effects"] = effect_lines([_numbered(one) for one in told["effects"]], told["target"], width, options)
    if told["needs"]:
        parts["needs"] = needs_lines(told["needs"], width, options)
    return parts


def _spelt(name: str, width: int) -> str:
    """A simple model's name, shorter where there is little room: all four fit in 80 columns."""
    spelt = _CALLED.get(name, name.replace("_", " "))
    return spelt if width >= _ROOMY else spelt.removesuffix(" regression")


def _judged(threshold: Mapping[str, Any]) -> dict[str, Any]:
    """A threshold as its JSON tells it, with NaN for shares that are not defined."""
    known = {
        name: {key: math.nan if value is None else value for key, value in threshold[name].items()}
        for name in ("chosen", "half")
    }
    return {**threshold, **known}


def _numbered(effect: Mapping[str, Any]) -> dict[str, Any]:
    """An effect as its JSON tells it, with NaN for answers that are no numbers."""
    return {**effect, "mean": [math.nan if value is None else value for value in effect["mean"]]}


def _importance(told: Mapping[str, Any], width: int, options: RenderOptions) -> Lines:
    measure = "loss" if told["classes"] else "RMSE"
    if any(one["worth"] is None for one in told["importance"]):
        return [words(("no number for some row, so that no column can be judged", options.grey))]
    return importance_lines(told["importance"], measure, width, options)


def compared_lines(told: Mapping[str, Any], names: Sequence[str], width: int, options: RenderOptions) -> Lines:
    """The evaluations of several networks as `SideBySide.to_json` has them: rows, metrics, how honest probabilities are
    and how often intervals held; below them the metrics on the rows that all were judged on, where these are others,
    and whether one is surely better there. The best of each metric is marked where the rows are the same."""
    known = [{} if one is None else _scores(one) for one in told["evaluations"]]
    rows = [["rows", *(count(one["rows"]) if one else "–" for one in told["evaluations"])]]
    rows += _metric_rows(known, marked=told["comparable"])
    levels = dict.fromkeys(held["level"] for one in told["evaluations"] if one for held in one["intervals"])
    rows += [[f"{level} % intervals held", *(_held(one, level) for one in told["evaluations"])] for level in levels]
    parts = [_beside("on its test rows", names, rows, width, options)]
    if common := told["common"]:
        rows = _metric_rows([one or {} for one in common["scores"]], marked=True)
        if not told["comparable"]:
            parts.append(_beside(f"on the {count(common['rows'])} common", names, rows, width, options))
        parts.append(_differences(common, names, width, options))
    return stack(parts)


def _differences(common: Mapping[str, Any], names: Sequence[str], width: int, options: RenderOptions) -> Lines:
    """How each network differs from the first one on the rows that both were judged on, and whether that is sure."""
    columns = [TableColumn(f"beside {common['first']}"), TableColumn(""), TableColumn("difference", True)]
    columns += [TableColumn("with 95 %", True, spare=1), TableColumn("", whole=True)]
    dash = options.pick("–", "-")
    rows = [
        [
            name,
            metric_name(one["measure"]),
            f"{one['difference']:+z.4f}",
            f"{one['low']:+z.4f} {dash} {one['high']:+z.4f}",
            "unsure" if one["verdict"] == "unsure" else f"surely {one['verdict']}",
        ]
        for name, each in zip(names, common["differences"], strict=True)
        for one in each or ()
    ]
    return table(columns, rows, width, options) if rows else []


def _beside(
    title: str, names: Sequence[str], rows: Sequence[Sequence[str]], width: int, options: RenderOptions
) -> Lines:
    columns = [TableColumn(title), *(TableColumn(name, True, spare=place) for place, name in enumerate(names))]
    return table(columns, rows, width, options)


def _metric_rows(known: Sequence[Mapping[str, float | None]], *, marked: bool) -> list[list[str]]:
    """A row for each metric, the best one marked if that is to be."""
    rows = list[list[str]]()
    for key in dict.fromkeys(key for one in known for key in one):
        values = [one.get(key) for one in known]
        best = best_of(key, values) if marked else None
        marks = [" ★" if value is not None and value == best else "  " * marked for value in values]
        rows.append([metric_name(key), *(number(value) + mark for value, mark in zip(values, marks, strict=True))])
    return rows


def _scores(told: Mapping[str, Any]) -> dict[str, float | None]:
    """The single numbers of an evaluation."""
    honest = told["reliability"] or {}
    return {**told["metrics"], **{name: honest[key] for key, name in _HONEST.items() if key in honest}}


def _held(told: Mapping[str, Any] | None, level: int) -> str:
    found = [held["held"] for held in told["intervals"] if held["level"] == level] if told else []
    return percent(found[0]) if found else "–"
