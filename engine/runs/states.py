"""The one table of the states that a run can be in, as every list, screen and JSON object calls them. Nothing heavy."""

from __future__ import annotations

from typing import Literal, get_args

from ..events import StoppedBy

State = Literal[
    "waiting",
    "running",
    "paused",
    "stopping",
    "finished",
    "stopped early",
    "interrupted",
    "crashed",
    "diverged",
    "empty",
    "unreadable",
]
STATES: tuple[State, ...] = get_args(State)
"""From live to dead: `waiting` for its first event, and `stopping`, are known only to who watches it."""
ENDS: dict[StoppedBy, State] = {
    "epochs": "finished",
    "early_stop": "stopped early",
    "interrupt": "interrupted",
    "terminated": "interrupted",
    "diverged": "diverged",
    "failed": "crashed",
}
"""The state that a training leaves, by how it ended."""
