"""Colours, shapes and letters: one colour-blind-safe palette for everything that is drawn.

A class is told by colour and shape and letter, train and valid by colour and line style, so that nothing is lost
without colour. The base colours lie on the xterm-256 cube, so 256-colour terminals show them unchanged; blue and
orange, which every common colour blindness tells apart, come first. A terminal of sixteen colours gets those of them
that lie near and differ from each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rich.color import Color
from rich.style import Style

from .blocks import PLAIN

RGB = tuple[int, int, int]

BLUE, ORANGE = "#0087ff", "#ff8700"
TRAIN, VALID = BLUE, ORANGE
GREY, FAINT = "#808080", "#585858"
KEY = "#5fd7d7"
GOOD, BAD, NOTE = "#00af87", "#ff5f5f", "#d7af00"
CLASSES = (BLUE, ORANGE, "#00af87", "#d75faf", "#ffd700", "#5fd7ff", "#875fff", "#af5f00", "#afd75f", "#b2b2b2")
_SIXTEEN = {  # in letters and lines, and as the ground of a region
    BLUE: ("#5555ff", "#0000aa"),
    ORANGE: ("#ffff55", "#aa5500"),
    "#00af87": ("#55ff55", "#00aa00"),
    "#d75faf": ("#ff55ff", "#aa00aa"),
    "#ffd700": ("#55ffff", "#00aaaa"),
    "#5fd7ff": ("#ff5555", "#aa0000"),
    "#875fff": ("#aa00aa", "#5555ff"),
    "#af5f00": ("#aa0000", "#ffff55"),
    "#afd75f": ("#00aa00", "#55ff55"),
    "#b2b2b2": ("#00aaaa", "#555555"),
}
FILLED, HOLLOW = "●▲■◆★▼▶◀◉♠", "○△□◇☆▽▷◁◎♤"
LETTERS = "xhnkmwuyer"  # none that looks like a digit, or like a shape
RAMP = " .:-=+*#%@"

READABLE, DIMMED = 4.5, 3.0  # least contrast of a text with its ground, and of one that stands back: WCAG 2.2, 1.4.3
_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)
_PAPER = (244, 244, 246)
_STEPS = 20  # in which a colour is moved until it can be read

# Dark to light through hues that survive colour blindness (the shape of the viridis map), for values on a map.
_SEQUENCE: tuple[RGB, ...] = ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37))


@dataclass(frozen=True)
class RenderOptions:
    """How a picture may be drawn: with colour or not, with block and braille characters or ASCII alone, with the
    sixteen colours that every terminal has or with all. `grounds` are the colours that texts stand on, empty where
    these are the terminal's own."""

    colour: bool = True
    ascii: bool = False
    sixteen: bool = False
    grounds: tuple[str, ...] = ()

    def ink(self, fore: str | None = None, back: str | None = None, *, bold: bool = False, dim: bool = False) -> Style:
        """The style for these colours; a null style where there is no colour. A text's colour is moved towards black or
        white as far as it must be to be read on its ground."""
        if not self.colour:
            return PLAIN
        grounds = (back,) if back else self.grounds
        if fore and self.sixteen:
            fore = max(
                _SIXTEEN.get(fore, (fore,)),
                key=lambda one: min((contrast(one, ground) for ground in grounds), default=0.0),
            )
        if fore and grounds:
            fore = readable(fore, grounds, DIMMED if dim or fore in (GREY, FAINT) else READABLE)
        return _ink(fore, back, bold, dim)

    def ground(self, colour: str) -> RGB:
        """A colour as the ground of a region."""
        return rgb(_SIXTEEN.get(colour, ("", colour))[1] if self.sixteen else colour)

    @property
    def light(self) -> bool:
        """Whether texts stand on a light ground."""
        return bool(self.grounds) and _is_light(self.grounds[0])

    def paper(self, dark: RGB) -> RGB:
        """The colour of a picture where nothing is said: a `dark` one, or a light one on a light ground."""
        return _PAPER if self.light else dark

    def pick(self, fancy: str, simple: str) -> str:
        """One of two spellings of a glyph: the second where only ASCII can be shown."""
        return simple if self.ascii else fancy

    @property
    def grey(self) -> Style:
        """For axes, labels and what stands back."""
        return self.ink(GREY)

    @property
    def key(self) -> Style:
        """For keys, wherever one is told; bold where there is no colour."""
        return self.ink(KEY, bold=True) if self.colour else _ink(None, None, True, False)

    @property
    def heading(self) -> Style:
        """For what stands above a group; bold where there is no colour."""
        return self.ink(ORANGE, bold=True) if self.colour else _ink(None, None, True, False)

    @property
    def bold(self) -> Style:
        """For headings and the numbers that matter."""
        return self.ink(bold=True)


