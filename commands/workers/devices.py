"""What torch sees of this machine, as a line of JSON on standard output.

`nnlab doctor` runs this module, no user does: a torch that is broken, or ends its process, is told of there and not
felt. Keys: `devices`, `threads`, `cuda` (the version it is built for, or None), `auto` (which device trainings get, and
why) and `captured` (why steps cannot be captured on the CPU, empty where they can).
"""

import json
import sys

import torch

from ...engine.training.captured.compiler import SLOWER, missing
from ...engine.training.device import describe_auto


def main() -> None:
    """Say it."""
    cuda = [f"cuda:{index} {torch.cuda.get_device_name(index)}" for index in range(torch.cuda.device_count())]
    mps = ["mps"] if torch.backends.mps.is_available() else []
    why = missing()
    found = {
        "devices": [*cuda, *mps, "cpu"],
        "threads": torch.get_num_threads(),
        "cuda": torch.version.cuda,
        "auto": describe_auto(),
        "captured": why and f"cannot be taken: {why}; {SLOWER}",
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
