"""What a network answers, as plain data to draw: the `data` of `PictureTaken` events, one shape for each kind."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn

from ..evaluation.answers import answer, evenly, input_of
from ..events import PictureTaken
from .maps import can_map, decision_map, packed, short
from .planes import natural_axes
from .units import network_picture

if TYPE_CHECKING:
    from ..data.dataset import SplitName
    from ..data.prepared import Prepared, Rows
    from ..data.schema import Schema

Kind = Literal["map", "scatter", "matrix", "images", "network", "health"]
Picture = tuple[Kind, dict[str, Any]]

SCATTER_POINTS = 500
WORST = 12
WIDEST_IMAGE = 64  # pixels a side, twice what a screen shows
MATRIX_CLASSES = 100  # beyond these no screen can hold the matrix


@torch.random.fork_rng(devices=[])  # a network of the user's own may draw random numbers whenever it answers
def pictures(
    module: nn.Module,
    prepared: Prepared,
    split: SplitName,
    *,
    size: tuple[int, int] = (72, 36),
    axes: Sequence[str] | None = None,
    most: int | None = None,
    kinds: Collection[str] | None = None,
    outputs: Tensor | None = None,
) -> list[Picture]:
    """The pictures that fit the task, of the answers to a split's rows, the most telling one first.

    A map of a table (of its features where there are two, else of the two named in `axes`, else of the principal
    components of a classification); predicted against true values for regression; the worst mistakes for images; the
    confusion matrix for classes. `size` is the map's (width, height) in cells; `most` bounds the rows looked at, for
    who wants pictures often; `kinds` names those that are wanted, None all but the network's own. `outputs` are the
    answers to these rows, where they are known.
    """
    schema, rows = prepared.schema, _some(prepared.splits[split], most)
    outputs = (answer(module, rows.x, input_of(schema)) if outputs is None else outputs).cpu()
    rows = rows.to(torch.device("cpu"))
    taken: list[Picture] = []

    def is_wanted(kind: Kind) -> bool:
        return kind != "network" if kinds is None else kind in kinds

    if is_wanted("map") and has_map(schema, axes):
        taken.append(("map", decision_map(module, prepared, rows, outputs, size, axes)))
    if not schema.classes and is_wanted("scatter"):
        taken.append(("scatter", scatter(outputs, rows, schema)))
    if schema.image is not None and schema.classes and is_wanted("images"):
        taken.append(("images", worst_images(outputs, rows, schema)))
    if 0 < len(schema.classes) <= MATRIX_CLASSES and is_wanted("matrix"):
        taken.append(("matrix", matrix(outputs, rows, schema)))
    seen = is_wanted("network") and (schema.image is not None or has_map(schema, axes))
    if seen and (shown := network_picture(module, prepared, rows, axes)) is not None:
        taken.append(("network", shown))
    return taken


def taken(
    module: nn.Module,
    prepared: Prepared,
    split: SplitName,
    epoch: int,
    *,
    step: int = 0,
    live: bool = False,
    **how: Any,
) -> list[PictureTaken]:
    """The same as events that say after which epoch, which step of the next one, and of which rows they were taken;
    `how` is as for `pictures`."""
    of, most = len(prepared.splits[split]), how.get("most")
    rows = of if most is None else min(of, most)
    return [
        PictureTaken(kind, epoch, data, live, split, rows, of, step)
        for kind, data in pictures(module, prepared, split, **how)
    ]


def has_map(schema: Schema, axes: Sequence[str] | None = None) -> bool:
    """Whether there is a decision map to take: for values only over two features, since components of a table say
    little of them."""
    two = axes is not None or schema.in_features == 2 or natural_axes(schema) is not None
    return can_map(schema) and (two or bool(schema.classes))


def scatter(outputs: Tensor, rows: Rows, schema: Schema) -> dict[str, Any]:
    """Keys: target (its name), points ([true, predicted] in the target's own units, at most 500)."""
    shown = evenly(len(rows), SCATTER_POINTS)
    pairs = schema.decode_target(torch.stack([rows.y[shown], outputs[shown].squeeze(1)], 1).double())
    pairs = pairs[pairs.isfinite().all(1)]
    return {"target": schema.target, "points": [[short(true), short(predicted)] for true, predicted in pairs.tolist()]}


def matrix(outputs: Tensor, rows: Rows, schema: Schema) -> dict[str, Any]:
    """Keys: classes, counts (rows of the data: truth down, answer across)."""
    classes = len(schema.classes)
    places = rows.y * classes + outputs.argmax(1)
    counts = torch.bincount(places, minlength=classes * classes).view(classes, classes)
    return {"classes": list(schema.classes), "counts": counts.tolist()}


def worst_images(outputs: Tensor, rows: Rows, schema: Schema) -> dict[str, Any]:
    """Keys: shape (channels, height, width; large images are averaged down to 64 a side), items (pixels as base64 of
    uint8 stretched to 0..255, truth, answer, probability of the answer), what. The mistakes made with the greatest
    confidence come first; where there are no mistakes, the answers given with the least."""
    confidence, answers = torch.softmax(outputs, 1).nan_to_num(0).max(1)
    wrong = answers != rows.y
    mistakes = bool(wrong.any())
    order = torch.where(wrong, confidence, -1.0) if mistakes else -confidence
    chosen = order.argsort(descending=True, stable=True)[: min(WORST, int(wrong.sum())) if mistakes else WORST]
    height, width = (min(side, WIDEST_IMAGE) for side in rows.x.shape[2:])
    pixels = nn.functional.adaptive_avg_pool2d(rows.x[chosen].float(), (height, width)).int()
    pixels = pixels * 255 // pixels.amax().clamp(min=1)
    named = zip(pixels, rows.y[chosen].tolist(), answers[chosen].tolist(), confidence[chosen].tolist(), strict=True)
    items = [
        {
            "pixels": packed(image),
            "truth": schema.classes[truth],
            "answer": schema.classes[said],
            "probability": short(p),
        }
        for image, truth, said, p in named
    ]
    return {"shape": list(pixels.shape[1:]), "items": items, "what": "worst mistakes" if mistakes else "least certain"}


def _some(rows: Rows, most: int | None) -> Rows:
    """The rows, or as many of them evenly spaced as are wanted."""
    if most is None or len(rows) <= most:
        return rows
    return rows.take(evenly(len(rows), most))
