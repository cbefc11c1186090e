"""Figures as people read them: metrics by their names, numbers in few characters."""

from __future__ import annotations

import math

_METRIC_NAMES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "f1_macro": "macro F1",
    "macro_f1": "macro F1",
    "roc_auc": "ROC AUC",
    "mse": "MSE",
    "rmse": "RMSE",
    "mae": "MAE",
    "r2": "R²",
}


def number(value: float | None, digits: int = 4) -> str:
    """A measured value in few characters: fixed `digits` decimals in the everyday range, else `1.2e+05` form.

    None is `–`; NaN and infinities say what they are.
    """
    if value is None:
        return "–"
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    size = abs(value)
    if size >= 1e7 or 0 < size < 0.5 * 10**-digits:
        return f"{value:.1e}"
    return f"{value:.{max(0, digits - _whole_digits_beyond(size, 3))}f}"


def _whole_digits_beyond(size: float, free: int) -> int:
    return max(0, len(str(int(size))) - free)


def short(value: float) -> str:
    """A rate or a setting in three digits: `0.001`, `1e-05`, `0.00187`, `20`."""
    return f"{value:.3g}"


def count(value: float) -> str:
    """A whole number with thousands separated: `60,000`."""
    return f"{int(value):,}"


def percent(share: float) -> str:
    """A share of one as a percentage: `98.1 %`; `100 %` only when it is all."""
    if not math.isfinite(share):
        return "–"
    rounded = f"{100 * share:.1f}"
    if rounded == "100.0":
        return "100 %" if share >= 1 else "99.9 %"
    return f"{rounded} %"


def duration(seconds: float) -> str:
    """A time span: `84 ms`, `3.2 s`, `2 min 05 s`, `1 h 03 min`."""
    if not math.isfinite(seconds) or seconds < 0:
        return "–"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def metric_name(key: str) -> str:
    """A metric's key as people write it."""
    return _METRIC_NAMES.get(key, key.replace("_", " "))
