"""How columns are read by checkpoints that kept no readings: leniently, as it was then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..columns.encoders import Date, Embedding, Flag, Hashed, OneHot
from ..columns.values import MISSING
from .numbers import number_text
from .readings import TRUTHS, BooleanReading, CategoryReading, DateReading, NumberReading, Reading

if TYPE_CHECKING:
    from ..schema import Schema


def early_reading(schema: Schema, name: str) -> Reading:
    """How a column is read by a checkpoint that kept no readings: as its columns say, leniently, as it was then."""
    usual = [*MISSING, *schema.na]
    if name == schema.target:
        if schema.task == "regression":
            return NumberReading(name=name, missing=usual)
        return _early_categories(name, schema.classes, usual, all(map(number_text, schema.classes)))
    sources = {part.name: part for column in schema.derived for part in column.of}
    parts = [column for column in schema.columns if column.name == name] or [sources[name]]
    part = parts[0]
    common: dict[str, Any] = {"name": name, "missing": usual, "lenient": True}
    if isinstance(part, Flag):
        return BooleanReading(**common)
    if isinstance(part, Date):
        day, month = part.style.find("%d"), part.style.find("%m")
        order = "" if part.style.startswith("%Y") or month < 0 else "dmy" if day < month else "mdy"
        return DateReading(**common, order=order)
    if isinstance(part, OneHot | Embedding):
        return _early_categories(name, part.categories, usual, part.whole)
    if isinstance(part, Hashed):
        return CategoryReading(**common)
    grouped = part.lenient or part.decimal == ","
    return NumberReading(name=name, missing=usual, decimal=part.decimal, grouped=grouped, lenient=part.lenient)


def _early_categories(name: str, categories: list[str], usual: list[str], whole: bool) -> CategoryReading:
    missing = [text for text in usual if text not in categories]
    return CategoryReading(name=name, missing=missing, whole=whole, truths=bool(set(categories) & set(TRUTHS)))
