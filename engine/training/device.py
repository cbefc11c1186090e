"""Where a training computes: the device, on how many threads, and whether equal runs are to end equal there."""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import nn

from ..config import Config
from ..data.prepared import Prepared, Rows
from ..errors import NnlabError, UsageError, nearest, shown
from ..models.members import members_of
from ..models.spec import ModelSpec
from ..models.summary import multiply_adds

KINDS = ("auto", "cpu", "cuda", "mps")
MOST_THREADS = 64  # where there are fewer cores
SMALL_STEP = 2e7  # multiply-adds a step, below which a second thread costs more than it brings
GPU_STEP = 4e6  # multiply-adds a step, below which one core is done before an H100 has launched it (some 0.15 ms)
GPU_TRAINING = 1e11  # those of a training, below which one core is done before CUDA has started (some 4 s)
WORKSPACE = "CUBLAS_WORKSPACE_CONFIG", ":4096:8"  # without which cuBLAS may add up in another order


def find_device(name: str) -> torch.device | None:
    """The device that `cpu`, `cuda`, `cuda:1` or `mps` means; None for `auto`, which the work decides.

    Raises UsageError for a name that is none of these, NnlabError if this machine has no such device.
    """
    if name == "auto":
        return None
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


def choose_device(config: Config, module: nn.Module, spec: ModelSpec, rows: int) -> tuple[torch.device, str]:
    """The device that is quicker for this network and so many train rows, and a sentence where that leaves a GPU
    unused.

    A step on a GPU takes the time of its launches however little it computes, and CUDA takes seconds to start: a small
    network, or a short training, is done sooner on the CPU.
    """
    if not torch.cuda.is_available():
        return torch.device("cpu"), ""
    batch = min(config.training.batch_size, rows)
    each = 3 * multiply_adds(module, spec) * members_of(module)  # forward once, backward twice
    if each * batch >= GPU_STEP and each * rows * config.training.epochs >= GPU_TRAINING:
        return torch.device("cuda"), ""
    return torch.device("cpu"), "This training is quicker on the CPU than on the GPU: --device cuda takes the GPU."


def describe_auto() -> str:
    """Which device `auto` takes on this machine, and why."""
    if torch.cuda.is_available():
        return (
            f"cuda from {GPU_STEP / 1e6:g} million multiply-adds a step and {GPU_TRAINING / 1e9:g} billion a training "
            "on, else cpu, which is done with those before a GPU has begun"
        )
    if torch.backends.mps.is_available():
        return "cpu; --device mps takes Apple's GPU"
    return "cpu, since torch sees no GPU"


@contextmanager
def determinism(wanted: bool) -> Generator[None]:
    """Within the block, have kernels that give equal results in equal runs, where that is wanted: no TF32, no choice of
    kernels by their time. An operation that has none raises RuntimeError."""
    if not wanted:
        yield
        return
    os.environ.setdefault(*WORKSPACE)
    kept = torch.are_deterministic_algorithms_enabled()
    flags = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False)
    tf32 = torch.backends.cuda.matmul.allow_tf32
    torch.use_deterministic_algorithms(True)
    torch.backends.cuda.matmul.allow_tf32 = False
    try:
        with flags:
            yield
    finally:
        torch.use_deterministic_algorithms(kept)
        torch.backends.cuda.matmul.allow_tf32 = tf32


def check_threads(asked: int | None) -> None:
    """UsageError for so many threads that the system might end the process, which asks for all of them at once."""
    cores = os.cpu_count() or 1
    most = max(MOST_THREADS, cores)
    if asked is not None and asked > most:
        raise UsageError(f"--threads cannot be {asked:,}: this machine has {cores} cores, and {most} is the most.")


def threads_for(config: Config, module: nn.Module, processes: int = 1) -> int:
    """How many threads were asked for, or a step deserves: one where it is small, which leaves the other cores to a
    screen; of several `processes` that train together each has a part of the cores."""
    if config.training.threads:
        return config.training.threads
    weights = sum(parameter.numel() for parameter in module.parameters())
    rows = config.training.batch_size * members_of(module)
    work = 3 * weights * rows  # forward once, backward twice
    return max(1, (os.cpu_count() or 1) // processes) if config.model.family == "cnn" or work > SMALL_STEP else 1


def move(prepared: Prepared, device: torch.device) -> Prepared:
    """The same rows on the training's device."""
    if device.type == "cpu":
        return prepared

    def moved(rows: Rows | None) -> Rows | None:
        return rows and rows.to(device)

    return replace(prepared, train=prepared.train.to(device), valid=moved(prepared.valid), test=moved(prepared.test))
