"""`nnlab runs export`: a run as other programs read it."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

from ..engine.errors import NnlabError
from ..engine.events import Noted, finite, inert_json
from ..engine.history import History
from ..engine.runs.folder import RunFolder
from ..engine.runs.log import events_of
from ..engine.runs.progress import Progress


def as_csv(folder: RunFolder) -> bytes:
    """The epochs, one a row; what an epoch lacks, or is no number, is an empty cell. UsageError where the log cannot be
    read."""
    history = _progress(folder).history
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(_names(history))
    for record in history:
        table.writerow([_cell(record[name]) for name in _names(history)])
    return out.getvalue().encode()


def as_json(folder: RunFolder, entry: dict[str, Any]) -> bytes:
    """All that is known of a run in one JSON object: `entry` (what lists tell), its config, rows, classes, epochs and
    notes; null for what is no number. UsageError where the log cannot be read."""
    progress, notes = Progress(), list[dict[str, Any]]()
    for event in events_of(folder):
        progress.follow(event)
        if isinstance(event, Noted):
            notes.append({"epoch": event.epoch, "level": event.level, "text": event.text})
    started = progress.started
    more = {
        "config": started.config if started else {},
        "rows": started.rows if started else {},
        "features": started.features if started else None,
        "classes": started.classes if started else [],
        "device": started.device if started else None,
        "seconds": progress.finished.seconds if progress.finished else None,
        "history": [{**record, "epoch": int(record["epoch"])} for record in progress.history],
        "notes": notes,
    }
    text = json.dumps(finite({**entry, **more}), ensure_ascii=False, allow_nan=False, indent=2)
    return inert_json(text).encode() + b"\n"


def to_tensorboard(folder: RunFolder, place: Path) -> Path:
    """Write the run into `place`/its name as TensorBoard reads it; returns the file. What an earlier export wrote there
    is replaced. NnlabError where it cannot be written."""
    from ..engine.runs.compare import flat, shown
    from ..engine.trackers.tensorboard import export, file_in

    progress = _progress(folder)
    config = flat(progress.started.config) if progress.started else {}
    text = "\n".join(f"{key} = {shown(value)}" for key, value in config.items() if value is not None)
    path = file_in(place / folder.name, 0)
    part = path.with_name(f".{path.name}-{os.urandom(6).hex()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("xb") as file:
                export(progress.history, text, file, folder.events.stat().st_mtime)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise NnlabError(f"{path} cannot be written: {error.strerror}.") from None
    return path


def _progress(folder: RunFolder) -> Progress:
    progress = Progress()
    for event in events_of(folder):
        progress.follow(event)
    return progress


def _names(history: History) -> list[str]:
    return list(history.columns) or ["epoch"]


def _cell(value: float) -> str:
    if value != value or value in (float("inf"), -float("inf")):
        return ""
    return str(int(value)) if value.is_integer() else repr(value)
