"""Which networks of their own this user has named on this machine: their digests, in a file beside the runs.

A checkpoint, a config or a run's folder only says where a network's file is. A stranger's can say so of any file, so
nothing is run but what this user has named, now or before, with `--model`, in the lab or from Python. `running.run`
takes nothing else than what `known` returns.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NewType

from ..errors import NnlabError, UsageError
from ..runs.folder import runs_root
from .code import Code, brief, digest, read
from .naming import split_name

if TYPE_CHECKING:
    from ..checkpoint import Checkpoint

NAME = ".trusted-networks"

Trusted = NewType("Trusted", Code)
"""Code that this user has named. Made by `known` and nowhere else."""


def is_trusted(sha256: str) -> bool:
    """Whether code with this digest was named by this user."""
    try:
        return sha256 in _file().read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError):
        return False


def trust(file: str) -> str:
    """Remember the code in a file that the user names, as it is now; returns its digest.

    Only for what a person said on this machine. Raises UsageError for a file that cannot be read, NnlabError where it
    cannot be remembered.
    """
    sha256 = digest(file)
    if is_trusted(sha256):
        return sha256
    path = _file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "a", encoding="ascii") as remembered:
            remembered.write(sha256 + "\n")
    except OSError as error:
        raise NnlabError(
            f"{path} cannot be written ({error.strerror}), where nnlab remembers which networks of your own you named: "
            "set NNLAB_RUNS to a folder that can be."
        ) from None
    return sha256


def known(file: str, class_name: str, sha256: str | None = None) -> Trusted:
    """The code in a file, if this user has named it as it is now; with `sha256`, if it still is what that was taken of.

    Raises UsageError where it is not, saying what to type.
    """
    shown, name = brief(file), f"{brief(file)}:{brief(class_name)}"
    if not file:
        raise UsageError(
            f"The network is {brief(class_name)}, which was given in Python and not as a file: say where it is, as in "
            f"--model path/to/net.py:{brief(class_name)}."
        )
    if not os.path.isfile(file):  # noqa: PTH113  (a stranger's text may be no path at all)
        raise UsageError(f"The network is in {shown}, which is not there: say where it is, as in --model {name}.")
    unknown = UsageError(
        f"The network is code in {shown}, which you have not named here before as it is now: look at it, and if you "
        f"trust it, use --model {name}."
    )
    if sha256 is not None and not is_trusted(sha256):
        raise unknown
    code = read(file)
    if sha256 is not None and code.sha256 != sha256:
        raise UsageError(
            f"The network's file {shown}, or what it imports from its folder, has changed since it was trained: "
            f"use --model {name} to use it."
        )
    if not is_trusted(code.sha256):
        raise unknown
    return Trusted(code)


def adopt(checkpoint: Checkpoint, named: str) -> tuple[Checkpoint, str]:
    """The checkpoint with its network in the file and class that the user names, and what to tell them of it.

    Raises UsageError where the checkpoint needs no file, or the file cannot be read.
    """
    spec = checkpoint.spec
    if spec.family != "custom":
        raise UsageError(f"This checkpoint's network is nnlab's own {spec.family}: leave out --model.")
    file, class_name = split_name(named)
    sha256 = trust(file)
    changed = sha256 != spec.sha256
    note = f"{file} is not the text that the network was trained with: its answers may differ" if changed else ""
    spec = spec.model_copy(update={"file": os.path.realpath(file), "class_name": class_name, "sha256": sha256})
    return replace(checkpoint, spec=spec), note


def _file() -> Path:
    return runs_root() / NAME
