"""What torch sees of this machine, as a line of JSON on standard output.

`nnlab doctor` runs this file, no user does: a torch that is broken, or ends its process, is told of there and not felt.
"""

import json
import sys

import torch


def main() -> None:
    """Say it."""
    cuda = [f"cuda:{index} {torch.cuda.get_device_name(index)}" for index in range(torch.cuda.device_count())]
    mps = ["mps"] if torch.backends.mps.is_available() else []
    json.dump({"devices": [*cuda, *mps, "cpu"], "threads": torch.get_num_threads()}, sys.stdout)


if __name__ == "__main__":
    main()
