"""All of MNIST by the default recipe's network, from the command to the last line, on two threads."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from .measuring import Cost, Options, Result, cost, environment, in_turns, middle, nnlab, python, spread, table

LONG = 50  # epochs of the training that is told about
THREADS = 2
TEXT = """## All of MNIST

784-256-128-10 with dropout, batches of 128, AdamW under a one-cycle rate: nnlab's recipe `mnist` on {threads} threads,
54,000 rows to train on, loss and accuracy on 6,000 after every epoch and on the 10,000 of the test split at the end.
The peers read the digits as arrays from an uncompressed file and hold them as standardised floats; nnlab reads its
packed file and writes its run folder and checkpoints. Whole processes in turns, {turns} of each, of {epochs} epochs;
these are timed from the second one on.{scaled}

{table}
"""
SCALED = """ A training of {long} epochs is the measured process and {rest} such epochs more: calculated, not run
(`python -m benchmarks.bench mnist --epochs {long}` runs it)."""


def measure(options: Options) -> Result:
    """Seconds of whole processes and of their epochs, by contender."""
    epochs = 2 if options.quick else options.epochs
    with TemporaryDirectory(prefix="nnlab-bench-") as place:
        digits = str(Path(place) / "digits.npz")
        cost(python("-m", "benchmarks.peers.digits", digits))
        env = environment(THREADS, {"NNLAB_RUNS": str(Path(place) / "runs")})
        words = ["train", "mnist", "--epochs", str(epochs), "--threads", str(THREADS), "--json"]
        lightning = python("-m", "benchmarks.peers.mnist_lightning", digits, str(epochs), str(THREADS))
        commands = {
            "nnlab": nnlab(*words),
            "Lightning with a DataLoader": lightning,
            "Keras on JAX": python("-m", "benchmarks.peers.mnist_keras", digits, str(epochs)),
        }
        costs = in_turns(commands, 1 if options.quick else 3, env)
    return {"epochs": epochs, "costs": {who: [_figures(each) for each in taken] for who, taken in costs.items()}}


def _figures(taken: Cost) -> dict[str, float]:
    """What one process took, and what it says of itself."""
    lines = [json.loads(line) for line in taken.printed.splitlines() if line.startswith("{")]
    if lines[-1].get("event"):  # nnlab's
        epochs = [line["seconds"] for line in lines if line["event"] == "epoch"]
        accuracy = lines[-1]["metrics"]["accuracy_test"]
    else:
        epochs, accuracy = lines[-1]["epochs"], lines[-1]["accuracy"]
    return {"wall": taken.wall, "cpu": taken.cpu, "epoch": middle(epochs[1:]), "accuracy": accuracy}


def page(result: Result) -> str:
    """The part of the page that tells these figures."""
    epochs, costs = result["epochs"], result["costs"]

    def long(taken: list[dict[str, float]]) -> list[float]:
        return [each["wall"] + (LONG - epochs) * each["epoch"] for each in taken]

    own = middle(long(costs["nnlab"]))

    def row(who: str) -> list[str]:
        def of(key: str) -> list[float]:
            return [each[key] for each in costs[who]]

        whole, whole_long, accuracy = spread(of("wall")), middle(long(costs[who])), f"{middle(of('accuracy')):.4f}"
        ratio = f"{whole_long / own:.2f}"
        return [who, spread(of("epoch"), 2), whole, f"{whole_long:.0f}", ratio, accuracy]

    head = ["", "s an epoch", f"s, {epochs} epochs", f"s, {LONG} epochs", "× nnlab's", f"accuracy after {epochs}"]
    scaled = SCALED.format(long=LONG, rest=LONG - epochs) if epochs != LONG else ""
    turns = len(costs["nnlab"])
    return TEXT.format(threads=THREADS, turns=turns, epochs=epochs, scaled=scaled, table=table(head, map(row, costs)))
