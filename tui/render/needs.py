"""Which part of images a network's answers need, as one image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .blocks import Lines, flow, words
from .images import image
from .palette import RenderOptions
from .tables import wrapped
from .text import many, number

_WIDEST = 32


def needs_lines(told: Mapping[str, Any], width: int, options: RenderOptions) -> Lines:
    """The mean map of an evaluation as its JSON tells it, light where answers suffer most from a grey patch."""
    needs = np.array(told["map"], dtype=np.float64)
    needs = np.where(np.isfinite(needs), needs, 0.0)
    most = float(needs.max())
    shown = np.clip(needs / most, 0, 1) * 255 if most > 0 else np.zeros_like(needs)
    of = f"of {many(told['images'], 'image')} on average"
    head = flow([words(("what answers need", options.bold)), words((of, options.grey))], width)
    note = f"Light is where answers suffer most when a patch there is grey, by {number(most, 3)} at most."
    picture = image(shown.astype(np.uint8)[None], min(width, _WIDEST), options, enlarge=True)
    return [*head, *picture, *(words((line, options.grey)) for line in wrapped(note, width))]
