"""Keys and what they do, in one style: the line of them below a screen, and all of them in its help."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby

from rich.cells import cell_len

from ..actions import Action
from .blocks import Line, Lines, beside, blank, fit, flow, stack, words
from .palette import RenderOptions
from .tables import wrapped
from .text import inert

COLUMN = 34  # cells of a column of the help, at least
GAP = 3  # cells between two of them
KEPT = ("help", "quit", "leave")  # labels of what the line of keys tells in any case
LAST = "Go"  # the group of what is the same everywhere
_SPELT = {"↑": "up", "↓": "down", "←": "left", "→": "right"}
TOGETHER = 2  # cells between two keys of a line


def key_text(keys: Sequence[str], options: RenderOptions) -> str:
    """Keys as they are told, side by side; arrows are spelt where there is ASCII alone."""
    told = [_SPELT.get(key, key) if options.ascii else key for key in keys]
    signs = all(len(key) == 1 and not key.isalnum() for key in told)
    return ("" if signs else "/").join(told)


def hint(key: str, word: str, options: RenderOptions) -> Line:
    """A key and what it does."""
    return words((key, options.key), " " + inert(word, ascii=options.ascii))


def hints(pairs: Iterable[tuple[str, str]], width: int, options: RenderOptions) -> Lines:
    """Keys and what they do, side by side, in as many lines as they need."""
    return flow((hint(key, word, options) for key, word in pairs), width, gap=TOGETHER)


def key_line(actions: Iterable[Action], width: int, options: RenderOptions, first: Collection[str] = ()) -> Lines:
    """One line of keys with what they do: those whose methods are in `first` before the others, as many as fit. How
    to leave and where to find the others is told in any case."""
    labelled = sorted(
        (action for action in actions if action.label), key=lambda action: not {action.method, action.name} & {*first}
    )
    shared = groupby(labelled, key=lambda action: action.label)
    items = [(key_text([action.shown for action in alike], options), label) for label, alike in shared]
    while len(hints(items, width, options)) > 1:
        items.remove(next((item for item in reversed(items) if item[1] not in KEPT), items[-1]))
    return hints(items, width, options)


def key_columns(actions: Iterable[Action], width: int, options: RenderOptions, sought: str = "") -> Lines:
    """What every key does, by groups, in as many columns as there is room for. Of the actions only those with each word
    that is `sought`."""
    found = [action for action in actions if _matches(action, sought)]
    if not found:
        return []
    groups = {name: [action for action in found if action.group == name] for name in _names(found)}
    columns = max(min((width + GAP) // (COLUMN + GAP), len(groups)), 1)
    while True:
        room = (width - GAP * (columns - 1)) // columns
        filled = _spread([_section(name, those, room, options) for name, those in groups.items()], columns)
        if len(filled) == columns:
            return beside([stack(column) for column in filled], GAP)
        columns = len(filled)  # the groups want fewer, which can then be wider


def _matches(action: Action, sought: str) -> bool:
    said = f"{action.shown} {action.title} {action.help} {action.group}".lower()
    return all(word in said for word in sought.lower().split())


def _names(actions: Iterable[Action]) -> list[str]:
    """The groups in their order, what is the same everywhere last."""
    names = list(dict.fromkeys(action.group for action in actions))
    return sorted(names, key=lambda name: name == LAST)


def _section(name: str, actions: Sequence[Action], width: int, options: RenderOptions) -> Lines:
    """A heading, and a line or more for each action."""
    keys = [key_text([action.shown], options) for action in actions]
    left = max(map(cell_len, keys))
    lines: Lines = [words((inert(name, width, ascii=options.ascii), options.heading))]
    for told, action in zip(keys, actions, strict=True):
        parts = wrapped(inert(action.help, ascii=options.ascii), max(width - left - TOGETHER, 8))
        heads = [fit(words((told, options.key)), left, "right"), *([blank(left)] * (len(parts) - 1))]
        lines += [[*head, *blank(TOGETHER), *words(part)] for head, part in zip(heads, parts, strict=True)]
    return [fit(line, width) for line in lines]


def _spread(sections: Sequence[Lines], columns: int) -> list[list[Lines]]:
    """The sections one after another in so many columns, the longest of which is as short as it can be."""
    longest = max(map(len, sections), default=0)
    while len(filled := _filled(sections, longest)) > columns:
        longest += 1
    return filled


def _filled(sections: Sequence[Lines], longest: int) -> list[list[Lines]]:
    """The sections in columns of at most so many lines, or of one section."""
    columns: list[list[Lines]] = [[]]
    for section in sections:
        if columns[-1] and len(stack([*columns[-1], section])) > longest:
            columns.append([])
        columns[-1].append(section)
    return columns
