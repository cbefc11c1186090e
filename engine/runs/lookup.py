"""From what a user calls a run to its folder or its checkpoint: a path, a name, or 'latest'."""

from __future__ import annotations

import os
from pathlib import Path

from ..data.catalog import CATALOG, HUB
from ..errors import UsageError, expand_home, nearest, shown
from ..events import IMPORTED, RunStarted
from .claim import NAME
from .folder import RunFolder, holds_network, holds_run, holds_sweep, runs_root
from .log import events_of
from .summary import summarize


def find_run(text: str) -> RunFolder:
    """The run that `text` names: a folder's path, a run's name, or 'latest'. UsageError with the nearest name."""
    path = expand_home(text)
    if _holds_run(path):
        return RunFolder(Path(os.path.realpath(path)))
    root = runs_root()
    if text != "latest" and NAME.fullmatch(text) and _holds_run(root / text):
        return RunFolder(Path(os.path.realpath(root / text)))
    entries = root.iterdir() if root.is_dir() else ()
    runs = [entry.name for entry in entries if _holds_run(entry)]
    if text == "latest":
        if not runs:
            raise UsageError("There is no run yet: `nnlab train xor` makes one.")
        return RunFolder(Path(os.path.realpath(max((root / name for name in runs), key=_changed))))
    if NAME.fullmatch(text) and holds_sweep(text):
        trials = sorted(name for name in runs if name.startswith(f"{text}-"))
        of_one = f"name one of its runs, such as {trials[0]!r}" if trials else "it has no run yet"
        raise UsageError(f"{shown(text)} is a sweep, and this is of one run: {of_one}.")
    meant = nearest(text[:200], runs)
    hint = f"did you mean {meant!r}?" if meant else "`nnlab runs list` shows the runs."
    raise UsageError(f"There is no run {shown(text)}: {hint}")


def _holds_run(path: Path) -> bool:
    """Whether there is a run that can be seen."""
    try:
        return holds_run(path)
    except OSError:
        return False


def _changed(path: Path) -> float:
    """When the log of a run last grew."""
    try:
        return (path / "events.jsonl").stat().st_mtime
    except OSError:
        return 0.0


def find_checkpoint(text: str) -> Path:
    """The checkpoint that `text` names: a `.pt` file, a folder with safetensors, one on the Hub (`hf:user/name`), which
    is fetched, or the final one of a run (by path, name or 'latest')."""
    if text.startswith(HUB):
        from ..export.hub import fetch

        return fetch(text)
    path = expand_home(text)
    if holds_network(path):
        return path
    if os.path.isfile(path) or path.suffix == ".pt":  # noqa: PTH113  (a name that is too long is no file)
        if not os.path.exists(path):  # noqa: PTH110
            raise UsageError(f"There is no file {text[:200]}: name a checkpoint (.pt), a run, or 'latest'.")
        return path
    folder = find_run(text)
    try:
        chosen = _final(folder)
    except UsageError as error:
        raise UsageError(f"{error} Name one of its checkpoints, {folder.best} or {folder.last}.") from None
    if not chosen.exists():
        raise without_network(folder, "has no checkpoint yet: it ended or is still in its first epoch.")
    return chosen


def without_network(folder: RunFolder, why: str) -> UsageError:
    """What to tell of a run in which nothing is saved; another program's log never has anything."""
    started = summarize(folder).started
    imported = "is another program's log, and has no network."
    return UsageError(
        f"The run {folder.name!r} {imported if started is not None and started.task == IMPORTED else why}"
    )


def called(text: str, path: Path) -> str:
    """What a network is called by who names its checkpoint so: by its run, its file, its folder, or its repository."""
    if text.startswith(HUB):
        return text.partition("@")[0].rpartition("/")[2]
    return path.parent.name if path.name in ("best.pt", "last.pt") and Path(text).suffix != ".pt" else path.stem


def is_users(path: Path) -> bool:
    """Whether a run's folder, or a file in it, is among the user's runs, or where a link there leads, as `--out` leaves
    it. A folder from elsewhere may look the same, whatever is in it."""
    root = runs_root()
    runs = {entry.resolve() for entry in root.iterdir() if entry.is_dir()} if root.is_dir() else set[Path]()
    place = path.resolve()
    return place in runs or place.parent in runs


def check_may_read(path: Path, data: str, instead: str) -> None:
    """Raise UsageError, saying what to type instead, where data would be read, or fetched, only because a checkpoint
    or a run from elsewhere names it; what comes with nnlab may always be."""
    if data not in CATALOG and not is_users(path):
        raise UsageError(
            f"{path} is none of your runs, so the data that it names ({data[:100]!r}) is not read unless you name it: "
            f"`{instead}`."
        )


def _final(folder: RunFolder) -> Path:
    """The checkpoint that a run's config calls final. UsageError where its log cannot be read."""
    finals = [event.section("training").get("final") for event in events_of(folder) if isinstance(event, RunStarted)]
    return folder.final("last" if "last" in finals else None)


def name_of(folder: RunFolder) -> str:
    """What to call a run's network in a command: the run's name, or its path where that does not lead to it."""
    named = runs_root() / folder.name
    return folder.name if named.exists() and named.resolve() == folder.path.resolve() else str(folder.path)


def folder_of(word: str) -> Path | None:
    """The folder of the run that a typed network belongs to, if there is one."""
    try:
        path = expand_home(word)
        return find_run(str(path.parent) if path.suffix == ".pt" else word).path
    except UsageError:
        return None
