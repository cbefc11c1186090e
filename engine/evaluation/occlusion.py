"""Which part of an image an answer needs: by how much it suffers where a patch over that part is grey."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ..data.prepared import Rows
from .answers import ToInput, answer, evenly

if TYPE_CHECKING:
    from ..data.schema import Schema

ACROSS = 7  # patches across an image that cover it side by side
MOST_IMAGES = 100  # whose maps are averaged
COVERED = 20_000  # images that are answered for all maps, at most, where patches can be fewer

Score = Callable[[Tensor], Tensor]
"""The probability of an answer to each image, or the value."""


@dataclass(frozen=True)
class Needs:
    """By how much the probability of the answers, or the value, falls on average over `images` where a patch over a
    pixel is grey: `map` is (height, width)."""

    images: int
    map: list[list[float]]

    def to_json(self) -> dict[str, Any]:
        """A plain dict."""
        return dict(vars(self))


def occluded(score: Score, image: Tensor, grey: Tensor, step: int = 1) -> Tensor:
    """The map (height, width), float64, of one image (1, channels, height, width): over each pixel the mean loss of
    score of all patches over it, which are `step` pixels apart."""
    _, _, height, width = image.shape
    patch = max(2, min(height, width) // ACROSS)
    places = [(top, left) for top in _starts(height, patch, step) for left in _starts(width, patch, step)]
    covered = image.repeat(len(places), 1, 1, 1)
    for number, (top, left) in enumerate(places):
        covered[number, :, top : top + patch, left : left + patch] = grey
    whole, scores = score(image).item(), score(covered).tolist()
    total, count = torch.zeros(height, width).double(), torch.zeros(height, width).double()
    for (top, left), found in zip(places, scores, strict=True):
        total[top : top + patch, left : left + patch] += whole - found
        count[top : top + patch, left : left + patch] += 1
    return total / count


def needs(module: nn.Module, rows: Rows, to_input: ToInput, schema: Schema) -> Needs:
    """The mean map of some of these images, each of the network's own answer to it."""
    images = rows.take(evenly(len(rows), MOST_IMAGES)).x[:]
    grey = images.double().mean().round().to(images.dtype)
    height, width = images.shape[2:]
    step = 1
    while len(images) * (height // step) * (width // step) > COVERED and step < max(2, min(height, width) // ACROSS):
        step += 1
    maps = [occluded(_own(module, image, to_input, schema), image, grey, step) for image in images.split(1)]
    return Needs(len(images), torch.stack(maps).mean(0).tolist())


def _own(module: nn.Module, image: Tensor, to_input: ToInput, schema: Schema) -> Score:
    """The score of the network's own answer to an image."""
    chosen = int(answer(module, image, to_input).argmax(1)) if schema.classes else 0
    return lambda pixels: score_of(answer(module, pixels, to_input), chosen, schema)


def score_of(outputs: Tensor, chosen: int, schema: Schema) -> Tensor:
    """The probability of the chosen class (rows,), or the values, float64 on the CPU."""
    outputs = outputs.cpu().double()
    return torch.softmax(outputs, 1)[:, chosen] if schema.classes else outputs[:, 0]


def _starts(size: int, patch: int, step: int) -> list[int]:
    """Where patches begin that cover a side to its end."""
    last = max(size - patch, 0)
    return [*range(0, last, step), last]
