"""A user's network behind nnlab's one call: told whether it trains, and given the table's parts that it names."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ..errors import UsageError, nearest
from .layers import TableInput

if TYPE_CHECKING:
    from .spec import ModelSpec

GROUPS = ("numbers", "categories")  # what a forward with several inputs may name besides columns


class Adapter(nn.Module):
    """The network `net` as nnlab calls it, `told` whether it trains.

    Without `parts` it gets one tensor: numbers, and embedded categories as vectors. With them it gets those that it
    names: `numbers` float (rows, numbers), `categories` int64 (rows, categories); of a column its float block
    (rows, width), or, where it is embedded, its indices int64 (rows,).
    """

    def __init__(self, net: nn.Module, spec: ModelSpec, *, told: bool, parts: dict[str, str], raw: bool) -> None:
        super().__init__()
        self.net, self.told = net, told
        self.dense = spec.in_features - len(spec.embeddings)
        self.places = {name: _runs(spec, column) for name, column in parts.items()}
        self.entrance = TableInput(self.dense, spec.embeddings) if spec.embeddings and not parts and not raw else None

    def forward(self, x: Tensor) -> Tensor:
        """Map prepared rows to (rows, out_features)."""
        told = {"training": self.training} if self.told else {}
        if self.places:
            return self.net(**{name: self._part(x, name) for name in self.places}, **told)
        return self.net(x if self.entrance is None else self.entrance(x), **told)

    def _part(self, x: Tensor, name: str) -> Tensor:
        runs = self.places[name]
        part = torch.cat([x[:, start:stop] for start, stop in runs], 1) if len(runs) != 1 else x[:, slice(*runs[0])]
        if name == "categories":
            return part.long()
        return part[:, 0].long() if runs[0][0] >= self.dense and name != "numbers" else part


def adapted(net: nn.Module, spec: ModelSpec) -> nn.Module:
    """The network as it is where it takes one tensor, else behind an adapter. UsageError where it names several inputs
    and one of them is none of the table's parts."""
    parameters = inspect.signature(net.forward).parameters
    told = "training" in parameters
    parts = _parts(parameters, spec)
    raw = "embeddings" in inspect.signature(type(net).__init__).parameters
    if not (told or parts or (spec.embeddings and not raw)):
        return net
    return Adapter(net, spec, told=told, parts=parts, raw=raw)


def _parts(parameters: Mapping[str, inspect.Parameter], spec: ModelSpec) -> dict[str, str]:
    """What each parameter of a forward with several inputs means, a group or a column; none where it takes one input.

    A column is named by itself, or by its name with `_` for what no name in Python can hold.
    """
    wanted = {
        name: parameter.default is parameter.empty
        for name, parameter in parameters.items()
        if name != "training" and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    }
    several = sum(wanted.values()) > 1 or any(name in GROUPS for name in wanted)
    if spec.image_shape is not None or not several:
        return {}
    known = {re.sub(r"\W", "_", column): column for column in spec.columns}
    known |= {column: column for column in spec.columns} | {name: name for name in GROUPS}
    odd = next((name for name, needed in wanted.items() if needed and name not in known), None)
    if odd is not None:
        meant = nearest(odd, known)
        hint = f"did you mean {meant!r}?" if meant else f"it may name {', '.join([*GROUPS, *spec.columns][:12])}."
        raise UsageError(f"The forward of {spec.class_name} takes {odd!r}, which is not part of the table: {hint}")
    return {name: known[name] for name in wanted if name in known}


def _runs(spec: ModelSpec, part: str) -> Sequence[tuple[int, int]]:
    """The columns of the matrix that a part fills, as (start, stop) of each stretch."""
    dense = spec.in_features - len(spec.embeddings)
    if part in GROUPS:
        return [(0, dense) if part == "numbers" else (dense, spec.in_features)]
    places = [place for place, column in enumerate(spec.columns) if column == part]
    stretches = [list(run) for _, run in groupby(enumerate(places), lambda pair: pair[1] - pair[0])]
    return [(run[0][1], run[-1][1] + 1) for run in stretches]
