"""The application around the screens: theme, colours, signals, the palette of actions, and a quick exit."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import gc
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.actions import ActionParseResult
from textual.app import App
from textual.dom import DOMNode
from textual.filter import LineFilter
from textual.screen import ModalScreen, Screen

from .actions import EVERYWHERE, SESSION, Action, Actions
from .page import Page
from .render.palette import RenderOptions
from .themes import NNLAB, OWN, THEMES, grounds, remember, welcomed
from .trainer.launch import HANG_UPS
from .trainer.monitor import RunMonitor
from .widgets.first_hint import FirstHint
from .widgets.parts import bindings, enabled
from .widgets.plain import AsciiOnly

if TYPE_CHECKING:
    from .widgets.palette import ActionCommands

TIDY_EVERY = 20.0  # seconds between two times that memory is given back
Pages = Mapping[str, Callable[[], Screen[Any]]]


def terminal_is_gone() -> bool:
    """Whether there was a terminal on standard input that is no more."""
    if os.name != "posix":
        return False
    import termios

    try:
        termios.tcgetattr(0)
    except termios.error as error:
        return error.args[0] == errno.EIO
    return False


def tidy() -> None:
    """Give back what screens that were put away have left and, with glibc, memory that lies free between blocks."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def _commands() -> type[ActionCommands]:
    """What the palette finds, imported when that is first opened."""
    from .widgets.palette import ActionCommands

    return ActionCommands


