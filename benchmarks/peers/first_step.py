"""From `import torch` to the first step on all of MNIST: prints seconds and MB as JSON."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter


def peak() -> float:
    """MB of resident memory at its peak so far."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def main() -> None:
    from nnlab.commands.process import COLLECT

    gc.set_threshold(*COLLECT)  # as nnlab's commands do
    began = perf_counter()
    import torch  # noqa: F401  # pyright: ignore[reportUnusedImport]

    imported, own = perf_counter(), peak()
    from nnlab.engine.resolve import resolve
    from nnlab.engine.training.session import begin
    from nnlab.engine.training.train import run

    session = begin(resolve("mnist", flags={"training": {"epochs": 1, "threads": 1}}))
    session.begin_epoch()
    session.steps.run(0, [session.rate(0)])
    stepped, first = perf_counter(), peak()
    events: Iterator[object] = run(session)
    for _ in events:
        continue
    found = {"torch": imported - began, "first": stepped - imported}
    print(json.dumps(found | {"mb_torch": own, "mb_first": first - own, "mb_epoch": peak() - own}))


if __name__ == "__main__":
    main()
