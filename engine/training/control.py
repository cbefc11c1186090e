"""Requests to a running training: what a view appends to `control.jsonl`, and what the trainer reads there.

A request is one JSON object a line: {"request": "pause" | "resume" | "epoch" | "stop" | "save"},
{"request": "set", "lr" | "l1" | "weight_decay" | "batch_size": number}, or {"request": "pictures", "every": seconds,
"until": time, "width": cells, "height": cells, "axes": [two features], "kinds": ["map", ...]} which asks for pictures
of the model's answers for a while.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any

from ..runs import RunFolder, read_lines

Request = dict[str, Any]


def send(folder: RunFolder, request: str, **values: object) -> None:
    """Append a request for the trainer of this run; OSError if the folder is gone."""
    line = json.dumps({"request": request, "time": time(), **values}, allow_nan=False)
    with folder.control.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


@dataclass
class Inbox:
    """The trainer's side: the requests that arrived since it last looked."""

    path: Path
    offset: int = 0

    @classmethod
    def from_now_on(cls, folder: RunFolder) -> Inbox:
        """An inbox that passes over what the file holds already."""
        return cls(folder.control, folder.control.stat().st_size if folder.control.exists() else 0)

    def take(self) -> list[Request]:
        """The new requests, in order; malformed lines are passed over, since any process may write here."""
        try:
            if self.path.stat().st_size <= self.offset:
                return []
        except OSError:
            return []
        lines, self.offset = read_lines(self.path, self.offset)
        requests: list[Request] = []
        for line in lines:
            try:
                body = json.loads(line)
            except ValueError:
                continue
            if isinstance(body, dict) and isinstance(body.get("request"), str):
                requests.append(body)
        return requests
