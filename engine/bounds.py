"""How large a number, a text or a list from outside may be.

All of it has bounds: a file may be a stranger's, and a slip of the finger may add zeros. They lie far beyond sense;
numbers are allowed as long as float32 holds them and their squares. Of a long list the first wrong item is told alone.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

LARGEST = 10**12

Fraction = Annotated[float, Field(gt=0, lt=1)]
Rate = Annotated[float, Field(ge=0, le=LARGEST, allow_inf_nan=False)]
PositiveRate = Annotated[float, Field(gt=0, le=LARGEST, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=LARGEST)]
Whole = Annotated[int, Field(ge=0, le=LARGEST)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]

Name = Annotated[str, Field(max_length=10_000)]
FileName = Annotated[str, Field(max_length=10_000, pattern=r"^[^\x00]*$")]
Slices = Annotated[str, Field(max_length=1_000)]

Names = Annotated[list[Name], Field(max_length=100_000, fail_fast=True)]
Categories = Annotated[list[Name], Field(max_length=1_000_000, fail_fast=True)]
Boundaries = Annotated[list[Annotated[float, Field(allow_inf_nan=False)]], Field(max_length=100_000, fail_fast=True)]
Rates = Annotated[list[Rate], Field(max_length=1_000_000, fail_fast=True)]
Layers = Annotated[list[Count], Field(max_length=1_000, fail_fast=True)]
