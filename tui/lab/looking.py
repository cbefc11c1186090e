"""How the lab's run is looked at: which panes, pictures, rows and epochs, by keys and by mouse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.geometry import Offset

from ..live import draw as live_draw
from ..live.slider import Slider
from ..live.view import ZOOMS
from ..mouse import MousePage
from ..render.blocks import Lines
from ..trainer.state import RunState
from ..widgets.pane import Pane
from . import draw as lab_draw
from .draw import PANES
from .panes import LabPanes
from .unit import ChosenUnit, units_of
from .view import POINTS, LabView

BESIDE, WIDE, HIGH = 76, 110, 32  # columns for settings beside a pane, and beside two; rows for two below each other


class LabLook(MousePage):
    """The part of the lab's page that changes nothing of its run."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (BESIDE, "-beside"), (WIDE, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (HIGH, "-high")]
    POINTED = ("settings", *PANES, "log", "film")

    def __init__(self) -> None:
        super().__init__()
        self._pane, self._changes, self._reading = "settings", 0, False
        self._pointing = False

    def tell(self, text: str) -> None:
        """Say this below the panes."""
        raise NotImplementedError

    def action_move(self, by: int) -> None:
        """Another setting."""
        raise NotImplementedError

    def inspect(self, unit: ChosenUnit) -> None:
        """Look at this unit of the network."""
        raise NotImplementedError

    def click_setting(self, at: Offset) -> None:
        """Choose the setting in this line of the list, or change it."""
        raise NotImplementedError

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
    def network_data(self) -> Mapping[str, Any] | None:
        """The picture of the network that is in view."""
        taken = (self.view.frame or self.state.pictures).get("network")
        return taken.data if taken is not None else None

    @property
    def has_axes(self) -> bool:
        """Whether there is a choice of axes."""
        return bool(live_draw.columns_of(self.state))

    def _film(self, width: int, _height: int) -> Lines:
        return lab_draw.film(self.view, width, self.options)

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
        """Write the titles of the panes, and what the picture is of."""
        ascii = self.options.ascii
        for name, title in lab_draw.pane_titles(self._pane, self._alone, self.state, self.view, ascii=ascii).items():
            one = self.query_one(f"#{name}", Pane)
            if one.border_title != title:
                one.border_title = title
        picture = self.query_one("#picture", Pane)
        said = lab_draw.subtitle(self.state, self.view, self._panes.known, picture.size.width)
        if picture.border_subtitle != said:
            picture.border_subtitle = said

    def action_film(self, by: int) -> None:
        """Back or on in the film."""
        self.view.slider.move(by, self.view.frames)
        self.tick()

    def action_play_film(self) -> None:
        """Play the film, or stop it."""
        self.view.slider.play(self.view.frames)

    def action_next_picture(self) -> None:
        """The next kind of picture."""
        self.view.picture += 1

    def action_next_axes(self) -> None:
        """Two other features for the map."""
        self.view.axes += 1

    def action_show_kind(self, kind: str) -> None:
        """This kind of picture."""
        kinds = lab_draw.kinds_of(self.state, self.view)
        self.view.picture = kinds.index(kind) if kind in kinds else 0
        self.tick()

    def action_points(self) -> None:
        """Other rows on the map, or none."""
        self.view.points = (self.view.points + 1) % len(POINTS)
        self.tell(f"points on the map: {POINTS[self.view.points]}")

    def action_log_scale(self) -> None:
        """Logarithmic or plain."""
        self.view.log = not self.view.log

    def action_smooth(self) -> None:
        """The next degree of smoothing."""
        self.view.smooth()

    def action_zoom(self) -> None:
        """The next degree of zoom."""
        self.view.zoom()

    def action_cursor(self, step: int) -> None:
        """Move the cursor that reads values."""
        self.view.move_cursor(step, self.state.epoch)

    def action_units(self, by: int) -> None:
        """Later units of the network, or earlier ones."""
        self._panes.scroll_units(by)

    def action_open_log(self) -> None:
        """Open the log, or put it away."""
        self._reading = not self._reading
        self.set_class(self._reading, "-reading")
        log = self.query_one("#log", Pane)
        log.set_class(not self._reading, "-bare")
        log.border_title = "log" if self._reading else ""

    def action_next_pane(self) -> None:
        """The next pane."""
        names = ("settings", *PANES) if self.size.width < BESIDE else PANES
        self.action_show_pane(names[(names.index(self._pane) + 1) % len(names)])

    def action_show_pane(self, name: str) -> None:
        """Make this pane the large one."""
        self._pane = name
        self.fit_panes()

    def pressed(self, name: str, at: Offset) -> None:
        """Choose a setting, change it at its arrows, go to a frame of the film, choose a unit, make a pane the large
        one."""
        if name == "settings":
            self.click_setting(at)
        elif name == "film":
            self._seek(at)
        elif name == "log":
            self.action_open_log()
        elif name == "network" and (unit := self._panes.unit_under(at)) is not None:
            self.inspect(unit)
        else:
            self.action_show_pane(name)

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

    def turned(self, name: str, by: int) -> None:
        """Down or up in the settings, on or back in units and film, closer to the newest epochs or further away."""
        match name:
            case "settings":
                self.action_move(by)
            case "network":
                self.action_units(by)
            case "curves":
                self.view.zoomed = max(0, min(len(ZOOMS) - 1, self.view.zoomed - by))
            case "picture" | "film":
                self.action_film(by)
            case _:
                pass

    def _seek(self, at: Offset) -> None:
        size = self.query_one("#film", Pane).content_size
        self.view.slider = Slider(lab_draw.frame_at(self.view, at.x, size.width, self.options))
        self.tick()
