"""A search for settings: nnlab's sweep, as many settings by chance, and Optuna driving scikit-learn and skorch."""

from __future__ import annotations

import json
import sys
from typing import Any

from .measuring import Options, Result, cost, environment, middle, python, table

DATA = ("wine", "breast-cancer", "digits", "diabetes", "auto-mpg")
WHO = ("nnlab sweep", "nnlab, by chance", "Optuna and scikit-learn", "Optuna and skorch")
TRIALS, EPOCHS, SEEDS = 30, 60, 3
QUICK_TRIALS, QUICK_EPOCHS, QUICK_SEEDS = 4, 6, 1


def measure(options: Options) -> Result:
    """What each reaches on each data set with each seed, one after another with one thread."""
    trials, epochs, seeds = (QUICK_TRIALS, QUICK_EPOCHS, QUICK_SEEDS) if options.quick else (TRIALS, EPOCHS, SEEDS)
    reached: dict[str, dict[str, list[Any]]] = {data: {who: [] for who in WHO} for data in DATA}
    for seed in range(1, seeds + 1):
        for data in DATA:
            for who in WHO:
                words = ("-m", "benchmarks.peers.searching", who, data, str(trials), str(epochs), str(seed))
                done = json.loads(cost(python(*words), environment(1)).printed.splitlines()[-1])
                print(data, seed, who, done, file=sys.stderr, flush=True)
                reached[data][who].append(done)
    return {"trials": trials, "epochs": epochs, "reached": reached}


def page(result: Result) -> str:
    """The table and what stands beside it."""
    reached: dict[str, dict[str, list[dict[str, float]]]] = result["reached"]
    head = [f"{result['trials']} trials of {result['epochs']} epochs", *WHO]
    rows = [[data, *(_cell(by[who]) for who in WHO)] for data, by in reached.items()]
    apart = middle(one["seconds"] - one["trials"] for by in reached.values() for one in by[WHO[0]])
    seeds = len(next(iter(reached.values()))[WHO[0]])
    return f"""## A search for settings

{table(head, rows)}

The loss of the test rows (log loss; for numbers the mean square, of the target with a deviation of 1) of the network
that was best on the validation rows, that loss of theirs in brackets, and the seconds of the whole search: medians of
{seeds} searches. All have the same rows, one thread, and the same space: learning rate, weight decay, dropout, three
pairs of widths. `nnlab sweep` is the command as it is typed, run folders and all; about {apart:.0f} s of its seconds
are those before its first trial, and of the six runs with other seeds at its end, which nobody else makes. By chance
means as many trainings by nnlab, in memory, in one process, each to its end. Optuna's are its usual search (TPE), with
successive halving; scikit-learn's network has no dropout.
"""


def _cell(found: list[dict[str, float]]) -> str:
    test, valid, seconds = (middle(one[name] for one in found) for name in ("test", "valid", "seconds"))
    return f"{test:.3f} ({valid:.3f}), {seconds:.0f} s"
