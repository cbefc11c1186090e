"""What an answer rests on: which part of an image it needs, and which train rows the network takes for most alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ..data.columns.encoders import Date, Embedding, OneHot
from ..errors import UsageError
from ..evaluation.answers import answer, evenly
from ..evaluation.occlusion import occluded, score_of
from ..models.modes import evaluating
from .health import last_layer
from .maps import packed, short

if TYPE_CHECKING:
    from ..data.dataset import SplitName
    from ..data.prepared import Rows
    from ..training.session import Session

COMPARED = 10_000  # train rows
NEAREST = 6
SHOWN = 6  # inputs of a table's row


def looked(session: Session, row: int, split: SplitName = "test") -> dict[str, Any]:
    """What the network's answer to a row of a split, counted from 1, rests on. Nothing of the training changes.

    Keys: row, split, rows, truth, answer and probability (null for a value); image (null for a table): shape (channels,
    height, width), pixels (base64 of uint8) and needs, (height, width) numbers: by how much the probability of the
    answer falls on average where a patch over that pixel is grey; inputs (names) and values (of a table's row, as the
    network sees them, categories by name); nearest: of the train rows compared those that are nearest in what the last
    layer reads, each with row, truth, distance, and pixels or values. Raises UsageError for a row or a split that there
    is not.
    """
    prepared, schema = session.prepared, session.prepared.schema
    if split not in prepared.splits:
        raise UsageError(f"There are no {split} rows: use {' or '.join(prepared.splits)}.")
    rows = prepared.splits[split]
    if not 1 <= row <= len(rows):
        raise UsageError(f"There is no {split} row {row:,}: choose one from 1 to {len(rows):,}.")
    one = rows.take(torch.tensor([row - 1]))
    outputs = answer(session.module, one.x, session.to_input)
    shares = torch.softmax(outputs, 1) if schema.classes else None
    chosen = int(outputs.argmax(1)) if schema.classes else 0
    return {
        "row": row,
        "split": split,
        "rows": len(rows),
        "truth": _truth(session, one, 0),
        "answer": schema.classes[chosen] if schema.classes else _value(session, outputs[0, 0]),
        "probability": None if shares is None else short(shares[0, chosen].item()),
        "image": None if schema.image is None else _image(session, one, chosen),
        "inputs": [] if schema.image is not None else _inputs(session),
        "values": [] if schema.image is not None else _values(session, one.x[:][0]),
        "nearest": _nearest(session, one, skip=row - 1 if split == "train" else None),
    }


def _image(session: Session, one: Rows, chosen: int) -> dict[str, Any]:
    """An image and what of it the answer needs."""
    pixels = one.x[:]
    return {
        "shape": list(pixels.shape[1:]),
        "pixels": packed(pixels),
        "needs": [[short(value) for value in line] for line in _needs(session, pixels, chosen).tolist()],
    }


def _needs(session: Session, pixels: Tensor, chosen: int) -> Tensor:
    """By how much the answer suffers where a patch over each pixel is grey, (height, width)."""
    some = session.prepared.train.take(evenly(len(session.prepared.train), 256)).x[:].double()
    grey, schema = some.mean().round().to(pixels.dtype), session.prepared.schema

    def score(images: Tensor) -> Tensor:
        return score_of(answer(session.module, images, session.to_input), chosen, schema)

    return occluded(score, pixels, grey)


def _nearest(session: Session, one: Rows, skip: int | None) -> list[dict[str, Any]]:
    """The train rows that are most alike in what the last layer reads."""
    numbers = evenly(len(session.prepared.train), COMPARED)
    train = session.prepared.train.take(numbers)
    last = last_layer(session)
    here, there = _read_by(session, last, one), _read_by(session, last, train)
    distances = (there - here).norm(dim=1)
    if skip is not None:
        distances[numbers.to(distances.device) == skip] = torch.inf
    found = distances.argsort(stable=True)[:NEAREST].tolist()
    image = session.prepared.schema.image is not None
    return [
        {
            "row": int(numbers[place]) + 1,
            "truth": _truth(session, train, place),
            "distance": short(distances[place].item()),
            **({"pixels": packed(train.x[:][place])} if image else {"values": _values(session, train.x[:][place])}),
        }
        for place in found
        if bool(distances[place].isfinite())
    ]


@torch.no_grad()
def _read_by(session: Session, part: nn.Module, rows: Rows) -> Tensor:
    """What a layer is given for rows, float64 (rows, numbers); of several members those of the first."""
    given = list[Tensor]()

    def note(_: nn.Module, inputs: tuple[Any, ...]) -> None:
        given.append(inputs[0].flatten(1)[: len(piece)].double().cpu())

    hook = part.register_forward_pre_hook(note)
    try:
        with evaluating(session.module):
            for piece in rows.x[:].split(1024):
                session.module(session.to_input(piece))
    finally:
        hook.remove()
    return torch.cat(given)


def _truth(session: Session, rows: Rows, place: int) -> str:
    schema = session.prepared.schema
    return schema.classes[int(rows.y[place])] if schema.classes else _value(session, rows.y[place])


def _value(session: Session, value: Tensor) -> str:
    """A value in the target's own units."""
    return f"{session.prepared.schema.decode_target(value.detach().cpu().double()).item():.4g}"


def _inputs(session: Session) -> list[str]:
    """What the first inputs of a row are, of a date or of categories one each."""
    names = list[str]()
    for column in session.prepared.schema.columns:
        names += [column.name] if isinstance(column, OneHot | Embedding | Date) else column.features
    return names[:SHOWN]


def _values(session: Session, row: Tensor) -> list[float | str]:
    """The first inputs of a row: numbers as the network sees them, of a date when it is, categories by name."""
    found, start = list[float | str](), 0
    for column in session.prepared.schema.columns:
        part = row[start : start + column.span].double().tolist()
        if isinstance(column, OneHot):
            names = [*column.categories, "other"]
            found.append(next((names[place] for place, one in enumerate(part) if one), ""))
        elif isinstance(column, Embedding):
            found.append([*column.categories, "other"][int(part[0])])
        else:
            found += [short(value) for value in part[: 1 if isinstance(column, Date) else None]]
        start += column.span
    return found[:SHOWN]
