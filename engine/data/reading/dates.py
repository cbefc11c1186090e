"""Texts and numbers as dates: ISO in all its forms, days, months and years in any order, names of months, quarters.

A date that can be read in one way only is read so, whatever the column; only the order of day and month, where both
are numbers, is the column's. Years of two digits are those of 1969 to 2068, as POSIX has it.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow as pa

from ..columns import arrow

Order = Literal["", "dmy", "mdy"]  # of day and month where both are numbers; "" where the column has no such dates
Unit = Literal["", "s", "ms", "us", "ns", "ymd", "excel"]  # what whole numbers count, or that they are 20220420

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
EPOCH_UNITS: dict[Unit, float] = {"s": 1e6, "ms": 1e3, "us": 1.0, "ns": 1e-3}  # microseconds
COUNTED: tuple[Unit, ...] = (*EPOCH_UNITS, "ymd", "excel")
DAY = 86_400_000_000  # microseconds
LARGEST: dict[Unit, float] = {"ymd": 1e9}  # numbers that can be dates are smaller; of others no date is computed
EXCEL_EPOCH = -25_569  # days: Excel's day 0 is the last but one of 1899
YEARS = (1, 9999)

_TIME = (
    r"(?:[T ,]\s?(?P<H>\d{1,2})(?::(?P<M>[0-5]\d)(?::(?P<S>[0-5]\d|60)(?:[.,](?P<f>\d{1,9}))?)?)?"
    r"\s?(?P<p>[AaPp]\.?[Mm]\.?)?\s?(?P<z>Z|z|UTC|GMT|[-+]\d{2}(?::?\d{2})?)?)?"
)
_NAME = r"(?P<b>[A-Za-z]{3,9})\.?"
_WEEKDAY = r"(?:[A-Za-z]{3,9}\.?,? )?"
_CERTAIN = (  # each text fits at most one of these
    rf"^(?P<Y>\d{{4}})[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}}){_TIME}$",
    r"^(?P<Y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?:T(?P<H>\d{2})(?P<M>\d{2})(?P<S>\d{2})(?P<z>Z)?)?$",
    rf"^{_WEEKDAY}(?P<d>\d{{1,2}})(?:st|nd|rd|th|\.)?[-/ .]{_NAME},?[-/ ](?P<Y>\d{{4}}|\d{{2}}){_TIME}$",
    rf"^{_WEEKDAY}{_NAME}[-/ ](?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?[-/ ](?P<Y>\d{{4}}){_TIME}$",
    rf"^(?P<Y>\d{{4}})[-/ ]{_NAME}(?:[-/ ](?P<d>\d{{1,2}}))?$",
    rf"^{_NAME}[-/ ](?P<Y>\d{{4}})$",
    r"^(?P<Y>\d{4})[-/](?P<m>\d{1,2})$",
    r"^(?P<Y>\d{4})[-/ ]?[Qq](?P<q>[1-4])$",
    r"^[Qq](?P<q>[1-4])[-/ ](?P<Y>\d{4})$",
)
_ORDERED: dict[Order, str] = {
    "dmy": rf"^(?P<d>\d{{1,2}})[-/. ](?P<m>\d{{1,2}})[-/. ](?P<Y>\d{{4}}|\d{{2}}){_TIME}$",
    "mdy": rf"^(?P<m>\d{{1,2}})[-/. ](?P<d>\d{{1,2}})[-/. ](?P<Y>\d{{4}}|\d{{2}}){_TIME}$",
}


def parse_dates(texts: pa.ChunkedArray, order: Order = "") -> tuple[np.ndarray, np.ndarray]:
    """Trimmed texts as microseconds since 1970 in UTC, int64, and a mask of those that were read; what has no offset
    from UTC counts as being in it, what has no time as midnight, a month or a quarter as its first day."""
    texts = texts.cast(pa.large_string())
    stamps, read = np.zeros(len(texts), dtype=np.int64), np.zeros(len(texts), dtype=bool)
    for pattern in (*_CERTAIN, *([_ORDERED[order]] if order else [])):
        if read.all():
            break
        found, fits = _parse(texts, pattern)
        fresh = fits & ~read
        stamps[fresh], read = found[fresh], read | fits
    return stamps, read


def learn_order(texts: pa.ChunkedArray, counts: np.ndarray) -> tuple[Order, bool]:
    """The order of day and month that reads the most of the texts, each as often as it is counted, and whether they
    tell it; month first where they do not, but behind points."""
    pc, texts = arrow.compute(), texts.cast(pa.large_string())
    reads = {order: int(counts[_parse(texts, _ORDERED[order])[1]].sum()) for order in ("dmy", "mdy")}
    if not any(reads.values()):
        return "", True
    if reads["dmy"] != reads["mdy"]:
        return ("dmy", True) if reads["dmy"] > reads["mdy"] else ("mdy", True)
    pointed = pc.any(pc.match_substring_regex(texts, r"^\d{1,2}\.\d{1,2}\.")).as_py()
    return ("dmy", True) if pointed else ("mdy", False)


def unit_of(values: np.ndarray) -> Unit:
    """What numbers that are dates count, by their size: `ymd` for numbers such as 20220420, else days as Excel counts
    them, or a fraction of seconds since 1970. "" where they can be none of these."""
    known = np.abs(values[np.isfinite(values)])
    if not len(known):
        return ""
    if ((known >= 19_000_101) & (known <= 21_001_231)).all() and from_unit(known, "ymd")[1].all():
        return "ymd"
    typical = float(np.median(known))
    if typical < 1e5:
        return "excel" if typical >= 10_000 else ""
    bounds: tuple[tuple[float, Unit], ...] = ((1e11, "s"), (1e14, "ms"), (1e17, "us"), (1e20, "ns"))
    for bound, unit in bounds:
        if 1e8 <= typical < bound:
            return unit
    return ""


def from_unit(values: np.ndarray, unit: Unit) -> tuple[np.ndarray, np.ndarray]:
    """Numbers as microseconds since 1970, int64, and a mask of those that are dates."""
    finite = np.abs(values) < LARGEST.get(unit, 1e21)
    safe = np.where(finite, values, 0.0)
    if unit == "ymd":
        whole = np.rint(safe).astype(np.int64)
        year, month, day = whole // 10_000, whole // 100 % 100, whole % 100
        stamps, valid = _calendar(year, month, day)
        return stamps, valid & finite & (whole == safe)
    micro = (safe + EXCEL_EPOCH) * DAY if unit == "excel" else safe * EPOCH_UNITS[unit]
    inside = finite & (np.abs(micro) < 2.5e17)  # the years 1 to 9999
    return np.where(inside, np.rint(micro), 0).astype(np.int64), inside


def _parse(texts: pa.ChunkedArray, pattern: str) -> tuple[np.ndarray, np.ndarray]:
    pc = arrow.compute()
    parts = pc.extract_regex(texts, pattern=pattern)
    read = arrow.to_numpy(pc.is_valid(parts))
    if not read.any():
        return np.zeros(len(texts), dtype=np.int64), read
    names, empty = [field.name for field in parts.type], arrow.text("")
    text = {name: pc.fill_null(pc.struct_field(parts, name), empty) for name in names}

    def whole(name: str, absent: int = 0) -> np.ndarray:
        if name not in text:
            return np.full(len(texts), absent, dtype=np.int64)
        filled = pc.if_else(pc.equal(text[name], empty), arrow.text(str(absent)), text[name])
        return arrow.to_numpy(filled.cast(pa.int64()))

    year, month = whole("Y"), whole("m", 1)
    if "Y" in text:
        short = arrow.to_numpy(pc.binary_length(text["Y"])) == 2
        year = np.where(short, year + np.where(year < 69, 2000, 1900), year)
    if "b" in text:
        names_ = pc.utf8_slice_codeunits(pc.utf8_lower(text["b"]), 0, 3)
        index = pc.index_in(names_, value_set=arrow.strings(MONTHS).cast(pa.large_string()))
        month = arrow.to_numpy(index, -1).astype(np.int64) + 1
    if "q" in text:
        month = 3 * whole("q", 1) - 2
    stamps, valid = _calendar(year, month, whole("d", 1))
    hour, half = whole("H"), text.get("p")
    if half is not None:
        first = pc.utf8_lower(pc.utf8_slice_codeunits(half, 0, 1))
        later = arrow.to_numpy(pc.equal(first, arrow.text("p")))
        halves = arrow.to_numpy(pc.not_equal(first, empty))
        valid &= ~halves | ((hour >= 1) & (hour <= 12))
        hour = np.where(halves, hour % 12 + 12 * later, hour)
    valid &= hour < 24
    seconds = (hour * 60 + whole("M")) * 60 + whole("S")
    micro = np.zeros(len(texts), dtype=np.int64)
    if "f" in text:
        micro = arrow.to_numpy(pc.utf8_slice_codeunits(pc.utf8_rpad(text["f"], 6, "0"), 0, 6).cast(pa.int64()))
    return stamps + (seconds - _offset(text.get("z"), len(texts))) * 1_000_000 + micro, read & valid


def _offset(zone: pa.ChunkedArray | None, rows: int) -> np.ndarray:
    """Seconds by which a zone such as `+02:00` is ahead of UTC."""
    if zone is None:
        return np.zeros(rows, dtype=np.int64)
    pc = arrow.compute()
    parts = pc.extract_regex(zone, pattern=r"^(?P<s>[-+])(?P<h>\d{2}):?(?P<m>\d{2})?$")
    found = (pc.fill_null(pc.struct_field(parts, name), arrow.text("")) for name in ("h", "m"))
    hours, minutes = (arrow.to_numpy(pc.replace_substring_regex(text, "^$", "0").cast(pa.int64())) for text in found)
    ahead = arrow.to_numpy(pc.equal(pc.struct_field(parts, "s"), arrow.text("+")))
    return np.where(ahead, 1, -1) * (hours * 3600 + minutes * 60)


def _calendar(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Microseconds from 1970 to the beginning of days of the Gregorian calendar, and a mask of those that exist."""
    valid = (year >= YEARS[0]) & (year <= YEARS[1]) & (month >= 1) & (month <= 12) & (day >= 1)
    months = (np.where(valid, year, 1970) - 1970) * 12 + np.where(valid, month, 1) - 1
    first, after = ((months + more).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) for more in (0, 1))
    valid &= day <= after - first
    return (first + np.where(valid, day, 1) - 1) * DAY, valid
