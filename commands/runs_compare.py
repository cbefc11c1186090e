"""`nnlab runs compare --eval`: the runs' networks judged on their test rows, and whether these are the same rows."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..engine.errors import UsageError
from ..engine.runs.folder import RunFolder
from .console import Console

if TYPE_CHECKING:
    from ..engine.checkpoint import Checkpoint
    from ..engine.evaluation.side_by_side import SideBySide


def judged(folders: Sequence[RunFolder], console: Console) -> SideBySide:
    """The runs' networks side by side; of one that cannot be judged it is said why."""
    from ..engine.evaluation.side_by_side import side_by_side

    return side_by_side((folder.name, _network(folder, console)) for folder in folders)


def _network(folder: RunFolder, console: Console) -> Checkpoint | UsageError:
    from ..engine.network import load
    from ..engine.runs.lookup import check_may_read, find_checkpoint

    try:
        path = find_checkpoint(str(folder.path))
        checkpoint = load(path, note=console.warn).checkpoint
        check_may_read(path, checkpoint.config.data.name, f"nnlab eval {shlex.quote(str(path))} DATA")
    except UsageError as error:
        return error
    return checkpoint


def print_judged(told: SideBySide, console: Console) -> None:
    """The metrics as a table, the best of each marked where the rows are the same; and what is to be said of them."""
    from ..tui.render.evaluation import compared_lines

    console.print_lines(
        compared_lines(told.to_json(), [side.name for side in told.sides], console.width, console.render_options)
    )
    for side in told.sides:
        if side.trouble:
            console.warn(f"{side.name} was not judged: {side.trouble}")
        elif side.evaluation is not None:
            for note in side.evaluation.notes:
                console.message(f"note: {side.name}: {note}")
    for note in told.notes:
        console.message(f"note: {note}")