PLAIN_OPTIONS = RenderOptions(colour=False, ascii=True)


@lru_cache(maxsize=512)
def _ink(fore: str | None, back: str | None, bold: bool, dim: bool) -> Style:
    return Style(color=fore, bgcolor=back, bold=bold or None, dim=dim or None)


@lru_cache(maxsize=8192)
def rgb_style(fore: RGB, back: RGB | None = None, bold: bool = False) -> Style:
    """The style for exact colours; cached, because a map asks for the same few thousands of times a second."""
    return Style(
        color=Color.from_rgb(*fore), bgcolor=None if back is None else Color.from_rgb(*back), bold=bold or None
    )


@lru_cache(maxsize=256)
def rgb(colour: str) -> RGB:
    """`#ff8700` as three numbers."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


@lru_cache(maxsize=2048)
def mix(first: RGB, second: RGB, share: float) -> RGB:
    """The colour `share` of the way from `first` to `second`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


@lru_cache(maxsize=1024)
def contrast(one: str, other: str) -> float:
    """How far two colours stand apart, from 1 to 21, by the formula of WCAG 2.2."""
    low, high = sorted((_luminance(rgb(one)), _luminance(rgb(other))))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: RGB) -> float:
    shares = [part / 255 for part in colour]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@lru_cache(maxsize=1024)
def readable(colour: str, grounds: tuple[str, ...], least: float) -> str:
    """The colour nearest to this one, on its way to black or white, that has this contrast with each of the grounds;
    black or white itself where none has."""

    def worst(one: RGB) -> float:
        return min(contrast(_hex(one), ground) for ground in grounds)

    end = max(_BLACK, _WHITE, key=worst)
    moved = (mix(rgb(colour), end, step / _STEPS) for step in range(_STEPS))
    return _hex(next((one for one in moved if worst(one) >= least), end))


@lru_cache(maxsize=64)
def _is_light(ground: str) -> bool:
    return contrast(ground, "#000000") > contrast(ground, "#ffffff")


def _hex(colour: RGB) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def class_colour(index: int) -> str:
    """The colour of a class, the palette repeating after ten."""
    return CLASSES[index % len(CLASSES)]


def class_shape(index: int, options: RenderOptions, *, right: bool = True) -> str:
    """The one-cell mark of a class's data points: filled, or hollow where the network is wrong; a digit in ASCII."""
    if options.ascii:
        return str(index % 10)
    return (FILLED if right else HOLLOW)[index % len(FILLED)]


def class_letter(index: int, *, sure: bool) -> str:
    """The letter that fills a class's region on a map without colour: capital where the network is sure."""
    letter = LETTERS[index % len(LETTERS)]
    return letter.upper() if sure else letter


@lru_cache(maxsize=64)
def value_colours(levels: int = 12) -> tuple[RGB, ...]:
    """`levels` colours from dark (low) to light (high)."""
    colours: list[RGB] = []
    for level in range(levels):
        place = level / max(levels - 1, 1) * (len(_SEQUENCE) - 1)
        below = min(int(place), len(_SEQUENCE) - 2)
        colours.append(mix(_SEQUENCE[below], _SEQUENCE[below + 1], place - below))
    return tuple(colours)
