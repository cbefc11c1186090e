"""A step of training on two small networks: nnlab's whole loop beside those of others, on one thread."""

from __future__ import annotations

from .measuring import Options, Result, environment, epochs_in_turns, middle, python, spread, table
from .networks import BATCH, NETWORKS

TUTORIAL, SCIKIT_LEARN, JAX = (
    "the tutorial's loop",
    "scikit-learn `MLPClassifier`",
    "JAX, an epoch in `lax.scan` by hand",
)
CONTENDERS = {
    "nnlab": ("nnlab_loop:small", "captured"),
    "nnlab, `--step eager`": ("nnlab_loop:small", "eager"),
    TUTORIAL: ("tutorial:small",),
    SCIKIT_LEARN: ("scikit_learn:small",),
    "skorch": ("skorch_net:small",),
    "Lightning": ("lightning_loop:small",),
    "Keras on JAX": ("keras_jax:small",),
    JAX: ("jax_scan:small",),
}
# How many times nnlab's time a step of theirs is meant to take at least.
TARGETS = {
    "xor": {TUTORIAL: 8, SCIKIT_LEARN: 3, JAX: 1 / 2.5},
    "mnist": {TUTORIAL: 6, SCIKIT_LEARN: 2, JAX: 1 / 1.3},
}
TEXT = f"""## A training step of a small network

Microseconds a step, on one thread: median of the turns (least–most). Everyone trains the same network with Adam on
batches of {BATCH} in an order drawn anew every epoch, and counts loss and right answers as it goes (scikit-learn counts
the loss alone). Each has a process of its own, they take turns by the epoch, and the first epoch is not counted, so
that no compiling is. nnlab's figure is its whole training loop as the commands run it, with all
that looks after signals, divergence and the best epoch. The third column is their time as a multiple of nnlab's: above
1 nnlab is faster.

{{tables}}
"""


def measure(options: Options) -> Result:
    """Microseconds a step by network and contender, one number a turn."""
    result: Result = {}
    for name, network in NETWORKS.items():
        commands = {
            who: python("-m", "benchmarks.peers", function, name, *words)
            for who, (function, *words) in CONTENDERS.items()
        }
        times = epochs_in_turns(commands, options.turns(7), environment(1))
        result[name] = {who: [1e6 * seconds / network.steps for seconds in taken] for who, taken in times.items()}
    return result


def page(result: Result) -> str:
    """The part of the page that tells these figures."""
    return TEXT.format(tables="\n\n".join(_table(name, times) for name, times in result.items()))


def _table(name: str, times: dict[str, list[float]]) -> str:
    own = middle(times["nnlab"])
    title = f"{'-'.join(map(str, NETWORKS[name].widths))} ({name})"

    def row(who: str) -> list[str]:
        target = TARGETS[name].get(who)
        return [who, spread(times[who]), f"{middle(times[who]) / own:.2f}", f"at least {target:.2g}" if target else ""]

    return table([title, "µs a step", "× nnlab's", "aimed at"], map(row, times))
