"""What the evaluation's pane shows: the run under the cursor and what was found of it in, lines out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, combinations, pairwise
from typing import Any

from ...engine.runs.reader import Run
from ...engine.sweep.listing import SweepRun
from ..render.blocks import Lines, beside, fit, flow, stack, words
from ..render.keys import hints
from ..render.palette import BAD, NOTE, RenderOptions
from ..render.tables import wrapped
from ..render.text import count, inert, many
from .draw import in_view
from .evaluations import Evaluations, Judged

LEAST, GAP = 54, 4  # cells of a column of parts, and between two
MOST = 3  # columns
KEY = ("E", "evaluates it on its test rows")

Place = Callable[[int, list[int]], int]
"""From the first line in view, and the lines at which parts begin, to the first line that is to be in view."""


def evaluation(
    run: Run | None, known: Evaluations, seconds: int, width: int, height: int, options: RenderOptions
) -> Lines:
    """The part in view of what is known of the run under the cursor, or what to do. `seconds` is how long it has been
    waited for."""
    if run is None:
        return []
    judged = known.of(run)
    if known.is_awaited(run):
        dots = options.pick("…", "...")
        said = f"evaluating it on its test rows, beside simple models {dots}" + (f" {seconds} s" if seconds else "")
        return [*_named(run, width, options), *_grey(said, width, options)]
    if judged is None:
        return [*_named(run, width, options), *_nothing(run, known, width, options)]
    if judged.told is None:
        trouble = wrapped(inert(judged.trouble, ascii=options.ascii), width)
        lines = [words((part, options.ink(BAD))) for part in trouble]
        return [*_named(run, width, options), *lines, [], *hints([KEY], width, options)]
    lines, _ = laid_out(run, judged, width, options)
    return in_view(lines, known.top_of(run), height, options)


def _named(run: Run, width: int, options: RenderOptions) -> Lines:
    return [words((inert(run.name, width, ascii=options.ascii), options.bold)), []]


def _grey(text: str, width: int, options: RenderOptions) -> Lines:
    return [words((part, options.grey)) for part in wrapped(text, width)]


def _nothing(run: Run, known: Evaluations, width: int, options: RenderOptions) -> Lines:
    """What to do about a run that was not evaluated."""
    if isinstance(run, SweepRun):
        return _grey("A sweep has no network of its own: t shows its trials, which can be evaluated.", width, options)
    if run.checkpoint is None:
        return _grey("It has no checkpoint yet, and so no network to evaluate.", width, options)
    other = f"{known.awaited.name} is being evaluated; E leaves that for this one." if known.awaited else ""
    told = "Metrics beside simple models, honest probabilities, intervals, and which columns matter."
    lines = [*hints([KEY], width, options), [], *_grey(told, width, options)]
    return [*lines, [], *_grey(inert(other, ascii=options.ascii), width, options)] if other else lines


def laid_out(run: Run, judged: Judged, width: int, options: RenderOptions) -> tuple[Lines, list[int]]:
    """All that was told of a run, in as many columns as there is room for, and the lines at which its parts begin."""
    from ..render.evaluation import evaluation_parts

    told = judged.told or {}
    head = _head(run, judged, told, width, options)
    columns = max(1, min(MOST, (width + GAP) // (LEAST + GAP)))
    each = (width - GAP * (columns - 1)) // columns
    parts = list(evaluation_parts(told, each, options).values())
    stacks = in_columns(parts, columns)
    begins = {len(head) + begin for column in stacks for begin in accumulate(len(part) + 1 for part in column[:-1])}
    drawn = [[fit(line, each) for line in stack(column)] for column in stacks]
    return [*head, *(beside(drawn, GAP) if len(drawn) > 1 else stack(stacks[0]))], sorted({0, *begins})


def _head(run: Run, judged: Judged, told: Mapping[str, Any], width: int, options: RenderOptions) -> Lines:
    """Which run on which rows, and what somebody should know of that."""
    said = [f"{many(told['rows'], 'row')} of {told['split']} of {told['data']}"]
    said += [f"weights of epoch {count(told['epoch'])}"] if told.get("epoch") else []
    name = words((inert(run.name, width, ascii=options.ascii), options.bold))
    lines = flow([name, *(words((inert(part, ascii=options.ascii), options.grey)) for part in said)], width)
    notes = [str(note) for note in told["notes"]]
    if run.epochs != judged.epochs:
        now = f"evaluated after {many(judged.epochs, 'epoch')}, of which it has {count(run.epochs)} now"
        notes.insert(0, f"{now}: E evaluates it anew")
    for note in notes:
        lines += [words((part, options.ink(NOTE))) for part in wrapped(inert(note, ascii=options.ascii), width)]
    return [*lines, []]


def in_columns(parts: Sequence[Lines], columns: int) -> list[list[Lines]]:
    """The parts in so many columns, in their order, the longest column as short as can be."""
    columns = min(columns, len(parts))
    if columns < 2:
        return [list(parts)]
    cuts = ((0, *inner, len(parts)) for inner in combinations(range(1, len(parts)), columns - 1))
    divided = ([list(parts[start:end]) for start, end in pairwise(cut)] for cut in cuts)
    return min(divided, key=lambda each: max(map(_height, each)))


def _height(column: Sequence[Lines]) -> int:
    return sum(map(len, column)) + len(column)


def moved(run: Run, known: Evaluations, place: Place, width: int, height: int, options: RenderOptions) -> int:
    """The first line in view after going to a `place`, which ends with the last line."""
    judged = known.of(run)
    if judged is None or judged.told is None or known.is_awaited(run):
        return 0
    lines, begins = laid_out(run, judged, width, options)
    return max(0, min(place(known.top_of(run), begins), len(lines) - height + 1))
