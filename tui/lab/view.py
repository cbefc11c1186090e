"""How the lab's user looks at its run. No textual, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..live.slider import Slider
from ..live.view import RunView
from .unit import ChosenUnit

POINTS = ("held out", "train", "train and held out", "none")


@dataclass
class LabView(RunView):
    """The same as of any run, which rows' `points` are on its map (the number of one of `POINTS`), and which unit of
    its network was chosen to look at and to change, and which one the mouse is over, if any."""

    points: int = 0
    chosen: ChosenUnit | None = None
    hovered: ChosenUnit | None = None

    def for_another(self, *, same_data: bool) -> LabView:
        """The view of another run, on the same data or on others: what was looked at of those is forgotten."""
        kept = {"picture": self.picture, "axes": self.axes} if same_data else {"picture": 0, "axes": 0}
        return replace(
            self, frame={}, frames=[], chosen=None, hovered=None, slider=Slider(), cursor=None, set_rate=None, **kept
        )

    def pointed(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """A map's data with the points that are to be seen; wrong ones are drawn last in any case."""
        held_out, train = data.get("points") or [], data.get("train_points") or []
        return {**data, "points": (held_out, train, [*train, *held_out], [])[self.points]}

    @property
    def seen(self) -> tuple[object, ...]:
        """What the picture depends on."""
        units = [one and (one.layer, one.unit, one.at) for one in (self.chosen, self.hovered)]
        return (*super().seen, self.points, *units)
