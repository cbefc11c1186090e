"""The loss over a plane through all of a network's weights: around where they are, or along the path that they took."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ..errors import UsageError
from ..evaluation.answers import answer, evenly
from ..events import EpochEnded
from ..training import rng
from ..training.session import begin
from ..training.train import run
from .maps import packed, short

if TYPE_CHECKING:
    from ..config import Config
    from ..data.prepared import Rows
    from ..training.session import Session

SIDE = 25  # losses each way
LOOKED_AT = 512  # train rows
POINTS = 60  # of a path
MOST_NUMBERS = 2**28  # of all points of a path together
MARGIN = 0.25  # of a path's extent, beside it
FLAT = 0.2  # of the longer extent of a path, which the shorter one has at least
SEED = 1  # of random directions

Told = Callable[[int, int], None]


def landscape(
    session: Session, path: Sequence[Tensor] = (), told: Told | None = None, epochs: Sequence[int] = ()
) -> dict[str, Any]:
    """The loss of up to 512 train rows over a plane of weights, 25 x 25, as the data of a `map` of values: the base-10
    logarithm of the loss. The weights are as before afterwards.

    The plane is that of the two principal components of a `path`, flat weights of at least three points after these
    `epochs`, which are the map's points, the last one marked as no other; without one it is spanned by two random
    directions of which each filter is as long as the weights' own (Li et al. 2018), from -1 to 1. The key `epochs` has
    that of each point. `told` is told how many of the losses are there.
    """
    here = session.flat.values.detach().clone()
    if len(path) > 2:
        origin, directions = path[-1].to(here), _components(torch.stack(list(path)).to(here))
        positions = torch.stack([(point.to(here) - origin) @ directions.T for point in path]).cpu().double()
        limits, names = _around(positions), ("first component", "second component")
    else:
        origin, directions = here, torch.stack([_random_direction(session, SEED + place) for place in range(2)])
        positions, limits, names = torch.zeros(1, 2).double(), [(-1.0, 1.0)] * 2, ("one direction", "another")
        epochs = [session.epoch]
    steps = (torch.arange(SIDE, dtype=torch.float64) + 0.5) / SIDE
    across, up = (low + steps * (high - low) for low, high in limits)
    places = [(u, v) for v in up.flip(0).tolist() for u in across.tolist()]
    places += [(u, v) for u, v in positions.tolist()]
    losses, rows = list[float](), session.prepared.train
    rows = rows.take(evenly(len(rows), LOOKED_AT))
    try:
        for u, v in places:
            losses.append(_loss_at(session, rows, origin + u * directions[0] + v * directions[1]))
            if told is not None:
                told(len(losses), len(places))
    finally:
        with torch.no_grad():
            session.flat.values.copy_(here)
    values = _logarithms(losses)
    cells, marks = values[: SIDE * SIDE], values[SIDE * SIDE :]
    low, high = min(cells), max(cells)
    shares = (torch.tensor(cells) - low) / max(high - low, 1e-12) * 255
    last = len(marks) - 1
    points = [
        [short(u), short(v), short(value), int(place < last)]
        for place, ((u, v), value) in enumerate(zip(positions.tolist(), marks, strict=True))
    ]
    return {
        "x": names[0],
        "y": names[1],
        "x_range": [short(end) for end in limits[0]],
        "y_range": [short(end) for end in limits[1]],
        "width": SIDE,
        "height": SIDE,
        "classes": [],
        "cells": packed(shares.round()),
        "value_range": [short(low), short(high)],
        "points": points,
        "epochs": list(epochs) or list(range(len(points))),
    }


def path_of(config: Config, told: Told | None = None) -> tuple[list[int], list[Tensor]]:
    """Train a copy of what a config asks for and return the epochs and the flat weights before the first one and after
    up to 60 evenly spaced ones. Nothing is written; all random generators are as before afterwards. `told` is told of
    each epoch.

    Raises what `begin` and `run` raise, and UsageError where so many weights would not fit into the memory.
    """
    before = rng.capture()
    try:
        session = begin(config)
        planned = session.planned
        if session.flat.values.numel() * min(planned + 1, POINTS + 2) > MOST_NUMBERS:
            raise UsageError("The network is too large for its path to be kept: leave out --path.")
        path, every = {0: session.flat.values.detach().clone()}, max(1, -(-planned // POINTS))
        for event in run(session, tested=False):
            if isinstance(event, EpochEnded):
                if told is not None:
                    told(event.epoch, planned)
                if event.epoch % every == 0 or event.epoch == planned:
                    path[event.epoch] = session.flat.values.detach().clone()
    finally:
        rng.restore(before)
    found = {epoch: point for epoch, point in path.items() if bool(point.isfinite().all())}
    return list(found), list(found.values())


def _components(path: Tensor) -> Tensor:
    """The two principal directions (2, weights) of points (n, weights), as seen from the last one."""
    away = path - path[-1]
    _, _, directions = torch.linalg.svd(away, full_matrices=False)
    return directions[:2]


def _around(positions: Tensor) -> list[tuple[float, float]]:
    """Limits of the two axes in which a path lies with room beside it."""
    low, high = positions.amin(0), positions.amax(0)
    widest = (high - low).max().item() or 1.0
    middle, half = (low + high) / 2, ((high - low) / 2).clamp(min=FLAT * widest / 2) * (1 + 2 * MARGIN)
    return [(a - b, a + b) for a, b in zip(middle.tolist(), half.tolist(), strict=True)]


def _random_direction(session: Session, seed: int) -> Tensor:
    """A random direction (weights,) of which each filter has the length of the weights' own, and biases none."""
    generator = torch.Generator().manual_seed(seed)
    direction = torch.zeros_like(session.flat.values)
    for parameter in session.module.parameters():
        if parameter.requires_grad and parameter.dim() > 1:
            drawn = torch.randn(parameter.shape, generator=generator).to(parameter)
            axes = tuple(range(1, parameter.dim()))
            length = drawn.pow(2).sum(axes, keepdim=True).sqrt().clamp(min=1e-12)
            own = parameter.detach().pow(2).sum(axes, keepdim=True).sqrt()
            place = direction.as_strided(parameter.shape, parameter.stride(), parameter.storage_offset())
            place.copy_(drawn / length * own)
    return direction


@torch.no_grad()
def _loss_at(session: Session, rows: Rows, weights: Tensor) -> float:
    """The loss of rows with these weights."""
    session.flat.values.copy_(weights)
    return session.loss(answer(session.module, rows.x, session.to_input), rows.y, rows.weights).item()


def _logarithms(losses: Sequence[float]) -> list[float]:
    """Base-10 logarithms, what is no number as large as the largest that is one."""
    known = [math.log10(max(loss, 1e-12)) for loss in losses if math.isfinite(loss)]
    most = max(known, default=0.0)
    return [math.log10(max(loss, 1e-12)) if math.isfinite(loss) else most for loss in losses]
