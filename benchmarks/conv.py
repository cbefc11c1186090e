"""The convolutional network beside a loop written by hand, on two threads."""

from __future__ import annotations

from .measuring import Options, Result, environment, epochs_in_turns, middle, python, spread, table

BATCH, THREADS = 128, 2
TEXT = """## A convolutional network

The recipe `mnist-cnn` (32 and 64 channels, batches of {batch}) on {threads} threads, beside the same network in an
eager PyTorch loop written by hand: channels last, rows in memory as bytes, a fused optimiser, no waiting for numbers.
Epochs of {steps} steps in turns; milliseconds a step. The aim is to be no slower.

{table}
"""


def measure(options: Options) -> Result:
    """Milliseconds a step, one number a turn."""
    steps = 20 if options.quick else 100
    rows = str(steps * BATCH)
    commands = {
        "nnlab": python("-m", "benchmarks.peers", "nnlab_loop:conv", rows, str(THREADS)),
        "a loop by hand": python("-m", "benchmarks.peers", "conv_eager:conv", rows, str(THREADS)),
    }
    times = epochs_in_turns(commands, options.turns(7), environment(THREADS))
    return {"steps": steps, "times": {who: [1e3 * each / steps for each in taken] for who, taken in times.items()}}


def page(result: Result) -> str:
    """The part of the page that tells these figures."""
    times = result["times"]
    own = middle(times["nnlab"])
    rows = ([who, spread(taken), f"{middle(taken) / own:.2f}"] for who, taken in times.items())
    lines = table(["", "ms a step", "× nnlab's"], rows)
    return TEXT.format(batch=BATCH, threads=THREADS, steps=result["steps"], table=lines)
