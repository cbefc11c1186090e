"""Texts as numbers: plain, grouped, money, percentages, parentheses, thousands and millions, hexadecimal, clock times.

One rule a text: whether and how it is read depends on nothing but the text and the decimal sign.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from ..columns import arrow
from ..columns.values import Decimal

CODES = "USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR|KRW|TRY|SGD|HKD|ILS|THB|RUB"
MONEY = rf"(?:(?:US|A|C|NZ|HK|S|R)?\$|[€£¥₹₽₩₺]|{CODES})"
LARGE = {"": "", "k": "e3", "K": "e3", "M": "e6", "bn": "e9"}
HOUR, MINUTE, DAY = 3600.0, 60.0, 86_400.0  # seconds

_GROUPS: dict[Decimal, str] = {".": ", '’\u00a0\u202f", ",": ". '’\u00a0\u202f"}
_HEX = r"^[-+]?0[xX][0-9a-fA-F]+$"
_INFINITE = r"(?i)^[-+]?inf(inity)?$"
_NAN = r"(?i)^[-+]?nan$"
_CLOCK = (
    r"^(?P<sign>-)?(?:(?P<days>\d{1,6}) days?,? )?(?P<hours>\d{1,4}):(?P<minutes>[0-5]\d)"
    r"(?::(?P<seconds>[0-5]\d(?:[.,]\d{1,9})?))?\s?(?P<half>[AaPp]\.?[Mm]\.?)?$"
)


def parse_numbers(
    texts: pa.ChunkedArray, decimal: Decimal = ".", *, grouped: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Trimmed texts as float64, NaN for nulls and for what is no number, and a mask of the texts that are none.

    `decimal` is the sign between whole and fraction; the other one may stand between thousands if they are `grouped`:
    where that is not known, 1,234 could be two numbers.
    """
    texts = texts.cast(pa.large_string())
    if decimal == ".":
        try:
            return _floats(texts), np.zeros(len(texts), dtype=bool)
        except pa.ArrowInvalid:
            pass  # more than plain numbers
    values = _floats(_plain(texts, decimal))
    pc = arrow.compute()
    open_ended = pc.match_substring_regex(texts, _INFINITE)
    if pc.any(open_ended).as_py():
        negative = arrow.to_numpy(pc.starts_with(texts, "-"))
        infinite = arrow.to_numpy(open_ended)
        values = np.where(infinite, np.where(negative, -np.inf, np.inf), values)
    values = _with_hexadecimal(texts, values)
    if not grouped:
        values = np.where(arrow.to_numpy(has_groups(texts, decimal)), np.nan, values)
    absent = pc.or_kleene(pc.is_null(texts), pc.match_substring_regex(texts, _NAN))
    return values, np.isnan(values) & ~arrow.to_numpy(absent)


def has_groups(texts: pa.ChunkedArray, decimal: Decimal) -> pa.ChunkedArray:
    """Whether the other decimal sign stands in numbers."""
    return arrow.compute().match_substring(texts, "," if decimal == "." else ".")


