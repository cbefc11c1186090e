"""The kinds of pictures of a run: what they are called, and how the data of each are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..render.axes import map_frame
from ..render.blocks import MORE, Lines
from ..render.palette import RenderOptions

KINDS = ("map", "images", "scatter", "network", "matrix", "health", "hidden", "filters", "landscape")
KIND_TABS = {kind: kind for kind in KINDS} | {"images": "errors", "network": "net"}
KIND_NAMES = {**KIND_TABS, "network": "network", "images": "misclassified images", "matrix": "confusion matrix"}


def with_room(kinds: Sequence[str], shown: str, room: int) -> tuple[list[str], str, str]:
    """Those kinds whose names have room side by side, around the one that is shown, and what stands before and behind
    them: a sign where others are left out."""
    if sum(map(_size, kinds)) <= room or shown not in kinds:
        return list(kinds), "", ""
    first = last = kinds.index(shown)
    used = _size(shown) + 2
    while True:
        if last + 1 < len(kinds) and used + _size(kinds[last + 1]) <= room:
            last += 1
            used += _size(kinds[last])
        elif first and used + _size(kinds[first - 1]) <= room:
            first -= 1
            used += _size(kinds[first])
        else:
            return list(kinds[first : last + 1]), MORE if first else "", MORE if last + 1 < len(kinds) else ""


def _size(kind: str) -> int:
    """Cells of a kind's name with a space on either side."""
    return len(KIND_TABS[kind]) + 2


def asked_for(kinds: Sequence[str]) -> list[str]:
    """What a trainer is asked for where these kinds are in view: the loss around the weights is not its work, but it
    has the weights."""
    return ["weights" if kind == "landscape" else kind for kind in kinds]


def drawn(kind: str, data: Mapping[str, Any], width: int, height: int, options: RenderOptions, unit: int = 0) -> Lines:
    """The data of a picture of this kind, drawn; a network's units from this one on."""
    if kind == "map":
        from ..render.maps import decision_map

        return decision_map(data, *map_frame(width, height), options)
    if kind == "scatter":
        from ..render.scatter import predicted_against_true

        return predicted_against_true(data, width, height, options)
    if kind == "images":
        from ..render.images import mistakes

        return mistakes(data, width, options, height=height)
    if kind == "network":
        from ..render.network import network

        return network(data, width, height, options, first=unit)
    if kind == "landscape":
        from ..render.landscape import landscape

        return landscape(data, *map_frame(width, height), options)
    if kind == "hidden":
        from ..render.hidden import hidden

        return hidden(data, *map_frame(width, height), options)
    if kind == "filters":
        from ..render.filters import filters

        return filters(data, width, height, options, first=unit)
    if kind == "health":
        from ..render.health import health

        return health(data, width, height, options)
    from ..render.matrix import matrix

    return matrix(data, width, options, height=height)[:height]
