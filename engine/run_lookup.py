"""From what a user calls a run to its folder or its checkpoint: a path, a name, or 'latest'."""

from __future__ import annotations

from pathlib import Path

from .errors import UsageError, expand_home, nearest, shown
from .events import RunStarted
from .runs import NAME, RunFolder, read_events, runs_root


def find_run(text: str) -> RunFolder:
    """The run that `text` names: a folder's path, a run's name, or 'latest'. UsageError with the nearest name."""
    path = expand_home(text)
    if (path / "events.jsonl").is_file():
        return RunFolder(path.resolve())
    root = runs_root()
    if text != "latest" and NAME.fullmatch(text) and (root / text / "events.jsonl").is_file():
        return RunFolder((root / text).resolve())
    names = {entry.name: entry for entry in root.iterdir()} if root.is_dir() else {}
    runs = {name: entry for name, entry in names.items() if (entry / "events.jsonl").is_file()}
    if text == "latest":
        if not runs:
            raise UsageError("There is no run yet: `nnlab train xor` makes one.")
        return RunFolder(max(runs.values(), key=lambda entry: (entry / "events.jsonl").stat().st_mtime).resolve())
    meant = nearest(text, runs)
    hint = f"did you mean {meant!r}?" if meant else "`nnlab runs list` shows the runs."
    raise UsageError(f"There is no run {shown(text)}: {hint}")


def find_checkpoint(text: str) -> Path:
    """The checkpoint that `text` names: a `.pt` file, or the final one of a run (by path, name or 'latest')."""
    path = expand_home(text)
    if path.is_file() or path.suffix == ".pt":
        if not path.exists():
            raise UsageError(f"There is no file {text}: name a checkpoint (.pt), a run, or 'latest'.")
        return path
    folder = find_run(text)
    wants_last = any(
        isinstance(event, RunStarted) and event.config.get("training", {}).get("final") == "last"
        for event in read_events(folder)
    )
    chosen = folder.last if wants_last or not folder.best.exists() else folder.best
    if not chosen.exists():
        raise UsageError(f"The run {folder.name!r} has no checkpoint yet: it ended or is still in its first epoch.")
    return chosen
