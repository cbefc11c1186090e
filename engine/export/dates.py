"""Dates as nodes of ONNX: texts in ISO form, or numbers that count something, as days since 1970."""

from __future__ import annotations

import numpy as np

from ..data.reading.dates import DAY, EPOCH_UNITS, EXCEL_EPOCH, LARGEST, Unit
from .graph import Graph

ISO = "2024-03-01, 2024-03-01T09:30 or 2024-03-01T09:30:00.5, a blank or T between, in UTC"

_DAY = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_MINUTES = r"[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]"
_SECONDS = r":(?:[0-5][0-9]|60)(?:\.[0-9]{1,6})?"
_MOST = 2.5e17  # microseconds: the years 1 to 9999
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def days_of_texts(graph: Graph, texts: str) -> tuple[str, str]:
    """Days since 1970, double (rows,), of texts, and whether each was read."""
    node, one = graph.node, graph.texts
    read = node("RegexFullMatch", texts, pattern=f"{_DAY}(?:{_MINUTES}(?:{_SECONDS})?Z?)?")
    body = _split(graph, node("StringConcat", texts, one(["Z"])), "Z", 1)
    body = graph.taken(body, [0])
    body = node("Where", read, node("Squeeze", body, graph.whole([1])), one(["1970-01-01"]))
    body = _completed(graph, body, _DAY, "T00:00")
    body = _completed(graph, body, _DAY + _MINUTES, ":00")
    blank = node("RegexFullMatch", body, pattern=".* .*")
    by_blank = _split(graph, node("Where", blank, body, one(["1970-01-01 00:00:00"])), " ", 1)
    by_letter = _split(graph, node("Where", blank, one(["1970-01-01T00:00:00"]), body), "T", 1)
    halves = node("Where", graph.column(blank), by_blank, by_letter)
    date, time = (_place(graph, halves, place) for place in (0, 1))
    year, month, day = (_place(graph, graph.cast(_split(graph, date, "-", 2), np.int64), place) for place in range(3))
    stamps, there = _calendar(graph, year, month, day)
    clock = graph.cast(_split(graph, time, ":", 2), np.float64)
    seconds = node("ReduceSum", node("Mul", clock, graph.number([3600, 60, 1])), graph.whole([1]), keepdims=0)
    micro = graph.cast(node("Round", node("Mul", seconds, graph.number(1e6))), np.int64)
    return _days(graph, node("Add", stamps, micro)), node("And", read, there)


def days_of_numbers(graph: Graph, values: str, unit: Unit) -> tuple[str, str]:
    """Days since 1970, double (rows,), of finite numbers that count `unit`, and whether each is a date."""
    node = graph.node
    small = node("Less", node("Abs", values), graph.number(LARGEST.get(unit, 1e21)))
    safe = node("Where", small, values, graph.number(0))
    if unit == "ymd":
        whole = graph.cast(node("Round", safe), np.int64)
        year = node("Div", whole, graph.whole(10_000))
        month = node("Mod", node("Div", whole, graph.whole(100)), graph.whole(100))
        stamps, there = _calendar(graph, year, month, node("Mod", whole, graph.whole(100)))
        exact = node("Equal", graph.cast(whole, np.float64), safe)
        return _days(graph, stamps), node("And", node("And", small, exact), there)
    if unit == "excel":
        micro = node("Mul", node("Add", safe, graph.number(EXCEL_EPOCH)), graph.number(DAY))
    else:
        micro = node("Mul", safe, graph.number(EPOCH_UNITS[unit]))
    inside = node("And", small, node("Less", node("Abs", micro), graph.number(_MOST)))
    stamps = graph.cast(node("Round", node("Where", inside, micro, graph.number(0))), np.int64)
    return _days(graph, stamps), inside


def _split(graph: Graph, texts: str, sign: str, most: int) -> str:
    """Texts, each of which has the sign so many times, in parts (rows, most + 1)."""
    return graph.several("StringSplit", 2, texts, delimiter=sign, maxsplit=most)[0]


def _place(graph: Graph, parts: str, place: int) -> str:
    return graph.node("Gather", parts, graph.whole(place), axis=1)


def _completed(graph: Graph, texts: str, form: str, end: str) -> str:
    """The texts, with `end` after those of this form."""
    short = graph.node("RegexFullMatch", texts, pattern=form)
    return graph.node("Where", short, graph.node("StringConcat", texts, graph.texts([end])), texts)


def _days(graph: Graph, stamps: str) -> str:
    return graph.node("Div", graph.cast(stamps, np.float64), graph.number(DAY))


def _calendar(graph: Graph, year: str, month: str, day: str) -> tuple[str, str]:
    """Microseconds from 1970 to the beginning of days of the Gregorian calendar, int64, and whether each exists: years
    begin with March, so that the day that not all have comes last."""
    node, whole = graph.node, graph.whole

    def times(value: str, factor: int) -> str:
        return node("Mul", value, whole(factor))

    def per(value: str, divisor: int) -> str:
        return node("Div", value, whole(divisor))

    known = node("And", node("Greater", year, whole(0)), node("Less", year, whole(10_000)))
    inside = node("And", node("Greater", month, whole(0)), node("Less", month, whole(13)))
    months = node("Where", inside, month, whole(1))
    early = graph.cast(node("Less", months, whole(3)), np.int64)
    years = node("Sub", node("Where", known, year, whole(1970)), early)
    since_march = node("Sub", node("Add", months, times(early, 12)), whole(3))
    before = per(node("Add", times(since_march, 153), whole(2)), 5)
    leaps = node("Sub", node("Add", per(years, 4), per(years, 400)), per(years, 100))
    days = node("Add", node("Add", node("Add", times(years, 365), leaps), before), day)
    days = node("Sub", days, whole(719_469))

    def divides(divisor: int) -> str:
        return node("Equal", node("Mod", year, whole(divisor)), whole(0))

    leap = node("Or", node("And", divides(4), node("Not", divides(100))), divides(400))
    february = node("And", leap, node("Equal", months, whole(2)))
    length = node("Gather", whole(list(_LENGTHS)), node("Sub", months, whole(1)), axis=0)
    longest = node("Add", length, graph.cast(february, np.int64))
    exists = node("And", node("Greater", day, whole(0)), node("LessOrEqual", day, longest))
    return times(days, DAY), node("And", node("And", known, inside), exists)
