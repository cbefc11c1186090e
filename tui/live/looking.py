"""The keys that look at a run another way, the same wherever one is shown."""

from __future__ import annotations

from typing import Any, Protocol

from textual.screen import Screen

from ...engine.pictures.small import is_small
from ..trainer.state import RunState
from .draw import columns_of, shown_kind
from .view import RunView


class Looked(Protocol):
    """A page that shows a run."""

    @property
    def state(self) -> RunState:
        """What is known of the run."""
        ...

    @property
    def view(self) -> RunView:
        """How it is looked at."""
        ...

    @property
    def kind_in_view(self) -> str:
        """The kind of picture in view."""
        ...

    def brings(self, name: str) -> bool:
        """Whether a pane had to be brought into sight first."""
        ...


def in_sight(page: Screen[Any], name: str) -> bool:
    """Whether there is room for a pane beside the large one, or it is that."""
    return all(node.display for node in page.query_one(f"#{name}").ancestors_with_self if node is not page.app)


class LookActions:
    """Textual's actions of curves and pictures, for a page to inherit: each changes the view and nothing else. Where
    what it changes is out of sight, that is brought into sight and left as it is."""

    @property
    def has_axes(self: Looked) -> bool:
        """Whether there is a choice of axes, or of images."""
        return bool(columns_of(self.state)) or self.kind_in_view == "filters"

    @property
    def kind_in_view(self: Looked) -> str:
        """The kind of picture in view."""
        return shown_kind(self.state, self.view)

    @property
    def can_work_out(self: Looked) -> bool:
        """Whether the network is small enough to be followed number by number."""
        return self.state.started is not None and is_small(self.state.started)

    def brings(self: Looked, _name: str) -> bool:
        """Bring a pane into sight that has no room now; whether that was needed."""
        return False

    def action_log_scale(self: Looked) -> None:
        """Logarithmic or plain."""
        if not self.brings("curves"):
            self.view.log = not self.view.log

    def action_smooth(self: Looked) -> None:
        """The next degree of smoothing."""
        if not self.brings("curves"):
            self.view.smooth()

    def action_zoom(self: Looked) -> None:
        """The next degree of zoom."""
        if not self.brings("curves"):
            self.view.zoom()

    def action_cursor(self: Looked, step: int) -> None:
        """Move the cursor that reads values."""
        if not self.brings("curves"):
            self.view.move_cursor(step, self.state.epoch)

    def action_next_picture(self: Looked) -> None:
        """The next kind of picture."""
        if not self.brings("picture"):
            self.view.picture += 1

    def action_next_axes(self: Looked) -> None:
        """Two other features for the map, or another image for the filters."""
        if self.brings("picture"):
            return
        if self.kind_in_view == "filters":
            self.view.image += 1
        else:
            self.view.axes += 1
