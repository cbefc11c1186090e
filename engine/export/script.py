"""A network as a script of plain PyTorch, for who would see how: it prepares rows, rebuilds the network and answers."""

from __future__ import annotations

import inspect
import io
import re
from collections.abc import Callable, Iterable
from importlib import resources
from typing import Any

import numpy as np

from ..checkpoint import Checkpoint
from ..data.columns.encoders import (
    Bucket,
    Column,
    Curve,
    Date,
    Embedding,
    Flag,
    Hashed,
    Missing,
    Number,
    OneHot,
    Smooth,
)
from ..data.columns.values import MISSING
from ..data.derived import Derived
from ..data.reading.readings import BooleanReading, CategoryReading, DateReading, NumberReading, Reading
from ..data.schema import Schema
from ..errors import UsageError
from ..models.families import check_fit
from ..tensors import float_arrays
from . import script_helpers
from .script_layers import forward_of


def script_of(checkpoint: Checkpoint, name: str, weights: str) -> str:
    """The script's text. It reads its weights from a file that is called `weights` and lies beside it (`weights_of`).
    Raises UsageError for a network of the user's own."""
    schema, spec = checkpoint.schema, checkpoint.spec
    if spec.family == "custom":
        raise UsageError("A network of your own is Python already: --to safetensors writes its weights.")
    template = resources.files(__package__ or "").joinpath("script.txt").read_text(encoding="utf-8")
    forward = "\n".join(f"        {line}" for line in forward_of(spec))
    if "pieces(" not in forward:
        template = re.sub(r"def pieces.*?\n\n\n", "", template, flags=re.DOTALL)
    told = {
        "NAME": name,
        "TARGET": schema.target,
        "WEIGHTS": repr(weights),
        "CLASSES": repr(list(schema.classes)),
        "THRESHOLD": repr(checkpoint.threshold),
        "SCALE": f"{schema.target_std!r}, {schema.target_mean!r}",
        "FORWARD": forward,
        "PREPARE": _images(schema) if schema.image is not None else _tables(schema),
    }
    parts = re.split(r"<<([A-Z]+)>>", template)
    quoted = {"NAME", "TARGET"}  # within the first lines, which must not end there
    return "".join(
        part if place % 2 == 0 else _inline(told[part]) if part in quoted else told[part]
        for place, part in enumerate(parts)
    )


def weights_of(checkpoint: Checkpoint) -> bytes:
    """The weights, each by its layer's number and its name, as a NumPy archive. Raises UsageError for weights that are
    another network's."""
    weights = float_arrays(checkpoint.weights)
    check_fit(checkpoint.spec, weights)
    out = io.BytesIO()
    named: dict[str, Any] = {f"layer{name.replace('.', '_')}": value for name, value in weights.items()}
    np.savez(out, **named)
    return out.getvalue()


def _inline(text: str) -> str:
    """A text within a docstring."""
    return repr(text)[1:-1].replace('"', "'")


def _images(schema: Schema) -> str:
    assert schema.image is not None
    channels, height, width = schema.image.shape
    return "\n".join(
        [
            "def prepare(path):",
            f'    """An image file of {width} x {height} pixels as the network sees it."""',
            "    from PIL import Image",
            "",
            f'    image = Image.open(path).convert("{"L" if channels == 1 else "RGB"}")',
            f"    if image.size != ({width}, {height}):",
            f'        raise ValueError(f"{{path}} has {{image.size}} pixels, not {width} x {height}")',
            f"    pixels = np.asarray(image).reshape({height}, {width}, {channels}).transpose(2, 0, 1)",
            f"    return (pixels.astype(np.float32) - np.float32({schema.image.shift!r}))"
            f" * np.float32({schema.image.scale!r})",
        ]
    )


def _tables(schema: Schema) -> str:
    reads = [f"        {name!r}: {_read(schema.reading_of(name), name)}," for name in schema.inputs]
    reads += [f"    v[{one.name!r}] = {_derived(one)}" for one in schema.derived]
    count = len(schema.inputs)
    lines = ["def prepare(row):", '    """A row, a dict of values by column, as the numbers that the network takes."""']
    lines += ["    v = {", *reads[:count], "    }", *reads[count:], "    return ["]
    lines += [f"        {_encoded(column)},  # {_comment(column)}" for column in schema.columns]
    body = "\n".join([*lines, "    ]"])
    return "\n\n\n".join([*_helpers(body), body])


def _helpers(body: str) -> Iterable[str]:
    """The source of all helpers that a text calls, and of those that they call."""
    known: dict[str, Callable[..., Any]] = {
        name: function for name, function in vars(script_helpers).items() if inspect.isfunction(function)
    }
    wanted = [body]
    needed = set[str]()
    while wanted:
        source = wanted.pop()
        called = {name for name in known if re.search(rf"\b{name}\(", source)} - needed
        needed |= called
        wanted += [inspect.getsource(known[name]) for name in called]
    return [inspect.getsource(function).rstrip() for name, function in known.items() if name in needed]


def _comment(column: Column) -> str:
    return f"{repr(column.name)[1:-1]}: {column.summary}"


def _read(reading: Reading, name: str) -> str:
    missing = list(dict.fromkeys(["", *(MISSING if reading.missing is None else reading.missing)]))
    usual = "MISSING" if reading.missing is None else repr(missing)
    value = f"row[{name!r}], {usual}"
    match reading:
        case NumberReading(decimal=decimal):
            return f"number({value}{'' if decimal == '.' else f', {decimal!r}'})"
        case BooleanReading(yes=yes, no=no):
            return f"truth({value}, {list(yes)!r}, {list(no)!r})"
        case DateReading(unit=unit):
            return f"days({value}{f', {unit!r}' if unit else ''})"
        case CategoryReading(whole=whole, truths=truths):
            more = [f"{word}=True" for word, is_so in (("whole", whole), ("truths", truths)) if is_so]
            return f"category({', '.join([value, *more])})"


def _derived(one: Derived) -> str:
    values = [f"v[{part.name!r}]" for part in one.of]
    return f"math.sin({values[0]})" if one.form == "sine" else f"product({values[0]}, {values[-1]})"


def _encoded(column: Column) -> str:
    value = f"v[{column.name!r}]"
    match column:
        case Number(fill=fill, mean=mean, std=std):
            return f"(filled({value}, {fill!r}) - {mean!r}) / {std!r}"
        case Curve(fill=fill, knots=knots, mean=mean, std=std):
            known = f"filled({value}, {fill!r})"
            bent = f"share_below({known}, {list(knots)!r})" if knots else f"logarithm({known})"
            return f"({bent} - {mean!r}) / {std!r}"
        case Smooth(fill=fill, median=median, width=width):
            return f"bent(filled({value}, {fill!r}), {median!r}, {width!r})"
        case Missing():
            return f"float(math.isnan({value}))"
        case Bucket(fill=fill, boundaries=boundaries):
            return f"bucket(filled({value}, {fill!r}), {list(boundaries)!r})"
        case Flag():
            return f"2 * filled({value}, 0.5) - 1"
        case Date(mean=mean, std=std, timed=timed):
            return f"*date({value}, {mean!r}, {std!r}, {timed!r})"
        case Hashed(width=width):
            return f"*hashed({value}, {width!r})"
        case OneHot(categories=categories, other=other):
            return f"*one_hot({value}, {list(categories)!r}, {other!r})"
        case Embedding(categories=categories):
            return f"index({value}, {list(categories)!r})"