class NnlabApp(App[None]):
    """Shows the first of its pages; `go` changes to another. Each is made when it is first seen, and kept.

    Without colour it is built for a terminal's own colours, from which they can be dropped. `options` are how things
    are drawn in the present theme, `first_theme` is that of the start. `owned` are the runs that were started here:
    they are not left behind when the terminal goes; `steered` are the folders of others that the user has chosen to
    change. `welcome` is for who has never been here. `hung_up` is the signal that ended it.
    """

    TITLE = "nnlab"
    BINDINGS = bindings((*EVERYWHERE, *SESSION))
    ENABLE_COMMAND_PALETTE: ClassVar[bool] = True
    CSS = """
    ModalScreen > * { border-title-color: $text; border-subtitle-color: $text; }
    #tabs { link-style: none; link-style-hover: underline; }
    #tabs { link-background-hover: $panel; link-color-hover: $foreground; }
    Input, Input:focus { background-tint: 0%; }
    ToastRack { margin-bottom: 2; }
    Toast { width: 72; max-width: 90%; padding: 0 1; background: $surface; color: $foreground; }
    Toast.-information { border: round $success; }
    Toast.-information .toast--title, Toast.-error .toast--title { color: $foreground; text-style: bold; }
    Toast.-error { border: round $error; }
    CommandList:nocolor > .option-list--option-highlighted { text-style: bold underline; }
    OptionList:nocolor > .option-list--option-highlighted { text-style: bold underline; }
    Tree:nocolor > .tree--cursor { text-style: bold underline; }
    .-ascii Toast { border: ascii $success; }
    .-ascii Toast.-error { border: ascii $error; }
    .-ascii CommandPalette #--input, .-ascii CommandPalette #--input.--list-visible { border: ascii $accent; }
    CommandPalette { background: $background 40%; }
    CommandPalette > Vertical { margin-top: 1; width: 100%; max-width: 112; background: $surface; }
    CommandPalette #--input, CommandPalette #--input.--list-visible { border: round $accent; background: $surface; }
    CommandPalette SearchIcon { display: none; }
    CommandInput, CommandInput:focus { border: none; height: 1; padding: 0 1; }
    CommandPalette #--results { background: $surface; }
    CommandList { border: none; max-height: 80vh; scrollbar-size-vertical: 1; background: $surface; }
    CommandList, CommandList:focus { border: none; padding: 0; text-wrap: nowrap; text-overflow: ellipsis; }
    CommandList > .option-list--option { text-style: none; }
    CommandList > .option-list--option-highlighted { background: $panel; color: $foreground; text-style: bold; }
    """
    COMMANDS: ClassVar = {_commands}

    def __init__(
        self,
        pages: Pages,
        options: RenderOptions,
        *,
        first_theme: str = NNLAB.name,
        owned: Iterable[RunMonitor] = (),
        welcome: bool = False,
    ) -> None:
        super().__init__(ansi_color=None if options.colour else True)  # None: as the theme says
        self.pages, self.options, self.first_theme = pages, options, first_theme
        self.owned = list(owned)
        self.steered: set[Path] = set()
        self.hung_up = 0
        self._welcome = welcome
        self._plain = [AsciiOnly()] if options.ascii else []
        self.animation_level = "none"
        for name, make in pages.items():
            self.add_mode(name, make)

    def on_mount(self) -> None:
        """Show the first page; keep what is loaded by now out of the garbage collector's passes."""
        if self.options.colour:
            for theme in OWN:
                self.register_theme(theme)
            self.theme = self.first_theme
        self.set_class(self.options.ascii, "-ascii")
        for number in HANG_UPS:
            asyncio.get_running_loop().add_signal_handler(number, self.hang_up, number)
        if self.hung_up:  # before anybody could answer it
            self.hang_up(self.hung_up)
        self.switch_mode(next(iter(self.pages)))
        if self._welcome and all(have >= need for have, need in zip(self.size, FirstHint.LEAST, strict=True)):
            self.screen.mount(FirstHint())
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        self.set_interval(TIDY_EVERY, tidy)

    def watch_theme(self) -> None:
        """What is drawn is to be read on the theme's own grounds."""
        if self.options.colour:
            self.options = replace(self.options, grounds=grounds(self.current_theme))

    def on_unmount(self) -> None:
        """Leave the signals as they were."""
        for number in HANG_UPS:
            asyncio.get_running_loop().remove_signal_handler(number)

    def hang_up(self, number: int) -> None:
        """The terminal is gone: what was started here saves and stops.

        Textual's shutdown would write to that terminal, from a thread that has died of it, and wait forever.
        """
        self.hung_up = number
        for monitor in self.owned:
            monitor.close()
        if terminal_is_gone():
            os._exit(128 + number)
        self.exit()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What is drawn passes through these."""
        return [*super().get_line_filters(), *self._plain]

    def has_started(self, folder: Path) -> bool:
        """Whether the run in this folder was started here."""
        return any(one.launch and one.tail and one.tail.folder.path == folder for one in self.owned)

    def offered(self, screen: Screen[Any]) -> list[Action]:
        """What makes sense on a screen now."""
        return [action for action in self.actions_of(screen) if enabled(screen, action)]

    def actions_of(self, screen: Screen[Any]) -> Actions:
        """All that can be done on a screen."""
        return (*getattr(screen, "ACTIONS", ()), *EVERYWHERE, *(SESSION if len(self.pages) > 1 else ()))

    def action_command_palette(self) -> None:
        """Find an action or a theme by its name."""
        from textual.command import CommandPalette

        if not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette(placeholder="type to search", id="--command-palette"))

    def choose_theme(self, theme: str) -> None:
        """Take a theme, for the sessions to come as well."""
        self.theme = theme
        remember(theme)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Pages can be changed where there are several, also from a page that lies over one; not from a question."""
        return action != "go" or (len(self.pages) > 1 and not isinstance(self.screen, ModalScreen))

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Do what a key stands for, and draw what it has changed without waiting for the clock."""
        self.end_welcome()
        done = await super().run_action(action, default_namespace, namespaces)
        if self.is_running and self.screen_stack and isinstance(self.screen, Page):
            self.screen.redraw()
        return done

    def on_key(self) -> None:
        """Any key will do."""
        self.end_welcome()

    def end_welcome(self) -> None:
        """A newcomer has found a key."""
        for one in self.screen.query(FirstHint) if self._welcome and self.screen_stack else ():
            self._welcome = False
            one.remove()
            welcomed()

    def action_go(self, page: str) -> None:
        """Change to a page."""
        self.go(page)

    def go(self, page: str) -> Screen[Any]:
        """Change to a page and return its screen, made if it was not there yet. What lies over the present one is
        left."""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.switch_mode(page)
        return self.screen

    def action_help(self) -> None:
        """Show the keys of this screen, or put them away."""
        from .widgets.help import HelpScreen

        if isinstance(self.screen, HelpScreen):
            self.screen.dismiss()
        else:
            name = f"keys of {type(self.screen).__name__}"
            if not self.is_screen_installed(name):  # once for all: textual's caches hold on to what was shown
                self.install_screen(HelpScreen(self.actions_of(self.screen)), name)
            self.push_screen(name)

    def action_next_theme(self) -> None:
        """The next theme, where there are colours."""
        if self.options.colour:
            names = list(THEMES)
            self.choose_theme(names[(names.index(self.theme) + 1) % len(names)])
