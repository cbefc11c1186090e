"""How the lab's run is looked at: which panes, pictures, rows and epochs, by keys and by mouse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.geometry import Offset

from ..live import draw as live_draw
from ..live.looking import LookActions, in_sight
from ..mouse import MousePage
from ..render.blocks import Lines
from ..trainer.state import RunState
from ..widgets.pane import Pane
from . import draw as lab_draw
from .draw import PANES
from .panes import LabPanes
from .unit import units_of
from .view import LabView

BESIDE, WIDE, HIGH = 76, 110, 32  # columns for settings beside a pane, and beside two; rows for two below each other


class LabLook(LookActions, MousePage):
    """The part of the lab's page that changes nothing of its run."""

    CSS = """
    LabScreen {
        layout: vertical; background: $background;
        #tabs, #title, #lesson, #message, #film, #keys { height: 1; background: $surface; }
        #lab { height: 1fr; }
        #settings { width: 36; height: 1fr; }
        #panes { width: 1fr; height: 1fr; grid-size: 2 2; grid-columns: 1fr 1fr; grid-rows: 2fr 1fr; }
        #curves { column-span: 2; }
        &.-no-units #panes { grid-columns: 1fr 32; }
        &.-at-network #panes { grid-columns: 2fr 3fr; }
        &.-at-curves #panes { grid-rows: 1fr 1fr; }
        &.-low #panes { grid-size: 2 1; grid-rows: 1fr; }
        &.-low #curves { column-span: 1; display: none; }
        &.-low.-at-curves #curves { display: block; }
        &.-low.-at-curves #network { display: none; }
        &.-beside #settings { width: 32; }
        &.-beside #panes, &.-narrow #panes { grid-size: 1 2; grid-columns: 1fr; }
        &.-beside #curves, &.-narrow #curves { column-span: 1; }
        &.-beside #network, &.-narrow #network, &.-beside.-at-network #picture, &.-narrow.-at-network #picture
            { display: none; }
        &.-beside.-at-network #network, &.-narrow.-at-network #network { display: block; }
        &.-beside.-low #panes, &.-narrow.-low #panes { grid-size: 1 1; grid-rows: 1fr; }
        &.-beside.-low.-at-curves #picture, &.-narrow.-low.-at-curves #picture { display: none; }
        &.-narrow #settings { display: none; width: 1fr; }
        &.-narrow.-at-settings #settings { display: block; }
        &.-narrow.-at-settings #panes { display: none; }
        #log { background: $background; padding: 0 1; }
        &.-low #log { display: none; }
        &.-reading #log { display: block; height: 40%; min-height: 6; border: round $accent; }
        &.-reading.-ascii #log { border: ascii $accent; }
        .-current { border: round $accent; }
        &.-ascii .-current { border: ascii $accent; }
        &.-tiny #lab, &.-tiny #log, &.-tiny #lesson { display: none; }
    }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (BESIDE, "-beside"), (WIDE, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (HIGH, "-high")]
    POINTED = ("settings", *PANES, "log", "film")

    def __init__(self) -> None:
        super().__init__()
        self._pane, self._changes, self._reading = "settings", 0, False
        self._pointing = False

    @property
    def state(self) -> RunState:
        """What is known of the present run."""
        return self._panes.state

    @property
    def _panes(self) -> LabPanes:
        return self.query_one(LabPanes)

    @property
    def view(self) -> LabView:
        """How the run is looked at."""
        return self._panes.view

    @property
    def has_film(self) -> bool:
        """Whether there is more than the present to see."""
        return len(self.view.frames) > 1

    @property
    def has_pictures(self) -> bool:
        """Whether there is another picture than the one in view."""
        return len(lab_draw.kinds_of(self.state, self.view)) > 1

    @property
    def kind_in_view(self) -> str:
        """The kind of picture in view besides the network."""
        return lab_draw.shown_kind(self.state, self.view)

    @property
    def has_points(self) -> bool:
        """Whether there is a map with points on it."""
        return "map" in (self.view.frame or self.state.pictures)

    @property
    def has_units(self) -> bool:
        """Whether the network's units can be drawn."""
        return "network" in (self.view.frame or self.state.pictures)

    @property
    def has_maps(self) -> bool:
        """Whether the network's units can be looked at one by one."""
        return bool(units_of(data)) if (data := self.network_data) is not None else False

    @property
    def may_have_units(self) -> bool:
        """Whether there are units, or may be: the network is drawn only where it is in sight."""
        return self.has_units or (bool(self.state.pictures) and not in_sight(self, "network"))

    @property
    def may_have_maps(self) -> bool:
        """Whether there are units to be looked at, or may be."""
        return self.has_maps or (self.may_have_units and not self.has_units)

    @property
    def network_data(self) -> Mapping[str, Any] | None:
        """The picture of the network that is in view."""
        taken = (self.view.frame or self.state.pictures).get("network")
        return taken.data if taken is not None else None

    def _film(self, width: int, _height: int) -> Lines:
        return live_draw.film(self.state, self.view, width, self.options)

    def _log(self, width: int, height: int) -> Lines:
        return lab_draw.log(self.state, width, height, self.options)

    @property
    def _alone(self) -> tuple[str, ...]:
        """The panes of which one is seen at a time."""
        if self.size.width < BESIDE:
            return ("settings", *PANES)
        return PANES if self.size.width < WIDE and self.size.height < HIGH else ()

    def fit_panes(self) -> None:
        """Say which pane is the large one; the styles see to where there is room for it and for others."""
        self.set_class(self.tiny, "-tiny")
        if self._pane == "settings" and self.size.width >= BESIDE:
            self._pane = PANES[0]
        for name in ("settings", *PANES):
            self.set_class(name == self._pane, f"-at-{name}")
            self.query_one(f"#{name}").set_class(name == self._pane, "-current")
        self._changes += 1
        self._entitle()

    def _entitle(self) -> None:
        """Write the titles of the panes, and what the picture is of; where there are no units their pane is small."""
        self.set_class(bool(self.state.history and self.state.pictures and not self.has_units), "-no-units")
        ascii, width = self.options.ascii, self._panes.size_of("picture").width
        titles = lab_draw.pane_titles(self._pane, self._alone, self.state, self.view, width, ascii=ascii)
        for name, title in titles.items():
            one, said = self.query_one(f"#{name}", Pane), ""
            if name == "picture":
                said = lab_draw.subtitle(self.state, self.view, self._panes.known, one.size.width)
            one.entitle(title, said)

    def action_film(self, by: int) -> None:
        """Back or on in the film."""
        self.view.slider.move(by, self.view.frames)
        self.tick()

    def action_play_film(self) -> None:
        """Play the film, or stop it."""
        self.view.slider.play(self.view.frames)

    def action_show_kind(self, kind: str) -> None:
        """This kind of picture."""
        kinds = lab_draw.kinds_of(self.state, self.view)
        self.view.picture = kinds.index(kind) if kind in kinds else 0
        self.tick()

    def brings(self, name: str) -> bool:
        """Make a pane the large one where it is out of sight; whether it was."""
        hidden = not in_sight(self, name)
        if hidden:
            self.action_show_pane(name)
        return hidden

    def action_units(self, by: int) -> None:
        """Later units of the network, or earlier ones."""
        if not self.brings("network"):
            self._panes.scroll_units(by)

    def action_open_log(self) -> None:
        """Open the log, or put it away."""
        self._reading = not self._reading
        self.set_class(self._reading, "-reading")
        log = self.query_one("#log", Pane)
        log.set_class(not self._reading, "-bare")
        log.entitle("log" if self._reading else "")

    def action_next_pane(self) -> None:
        """The next pane."""
        names = ("settings", *PANES) if self.size.width < BESIDE else PANES
        self.action_show_pane(names[(names.index(self._pane) + 1) % len(names)])

    def action_show_pane(self, name: str) -> None:
        """Make this pane the large one."""
        self._pane = name
        self.fit_panes()

    def moved(self, name: str, at: Offset, *, held: bool) -> None:
        """Go through the film while the button is down; the cursor of the curves follows."""
        if held and name == "film":
            self._seek(at)
            return
        epoch = self._epoch_under(at) if name == "curves" else None
        if epoch is not None or self._pointing:
            self.view.cursor, self._pointing = epoch, epoch is not None
            self.query_one("#curves", Pane).tick()

    def _epoch_under(self, at: Offset) -> int | None:
        size = self.query_one("#curves", Pane).content_size
        return live_draw.epoch_under(self.state, self.view, at, size, self.options)

    def _seek(self, at: Offset) -> None:
        size = self.query_one("#film", Pane).content_size
        if self.has_film:
            self.view.slider.go(live_draw.frame_at(self.state, self.view, at.x, size.width))
            self.tick()
