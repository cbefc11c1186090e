"""What the predict page's panes show: a network, a row or a drawing, and its answers in, lines out."""

from __future__ import annotations

from collections.abc import Sequence

from ..actions import Action
from ..render.axes import map_frame
from ..render.blocks import Lines, fit, put, words
from ..render.histogram import bar_of
from ..render.images import image
from ..render.keys import hint, hints, key_line
from ..render.maps import decision_map, plane_in, read_map
from ..render.palette import BAD, FAINT, NOTE, ORANGE, RenderOptions, class_colour, class_shape
from ..render.tables import wrapped
from ..render.text import count, inert, number, percent
from . import form_draw, pad_draw
from .conversation import Conversation, Prediction

MANY = 12  # fields that leave their form no room for charts of what they do
LISTED = 5  # names that are told
FIRST_KEYS = ("move", "type_value", "pen", "next_pane", "choose_network", "app.help", "app.quit")


def title(conversation: Conversation, width: int, options: RenderOptions) -> Lines:
    """Which network is asked, what it learnt, and whether it is there."""
    if not conversation.arguments:
        told = [("Predict with a trained network  ", options.bold)]
        return [fit([*words(*told), *hint("enter", "takes the one that is marked", options)], width)]
    name = inert(" ".join(conversation.arguments), max(width // 3, 8), ascii=options.ascii)
    about = inert(conversation.about, max(width // 3, 8), ascii=options.ascii)
    target = inert(conversation.target, max(width // 5, 8), ascii=options.ascii)
    said = f"  {about}" if about else ""
    said += f"  predicts {target}" if conversation.known else ""
    said += f"  weights of epoch {count(conversation.epoch)}" if conversation.epoch else ""
    state = "" if conversation.known else "  loading the network " + options.pick("…", "...")
    if conversation.failure:
        state = "  its process has ended; r restarts it"
    return [fit(words((name, options.bold), said, (state, options.grey)), width)]


def too_small(conversation: Conversation, width: int, options: RenderOptions) -> Lines:
    """The answer, and the size that shows more."""
    said = str(conversation.prediction.answer) if conversation.prediction is not None else "no prediction yet"
    return [
        fit(words((inert(said, max(width - 20, 8), ascii=options.ascii), options.bold), "; 60x16 shows more"), width)
    ]


def plane(conversation: Conversation, width: int, height: int, options: RenderOptions) -> Lines:
    """The decision map with a cursor where the row is."""
    if conversation.map is None:
        return [words(("computing the map " + options.pick("…", "..."), options.grey))]
    columns, rows = map_frame(width, height)
    lines = decision_map(conversation.map, columns, rows, options)
    point = conversation.point()
    if point is None:
        return lines
    picture = read_map(conversation.map)
    left, top, across, down = plane_in(picture, columns, rows, options)
    x, y = (
        (value - low) / (high - low)
        for value, (low, high) in zip(point, (picture.x_range, picture.y_range), strict=True)
    )
    if not (0 <= x <= 1 and 0 <= y <= 1):
        return lines
    column, row = left + min(int(x * across), across - 1), top + min(int((1 - y) * down), down - 1)
    return crossed(lines, column, row, (left, top, across, down), options)


def crossed(lines: Lines, column: int, row: int, room: tuple[int, int, int, int], options: RenderOptions) -> Lines:
    """A cross-hair on a picture: its middle, and an arm on each side."""
    left, top, across, down = room
    style = options.ink("#ffffff", "#000000", bold=True)
    signs = [(0, 0, options.pick("╋", "+")), (-1, 0, options.pick("━", "-")), (1, 0, options.pick("━", "-"))]
    signs += [(0, -1, options.pick("┃", "|")), (0, 1, options.pick("┃", "|"))]
    for right, below, sign in signs:
        x, y = column + right, row + below
        if left <= x < left + across and top <= y < top + down:
            lines[y] = put(lines[y], x, sign, style)
    return lines


def map_point(
    conversation: Conversation, x: float, y: float, width: int, height: int, options: RenderOptions
) -> tuple[float, float]:
    """The values of the two inputs at a place in the map's pane."""
    picture = read_map(conversation.map or {})
    left, top, across, down = plane_in(picture, *map_frame(width, height), options)
    (low_x, high_x), (low_y, high_y) = picture.x_range, picture.y_range
    return low_x + (x - left) / across * (high_x - low_x), high_y - (y - top) / down * (high_y - low_y)


def drawing(conversation: Conversation, width: int, height: int, options: RenderOptions) -> Lines:
    """The pad."""
    return pad_draw.drawing(conversation.pad, width, height, options) if conversation.pad is not None else []


def form(conversation: Conversation, width: int, height: int, options: RenderOptions) -> Lines:
    """The form; nothing yet where it is not known what to ask for."""
    return form_draw.form(conversation, width, height, options)


def hit_test(
    conversation: Conversation,
    name: str,
    place: tuple[float, float],
    size: tuple[int, int],
    options: RenderOptions,
    *,
    pressed: bool,
) -> bool:
    """Do what a mouse means that is pressed, or dragged, at a place in a pane of this size: draw, go there on the map,
    or choose a field. Whether the field was the current one already, and is to be typed in."""
    if name == "pad" and conversation.pad is not None:
        point = pad_draw.point_at(conversation.pad, *place, *size)
        if point is not None:
            begin = pressed or not conversation.pad.down
            (conversation.pad.press if begin else conversation.pad.drag)(point)
            conversation.changed()
    elif name == "map" and conversation.map is not None:
        conversation.go(*map_point(conversation, *place, *size, options))
    elif name == "form" and conversation.form is not None and pressed:
        field = form_draw.window(conversation.form, size[1]).start + int(place[1]) - 1
        again = field == conversation.form.at
        conversation.form.move(field - conversation.form.at)
        conversation.changed()
        return again
    return False


def answer(conversation: Conversation, width: int, height: int, options: RenderOptions) -> Lines:
    """What the network says: the class with all probabilities as bars, or the value; and what is wrong if it cannot."""
    trouble = conversation.failure or conversation.error
    lines = (
        [words((part, options.ink(BAD))) for part in wrapped(inert(trouble, ascii=options.ascii), width)]
        if trouble
        else []
    )
    prediction = conversation.prediction
    if prediction is None:
        if conversation.pad is not None:
            return [*lines, *_how_to_draw(width, options)][:height]
        return [*lines, words(("" if trouble else options.pick("…", "..."), options.grey))][:height]
    besides = _besides(conversation, width, options)
    room = height - len(lines) - len(besides)
    lines += (
        _classes(conversation, prediction, width, room, options)
        if conversation.classes
        else _number(conversation, prediction, width, options)
    )
    lines += besides
    return [fit(line, width) for line in [*lines, *_asked(conversation, width, height - len(lines), options)][:height]]


def _how_to_draw(width: int, options: RenderOptions) -> Lines:
    """What to do on an empty sheet."""
    said = "Draw with the mouse, or move with the arrow keys while the pen is down."
    lines = [words((part, options.grey)) for part in wrapped(said, width)]
    return [*lines, [], *hints([("space", "pen down or up"), ("c", "empty sheet")], width, options)]


def _classes(
    conversation: Conversation, prediction: Prediction, width: int, height: int, options: RenderOptions
) -> Lines:
    """The class in large, and a bar for each probability, the greatest first."""
    shares = {name: share for name, share in prediction.probabilities.items() if share is not None}
    order = sorted(shares, key=lambda name: -shares[name])
    if not order:
        return [words(("no number", options.ink(BAD)))]
    colours = {name: index for index, name in enumerate(conversation.classes)}
    answered = prediction.answer if isinstance(prediction.answer, str) else order[0]  # which a threshold may choose
    first = colours[answered]
    mark = "" if options.ascii else class_shape(first, options) + " "
    best = inert(answered, max(width - 10, 4), ascii=options.ascii)
    lines: Lines = [
        words((mark + best, options.ink(class_colour(first), bold=True)), "  " + percent(shares[answered])),
        [],
    ]
    left = min(max(map(len, order)), max(width // 3, 4))
    room = max(width - left - 9, 4)
    most = max(height - len(lines), 1)
    shown = order if len(order) <= most else order[: most - 1]
    for name in shown:
        bar = (bar_of(shares[name], room, options), options.ink(class_colour(colours[name])))
        label = fit(words(inert(name, left, ascii=options.ascii)), left + 1)
        lines.append([*label, *words(bar, f" {percent(shares[name]):>7}")])
    if len(order) > len(shown):
        rest = sum(shares[name] for name in order[len(shown) :])
        lines.append(words((f"and {len(order) - len(shown)} more with {percent(rest)}", options.grey)))
    return lines


def _number(conversation: Conversation, prediction: Prediction, width: int, options: RenderOptions) -> Lines:
    """The value, and how far one input alone can move it."""
    if not isinstance(prediction.answer, float | int):
        return [words(("no number", options.ink(BAD)))]
    name = inert(conversation.target, max(width - 12, 4), ascii=options.ascii)
    lines: Lines = [words((f"{name} ", options.grey), (figure(prediction.answer), options.ink(ORANGE, bold=True)))]
    if prediction.effects:
        low, high = form_draw.scale_of(conversation)
        share = (prediction.answer - low) / (high - low)
        text = f"One input alone takes it from {figure(low)} to {figure(high)}."
        lines += [[], words((bar_of(share, width, options), options.ink(ORANGE, FAINT)))]
        lines += [words((part, options.grey)) for part in wrapped(text, width)]
    return lines


def _besides(conversation: Conversation, width: int, options: RenderOptions) -> Lines:
    """What is to be known with an answer: what holds the truth so often, the threshold, and what is unlike the
    training."""
    lines: Lines = []
    level, found = conversation.level, conversation.interval()
    if isinstance(found, tuple):
        lines += _said(f"{level} % interval", f"{figure(found[0])} to {figure(found[1])}", width, options)
    elif found is not None:
        lines += _said(f"{level} % set", _listed(found, width, options), width, options)
    if conversation.threshold is not None and conversation.classes:
        from_ = f"{conversation.classes[1]} from {percent(conversation.threshold)} on"
        lines += _said("threshold", inert(from_, ascii=options.ascii), width, options)
    outside = conversation.form.outside if conversation.form is not None else []
    if outside:
        said = f"Outside of what is usual in the training: {_listed(outside, width, options)}"
        lines += [words((part, options.ink(NOTE))) for part in wrapped(said, width)]
    return [[], *lines] if lines else []


def _said(what: str, text: str, width: int, options: RenderOptions) -> Lines:
    """What it is, and after it the text, which is broken where it must be."""
    first, *others = wrapped(f"{what}  {text}", width)
    rest = first.removeprefix(what)
    head = words((what, options.grey), rest) if first != rest else words(first)
    return [head, *(words(part) for part in others)]


def _listed(names: Sequence[str], width: int, options: RenderOptions) -> str:
    """Some names, and how many others there are."""
    shown = ", ".join(inert(name, max(width // 2, 8), ascii=options.ascii) for name in names[:LISTED])
    return shown + (f" and {count(len(names) - LISTED)} more" if len(names) > LISTED else "")


def _asked(conversation: Conversation, width: int, height: int, options: RenderOptions) -> Lines:
    """More of the question: the current field in full; how a drawing became the image that is asked about, and that."""
    pad = conversation.pad
    if height < 3:
        return []
    if pad is None:
        lines = [[], *form_draw.current_field(conversation, width, options)]
        beside_form = conversation.flat or (conversation.form is not None and len(conversation.form.fields) > MANY)
        effect = form_draw.charts(conversation, width, height - len(lines) - 1, options) if beside_form else []
        return [*lines, [], *effect] if effect and len(lines) + 1 + len(effect) <= height else lines
    how = "Centred and scaled as MNIST's digits are; f asks as drawn:" if pad.centred else "Asked as drawn:"
    lines: Lines = [[], *(words((part, options.grey)) for part in wrapped(how, width))]
    seen = image(pad.asked()[None], width, options)
    return [*lines, *seen] if len(lines) + len(seen) <= height else lines


def figure(value: float) -> str:
    """A value in four digits, or all of a large one's whole ones."""
    return f"{value:.4g}" if abs(value) < 10_000 else number(value, 0)


def keys(enabled: Sequence[Action], width: int, options: RenderOptions) -> Lines:
    """The keys that do something now."""
    return key_line(enabled, width, options, FIRST_KEYS)
