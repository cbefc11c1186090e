"""Requests to a running training: what a view appends to `control.jsonl`, and what the trainer reads there.

A request is one JSON object a line: {"request": "pause" | "resume" | "epoch" | "stop" | "save"},
{"request": "set", "lr" | "l1" | "weight_decay" | "batch_size": number}, {"request": "pace", "rate": "full" | "5e" |
"1steps"}, {"request": "limit", "epoch": the one to wait at, or null}, or {"request": "pictures", "every": seconds,
"until": time, "width": cells, "height": cells, "axes": [two features], "kinds": ["map", ...]} which asks for pictures
of the model's answers for a while. Of the `network` picture's layers and units: {"request": "weights", "layer": number,
"to": unit or null, "by": unit or null, "value": number} and {"request": "unit", "layer": number, "unit": number, "on":
true or false}.

Whoever can write in the run's folder may ask for all of these, whether they started the training or only watch it. That
a stop was asked for so, and not by a signal, is told in the run's log.
"""

from __future__ import annotations

import json
import math
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import time
from typing import Any

from ..fields import brief
from .folder import RunFolder, open_own
from .log import Lines, parse

Request = dict[str, Any]
LONGEST = 2**16  # bytes of a request
AT_ONCE = 2**20  # bytes of requests that are taken between two steps


def send(folder: RunFolder, request: str, **values: object) -> None:
    """Append a request for the trainer of this run; OSError if the folder is gone."""
    line = json.dumps({"request": request, "time": time(), **values}, allow_nan=False)
    with open_own(folder.control, "ab") as file:
        file.write(f"{line}\n".encode())


@dataclass
class Inbox:
    """The trainer's side: the requests that arrived since it last looked. Any process may write here."""

    path: Path
    lines: Lines = field(init=False)

    def __post_init__(self) -> None:
        self.lines = Lines(self.path, LONGEST)

    @classmethod
    def from_now_on(cls, folder: RunFolder) -> Inbox:
        """An inbox that passes over what the file holds already."""
        inbox = cls(folder.control)
        inbox.lines.pass_over()
        return inbox

    def take(self) -> tuple[list[Request], list[str]]:
        """The new requests, in order, and what is wrong with those lines that are none. Of very many, the first; the
        others come with the next call."""
        requests: list[Request] = []
        odd: list[str] = []
        with suppress(OSError):  # where the file cannot be read, nobody asks for anything
            for line in self.lines.poll(AT_ONCE):
                try:
                    requests.append(_request(line))
                except ValueError as error:
                    odd.append(f"a request is ignored: {error}")
        return requests, odd


def _request(line: bytes | None) -> Request:
    """The request in a line. ValueError where it is none."""
    body = parse(line)
    if not isinstance(body, dict) or not isinstance(body.get("request"), str):
        raise ValueError(f"{brief(body) if body is not None else 'what is not JSON'} is not a request")
    return body  # pyright: ignore[reportUnknownVariableType]


def number(request: Request, name: str, default: float, low: float, high: float) -> float:
    """A number of a request, brought between the two. ValueError where it is none."""
    value = request.get(name, default)
    if type(value) not in (int, float) or value != value or value in (math.inf, -math.inf):
        raise ValueError(f"{name} cannot be {brief(value)}: it takes a number")
    return float(min(max(value, low), high))


def words(request: Request, name: str, most: int) -> tuple[str, ...] | None:
    """Some words of a request, at most so many; None where it has none. ValueError where they are something else."""
    value = request.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not 0 < len(value) <= most or not all(isinstance(one, str) for one in value):
        raise ValueError(f"{name} cannot be {brief(value)}: it takes a list of at most {most} words")
    return tuple(value)
