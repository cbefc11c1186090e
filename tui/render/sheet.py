"""A sheet of characters and styles on which pictures and words are put side by side."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from rich.style import Style

from .blocks import PLAIN, Lines, paint
from .canvas import Array


@dataclass
class Sheet:
    """Characters and styles in a grid, to be painted over.

    `offsets` says where each set of styles begins, by its identity, since hashing hundreds of styles takes longer than
    drawing them; the set itself is held there too, so that no other can take its identity.
    """

    chars: Array
    keys: Array
    styles: list[Style] = field(default_factory=lambda: [PLAIN])
    offsets: dict[int, tuple[int, tuple[Style, ...]]] = field(default_factory=dict[int, tuple[int, tuple[Style, ...]]])

    @classmethod
    def blank(cls, width: int, height: int) -> Sheet:
        """An empty sheet."""
        return cls(np.full((height, width), " ", dtype="<U1"), np.zeros((height, width), dtype=np.int64))

    def write(self, text: str, x: int, y: int, style: Style) -> None:
        """A word of characters that take one cell each, as far as the sheet reaches."""
        letters = np.array(list(text[: self.chars.shape[1] - x]), dtype="<U1")[None]
        self.paste(letters, np.zeros(letters.shape, dtype=np.int64), (style,), x, y)

    def paste(self, chars: Array, numbers: Array, styles: tuple[Style, ...], x: int, y: int) -> None:
        """A picture whose cells have the styles of these numbers."""
        if id(styles) not in self.offsets:
            self.offsets[id(styles)] = len(self.styles), styles
            self.styles += styles
        rows, columns = chars.shape
        self.chars[y : y + rows, x : x + columns] = chars
        self.keys[y : y + rows, x : x + columns] = numbers + self.offsets[id(styles)][0]

    def lines(self) -> Lines:
        """The sheet as it is."""
        return paint(self.chars, self.keys, self.styles.__getitem__)
