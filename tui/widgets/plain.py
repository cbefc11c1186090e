"""A terminal with ASCII alone: whatever is drawn, by nnlab or by textual, no other character is sent to it."""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_SPELT = {
    **dict.fromkeys("─━═╌┄▁▔⎺⎽", "-"),
    **dict.fromkeys("│┃║▏▕┆┊▌▐▎▊", "|"),
    **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼┏┓┗┛╔╗╚╝╋", "+"),
    **dict.fromkeys("▂▃▄▅▆▇▉▋▍", "#"),  # the ends of a scrollbar
    **dict.fromkeys("█▀", "#"),
    **{"…": "~", "•": "*", "●": "*", "–": "-", "—": "-", "▶": ">", "▼": "v", "▸": ">", "▾": "v"},
}


class AsciiOnly(LineFilter):
    """Passes each line on with ASCII alone, every cell in its place."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """The same line in ASCII."""
        return [_in_ascii(segment) for segment in segments]


def _in_ascii(segment: Segment) -> Segment:
    """The same segment in ASCII. What can be grabbed is a scrollbar, drawn as spaces in reverse, which nobody sees
    where there is neither colour nor that."""
    if not segment.text.isascii():
        return segment._replace(text=_plain(segment.text))
    if segment.text.isspace() and segment.style is not None and segment.style.meta.get("@mouse.down") == "grab":
        return segment._replace(text="#" * len(segment.text))
    return segment


@lru_cache(maxsize=512)
def _plain(text: str) -> str:
    return "".join(char if char.isascii() else _SPELT.get(char, "?" * cell_len(char)) for char in text)
