"""The palette: what can be done now and the themes, by their names, each with its key beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from rich.cells import cell_len
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.style import Style

from ..render.keys import key_text
from ..render.text import inert
from ..themes import THEMES

if TYPE_CHECKING:
    from ..app import NnlabApp

NAME = 26  # cells of a name, at least
KEY = 11  # cells of a key
SAID = 0.01  # the score of an action whose help alone has what was typed: below those whose names are like it


@dataclass(frozen=True)
class Entry:
    """Something to choose: its name, its key, what it does, and how."""

    name: str
    key: str
    help: str
    run: Callable[[], Any]


class ActionCommands(Provider):
    """Every action that makes sense on the screen now, and the themes where there are colours."""

    @property
    def shell(self) -> NnlabApp:
        """The application."""
        return cast("NnlabApp", self.app)

    def entries(self) -> Iterator[Entry]:
        """What can be chosen."""
        for action in self.shell.offered(self.screen):
            if action.method != "app.command_palette":
                yield Entry(action.title, action.shown, action.help, partial(self._later, action.name))
        for theme in THEMES if self.shell.options.colour else ():
            yield Entry(f"Theme {theme}", "", "The colours of the screens.", partial(self.shell.choose_theme, theme))

    async def discover(self) -> Hits:
        """All of them."""
        for entry in self.entries():
            yield DiscoveryHit(self._shown(entry, Content(entry.name)), entry.run, entry.name)

    async def search(self, query: str) -> Hits:
        """Those whose names are like what was typed, then those whose help has it."""
        names = self.matcher(query)
        for entry in self.entries():
            score = names.match(entry.name) or (query.lower() in entry.help.lower() and SAID)
            if score > 0:
                yield Hit(score, self._shown(entry, names.highlight(entry.name)), entry.run, entry.name)

    def _shown(self, entry: Entry, name: Content) -> Content:
        """A line: name, key, help."""
        options = self.shell.options
        key = key_text([entry.key], options).ljust(KEY)
        room = " " * max(NAME - cell_len(entry.name), 1)
        help = inert(entry.help, ascii=options.ascii)
        styles = (Style.from_rich_style(style) for style in (options.key, options.grey))
        return Content.assemble(name, room, *zip((key, help), styles, strict=True))

    def _later(self, action: str) -> None:
        """When the palette is gone."""
        self.shell.call_later(self.shell.run_action, action, self.screen)
