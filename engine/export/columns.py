"""A table's columns as nodes of ONNX: from the values of each to the numbers that a network is given."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import cast

import numpy as np

from ..data.columns.encoders import (
    BEYOND,
    SMOOTH,
    YEAR,
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
from ..data.schema import Schema
from .graph import Graph
from .raw import Raw


@dataclass
class Preparation:
    """Prepares the columns of a schema, whose raw ones are inputs of the graph.

    `dense` are the numbers of all columns but the embedded ones, double (rows, width), "" where there are none;
    `indices` an index int64 (rows,) for each embedded column; `unknown` counts, int64 (rows,), the values of a row that
    were not understood, or that no train row had.
    """

    graph: Graph
    schema: Schema
    dense: str = ""
    indices: list[str] = field(default_factory=list[str])
    unknown: str = ""

    def __post_init__(self) -> None:
        self._raw = Raw(self.graph, self.schema)
        parts: list[str] = []
        for _, same in groupby(self.schema.columns, key=lambda column: column.kind):
            group = list(same)
            if isinstance(group[0], Embedding):
                self.indices = [self._raw.placed(cast(Embedding, column)) for column in group]
            else:
                parts += self._encoded(group)
        self.dense = self.graph.joined(parts, 1) if parts else ""
        self.unknown = self._raw.unknown()

    def _encoded(self, group: Sequence[Column]) -> list[str]:
        """Blocks, double (rows, any width), of columns that are all of one kind."""
        match group[0]:
            case Number() | Smooth() | Missing():
                return [self._together(cast(Sequence[Number | Smooth | Missing], group))]
            case _:
                return [self._alone(column) for column in group]

    def _taken(self, names: Sequence[str]) -> str:
        values, places = self._raw.numbers
        return self.graph.taken(values, [places[name] for name in names])

    def _together(self, group: Sequence[Number | Smooth | Missing]) -> str:
        """Columns of numbers of one kind."""
        node, row = self.graph.node, self.graph.number
        values = self._taken([column.name for column in group])
        absent = node("IsNaN", values)
        if isinstance(group[0], Missing):
            return self.graph.cast(absent, np.float64)
        values = node("Where", absent, row([[column.fill for column in group]]), values)
        if isinstance(group[0], Number):
            numbers = cast(Sequence[Number], group)
            shifted = node("Sub", values, row([[column.mean for column in numbers]]))
            return node("Div", shifted, row([[column.std for column in numbers]]))
        smooth = cast(Sequence[Smooth], group)
        scaled = node("Sub", values, row([[column.median for column in smooth]]))
        scaled = node("Div", scaled, row([[column.width for column in smooth]]))
        scaled = node("Clip", scaled, row(-BEYOND), row(BEYOND))
        share = node("Div", scaled, row(SMOOTH))
        return node("Div", scaled, node("Sqrt", node("Add", node("Mul", share, share), row(1))))

    def _alone(self, column: Column) -> str:
        """One column, whatever its kind."""
        graph, node, number = self.graph, self.graph.node, self.graph.number
        match column:
            case Curve():
                values = self._filled(column)
                bent = self._interpolated(values, column.knots) if column.knots else self._logarithm(values)
                return node("Div", node("Sub", bent, number(column.mean)), number(column.std))
            case Bucket():
                return self._below(self._filled(column), column.boundaries)
            case Flag():
                truth = self._raw.truth(column.name)
                known = node("Where", node("IsNaN", truth), number(0.5), truth)
                return graph.column(node("Sub", node("Mul", known, number(2)), number(1)))
            case Date():
                return self._date(column)
            case OneHot():
                places = graph.whole([list(range(column.span))])
                return graph.cast(node("Equal", graph.column(self._raw.placed(column)), places), np.float64)
            case Number() | Smooth() | Missing() | Embedding() | Hashed():  # several at once, as indices, or refused
                raise AssertionError(f"{column.name!r} is no column of its own here")

    def _filled(self, column: Curve | Bucket) -> str:
        values = self._taken([column.name])
        return self.graph.node("Where", self.graph.node("IsNaN", values), self.graph.number(column.fill), values)

    def _logarithm(self, values: str) -> str:
        """sign(x) log(1 + |x|), where log(1 + y) = log(u) y / (u - 1) with u = 1 + y as it is rounded."""
        node, number = self.graph.node, self.graph.number
        size = node("Abs", values)
        more = node("Add", size, number(1))
        same = node("Equal", more, number(1))
        rest = node("Where", same, number(1), node("Sub", more, number(1)))
        exact = node("Mul", node("Log", more), node("Div", size, rest))
        return node("Mul", node("Sign", values), node("Where", same, size, exact))

    def _interpolated(self, values: str, knots: Sequence[float]) -> str:
        """As `numpy.interp` has it, from knots to even steps from 0 to 1."""
        node, number = self.graph.node, self.graph.number
        if len(knots) == 1:
            return node("Mul", values, number(0))
        heights, edges = np.linspace(0, 1, len(knots)), np.array(knots)
        slopes = np.diff(heights) / np.diff(edges)
        below = self.graph.cast(node("Sub", self._below(values, knots), number(1)), np.int64)
        place = node("Clip", below, self.graph.whole(0), self.graph.whole(len(slopes) - 1))
        slope, height, edge = (
            node("Gather", number(each), place, axis=0) for each in (slopes, heights[:-1], edges[:-1])
        )
        inside = node("Clip", values, number(knots[0]), number(knots[-1]))
        return node("Add", node("Mul", slope, node("Sub", inside, edge)), height)

    def _below(self, values: str, boundaries: Sequence[float]) -> str:
        """How many of the boundaries do not lie above values (rows, 1)."""
        if not boundaries:
            return self.graph.node("Mul", values, self.graph.number(0))
        reached = self.graph.node("GreaterOrEqual", values, self.graph.number([list(boundaries)]))
        return self.graph.node("ReduceSum", self.graph.cast(reached, np.float64), self.graph.whole([1]))

    def _date(self, column: Date) -> str:
        graph, node, number = self.graph, self.graph.node, self.graph.number
        days = self._raw.days(column.name)
        week = node("Div", node("Add", node("Floor", days), number(3)), number(7))
        turns = [node("Div", days, number(YEAR)), week, *([days] if column.timed else [])]
        parts = [node("Div", node("Sub", days, number(column.mean)), number(column.std))]
        for turn in turns:
            angle = node("Mul", turn, number(2 * math.pi))
            parts += [node("Sin", angle), node("Cos", angle)]
        block = graph.joined([graph.column(part) for part in parts], 1)
        return node("Where", node("IsNaN", block), number(0), block)