def parse_clock(texts: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """Times of day and durations such as `9:05`, `10:19 PM`, `01:30:00.5`, `2 days 03:00:00` in seconds, as
    `parse_numbers` gives numbers. A column of them may hold plain seconds as well."""
    pc, texts = arrow.compute(), texts.cast(pa.large_string())
    parts = pc.extract_regex(pc.replace_substring(texts, "−", "-"), pattern=_CLOCK)
    fields = {field.name: pc.struct_field(parts, field.name) for field in parts.type}
    days, hours, minutes = (_floats(_or_zero(fields[name])) for name in ("days", "hours", "minutes"))
    seconds = _floats(pc.replace_substring(_or_zero(fields["seconds"]), ",", "."))
    half = pc.utf8_lower(pc.utf8_slice_codeunits(fields["half"], 0, 1))
    in_halves = arrow.to_numpy(pc.not_equal(half, arrow.text("")))
    later = arrow.to_numpy(pc.equal(half, arrow.text("p")))
    with np.errstate(invalid="ignore"):
        wrong = in_halves & ((hours < 1) | (hours > 12))
    hours = np.where(in_halves, hours % 12 + 12 * later, hours)
    sign = np.where(arrow.to_numpy(pc.equal(fields["sign"], arrow.text("-"))), -1.0, 1.0)
    read = arrow.to_numpy(pc.is_valid(parts)) & ~wrong
    plain, odd = parse_numbers(texts)
    values = np.where(read, sign * (days * DAY + hours * HOUR + minutes * MINUTE + seconds), plain)
    return values, odd & ~read


def number_text(text: str) -> str | None:
    """The one way to write a whole number that a text may write with a sign, zeros or a point (`+01.0` is `1`), and
    any other number as Python writes it; None for what is none."""
    digits = text.strip().lstrip("+").replace("−", "-")
    sign, digits = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
    whole, _, rest = digits.partition(".")
    if whole.isascii() and whole.isdigit() and not rest.strip("0"):
        whole = whole.lstrip("0") or "0"
        return whole if whole == "0" else sign + whole
    try:
        return float_text(float(text))
    except ValueError:
        return None


def float_text(value: float) -> str:
    """A number as text, whole ones without a point."""
    if value.is_integer() and abs(value) < 2**63:
        return str(int(value))
    return repr(value)


def _plain(texts: pa.ChunkedArray, decimal: Decimal) -> pa.ChunkedArray:
    """Texts such as `1,234.5`, `12 %`, `$3`, `(98)` or `98.8k` as plain `1234.5`, `12`, `3`, `-98` and `98.8e3`; null
    where they are no numbers."""
    pc = arrow.compute()
    point = r"\." if decimal == "." else ","
    grouped = "|".join(rf"(?:{'[.]' if sign == '.' else sign}\d{{3}})+" for sign in _GROUPS[decimal])
    number = rf"(?:(?:[1-9]\d{{0,2}}(?:{grouped})|\d+)(?:{point}\d*)?|{point}\d+)"
    pattern = (
        rf"^(?P<open>\()?\s?(?P<sign>[-+])?\s?{MONEY}?\s?(?P<inner>[-+])?(?P<number>{number})(?P<power>[eE][-+]?\d+)?"
        rf"(?P<large>k|K|M|bn)?\s?(?:%|{MONEY})?\s?(?P<close>\))?$"
    )
    parts = pc.extract_regex(pc.replace_substring(texts, "−", "-"), pattern=pattern)
    part = {field.name: pc.struct_field(parts, field.name) for field in parts.type}
    opened, closed = pc.equal(part["open"], arrow.text("(")), pc.equal(part["close"], arrow.text(")"))
    signs = _joined(part["sign"], part["inner"])
    none, one = arrow.numbers([0, 1], np.int64)
    sure = pc.and_(pc.is_valid(parts), pc.equal(opened, closed))
    sure = pc.and_(sure, pc.less_equal(pc.binary_length(signs), pc.if_else(opened, none, one)))
    sure = pc.and_(sure, pc.or_(pc.equal(part["large"], arrow.text("")), pc.equal(part["power"], arrow.text(""))))
    digits = pc.replace_substring_regex(part["number"], "[^0-9.]" if decimal == "." else "[^0-9,]", "")
    digits = digits if decimal == "." else pc.replace_substring(digits, ",", ".")
    sign = pc.if_else(pc.or_(opened, pc.equal(signs, arrow.text("-"))), arrow.text("-"), arrow.text(""))
    power = part["power"]
    for name, text in LARGE.items():
        if name:
            power = pc.if_else(pc.equal(part["large"], arrow.text(name)), arrow.text(text), power)
    plain = _joined(sign, digits, power)
    return pc.if_else(arrow.mask(arrow.to_numpy(sure)), plain, arrow.null(plain.type))


def _with_hexadecimal(texts: pa.ChunkedArray, values: np.ndarray) -> np.ndarray:
    pc = arrow.compute()
    found = arrow.to_numpy(pc.match_substring_regex(texts, _HEX))
    if not found.any():
        return values
    values = values.copy()
    for row in np.flatnonzero(found).tolist():
        values[row] = float(int(texts[row].as_py(), 16))
    return values


def _or_zero(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """The texts, with 0 for empty ones."""
    pc = arrow.compute()
    return pc.if_else(pc.equal(texts, arrow.text("")), arrow.text("0"), texts)


def _floats(texts: pa.ChunkedArray) -> np.ndarray:
    return arrow.to_numpy(texts.cast(pa.float64()))


def _joined(*parts: Any) -> pa.ChunkedArray:
    return arrow.compute().binary_join_element_wise(*parts, arrow.text(""))
