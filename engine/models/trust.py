"""Which files of networks this user has run before: their hashes, in a file beside the runs.

A checkpoint only says where its network's file was and what its hash is. A stranger's can say so of any file, so
nothing is run but what this user has named on this machine, when training or with `--model`.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..runs import runs_root
from .naming import digest, split_name

if TYPE_CHECKING:
    from ..checkpoint import Checkpoint
    from .families import ModelSpec

NAME = ".trusted-networks"


def is_trusted(sha256: str) -> bool:
    """Whether a file with this hash was named by this user when training."""
    try:
        return sha256 in _file().read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError):
        return False


def trust(sha256: str) -> None:
    """Remember a file that the user named; where nothing can be written it must be named again."""
    if is_trusted(sha256):
        return
    path = _file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError:
        return
    with os.fdopen(descriptor, "a", encoding="ascii") as file:
        file.write(sha256 + "\n")


def require_trust(spec: ModelSpec) -> None:
    """Raise UsageError unless the spec's file is as it was when the network was trained, and this user has named it."""
    name = f"{spec.file}:{spec.class_name}"
    if not Path(spec.file).is_file():
        raise UsageError(f"The network is in {spec.file}, which is not there: say where it is, as in --model {name}.")
    if digest(spec.file) != spec.sha256:
        raise UsageError(
            f"The network's file {spec.file} has changed since it was trained: say --model {name} to use it."
        )
    if not is_trusted(spec.sha256):
        raise UsageError(
            f"The network is code in {spec.file}, which you have not named here before: look at it, and if you trust "
            f"it, say --model {name}."
        )


def adopt(checkpoint: Checkpoint, named: str) -> tuple[Checkpoint, str]:
    """The checkpoint with its network in the file and class that the user names, and what to tell them of it.

    Raises UsageError where the checkpoint needs no file, or the file cannot be read.
    """
    spec = checkpoint.spec
    if spec.family != "custom":
        raise UsageError(f"This checkpoint's network is nnlab's own {spec.family}: leave out --model.")
    file, class_name = split_name(named)
    sha256 = digest(file)
    trust(sha256)
    changed = sha256 != spec.sha256
    note = f"{file} is not the text that the network was trained with: its answers may differ" if changed else ""
    spec = spec.model_copy(update={"file": str(Path(file).resolve()), "class_name": class_name, "sha256": sha256})
    return replace(checkpoint, spec=spec), note


def _file() -> Path:
    return runs_root() / NAME
