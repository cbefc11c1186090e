"""A sweep's folder among the runs: its plan, Optuna's journal, what was decided, and the config of each trial.

The trials themselves are runs beside it, called `<sweep>-00`, `<sweep>-01` and so on.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import NnlabError, UsageError, nearest, shown
from ..runs.claim import check_name, held, made_root, stem_for
from ..runs.folder import SWEEP as SOURCE
from ..runs.folder import runs_root
from ..runs.log import Lines, parse

JOURNAL = "study.journal"


@dataclass(frozen=True)
class SweepFolder:
    """The paths of one sweep."""

    path: Path

    @property
    def name(self) -> str:
        """The sweep's name: its folder's."""
        return self.path.name

    @property
    def log(self) -> Path:
        """What was begun, decided and reached, one JSON object a line."""
        return self.path / "sweep.jsonl"

    @property
    def configs(self) -> Path:
        """The configs of its runs."""
        return self.path / "configs"

    @property
    def joined(self) -> Path:
        """The folders of those who have joined it."""
        return self.path / "joined"

    @property
    def ensemble(self) -> str:
        """The name of its ensemble's run."""
        return f"{self.name}-ensemble"

    def run(self, trial: int) -> str:
        """The name of a trial's run."""
        return f"{self.name}-{trial:02d}"

    def events(self) -> Iterator[dict[str, Any]]:
        """What stands in its log; what a crash has torn is passed over."""
        for line in Lines(self.log).poll():
            with suppress(ValueError):
                body = parse(line)
                if isinstance(body, dict) and "event" in body:
                    yield body  # pyright: ignore[reportUnknownVariableType]

    def tell(self, line: str) -> None:
        """Append a line to its log."""
        with self.log.open("ab") as file:
            file.write(_behind_torn(self.log) + line.encode() + b"\n")


def _behind_torn(path: Path) -> bytes:
    """What parts a new line from one that a crash has torn."""
    with path.open("rb") as file:
        file.seek(0, 2)
        if not file.tell():
            return b""
        file.seek(-1, 2)
        return b"" if file.read(1) == b"\n" else b"\n"


def claim_sweep(name: str | None, stem: str) -> SweepFolder:
    """Make the folder of a new sweep: `name`, else `<stem>-s<n>`. Raises UsageError for a name that is taken or cannot
    be one, NnlabError where the folder cannot be made."""
    try:
        root = made_root()
        if name is not None:
            left = next((one for end in ("[0-9]*", "ensemble") for one in root.glob(f"{check_name(name)}-{end}")), None)
            if left is not None:
                what = "an ensemble" if left.name.endswith("-ensemble") else "a trial"
                raise UsageError(f"The run {left.name!r} is there already, as {what} is called: choose another --name.")
            (root / name).mkdir()
            return SweepFolder(root / name)
        number = max((_number(stem_for(stem), entry.name) for entry in root.iterdir()), default=0) + 1
        path = root / f"{stem_for(stem)}-s{number}"
        path.mkdir()
        return SweepFolder(path)
    except FileExistsError:
        raise UsageError(
            f"{shown(name)} is there already: choose another --name, or go on with it by --resume {name}."
        ) from None
    except OSError as error:
        raise NnlabError(f"The sweep's folder cannot be made at {error.filename}: {error.strerror}.") from None


def _number(stem: str, name: str) -> int:
    match = re.fullmatch(re.escape(stem) + r"-s([0-9]{1,9})(-.*)?", name)
    return int(match[1]) if match else 0


def find_sweep(text: str) -> SweepFolder:
    """The sweep of this name, or 'latest'. UsageError with the nearest name where there is none."""
    root = runs_root()
    found = [entry for entry in (root.iterdir() if root.is_dir() else ()) if (entry / SOURCE).is_file()]
    names = {entry.name: entry for entry in found}
    if text == "latest" and found:
        return SweepFolder(max(found, key=lambda entry: (entry / SOURCE).stat().st_mtime))
    if text in names:
        return SweepFolder(names[text])
    meant = nearest(text, names)
    hint = f"did you mean {meant!r}?" if meant else "`nnlab sweep xor --lr 1e-3..1` makes one."
    raise UsageError(f"There is no sweep {shown(text)}: {hint}")


@contextmanager
def at_work(folder: SweepFolder) -> Generator[None]:
    """Be the one process that works on a sweep; NnlabError if another one does. The system ends it with the process."""
    busy = f"Another process is at work on the sweep {folder.name!r}."
    with held(folder.path / "lock", busy, f"The sweep cannot be written to {folder.path}"):
        yield


def last_event(folder: SweepFolder, event: str) -> dict[str, Any] | None:
    """The last event of this kind in a sweep's log."""
    found = [body for body in folder.events() if body["event"] == event]
    return found[-1] if found else None


def discard(folder: SweepFolder) -> None:
    """Remove the folder of a sweep in which no trial has begun."""
    import shutil

    shutil.rmtree(folder.path, ignore_errors=True)
