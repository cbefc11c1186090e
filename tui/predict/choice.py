"""The choice of a trained network: those of the runs in a list, the newest first, or any checkpoint by its name."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from ...engine.runs.lookup import folder_of, name_of
from ..render.text import inert
from ..widgets.parts import options_of
from .networks import Trained, trained_networks

WIDEST = 28  # cells of a column


class NetworkChoice(Vertical):
    """Says `Chosen` when a network is."""

    SCOPED_CSS = False  # whether there is ASCII alone, a class of the app tells
    DEFAULT_CSS = """
    NetworkChoice { height: 1fr; border: round $primary 50%; border-title-color: $text; padding: 0 1; }
    NetworkChoice OptionList { height: 1fr; }
    NetworkChoice OptionList, NetworkChoice OptionList:focus { border: none; background: $background; padding: 0; }
    NetworkChoice Static { height: 1fr; color: $text-muted; }
    NetworkChoice Input { height: 3; }
    .-ascii NetworkChoice, .-ascii NetworkChoice Input { border: ascii $primary 50%; }
    """

    @dataclass
    class Chosen(Message):
        """A checkpoint and options as arguments of `nnlab predict`, and the folder of its run where it has one."""

        words: Sequence[str]
        folder: Path | None

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.border_title = "networks, the newest first"
        self._known: list[Trained] = []

    def compose(self) -> ComposeResult:
        """The list, or what to do where it is empty, and an input."""
        yield Static("No trained network yet: make one in the lab (1), or name a checkpoint below.")
        yield OptionList()
        yield Input(placeholder="tab: or type a run, a checkpoint (.pt), options of nnlab predict")

    @work(thread=True, exclusive=True)
    def find(self) -> None:
        """List the trained networks, away from the screen's own thread."""
        found = trained_networks()
        self.app.call_from_thread(self.show, found)

    def show(self, found: Sequence[Trained]) -> None:
        """Put these networks into the list."""
        self._known = list(found)
        known, ascii = self.query_one(OptionList), options_of(self).ascii
        known.clear_options()
        for line in lines_of(found, ascii=ascii):
            known.add_option(Option(Text(line)))
        known.display, self.query_one(Static).display = bool(found), not found
        if found:
            known.highlighted = 0
        if self.display and self.screen.is_current:
            (known if found else self.query_one(Input)).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A run's network is chosen."""
        event.stop()
        folder = self._known[event.option_index].folder
        self.post_message(self.Chosen([name_of(folder)], folder.path))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """A typed network is chosen."""
        event.stop()
        try:
            words = shlex.split(event.value)
        except ValueError:
            self.notify("That cannot be read: a quotation mark is not closed.", severity="error")
            return
        if words:
            self.post_message(self.Chosen(words, folder_of(words[0])))

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is typed here is nobody else's."""
        event.stop()


def lines_of(found: Sequence[Trained], *, ascii: bool) -> list[str]:
    """Name, data and network of each, in columns."""
    rows = [(inert(one.folder.name, WIDEST, ascii=ascii), inert(one.data, WIDEST, ascii=ascii)) for one in found]
    name, data = (max((cell_len(row[place]) for row in rows), default=0) for place in range(2))
    return [
        f"{set_cell_size(row[0], name)}  {set_cell_size(row[1], data)}  {inert(one.model, WIDEST, ascii=ascii)}"
        for row, one in zip(rows, found, strict=True)
    ]
