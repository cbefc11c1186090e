"""The choice of a file: those that hold data, in a tree of folders, or a path that is typed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import DirectoryTree, Input, Static
from textual.widgets.directory_tree import DirEntry
from textual.widgets.tree import TreeNode

from ..render.blocks import Block
from ..render.keys import hints
from ..render.palette import RenderOptions
from ..render.text import inert
from ..widgets.parts import options_of
from ..widgets.value import HintedInput

HINTS = (
    ("enter", "open"),
    ("o", "open a folder of images"),
    ("back", "up"),
    ("tab", "type a path"),
    ("escape", "leave"),
)


class DataTree(DirectoryTree):
    """Shows folders, and the files that nnlab can read as a table."""

    def __init__(self, path: Path, options: RenderOptions) -> None:
        super().__init__(path)
        self.options, self.show_guides = options, not options.ascii

    def render_label(self, node: TreeNode[DirEntry], base_style: Style, style: Style) -> Text:
        """A name, whatever characters it is made of; folders with a sign that says whether they are open."""
        name = inert(str(node.label), ascii=self.options.ascii)
        if node.allow_expand:
            name = f"{self.options.pick('▾', 'v') if node.is_expanded else self.options.pick('▸', '>')} {name}/"
        label = Text(name, base_style)
        label.stylize(style)
        return label

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        """Those that are worth showing; called in a thread."""
        from ...engine.data.reading.names import TABLES, suffix_of

        return [path for path in paths if path.name[:1] != "." and (_is_folder(path) or suffix_of(path) in TABLES)]


class Picker(ModalScreen[str | None]):
    """Closes with the path of a file or a folder, or what was typed; with None if nothing is to be opened."""

    CSS = """
    Picker {
        align: center middle; background: $background 40%;
        #picker { width: 90%; max-width: 100; height: 90%; border: round $accent; background: $surface; padding: 0 1; }
        &.-ascii #picker { border: ascii $accent; }
        #picker DataTree { height: 1fr; background: $surface; padding: 0; }
        #picker Input { height: 1; margin-top: 1; padding: 0 1; background: $panel; }
        #picker Static { height: auto; margin-top: 1; color: $text-muted; }
    }
    """
    AUTO_FOCUS = "DataTree"
    BINDINGS = [
        Binding("escape,ctrl+c", "dismiss", show=False, priority=True),
        Binding("o", "open_folder", show=False),
        Binding("backspace,left", "up", show=False),
        Binding("tab", "app.focus_next", show=False),
    ]

    def __init__(self, start: Path) -> None:
        super().__init__()
        self._start = start

    def compose(self) -> ComposeResult:
        """The tree, and below it a line to type a path."""
        self.set_class(options_of(self).ascii, "-ascii")
        with Vertical(id="picker") as frame:
            frame.border_title = "open data"
            yield DataTree(self._start, options_of(self))
            yield HintedInput("or type: a file, a pattern, a folder of images, hf:owner/name")
            yield Static(id="hints")

    def on_resize(self) -> None:
        """Another width breaks the line of keys elsewhere."""
        self.call_after_refresh(self._tell)

    def _tell(self) -> None:
        told = self.query_one("#hints", Static)
        told.update(Block(hints(HINTS, max(told.size.width, 20), options_of(self))))

    def on_directory_tree_file_selected(self, event: DirectoryTree.FileSelected) -> None:
        """A file is chosen."""
        self.dismiss(str(event.path))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """A path is typed."""
        if event.value.strip():
            self.dismiss(event.value.strip())

    def action_open_folder(self) -> None:
        """Open the folder under the cursor as a data set."""
        node = self.query_one(DataTree).cursor_node
        if node is not None and node.data is not None and node.data.path.is_dir():
            self.dismiss(str(node.data.path))

    def action_up(self) -> None:
        """Show the folder above."""
        tree = self.query_one(DataTree)
        tree.path = Path(tree.path).resolve().parent


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # it must not even be looked at
        return False
