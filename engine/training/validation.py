"""What a network answers to whole splits while it is trained, with what happens between two parts of them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence

import torch
from torch import Tensor

from ..data.prepared import Rows
from ..evaluation.answers import answers, joined
from ..evaluation.metrics import quick
from ..events import Event, Record
from ..models.members import Blend, members_output
from .controller import Controller
from .session import Session

MOST_APART = 2**24  # numbers that members may answer to the validation rows for each to be judged alone


def validated(session: Session, controller: Controller) -> Generator[Event, None, tuple[Record, list[float]] | None]:
    """The measures of the validation rows, none where there are no such rows, and of a network of several parts with a
    best epoch of its own each their losses. None where a stop was asked for meanwhile: the epoch is then closed when
    the run is resumed."""
    rows = session.prepared.valid
    if rows is None:
        return {}, []

    def meanwhile() -> Iterator[Event]:  # what has diverged must not be saved
        return iter(()) if session.failure else controller.look(session, "validating")

    last = members_output(session.module)
    few = session.steps.members * len(rows) * max(1, len(session.prepared.schema.classes)) <= MOST_APART
    each, parts = list[Tensor](), list[Tensor]()

    def members(answered: Tensor) -> None:
        if few:
            each.append(answered)
        if session.parts and isinstance(last, Blend):
            parts.append(torch.stack(last.of_parts(answered.flatten(0, 1))))

    outputs = yield from answered(session, rows, controller, meanwhile, members if few or session.parts else None)
    if outputs is None:
        return None
    spread = _losses(session, rows, each)
    told = {"loss_least": min(spread), "loss_most": max(spread)} if spread else {}
    return measured(session, rows, outputs) | told, _losses(session, rows, parts)


def _losses(session: Session, rows: Rows, each: Sequence[Tensor]) -> list[float]:
    """The loss of several networks alone, of what each answers to parts of the rows, (networks, rows, out_features)."""
    if not each:
        return []
    return [session.loss(outputs, rows.y, rows.weights).item() for outputs in torch.cat(list(each), 1)]


def answered(
    session: Session,
    rows: Rows,
    controller: Controller,
    meanwhile: Callable[[], Iterator[Event]],
    members: Callable[[Tensor], None] | None = None,
) -> Generator[Event, None, Tensor | None]:
    """The network's outputs for these rows, with what happens between two parts of them; None if a stop is asked for
    before they are all there. `members` is given what each member of several answers."""
    parts, done = list[Tensor](), 0
    for part in answers(session.module, rows.x, session.to_input, members=members):
        parts.append(part)
        done += len(part)
        if done < len(rows):
            yield from meanwhile()
            if controller.stop.reason is not None:
                return None
    return joined(parts)


def measured(session: Session, rows: Rows, outputs: Tensor) -> Record:
    """Loss and the task's quick metrics of outputs for whole rows."""
    return {
        "loss": session.loss(outputs, rows.y, rows.weights).item(),
        **quick(outputs, rows.y, session.prepared.schema),
    }
