"""nnlab beside its peers: measures, and writes docs/performance.md.

    python -m benchmarks.bench                     every part, then the page
    python -m benchmarks.bench step start          these parts, printed
    python -m benchmarks.bench --quick conv        a try: little work, few turns
    python -m benchmarks.bench --page              the page once more, from what was measured last

`make bench` runs it in an environment that has the peers.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from datetime import date
from importlib import import_module, metadata
from pathlib import Path
from time import perf_counter
from typing import Any

from .measuring import Options

PARTS = ("step", "mnist", "conv", "start", "commands", "cost", "answers", "images")
APART = ("real_tables", "tables", "sweep")  # measured only where they are named; they have their place on other pages
ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "build" / "bench-results.json"
PAGE = ROOT / "docs" / "performance.md"
PACKAGES = ("torch", "numpy", "scikit-learn", "skorch", "lightning", "keras", "jax", "pandas", "typer")
HEAD = """# How fast nnlab is

Written by `make bench`, which measures all of this anew: run it on your own machine. Where another is faster, the
tables say so. Every part was measured in one go, the last of them on {date}, on {machine},
before all else that it had to do; its processor is shared with others, which the spread of the figures shows.

{versions}.

The peers are what they are at their best in public practice: rows in memory, no logging to disk, no progress bars, no
checkpoints, compiled where they compile. nnlab keeps its run folder and checkpoints wherever a command is timed.

What follows is about CPUs. On a GPU the rows lie on the device and nothing waits for a number within an epoch; steps
are taken as CUDA graphs, each compared with plain steps before it is used. These figures are of another day and another
machine, an H100 with PyTorch 2.11 and CUDA 13, when a launch was one step and `auto` took eager ones:

| | eager | captured | captured, bfloat16 | a CUDA graph by hand |
| --- | ---: | ---: | ---: | ---: |
| xor, 2-10-6-2, batches of 20: ms an epoch of 34 steps | 38 | 4.0 | | |
| mnist, 784-256-128-10, batches of 128: s an epoch | 0.55 | 0.097 | 0.072 | 0.098 |
| mnist, convolutional: s an epoch | 0.74 | 0.247 | 0.215 | 0.317 |

Since then several steps are one launch, captured steps are the default there, and small networks stay on the CPU, where
an epoch of xor takes 0.9 ms. None of that was measured on a GPU yet.
"""


def machine() -> str:
    """Processor, cores, memory, system."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores of {model}, {memory:.0f} GB, {platform.system()}, without a GPU"


def versions() -> str:
    """nnlab, Python and everyone measured."""
    from nnlab import __version__

    peers = [f"{name} {metadata.version(name)}" for name in PACKAGES]
    return ", ".join([f"nnlab {__version__}", f"Python {platform.python_version()}", *peers])


def part(name: str) -> Any:
    """The module that measures this part and tells about it."""
    return import_module(f"{__package__}.{name}")


def measure(names: list[str], options: Options) -> dict[str, Any]:
    """Measure these parts, print each when it is there, and keep all in a file."""
    kept: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for name in names:
        began = perf_counter()
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        result = part(name).measure(options)
        kept[name] = {"quick": options.quick, "result": result}
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(kept), encoding="utf-8")
        print(part(name).page(result), flush=True)
        print(f"{name}: {perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    return kept


def write_page(kept: dict[str, Any]) -> None:
    """Write the page from full measurements of all parts; SystemExit says which are missing."""
    missing = [name for name in PARTS if kept.get(name, {"quick": True})["quick"]]
    if missing:
        raise SystemExit(f"{PAGE.name} is not written: measure {' '.join(missing)} first, without --quick.")
    head = HEAD.format(date=date.today().isoformat(), machine=machine(), versions=versions())
    PAGE.write_text("\n".join([head, *(part(name).page(kept[name]["result"]) for name in PARTS)]), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "parts", nargs="*", choices=[[], *PARTS, *APART], metavar="PART", help=", ".join((*PARTS, *APART))
    )
    parser.add_argument("--quick", action="store_true", help="little work, few turns; writes no page")
    parser.add_argument("--epochs", type=int, default=5, metavar="N", help="epochs of the whole MNIST training")
    parser.add_argument("--page", action="store_true", help="write the page, from the last measurements")
    given = parser.parse_args()
    if given.epochs < 2:
        parser.error("--epochs is 2 or more: an epoch is timed from the second one on")
    os.chdir(ROOT)
    kept = measure(given.parts or ([] if given.page else list(PARTS)), Options(given.quick, given.epochs))
    if given.page or not (given.parts or given.quick):
        write_page(kept)


if __name__ == "__main__":
    main()
