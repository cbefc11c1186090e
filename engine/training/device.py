"""Where a training computes: the device, and on how many threads."""

from __future__ import annotations

import os
import re
from dataclasses import replace

import torch
from torch import nn

from ..config import Config
from ..data.prepared import Prepared, Rows
from ..errors import NnlabError, UsageError, nearest, shown
from ..models.members import members_of

KINDS = ("auto", "cpu", "cuda", "mps")
MOST_THREADS = 64  # where there are fewer cores
SMALL_STEP = 2e7  # multiply-adds a step, below which a second thread costs more than it brings


def find_device(name: str) -> torch.device:
    """The device that `auto`, `cpu`, `cuda`, `cuda:1` or `mps` means.

    Raises UsageError for a name that is none of these, NnlabError if this machine has no such device.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    kind, colon, index = name.partition(":")
    if kind not in KINDS[1:] or (colon and not re.fullmatch("[0-9]{1,4}", index)):
        meant = nearest(kind, KINDS)
        hint = f"did you mean {meant!r}?" if meant and meant != name else "use auto, cpu, cuda, cuda:<number> or mps."
        raise UsageError(f"There is no device {shown(name)}: {hint}")
    missing = {
        "cuda": not torch.cuda.is_available() or int(index or 0) >= torch.cuda.device_count(),
        "mps": not torch.backends.mps.is_available(),
    }
    if missing.get(kind):
        raise NnlabError(f"This machine has no device {name!r}: use --device auto, or see `nnlab doctor`.")
    return torch.device(name)


def check_threads(asked: int | None) -> None:
    """UsageError for so many threads that the system might end the process, which asks for all of them at once."""
    cores = os.cpu_count() or 1
    most = max(MOST_THREADS, cores)
    if asked is not None and asked > most:
        raise UsageError(f"--threads cannot be {asked:,}: this machine has {cores} cores, and {most} is the most.")


def threads_for(config: Config, module: nn.Module) -> int:
    """How many threads were asked for, or a step deserves: one where it is small, which leaves the other cores to a
    screen."""
    if config.training.threads:
        return config.training.threads
    weights = sum(parameter.numel() for parameter in module.parameters())
    rows = config.training.batch_size * members_of(module)
    work = 3 * weights * rows  # forward once, backward twice
    return (os.cpu_count() or 1) if config.model.family == "cnn" or work > SMALL_STEP else 1


def move(prepared: Prepared, device: torch.device) -> Prepared:
    """The same rows on the training's device."""
    if device.type == "cpu":
        return prepared

    def moved(rows: Rows | None) -> Rows | None:
        return rows and rows.to(device)

    return replace(prepared, train=prepared.train.to(device), valid=moved(prepared.valid), test=moved(prepared.test))
