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
from ..render.blocks import Block, words
from ..render.keys import hints
from ..render.text import day, inert
from ..widgets.parts import options_of
from ..widgets.value import HintedInput
from .networks import Trained, trained_networks

WIDEST = 40  # cells of a column
NARROWEST = 8  # to which one is cut where there is no room
MARGINS = 4  # cells beside a line: its own margins, and the list's scrollbar
GAP = "  "
HEADS = ("run", "data", "network", "trained")


class NetworkChoice(Vertical):
    """Says `Chosen` when a network is."""

    SCOPED_CSS = False  # whether there is ASCII alone, a class of the app tells
    DEFAULT_CSS = """
    NetworkChoice { height: 1fr; border: round $primary 50%; border-title-color: $text; padding: 0 1; }
    NetworkChoice OptionList { height: 1fr; }
    NetworkChoice OptionList, NetworkChoice OptionList:focus { border: none; padding: 0; }
    NetworkChoice OptionList, NetworkChoice OptionList:focus { background: $background; background-tint: 0%; }
    NetworkChoice #none { height: 1fr; }
    NetworkChoice #heads { height: 1; padding: 0 1; text-style: bold; }
    NetworkChoice OptionList > .option-list--option { padding: 0 1; }
    NetworkChoice Input { height: 1; margin-top: 1; padding: 0 1; background: $panel; }
    .-ascii NetworkChoice { border: ascii $primary 50%; }
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
        options = options_of(self)
        pairs = [("1", "train one in the lab"), ("tab", "type the name of a checkpoint")]
        yield Static(Block([words("No network is trained yet."), [], *hints(pairs, WIDEST, options)]), id="none")
        yield Static(id="heads", markup=False)
        yield OptionList()
        yield HintedInput("tab: or type a run, a checkpoint (.pt), options of nnlab predict")

    @work(thread=True, exclusive=True)
    def find(self) -> None:
        """List the trained networks, away from the screen's own thread."""
        found = trained_networks()
        self.app.call_from_thread(self.show, found)

    def show(self, found: Sequence[Trained]) -> None:
        """Put these networks into the list."""
        self._known = list(found)
        known = self.query_one(OptionList)
        self._list()
        known.display, self.query_one("#none").display = bool(found), not found
        self.query_one("#heads").display = bool(found)
        if found:
            known.highlighted = 0
        if self.display and self.screen.is_current:
            (known if found else self.query_one(Input)).focus()

    def on_resize(self) -> None:
        """Columns take the room that there is."""
        if self._known:
            self._list()

    def _list(self) -> None:
        """Write the list, as wide as it may be, its cursor where it was."""
        known, room = self.query_one(OptionList), self.content_size.width - MARGINS
        at = known.highlighted
        head, *lines = lines_of(self._known, room, ascii=options_of(self).ascii)
        known.clear_options()
        known.add_options([Option(Text(line, no_wrap=True)) for line in lines])
        known.highlighted = at
        self.query_one("#heads", Static).update(Text(head, no_wrap=True))

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
            self.notify("A quotation mark is not closed: type another, or delete it.", severity="error")
            return
        if words:
            self.post_message(self.Chosen(words, folder_of(words[0])))

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is typed here is nobody else's."""
        event.stop()


def lines_of(found: Sequence[Trained], room: int, *, ascii: bool) -> list[str]:
    """Heads, then name, data, network and when it was trained of each, in columns that take `room` cells at most: the
    widest are cut, the time never."""
    texts = [(one.folder.name, one.data, one.model, day(one.modified)) for one in found]
    rows = [tuple(inert(text, WIDEST, ascii=ascii) for text in row) for row in [HEADS, *texts]]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    while sum(widths) + len(GAP) * (len(widths) - 1) > room and max(widths[:-1]) > NARROWEST:
        widest = widths.index(max(widths[:-1]))
        widths[widest] -= 1
    cut = [[inert(text, width, ascii=ascii) for text, width in zip(row, widths, strict=True)] for row in rows]
    return [GAP.join(map(set_cell_size, row, widths)) for row in cut]
