"""Where rows lie in a network's last hidden layer: the plane of its two principal components, whose axes are held still
from picture to picture, so that classes are seen to come apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ..errors import UsageError
from ..evaluation.answers import answer, evenly
from ..models.modes import evaluating
from .health import heard_parts
from .maps import packed, short

if TYPE_CHECKING:
    from ..data.dataset import SplitName
    from ..data.prepared import Rows
    from ..training.session import Session

Data = dict[str, Any]
ROWS = 200
KEPT = 64  # numbers of a row
SEED = 1  # of the random directions that wider layers are seen along


def hidden_picture(session: Session, split: SplitName, before: Mapping[str, Any] | None = None) -> Data | None:
    """The data of a `hidden` picture of rows of a split; None of a network without a hidden layer. The axes are turned
    within their plane so that they lie as near as can be to those of the picture `before`. Draws no random numbers.

    Keys: units (that the last layer reads), kept (numbers of each row: the units, or where these are more than 64 their
    sums along as many random directions), rows, range and cells (base64 of uint8, a row's numbers one after the other,
    low to high), centre (kept numbers) and axes (two lists of them), share (of the variance, of each axis), classes,
    target, truth (class index or value) and right (1 where the answer is, 0 where not) of each row, value_range.
    """
    schema, rows = session.prepared.schema, session.prepared.splits[split]
    rows = rows.take(evenly(len(rows), ROWS))
    try:
        parts = heard_parts(session)
    except UsageError:
        return None
    if len(parts) < 2:
        return None
    values = _read_by(session, parts[-1], rows)
    if values is None or values.shape[1] < 2 or not bool(values.isfinite().all()):
        return None
    outputs = answer(session.module, rows.x, session.to_input).cpu()
    truth = rows.y.cpu()
    kept = _narrow(values)
    low, high = kept.min().item(), kept.max().item()
    cells = ((kept - low) / max(high - low, 1e-12) * 255).round()
    centre, axes, share = _components(kept, before)
    known = truth.double() if schema.classes else schema.decode_target(truth.double())
    right = (outputs.argmax(1) == truth).long() if schema.classes else torch.ones(len(truth)).long()
    return {
        "units": values.shape[1],
        "kept": kept.shape[1],
        "rows": len(kept),
        "range": [short(low), short(high)],
        "cells": packed(cells),
        "centre": [short(value) for value in centre.tolist()],
        "axes": [[short(value) for value in axis] for axis in axes.T.tolist()],
        "share": [short(value) for value in share],
        "classes": list(schema.classes),
        "target": schema.target,
        "truth": [int(value) if schema.classes else short(value) for value in known.tolist()],
        "right": right.tolist(),
        "value_range": [short(known.min().item()), short(known.max().item())],
    }


@torch.no_grad()
def _read_by(session: Session, part: nn.Module, rows: Rows) -> Tensor | None:
    """What a part is given for rows, float64 (rows, numbers), of several members that of the first; None where a
    network of the user's own gives it something else than a line of numbers for each row."""
    given, x = list[Tensor](), session.to_input(rows.x[:])

    def note(_: nn.Module, inputs: tuple[Any, ...]) -> None:
        if inputs and isinstance(inputs[0], Tensor) and inputs[0].dim() > 1:
            given.append(inputs[0])

    hook = part.register_forward_pre_hook(note)
    device = [x.device] if x.device.type == "cuda" else []
    try:
        with evaluating(session.module), torch.random.fork_rng(devices=device):
            session.module(x)
    finally:
        hook.remove()
    own = session.config.model.family == "custom"
    if len(given) != 1 or len(given[0]) < len(rows) or (own and len(given[0]) > len(rows)):
        return None
    return given[0].flatten(1)[: len(rows)].double().cpu()


def _narrow(values: Tensor) -> Tensor:
    """The values themselves, or what they are along fewer directions, which are always the same ones."""
    if values.shape[1] <= KEPT:
        return values
    drawn = torch.randn(values.shape[1], KEPT, generator=torch.Generator().manual_seed(SEED), dtype=torch.float64)
    return values @ torch.linalg.qr(drawn).Q


def _components(values: Tensor, before: Mapping[str, Any] | None) -> tuple[Tensor, Tensor, list[float]]:
    """The centre of rows (rows, numbers), two axes (numbers, 2) that span the plane of their first two principal
    components, turned in it towards those of the picture `before`, and the share of the variance along each."""
    centre = values.mean(0)
    _, sizes, directions = torch.linalg.svd(values - centre, full_matrices=False)
    axes = torch.zeros(values.shape[1], 2, dtype=values.dtype)
    axes[:, : min(2, len(directions))] = directions[:2].T
    if before is not None and before["kept"] == values.shape[1]:
        earlier = torch.tensor(before["axes"], dtype=values.dtype).T
        turn, _, back = torch.linalg.svd(axes.T @ earlier)
        axes = axes @ (turn @ back)
    spread = (values - centre) @ axes
    total = sizes.pow(2).sum().item()
    return centre, axes, [part / total if total else 0.0 for part in spread.pow(2).sum(0).tolist()]
