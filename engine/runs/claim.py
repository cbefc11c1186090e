"""Runs: named and claimed, and locked while they train. No torch here."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import NnlabError, UsageError, check_utf8
from ..fields import brief
from .folder import RUNS_VARIABLE as RUNS_VARIABLE
from .folder import RunFolder, holds_run, own_names, runs_root

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def check_name(name: str) -> str:
    """Return the name if it can name a run; UsageError if it could escape its folder or upset a shell."""
    if not is_name(name):
        raise UsageError(
            f"{brief(name)} cannot name a run: use letters, digits, '.', '_' and '-' (at most 100, no leading dot), "
            "and not 'latest'."
        )
    return name


def is_name(name: str) -> bool:
    """Whether a run can be called so."""
    return NAME.fullmatch(name) is not None and name != "latest"


def stem_for(text: str) -> str:
    """A name for runs, made of any text."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")[:80] or "run"


def claim(
    name: str | None = None, *, stem: str = "run", out: Path | None = None, alias: str | None = None
) -> RunFolder:
    """Create a new run's folder, atomically: `out` itself, else `name` or `<stem>-<n>` under the runs folder.

    The name of a run in `out` leads there from among the runs; without one, `alias` does (the folder's own name by
    default), where nothing else is called so. Raises UsageError if the name is taken or cannot be written down, or
    `out` holds anything that a run would overwrite, NnlabError if the folder cannot be made.
    """
    root = runs_root()
    check_utf8(str((out or root).absolute()), "The run's folder", f"choose another with --out or {RUNS_VARIABLE}")
    try:
        if name is not None:
            check_name(name)
        if out is not None:
            return _claim_out(out, root, name, alias)
        made_root()
        if name is not None:
            (root / name).mkdir()
            return RunFolder(root / name)
        return _claim_numbered(root, stem_for(stem))
    except FileExistsError as error:
        if name is not None and out is None and error.filename == str(root / name):
            raise _taken(name) from None
        raise NnlabError(f"The run's folder cannot be made at {error.filename}: {error.strerror}.") from None
    except OSError as error:
        raise NnlabError(f"The run's folder cannot be made at {error.filename}: {error.strerror}.") from None


def made_root() -> Path:
    """The folder of runs, made if it is not there. UsageError where it is a file, OSError where it cannot be made."""
    root = runs_root()
    try:
        root.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise UsageError(
            f"{root} is a file, where the folder of runs should be: name another by {RUNS_VARIABLE}."
        ) from None
    return root


def check_free(name: str | None, out: Path | None) -> None:
    """Raise UsageError early, before anything is loaded, if `claim` would refuse this name or folder."""
    if name is not None and os.path.lexists(runs_root() / check_name(name)):
        raise _taken(name)
    if out is not None:
        _check_out(out)


def _taken(name: str) -> UsageError:
    return UsageError(f"The run {name!r} exists already: choose another --name, or `nnlab runs rm {name}` first.")


def _check_out(out: Path) -> None:
    """UsageError where a run in this folder would overwrite what is there, whoever wrote it."""
    try:
        own = own_names(out)
        if holds_run(out):
            raise UsageError(
                f"{out} holds a run already: choose another --out, or continue that one with --resume {out}."
            )
    except NotADirectoryError:
        if os.path.lexists(out):
            raise UsageError(f"{out} is not a folder: choose another --out.") from None
        own = []  # nor can it be made; whoever makes it tells
    except OSError as error:
        raise NnlabError(f"The run's folder {out} cannot be looked into: {error.strerror}.") from None
    if own:
        raise UsageError(
            f"{out} holds {own[0]} already, which a run there would overwrite: choose another --out, or move it away."
        )


def _claim_out(out: Path, root: Path, name: str | None, alias: str | None) -> RunFolder:
    """Take the folder `out`, which must hold nothing of a run's, and leave a link among the runs so that its name
    finds it."""
    _check_out(out)
    out.mkdir(parents=True, exist_ok=True)
    folder = RunFolder(Path(os.path.realpath(out)))
    try:
        folder.events.touch(exist_ok=False)
    except FileExistsError:
        _check_out(out)
        raise
    called = name or alias or stem_for(folder.name)
    if not is_name(called):
        return folder
    link = root / called
    try:
        made_root()
        link.symlink_to(folder.path, target_is_directory=True)
    except OSError as error:  # where nobody asked for a name, its path still finds the run
        if name is not None:
            folder.events.unlink()
            if isinstance(error, FileExistsError):
                raise _taken(name) from None
            raise NnlabError(f"The name {name} cannot be kept in {root}: {error.strerror}.") from None
    return folder


def last_number(stem: str) -> int:
    """The highest number that a run called `<stem>-<number>` has; 0 where there is none, or no folder of runs."""
    names: list[str] = []
    with suppress(OSError):
        names = [entry.name for entry in runs_root().iterdir()]
    taken = (re.fullmatch(re.escape(stem) + r"-([0-9]{1,9})", name) for name in names)
    return max((int(match[1]) for match in taken if match), default=0)


def _claim_numbered(root: Path, stem: str) -> RunFolder:
    number = last_number(stem) + 1
    while True:
        try:
            (root / f"{stem}-{number}").mkdir()
        except FileExistsError:
            number += 1
        else:
            return RunFolder(root / f"{stem}-{number}")


@contextmanager
def locked(folder: RunFolder) -> Generator[None]:
    """Hold the run's lock; NnlabError if another process trains there. The system drops it when the process dies."""
    busy = f"The run {folder.name!r} is being trained by another process."
    with held(folder.lock, busy, f"The run cannot be written to {folder.path}"):
        yield


@contextmanager
def held(path: Path, busy: str, refused: str) -> Generator[None]:
    """Hold the lock that is this file; NnlabError with `busy` where another process does, with `refused` and the reason
    where it cannot be written."""
    from filelock import FileLock, Timeout

    lock = FileLock(path, timeout=1)
    try:
        lock.acquire()
    except Timeout:
        raise NnlabError(busy) from None
    except OSError as error:
        raise NnlabError(f"{refused}: {error.strerror}.") from None
    try:
        yield
    finally:
        lock.release()


def is_live(folder: RunFolder) -> bool:
    """Whether a process trains in this folder now. Where the lock cannot be looked at, as in the folder of a user who
    lets nobody, none is known to."""
    if sys.platform == "win32":
        return _is_held(folder)
    import fcntl

    try:
        lock = os.open(folder.lock, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared, so that those who look do not see each other
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(lock)
    return False


def _is_held(folder: RunFolder) -> bool:
    """The same where there is no lock that can be shared."""
    from filelock import FileLock, Timeout

    if not folder.lock.exists():
        return False
    lock = FileLock(folder.lock, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False
