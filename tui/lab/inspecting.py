"""One unit of the lab's network: found by keys or by mouse, looked at large, its weights changed, switched off."""

from __future__ import annotations

import math

from textual.geometry import Offset

from ..render.text import number
from ..widgets.value import ValueInput
from .acting import LabActing
from .unit import ChosenUnit, Connection, connections, leads_on, next_unit, stepped

ON_WEIGHTS = "↑↓ chooses a weight, ←→ changes it, 0 sets it to zero, delete switches the unit off; escape: back"
ON_PICTURES = "i shows the next unit, I the one before; units of images cannot be switched off; escape: back"


class LabUnits(LabActing):
    """The part of the lab's page that looks into the network."""

    @property
    def inspecting(self) -> bool:
        """Whether a unit is chosen, whose weights the arrows then change."""
        return self.view.chosen is not None and self.has_maps

    @property
    def _weight(self) -> Connection | None:
        """The weight under the cursor of the chosen unit."""
        found = self._weights
        return found[min(self.view.chosen.at, len(found) - 1)] if found and self.view.chosen is not None else None

    @property
    def _weights(self) -> list[Connection]:
        data, chosen = self.network_data, self.view.chosen
        return connections(data, chosen) if data is not None and chosen is not None and self.inspecting else []

    def action_inspect(self, by: int) -> None:
        """Look at the next unit of the network, or at the one before."""
        if (data := self.network_data) is None:
            self.brings("network")
        elif (unit := next_unit(data, self.view.chosen, by)) is not None:
            self.inspect(unit)

    def inspect(self, unit: ChosenUnit) -> None:
        """Look at this unit of the network."""
        self.view.chosen = unit
        self.action_show_pane("network")
        self.view.hovered = None
        self.tell(ON_WEIGHTS if self._weights else ON_PICTURES)

    def action_leave_unit(self) -> None:
        """Back to the whole network."""
        self.view.chosen = None
        self.tell("")

    def action_weight_off(self) -> None:
        """The chosen weight is zero."""
        self._set_weight(0.0)

    def action_unit_off(self) -> None:
        """Switch the chosen unit off, or on again."""
        data, chosen = self.network_data, self.view.chosen
        if data is not None and data["form"] == "weights":
            self.tell("The units of a network for images are to be looked at only.")
        elif data is not None and chosen is not None:
            name = str(data["layers"][chosen.layer]["units"][chosen.unit]["name"])
            can = leads_on(data, chosen)
            self._act(lambda session: session.switch_unit(chosen.layer, chosen.unit, name, can=can))

    def moved(self, name: str, at: Offset, *, held: bool) -> None:
        """Show the unit that the mouse is over."""
        unit = self._panes.unit_under(at) if name == "network" and not held else None
        if unit != self.view.hovered:
            self.view.hovered = unit
            self.tick()
        super().moved(name, at, held=held)

    @property
    def pointed_at(self) -> str:
        """What is said of the unit under the mouse where there is no room to show it; empty where there is."""
        data, unit = self.network_data, self.view.hovered
        if data is None or unit is None or self.query_one("#picture").display:
            return ""
        one = data["layers"][unit.layer]["units"][unit.unit]
        low, high = one["range"]
        what = "answers" if data["form"] == "maps" else "has weights"
        return f"unit {one['name']} {what} from {number(low, 2)} to {number(high, 2)}; a click shows it large"

    def _move_weight(self, by: int) -> None:
        if self.view.chosen is not None:
            self.view.chosen.move(by, len(self._weights))
        self.tick()

    def step_weight(self, by: int) -> None:
        """The chosen weight a step higher or lower."""
        if (one := self._weight) is not None:
            self._set_weight(stepped(one, by))

    def _set_weight(self, value: float) -> None:
        if (one := self._weight) is not None:
            self.tell(f"weight {one.name} is {value:g}" + ("" if self.state.state == "paused" else " now"))
            self._act(lambda session: session.set_weights(one.layer, one.to, one.by, value))

    def _type_weight(self) -> None:
        if (one := self._weight) is not None:
            self.query_one("#film").display = False
            self.tell(f"weight {one.name}: enter takes it, escape leaves it")
            self.query_one(ValueInput).ask(f"{one.value:.3g}")

    def _take_weight(self, text: str) -> None:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if math.isfinite(value):
            self._set_weight(value)
        else:
            self.tell(f"A weight cannot be {text!r}: type a number.")
