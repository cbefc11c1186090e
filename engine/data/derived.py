"""Features derived from columns of numbers: squares `a^2`, products `a*b` and sines `sin(a)`.

They are named by their expression and prepared like any column of numbers. A row to predict needs only the columns that
they are derived from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import pyarrow as pa
from pydantic import Field, model_validator

from ..bounds import Name
from ..errors import UsageError, nearest, unknown
from .columns import arrow
from .columns.column_kind import ColumnKind
from .columns.encoders import Finite, Plain
from .columns.values import Decimal, is_number
from .reading.readings import NumberReading, from_floats

if TYPE_CHECKING:
    from .dataset import Dataset

Form = Literal["square", "product", "sine"]
Read = Callable[[str], pa.ChunkedArray]

FORMS = "squares a^2, products a*b and sines sin(a) of columns of numbers"


class Source(Plain):
    """A column of the data that features are derived from. `typical` is the train rows' mean. How texts are read
    is told by checkpoints that were written before readings were kept."""

    name: Name
    decimal: Decimal = "."
    lenient: bool = False
    typical: Finite = 0.0


class Derived(Plain):
    """A feature that no column of the data holds: `name` is its expression, `of` the columns in it."""

    name: Name
    form: Form
    of: Annotated[list[Source], Field(min_length=1, max_length=2)]
    operands: ClassVar[dict[Form, int]] = {"square": 1, "product": 2, "sine": 1}

    @model_validator(mode="after")
    def _consistent(self) -> Derived:
        if len(self.of) != self.operands[self.form]:
            raise ValueError(f"a {self.form} is of {self.operands[self.form]}, not of {len(self.of)} columns")
        return self

    def column(self, read: Read) -> pa.ChunkedArray:
        """Its values, float64, null where one of its columns is missing or the value is too large for a number;
        `read` gives a column of the data by name, as its reading does."""
        values = [arrow.to_numpy(read(part.name)) for part in self.of]
        with np.errstate(over="ignore", invalid="ignore"):
            result = np.sin(values[0]) if self.form == "sine" else values[0] * values[-1]
        return from_floats(result)


def parse(text: str, columns: Collection[str]) -> tuple[Form, list[str]] | None:
    """The form that an expression has and the names in it, or None where it is none of these columns.

    A column's name may hold spaces, stars and brackets itself.
    """
    text = text.strip()
    if text.endswith("^2") and text[:-2].strip() in columns:
        return "square", [text[:-2].strip()]
    if text.startswith("sin(") and text.endswith(")") and text[4:-1].strip() in columns:
        return "sine", [text[4:-1].strip()]
    for place in (place for place, sign in enumerate(text) if sign == "*"):
        pair = [text[:place].strip(), text[place + 1 :].strip()]
        if all(name in columns for name in pair):
            return "product", pair
    return None


def named(text: str, dataset: Dataset) -> str:
    """The feature that a text means: a column's name as it is, else an expression without needless spaces.

    Raises UsageError naming the text for what is neither, or derived from what is no number or the target.
    """
    columns = dataset.table.column_names
    if text in columns:
        return text
    found = parse(text, columns)
    if found is None:
        raise _neither(text, columns)
    form, of = found
    for name in of:
        if name == dataset.target:
            raise UsageError(f"The feature {text!r} is derived from the target {name!r}, which is to be predicted.")
        if not _holds_numbers(dataset, name):
            raise UsageError(
                f"The feature {text!r} is derived from {name!r}, which is not a column of numbers: leave it out."
            )
    return {"square": f"{of[0]}^2", "product": "*".join(of), "sine": f"sin({of[0]})"}[form]


def derive(features: Sequence[str], dataset: Dataset, read: Read) -> dict[str, Derived]:
    """How those features that are no columns of the data set come from its columns; all are as `named` gives them.

    `read` gives the train rows of a column, as its reading does.
    """
    columns = dataset.table.column_names
    known = set(columns)
    parsed = {name: parse(name, columns) for name in features if name not in known}
    return {
        name: Derived(name=name, form=found[0], of=[_source(part, read) for part in found[1]])
        for name, found in parsed.items()
        if found is not None
    }


def kind_of(derived: Derived, dataset: Dataset) -> ColumnKind | None:
    """What a derived column is taken for: a number, flagged where missing if its columns would be."""
    if not any(part.name in dataset.kinds for part in derived.of):
        return None
    return ColumnKind(derived.name, "number", f"a {derived.form}", 0, 0, NumberReading(name=derived.name))


def sources(features: Sequence[str], columns: Collection[str]) -> list[str]:
    """Those of the columns that the features are, or are derived from; what is neither is passed over."""
    parsed = [parse(text, columns) for text in features]
    names = [
        [text] if text in columns else found[1] if found else [] for text, found in zip(features, parsed, strict=True)
    ]
    return list(dict.fromkeys(name for parts in names for name in parts))


def _source(name: str, read: Read) -> Source:
    values = arrow.to_numpy(read(name))
    known = values[np.isfinite(values)]
    with np.errstate(over="ignore"):
        mean = float(known.mean()) if len(known) else 0.0
    return Source(name=name, typical=mean if np.isfinite(mean) else 0.0)


def _holds_numbers(dataset: Dataset, name: str) -> bool:
    kind = dataset.kinds.get(name)
    return is_number(dataset.table.column(name).type) if kind is None else isinstance(kind.reading, NumberReading)


def _neither(text: str, columns: list[str]) -> UsageError:
    """Why a text is no feature: the nearest column for a name, the forms for what looks like an expression."""
    parts = [part.strip() for part in re.split(r"\^2|\*|^sin\(|[()^]", text)]
    if parts == [text.strip()]:
        return unknown("column", text, columns)
    wrong = next((part for part in parts if part and part not in columns and nearest(part, columns)), "")
    hint = f" ({wrong!r}: did you mean {nearest(wrong, columns)!r}?)" if wrong else ""
    return UsageError(f"The feature {text!r} is not a column and cannot be derived{hint}: there are {FORMS}.")
