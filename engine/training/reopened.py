"""A run's training as its last checkpoint left it, for those who look into it and do not go on with it."""

from __future__ import annotations

import shlex
from collections.abc import Callable

from ..config import merge, validate
from ..models.trust import adopt
from ..runs.folder import RunFolder
from ..runs.lookup import check_may_read, find_run
from .resume import load_last
from .session import Session, begin


def reopen(
    text: str, command: str, *, model: str | None = None, note: Callable[[str], None]
) -> tuple[RunFolder, Session]:
    """The run that `text` names and its training, on the CPU, with all that the last checkpoint holds: weights, the
    optimiser's memory, epochs. Nothing is written, and one that trains at the moment is not disturbed.

    A network of the user's own is in the file and class that `model` names; `note` is told if it is not the one that
    was trained. `command` is what the user types before the run's name. Raises UsageError where there is no such run,
    nothing was saved, the data have changed since, or may not be read because a stranger's run names them.
    """
    folder = find_run(text)
    checkpoint = load_last(folder)
    name = checkpoint.config.data.name
    check_may_read(folder.path, name, f"nnlab train {shlex.quote(name)}, then {command} latest")
    if model is not None:
        checkpoint, told = adopt(checkpoint, model)
        if told:
            note(told)
    tree = merge(checkpoint.config.to_dict(), {"training": {"device": "cpu", "step": "eager"}})
    if model is not None:
        tree = merge(tree, {"model": {"file": checkpoint.spec.file, "class_name": checkpoint.spec.class_name}})
    return folder, begin(validate(tree), resume=checkpoint)
