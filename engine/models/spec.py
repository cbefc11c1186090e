"""What a network is, as plain data."""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..bounds import MOST_PARTS, Boundaries, Count, FileName, Layers, Members, Name, Rate, Shares, check_shares
from ..config import Activation, Arguments, Family
from ..options import NumberEmbedding

Finite = Annotated[float, Field(allow_inf_nan=False)]
EMBEDDED: dict[NumberEmbedding, int] = {"none": 1, "periodic": 4, "piecewise": 16, "both": 10}
"""How many numbers are made of one; of both embeddings, each in a half of the members, on average."""
LARGEST = 3.4e38  # number that float32 holds
LARGEST_INPUT = 2**26  # numbers of a row; a picture of 4,096 by 4,096 in four colours


def _is_bin(low: float, high: float) -> bool:
    """Whether these are the edges of a bin whose share below a number float32 can hold."""
    return -LARGEST <= low < high <= LARGEST and high - low >= 1 / LARGEST


class ModelSpec(BaseModel):
    """A network as plain data; it travels in the checkpoint, and `build` makes the module.

    `in_features` is the width of the prepared matrix, whose last columns are the indices of the `embeddings`, pairs
    (number of categories, width); for images it is the number of pixels and `image_shape` says (channels, height,
    width). `out_features` is the number of classes, or 1 for regression. A custom network is a class in the user's
    Python file, of which path, digest (of the file and what it
    imports from its folder) and arguments are kept, and no code; `columns` says of each column of its matrix
    which of the table's features it belongs to.

    Of a tabm: the first `numbers` columns are embedded, piecewise between the edges in `bins`; `limits` are what its
    answers are kept within, in the network's units.

    An ensemble answers the mean of what its `parts` do, networks of the same inputs and outputs, weighted by `shares`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    family: Family
    hidden: Layers = []
    activation: Activation = "relu"
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    noise: Rate = 0.0
    channels: Layers = []
    members: Members = 1
    embedding: NumberEmbedding = "none"
    own_weights: bool = False
    numbers: Annotated[int, Field(ge=0, le=LARGEST_INPUT)] = 0
    bins: Annotated[list[Boundaries], Field(max_length=100_000, fail_fast=True)] = []
    limits: tuple[Finite, Finite] | None = None
    in_features: Annotated[int, Field(ge=1, le=LARGEST_INPUT)]
    out_features: Count
    image_shape: tuple[Count, Count, Count] | None = None
    embeddings: Annotated[list[tuple[Count, Count]], Field(max_length=10_000, fail_fast=True)] = []
    file: FileName = ""
    class_name: Annotated[str, Field(max_length=1000)] = ""
    args: Arguments = {}
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    columns: Annotated[list[Name], Field(max_length=LARGEST_INPUT, fail_fast=True)] = []
    parts: Annotated[list[ModelSpec], Field(max_length=MOST_PARTS, fail_fast=True)] = []
    shares: Shares = []

    @model_validator(mode="after")
    def _consistent(self) -> ModelSpec:
        if self.image_shape is not None and (prod(self.image_shape) != self.in_features or self.embeddings):
            raise ValueError("in_features is not the number of the image's values")
        if len(self.embeddings) > self.in_features:
            raise ValueError("there are more embeddings than in_features")
        if self.columns and len(self.columns) != self.in_features:
            raise ValueError("columns does not name in_features columns")
        if self.numbers > self.in_features - len(self.embeddings):
            raise ValueError("there are more numbers than in_features")
        if self.embedding in ("piecewise", "both") and not self._has_bins:
            raise ValueError("bins are not two or more rising edges for each number")
        if self.limits is not None and not self.limits[0] <= self.limits[1]:
            raise ValueError("limits do not rise")
        if self.embedding == "both" and self.members < 2:
            raise ValueError("there are both embeddings, and one member")
        check_shares(self.family, len(self.parts), self.shares)
        if any(part.family in ("ensemble", "custom") or part.ends != self.ends for part in self.parts):
            raise ValueError("the parts are not nnlab's own single networks of the same inputs and outputs")
        return self

    @property
    def ends(self) -> tuple[object, ...]:
        """What goes in and comes out, which networks that answer together have in common."""
        return self.in_features, self.out_features, self.image_shape, self.embeddings

    @property
    def _has_bins(self) -> bool:
        return len(self.bins) == self.numbers and all(
            len(edges) > 1 and all(_is_bin(low, high) for low, high in pairwise(edges)) for edges in self.bins
        )

    @property
    def networks(self) -> int:
        """How many networks answer together, members of parts among them."""
        return sum(part.networks for part in self.parts) or self.members

    @property
    def inputs(self) -> int:
        """Width of what the first linear layer sees: pixels, or numbers and the vectors of categories."""
        vectors = sum(width for _, width in self.embeddings) + self.numbers * (EMBEDDED[self.embedding] - 1)
        return self.in_features - len(self.embeddings) + vectors
