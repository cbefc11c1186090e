"""What a convolutional network makes of one image: the filters of its layers and the maps that come out of them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ..evaluation.answers import answer
from ..models.modules import ACTIVATIONS
from .maps import packed, short
from .pictures import WIDEST_IMAGE

if TYPE_CHECKING:
    from ..data.dataset import SplitName
    from ..training.session import Session

LAYERS = 4
UNITS = 16  # of a layer
WIDEST = 28  # cells of a map, each way; larger ones are averaged down


def filters_picture(session: Session, split: SplitName, row: int = 0) -> dict[str, Any] | None:
    """The data of a `filters` picture of one image of a split, counted from 0 and beginning anew behind the last; None
    of a network without convolutions over images. Draws no random numbers.

    Keys: row (from 1 on), rows, truth, answer and probability (null for a value), shape (channels, height, width; large
    images are averaged down) and pixels (base64 of uint8) of the image, layers. A layer has name, more (units left
    out), width and height (of its maps, in cells), across and down (of its filters) and units; a unit has name, range
    and cells (base64 of uint8, low to high) of its map, after the activation, and weight_range and weights (the same)
    of its filter, the mean over what it reads.
    """
    schema, rows = session.prepared.schema, session.prepared.splits[split]
    if schema.image is None:
        return None
    number = row % len(rows)
    one, heard = rows.take(torch.tensor([number])), list[tuple[nn.Module, Tensor]]()
    with _listening(session.module, heard), torch.random.fork_rng(devices=[]):
        outputs = answer(session.module, one.x, session.to_input).cpu().double()
    layers = _layers(heard)
    if not layers:
        return None
    shares = torch.softmax(outputs, 1)[0].nan_to_num(0) if schema.classes else None
    chosen = int(outputs.argmax(1))
    pixels = one.x[:].cpu()
    height, width = (min(side, WIDEST_IMAGE) for side in pixels.shape[2:])
    shown = nn.functional.adaptive_avg_pool2d(pixels.float(), (height, width)).int()[0]
    value = one.y.cpu()[0]
    return {
        "row": number + 1,
        "rows": len(rows),
        "truth": schema.classes[int(value)] if schema.classes else _told(session, value),
        "answer": schema.classes[chosen] if schema.classes else _told(session, outputs[0, 0]),
        "probability": None if shares is None else short(shares[chosen].item()),
        "shape": list(shown.shape),
        "pixels": packed(shown * 255 // shown.amax().clamp(min=1)),
        "layers": [_layer(f"layer {place}", part, values) for place, (part, values) in enumerate(layers[:LAYERS], 1)],
    }


def _layers(heard: list[tuple[nn.Module, Tensor]]) -> list[tuple[nn.Conv2d, Tensor]]:
    """Each convolution with what comes out of it and, where one follows, of the first activation behind it."""
    found: list[tuple[nn.Conv2d, Tensor, bool]] = []
    for part, values in heard:
        if isinstance(part, nn.Conv2d):
            found.append((part, values, False))
        elif found and not found[-1][2] and found[-1][1].shape == values.shape:
            found[-1] = (found[-1][0], values, True)
    return [(part, values[0]) for part, values, _ in found]


@contextmanager
def _listening(module: nn.Module, heard: list[tuple[nn.Module, Tensor]]) -> Generator[None]:
    """Note what convolutions and activations give while the module answers."""

    def note(part: nn.Module, _: tuple[Any, ...], output: Any) -> None:
        if isinstance(output, Tensor) and output.dim() == 4:
            heard.append((part, output.detach().cpu()))

    wanted = (nn.Conv2d, *ACTIVATIONS.values())
    hooks = [part.register_forward_hook(note) for part in module.modules() if isinstance(part, wanted)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _layer(name: str, part: nn.Conv2d, values: Tensor) -> dict[str, Any]:
    """A layer's first units: what each makes of the image, (units, height, width), and its filter."""
    height, width = (min(side, WIDEST) for side in values.shape[1:])
    maps = nn.functional.adaptive_avg_pool2d(values[:UNITS].float(), (height, width)).double().nan_to_num(0.0, 0.0, 0.0)
    weights = part.weight.detach()[:UNITS].cpu().double().mean(1).nan_to_num(0.0, 0.0, 0.0)
    number = name.removeprefix("layer ")
    units = [
        {
            "name": f"{number}.{place + 1}",
            **_packed("range", "cells", one),
            **_packed("weight_range", "weights", kernel),
        }
        for place, (one, kernel) in enumerate(zip(maps, weights, strict=True))
    ]
    return {
        "name": name,
        "more": len(values) - len(units),
        **{"width": width, "height": height, "across": weights.shape[2], "down": weights.shape[1]},
        "units": units,
    }


def _packed(limits: str, cells: str, values: Tensor) -> dict[str, Any]:
    """Numbers as bytes between their own limits."""
    low, high = values.min().item(), values.max().item()
    shares = (values - low) / max(high - low, 1e-12)
    return {limits: [short(low), short(high)], cells: packed((shares * 255).round())}


def _told(session: Session, value: Tensor) -> str:
    """A value in the target's own units."""
    return f"{session.prepared.schema.decode_target(value.detach().cpu().double()).item():.4g}"
