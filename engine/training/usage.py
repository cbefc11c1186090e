"""What a training takes of the machine: processor, memory and the GPU's memory, as far as the system tells."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from time import monotonic, process_time

import torch

STATUS = "/proc/self/statm"  # where Linux tells a process's memory, in pages


@dataclass
class Usage:
    """This process's use of the machine since it was last asked."""

    asked_at: float = field(default_factory=monotonic)
    used: float = field(default_factory=process_time)

    def cpu(self) -> float | None:
        """The cores it took since the last call, on average: 1 is all of one. None for no time at all."""
        now, used = monotonic(), process_time()
        seconds, busy = now - self.asked_at, used - self.used
        self.asked_at, self.used = now, used
        return busy / seconds if seconds > 0 else None


def memory() -> int | None:
    """The bytes of memory that this process has; where only the most it ever had is known, these."""
    try:
        with open(STATUS, encoding="ascii") as file:  # noqa: PTH123  (it is read every second)
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return _most_memory()


def _most_memory() -> int | None:
    if sys.platform == "win32":
        return None
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def gpu_memory(device: torch.device) -> int | None:
    """The bytes of the GPU's memory that torch holds for this process; None where it trains on none."""
    return torch.cuda.memory_reserved(device) if device.type == "cuda" else None
