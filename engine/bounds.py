"""How large a number, a text or a list from outside may be.

All of it has bounds: a file may be a stranger's, and a slip of the finger may add zeros. They lie far beyond sense;
numbers are allowed as long as float32 holds them and their squares. Of a long list the first wrong item is told alone.
"""

from __future__ import annotations

import codecs
import math
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema

LARGEST = 10**12
LONGEST = 10_000  # characters of a name
LONGEST_ENCODING = 100
NO_ENCODINGS = ("idna", "punycode", "unicode-escape", "raw-unicode-escape", "charmap", "undefined")


def _file_name(text: str) -> str:
    """A name that a file may have; pydantic's own patterns know no names that are not UTF-8."""
    if len(text) > LONGEST or "\0" in text:
        raise ValueError("no file is called so")
    return text


def _encoding(name: str) -> str:
    """An encoding of texts that Python knows."""
    try:
        if codecs.lookup(name[:LONGEST_ENCODING]).name in NO_ENCODINGS:
            raise LookupError(name)
        "a".encode(name[:LONGEST_ENCODING])
        codecs.getincrementaldecoder(name)
    except (LookupError, UnicodeError, ValueError):
        raise ValueError(
            f"{name[:40]!r} is not an encoding; known are utf-8, windows-1251, shift_jis and others"
        ) from None
    return name


def _separator(text: str) -> str:
    """One character that may part values, or a word for one."""
    if text in ("tab", "space", "\\t") or (len(text) == 1 and text.isascii() and text not in '"\r\n\0'):
        return text
    raise ValueError(f"{text[:40]!r} is not a separator; write one character, tab, or space for any run of blanks")


Fraction = Annotated[float, Field(gt=0, lt=1)]
Rate = Annotated[float, Field(ge=0, le=LARGEST, allow_inf_nan=False)]
PositiveRate = Annotated[float, Field(gt=0, le=LARGEST, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=LARGEST)]
Whole = Annotated[int, Field(ge=0, le=LARGEST)]
Members = Annotated[int, Field(ge=1, le=128)]
MOST_PARTS = 32  # networks of an ensemble
Shares = Annotated[list[Annotated[float, Field(gt=0, le=1)]], Field(max_length=MOST_PARTS, fail_fast=True)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]

Name = Annotated[str, Field(max_length=LONGEST)]
ColumnName = Annotated[str, StringConstraints(max_length=LONGEST, strip_whitespace=True)]  # as tables' names are
FileName = Annotated[str, AfterValidator(_file_name), WithJsonSchema({"type": "string", "maxLength": LONGEST})]
Encoding = Annotated[str, AfterValidator(_encoding), WithJsonSchema({"type": "string", "maxLength": 100})]
Separator = Annotated[str, AfterValidator(_separator), WithJsonSchema({"type": "string", "maxLength": 5})]
Slices = Annotated[str, Field(max_length=1_000)]

Names = Annotated[list[Name], Field(max_length=100_000, fail_fast=True)]
Categories = Annotated[list[Name], Field(max_length=1_000_000, fail_fast=True)]
Boundaries = Annotated[list[Annotated[float, Field(allow_inf_nan=False)]], Field(max_length=100_000, fail_fast=True)]
Rates = Annotated[list[Rate], Field(max_length=1_000_000, fail_fast=True)]
Layers = Annotated[list[Count], Field(max_length=1_000, fail_fast=True)]


def check_shares(family: str, parts: int, shares: list[float]) -> None:
    """ValueError unless an ensemble has parts, and each of them a share in a whole; other networks have neither."""
    if family != "ensemble":
        if parts or shares:
            raise ValueError("parts and shares are of an ensemble")
    elif not parts or len(shares) != parts or not math.isclose(math.fsum(shares), 1, rel_tol=1e-9):
        raise ValueError(
            "an ensemble is made of trained networks, by `nnlab sweep --ensemble`, and has a share of each, 1 in all"
        )
