"""The form of the predict page: each input with its value, what may be typed, and what it alone does to the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from ..render.blocks import PLAIN, Line, Lines, beside, blank, fit, stack, words
from ..render.histogram import bar_of
from ..render.palette import BAD, BLUE, NOTE, ORANGE, RenderOptions
from ..render.tables import wrapped
from ..render.text import inert, percent
from .conversation import Conversation
from .form import SWEEP, Field, Form

MARK, GAP = 2, 1  # cells before a name, and between columns
NAME, VALUE, HINT, SWING = 24, 14, 18, 8
NARROW = 10  # cells that a value has at least: a date
WIDEST = 3  # cells of a sign
CHART, GAP_OF_CHARTS = 40, 3  # cells of the chart of an effect, at least, and between two
SHORT = 6  # signs of a value that is told in full
FEW = 3  # values of a field from which its effect is drawn
LEAST_SPAN = 0.1  # of probabilities that the signs of effects tell apart
WEAK = 0.1  # of the greatest effect: below that, one is drawn grey


@dataclass(frozen=True)
class Columns:
    """Widths of a form's columns; a hint or a swing of 0 is not shown. `sign` is that of each sign of an effect."""

    name: int
    value: int
    hint: int
    swing: int
    sign: int = 1

    @classmethod
    def of(cls, asked: Form, width: int) -> Columns:
        """The columns that fit, names in full before all else."""
        longest = max(5, *(len(one.name) for one in asked.fields))
        room = width - MARK - SWEEP - SWING - 2 * GAP
        if room >= min(longest, NAME) + VALUE + GAP + HINT:
            name = min(longest, room - VALUE - GAP - HINT)
            free = room - name - VALUE - GAP - HINT
            return cls(name, VALUE, HINT, SWING, min(1 + free // SWEEP, WIDEST))
        if room >= longest + NARROW:
            return cls(longest, min(VALUE, room - longest), 0, SWING)
        return cls(min(longest, room + SWING - NARROW), NARROW, 0, 0)


def form(conversation: Conversation, width: int, height: int, options: RenderOptions) -> Lines:
    """A line for each field in view, under a head."""
    asked = conversation.form
    if asked is None:
        wait = "" if conversation.known or conversation.failure else "Loading the network takes some seconds."
        return [words((part, options.grey)) for part in wrapped(wait, width)]
    columns = Columns.of(asked, width)
    effects = conversation.prediction.effects if conversation.prediction is not None else {}
    low, high = scale_of(conversation)
    head = blank(MARK) + _cell("input", columns.name, options) + _cell("value", columns.value, options)
    head += _cell("usual", columns.hint, options) if columns.hint else []
    lines: Lines = [fit([*head, *words(("its effect", options.grey))], width)]
    greatest = max(map(_swing, effects.values()), default=0.0)
    for place in window(asked, height):
        one, text, current = asked.fields[place], asked.values[place], place == asked.at
        line = words((options.pick("▸ ", "> ") if current else " " * MARK, options.ink(ORANGE)))
        name = inert(one.name, columns.name, ascii=options.ascii)
        line += fit(words((name, options.bold if current else PLAIN)), columns.name + GAP)
        line += _value(one, text, columns.value, current=current, options=options)
        if columns.hint:
            line += _cell(one.remark(text) or one.hint, columns.hint, options)
        values = effects.get(place, [])
        colour = BLUE if _swing(values) >= WEAK * greatest else None
        line += _signs(values, one.place(text), (low, high), (columns.sign, colour), options)
        if columns.swing and values:
            swing = percent(_swing(values)) if conversation.classes else f"{_swing(values):.3g}"
            line += fit(words((swing, options.grey)), columns.swing, "right")
        lines.append(fit(line, width))
    below = charts(conversation, width, height - len(lines) - 1, options)
    return [*lines, [], *below] if below else lines


def window(asked: Form, height: int) -> range:
    """Which fields are in view: some around the current one."""
    rows = max(height - 1, 1)
    start = max(0, min(asked.at - rows // 2, len(asked.fields) - rows))
    return range(start, min(start + rows, len(asked.fields)))


def place_of_value(asked: Form, width: int, height: int) -> tuple[int, int, int]:
    """Where the current value stands in the lines of `form`: column, row, width."""
    columns = Columns.of(asked, width)
    return MARK + columns.name + GAP, 1 + asked.at - window(asked, height).start, columns.value


def scale_of(conversation: Conversation) -> tuple[float, float]:
    """What the lowest and the highest sign of an effect mean, the same for all fields."""
    told = conversation.prediction.effects.values() if conversation.prediction is not None else []
    known = [value for values in told for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    if conversation.classes:
        low = max(0.0, min(low, high - LEAST_SPAN))
    return low, high if high > low else low + 1.0


def current_field(conversation: Conversation, width: int, options: RenderOptions) -> Lines:
    """The current field in full: its name, what may be typed, and what is odd about what is."""
    asked = conversation.form
    if asked is None:
        return []
    one, text = asked.current, asked.values[asked.at]
    lines = [words((part, options.bold)) for part in wrapped(inert(one.name, ascii=options.ascii), width)]
    usual = f"usually {one.hint}" if one.kind == "number" else one.hint
    lines += [words((part, options.grey)) for part in wrapped(inert(usual, ascii=options.ascii), width)]
    remarks = {
        "no number": "This is not a number.",
        "unusual": "Few rows of the training data are beyond these.",
        "unknown": "This value is not in the training data.",
    }
    said = "Empty: taken as missing." if not text.strip() else remarks.get(one.remark(text), "")
    return lines + [words((part, options.ink(NOTE))) for part in wrapped(said, width) if part]


def charts(conversation: Conversation, width: int, height: int, options: RenderOptions) -> Lines:
    """What each field alone does, side by side and below each other; the current one's first where not all fit."""
    asked, prediction = conversation.form, conversation.prediction
    if asked is None or prediction is None:
        return []
    places = [place for place, values in prediction.effects.items() if len(values) >= FEW]
    across = max(min(width // CHART, len(places)), 1)
    wide = (width - GAP_OF_CHARTS * (across - 1)) // across
    drawn = [chart(conversation, place, wide, options) for place in places]
    down = (height + 1) // (max(map(len, drawn), default=height) + 1)
    if down * across < len(drawn):
        drawn = [chart(conversation, asked.at, wide, options)] if asked.at in places and down else []
    rows = [drawn[start : start + across] for start in range(0, len(drawn), across)]
    return stack(beside(row, GAP_OF_CHARTS) for row in rows)


def chart(conversation: Conversation, place: int, width: int, options: RenderOptions) -> Lines:
    """What a field alone does: a bar for each of its values, all other fields as they are."""
    asked, prediction = conversation.form, conversation.prediction
    values = prediction.effects.get(place, []) if prediction is not None else []
    if asked is None or prediction is None or len(values) < FEW:
        return []
    one, at_present = asked.fields[place], asked.fields[place].place(asked.values[place])
    what = str(prediction.answer) if conversation.classes else conversation.target
    style = options.heading if place == asked.at else options.bold
    head = words((inert(f"{what} by {one.name}, the rest as it is", width, ascii=options.ascii), style))
    low, high = scale_of(conversation)
    names = [inert(_short(one, text), max(width // 3, 4), ascii=options.ascii) for text in one.sweep]
    told = ["" if value is None else percent(value) if conversation.classes else f"{value:.4g}" for value in values]
    left, right = max(map(cell_len, names)), max(map(len, told))
    room = max(width - MARK - left - right - 2, 4)
    lines: Lines = [head]
    for at, (name, value, text) in enumerate(zip(names, values, told, strict=False)):
        share = 0.0 if value is None else value if conversation.classes else (value - low) / (high - low)
        here = at == at_present
        mark = words((options.pick("▸ ", "> ") if here else " " * MARK, options.ink(ORANGE)))
        label = fit(words((name, options.bold if here else options.grey)), left, "right")
        bar = fit(words((bar_of(min(max(share, 0), 1), room, options), options.ink(ORANGE if here else BLUE))), room)
        lines.append([*mark, *label, *blank(1), *bar, *fit(words(text), right + 1, "right")])
    return lines


def _short(one: Field, text: str) -> str:
    """A value of a sweep in few digits."""
    value = one.number(text) if one.kind == "number" else None
    return text if value is None or len(text) <= SHORT else f"{value:.3g}".replace(".", one.decimal)


def _cell(text: str, width: int, options: RenderOptions) -> Line:
    return fit(words((inert(text, width, ascii=options.ascii), options.grey)), width + GAP)


def _value(one: Field, text: str, width: int, *, current: bool, options: RenderOptions) -> Line:
    shown = inert(text, width, ascii=options.ascii) if text.strip() else options.pick("–", "-")
    remark = one.remark(text)
    style = options.ink(BAD if remark == "no number" else NOTE) if remark else options.bold if current else PLAIN
    return fit(words((shown, style)), width + GAP)


def _swing(values: Sequence[float | None]) -> float:
    known = [value for value in values if value is not None]
    return max(known) - min(known) if known else 0.0


def _signs(
    values: Sequence[float | None],
    place: int | None,
    scale: tuple[float, float],
    style: tuple[int, str | None],
    options: RenderOptions,
) -> Line:
    """A field's effect as a row of signs from its lowest value to its highest, the one of its own value marked. `style`
    is a sign's width and colour."""
    ramp = options.pick("▁▂▃▄▅▆▇█", "_.-=+*#@")
    (low, high), (wide, colour) = scale, style
    line: Line = []
    for at, value in enumerate(values):
        level = 0 if value is None else round(min(max((value - low) / (high - low), 0), 1) * (len(ramp) - 1))
        ink = options.ink(ORANGE, bold=True) if at == place else options.ink(colour) if colour else options.grey
        line += words((wide * (ramp[level] if value is not None else " "), ink))
    return fit(line, SWEEP * wide)
