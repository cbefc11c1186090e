"""The functions that an exported script is made of besides its network: those that it needs are copied into it as they
stand here, so that each needs nothing but the standard library and the ones that it calls."""

from __future__ import annotations

import math
import re
import zlib
from datetime import UTC, datetime, timedelta


def text(value: object, missing: list[str]) -> str | None:
    """A value as text without blanks around it; None where it is missing."""
    if value is None or value != value:
        return None
    written = str(value).strip()
    return None if written in missing else written


def number(value: object, missing: list[str], decimal: str = ".") -> float:
    """A value as a number; NaN where it is missing or infinite. ValueError for what is no plain number."""
    written = text(value, missing)
    plain = r"[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?|[-+]?(inf|infinity)|nan"
    if written is not None and not re.fullmatch(plain, written.replace(decimal, "."), re.IGNORECASE):
        raise ValueError(f"{written!r} is no plain number")
    found = math.nan if written is None else float(written.replace(decimal, "."))
    codes = [float(code) for code in missing if re.fullmatch(r"-?[0-9.]+", code)]
    return found if math.isfinite(found) and found not in codes else math.nan


def category(value: object, missing: list[str], whole: bool = False, truths: bool = False) -> str | None:
    """A value as a category; numbers are written in one way, 1.0 as 1. None where it is missing."""
    written = text(value, missing)
    if written is None:
        return None
    if truths and written.lower() in ("true", "false"):
        return written.lower()
    if whole and re.fullmatch(r"[-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+\.", written):
        found = float(written)
        return str(int(found)) if found.is_integer() else repr(found)
    return written


def truth(value: object, missing: list[str], yes: list[str], no: list[str]) -> float:
    """1 for yes and 0 for no; NaN where it is missing. ValueError for another word."""
    written = category(value, missing, whole=True)
    if written is None:
        return math.nan
    if written.lower() in yes:
        return 1.0
    if written.lower() in no:
        return 0.0
    raise ValueError(f"{written!r} is neither yes nor no")


def days(value: object, missing: list[str], unit: str = "") -> float:
    """Days since 1970 of a date in ISO form, or of a number that counts `unit`; NaN where it is missing. ValueError for
    what is none."""
    written = text(value, missing)
    if written is None:
        return math.nan
    if unit and unit != "ymd":
        counted = float(written)
        return (
            counted - 25_569 if unit == "excel" else counted / {"s": 1, "ms": 1e3, "us": 1e6, "ns": 1e9}[unit] / 86_400
        )
    if not (unit or re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", written)):
        raise ValueError(f"{written!r} is no date such as 2024-03-01")
    moment = datetime.fromisoformat(str(int(float(written))) if unit else written)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(days=1)


def filled(value: float, fill: float) -> float:
    """A number, or what stands for a missing one."""
    return fill if math.isnan(value) else value


def product(first: float, second: float) -> float:
    """A product; NaN where it is missing or infinite."""
    return first * second if math.isfinite(first * second) else math.nan


def logarithm(value: float) -> float:
    """sign(x) log(1 + |x|)."""
    return math.copysign(math.log1p(abs(value)), value)


def share_below(value: float, knots: list[float]) -> float:
    """The share of train rows below a number, by their quantiles."""
    if value <= knots[0] or len(knots) == 1:
        return 0.0
    if value >= knots[-1]:
        return 1.0
    place = sum(knot <= value for knot in knots) - 1
    return (place + (value - knots[place]) / (knots[place + 1] - knots[place])) / (len(knots) - 1)


def bent(value: float, median: float, width: float) -> float:
    """A number scaled by median and quartiles, whose outliers come no further than 3."""
    scaled = min(max((value - median) / width, -1e150), 1e150)
    return scaled / math.hypot(1, scaled / 3)


def bucket(value: float, boundaries: list[float]) -> float:
    """The number of boundaries that a number has reached."""
    return float(sum(boundary <= value for boundary in boundaries))


def date(day: float, mean: float, std: float, timed: bool) -> list[float]:
    """When it was, and its place in the year, in the week and, if it is `timed`, in the day, each on a circle."""
    turns = [day / 365.2425, math.nan if math.isnan(day) else (math.floor(day) + 3) / 7, *([day] if timed else [])]
    circles = [wave(2 * math.pi * turn) for turn in turns for wave in (math.sin, math.cos)]
    return [0.0 if math.isnan(part) else part for part in [(day - mean) / std, *circles]]


def one_hot(value: str | None, categories: list[str], other: bool) -> list[float]:
    """1 at the category's place, 0 elsewhere; what is none of them has the last place, if there is one for it."""
    place = categories.index(value) if value in categories else len(categories)
    return [float(place == each) for each in range(len(categories) + other)]


def index(value: str | None, categories: list[str]) -> float:
    """The category's index; the last one is of what is none of them."""
    return float(categories.index(value) if value in categories else len(categories))


def hashed(value: str | None, width: int) -> list[float]:
    """Counts of a text's words, each in the place that its checksum gives it, as log(1 + count)."""
    counts = [0] * width
    for word in re.split(r"[\W_]+", (value or "").lower()):
        if word:
            counts[zlib.crc32(word.encode()) % width] += 1
    return [math.log1p(count) for count in counts]
