"""The weights of a small network as the film of a training keeps them, so that the way that they took can be drawn."""

from __future__ import annotations

from base64 import b64decode, b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from ..events import PictureTaken
from ..runs.log import event_in
from ..runs.milestones import thinned
from ..runs.picture_log import frames_in

if TYPE_CHECKING:
    from ..training.session import Session

MOST_BYTES = 16_384  # of one picture; a film has up to 300, and is cut down where it grows too long
TYPES = {"float32": np.dtype("<f4"), "float16": np.dtype("<f2")}
POINTS = 60  # of a way


def kept_weights(session: Session) -> dict[str, Any] | None:
    """The data of a `weights` picture; None of a network whose weights would take too much room, or are no numbers any
    more.

    Keys: type (float32, or float16 where there are many), values (base64 of the trainable parameters, one after the
    other).
    """
    fitting = (name for name, kind in TYPES.items() if session.flat.count * kind.itemsize <= MOST_BYTES)
    if (name := next(fitting, None)) is None:
        return None
    with torch.no_grad():
        values = torch.cat([one.reshape(-1).float() for one in _parameters(session)]).cpu().numpy()
    if not np.abs(values).max() <= np.finfo(TYPES[name]).max:
        return None
    return {"type": name, "values": b64encode(values.astype(TYPES[name]).tobytes()).decode("ascii")}


def read_weights(data: dict[str, Any], session: Session) -> Tensor | None:
    """The same as flat weights of the session; None of another network's."""
    values = np.frombuffer(b64decode(data["values"]), TYPES[data["type"]]).astype(np.float32)
    if len(values) != session.flat.count:
        return None
    flat, start = torch.zeros_like(session.flat.values), 0
    for one in _parameters(session):
        part = torch.from_numpy(values[start : start + one.numel()]).reshape(one.shape).to(flat)
        flat.as_strided(one.shape, one.stride(), one.storage_offset()).copy_(part)
        start += one.numel()
    return flat


def way_of(film: Path, session: Session) -> tuple[list[int], list[Tensor]]:
    """The epochs of which a film has weights of the session's network, up to 60 of them, and the flat weights after
    each; where that is the session's own epoch they are its own."""
    frames = {epoch: frame["weights"] for epoch, frame in frames_in(film).items() if "weights" in frame}
    found = dict[int, Tensor]()
    for epoch in thinned(list(frames), POINTS):
        taken = event_in(frames[epoch])
        if isinstance(taken, PictureTaken) and (flat := read_weights(taken.data, session)) is not None:
            found[epoch] = flat
    if session.epoch in found and not session.step:
        found[session.epoch] = session.flat.values.detach().clone()
    return list(found), list(found.values())


def _parameters(session: Session) -> list[torch.nn.Parameter]:
    return [one for one in session.module.parameters() if one.requires_grad]
