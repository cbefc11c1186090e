"""The keys that look at a run another way, the same wherever one is shown."""

from __future__ import annotations

from typing import Protocol

from ..trainer.state import RunState
from .draw import columns_of
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


class LookActions:
    """Textual's actions of curves and pictures, for a page to inherit: each changes the view and nothing else."""

    @property
    def has_axes(self: Looked) -> bool:
        """Whether there is a choice of axes."""
        return bool(columns_of(self.state))

    def action_log_scale(self: Looked) -> None:
        """Logarithmic or plain."""
        self.view.log = not self.view.log

    def action_smooth(self: Looked) -> None:
        """The next degree of smoothing."""
        self.view.smooth()

    def action_zoom(self: Looked) -> None:
        """The next degree of zoom."""
        self.view.zoom()

    def action_cursor(self: Looked, step: int) -> None:
        """Move the cursor that reads values."""
        self.view.move_cursor(step, self.state.epoch)

    def action_next_picture(self: Looked) -> None:
        """The next kind of picture."""
        self.view.picture += 1

    def action_next_axes(self: Looked) -> None:
        """Two other features for the map."""
        self.view.axes += 1
