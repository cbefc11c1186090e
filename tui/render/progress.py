"""How far an epoch is, and what of the machine it takes: words and a bar."""

from __future__ import annotations

import math

from ...engine.events import EpochProgress
from .blocks import Line, width_of, words
from .palette import BLUE, RenderOptions
from .text import count, duration, number, short

UNITS = ("B", "KB", "MB", "GB", "TB")


def bar(share: float, width: int, options: RenderOptions) -> Line:
    """A bar of `width` cells, filled to this share of one."""
    full = round(min(max(share, 0.0), 1.0) * width)
    return words(
        (options.pick("━", "#") * full, options.ink(BLUE)), (options.pick("─", "-") * (width - full), options.grey)
    )


def share_of(progress: EpochProgress) -> float:
    """How much of the epoch is done."""
    return progress.batch / progress.batches if progress.batches else 0.0


def progress_words(progress: EpochProgress) -> list[str]:
    """Batches, running loss, pace and what is left of the epoch, as far as they are known; the most telling first."""
    if progress.doing == "testing":
        return ["testing"]
    batches = "validating" if progress.doing == "validating" else f"{count(progress.batch)}/{count(progress.batches)}"
    parts = [batches]
    if math.isfinite(progress.loss):
        parts.append(f"loss {number(progress.loss)}")
    if progress.doing == "training" and progress.rate > 0:
        parts.append(f"{duration(progress.left)} left in the epoch")
        parts.append(_pace(progress))
    return parts


def _pace(progress: EpochProgress) -> str:
    """Batches a second, or seconds a batch where they are slow."""
    if progress.rate < 1:
        return f"{duration(1 / progress.rate)}/batch"
    return f"{short(progress.rate) if progress.rate < 1000 else count(progress.rate)} batches/s"


def machine_words(progress: EpochProgress) -> list[str]:
    """What the trainer's process takes of the machine, as far as that is known."""
    parts: list[str] = []
    if progress.cpu is not None and math.isfinite(progress.cpu):
        parts.append(f"CPU {100 * progress.cpu:.0f} %")
    if progress.memory is not None:
        parts.append(f"memory {size(progress.memory)}")
    if progress.gpu_memory is not None:
        parts.append(f"GPU memory {size(progress.gpu_memory)}")
    return parts


def machine(progress: EpochProgress, width: int, options: RenderOptions) -> Line:
    """A line for the machine: as many of its figures as fit."""
    line: Line = []
    for part in machine_words(progress):
        more = words("  " if line else "", (part, options.grey))
        if width_of(line) + width_of(more) > width:
            break
        line += more
    return line


def size(amount: float) -> str:
    """An amount of memory in three digits: `287 MB`, `1.42 GB`."""
    power = min(int(math.log(max(amount, 1), 1000)), len(UNITS) - 1)
    return f"{amount / 1000**power:.3g} {UNITS[power]}"


def progress_line(progress: EpochProgress, epochs: int, width: int, *, ascii: bool) -> str:
    """One line of plain text, at most `width` cells: the epoch, a bar, and as many of the words as fit."""
    options = RenderOptions(colour=False, ascii=ascii)
    head = f"epoch {progress.epoch:>{len(str(epochs))}}/{epochs}"
    filled = "".join(segment.text for segment in bar(share_of(progress), 20, options))
    line = f"{head}  {filled}" if progress.doing != "testing" else head
    for part in progress_words(progress):
        if len(line) + 2 + len(part) > width:
            break
        line += "  " + part
    return line[:width]
