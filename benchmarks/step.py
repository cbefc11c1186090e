"""Microseconds a training step takes: nnlab's plain and captured steps beside those of others, on two small networks.

    python benchmarks/step.py [--jax PYTHON] [--rounds 5]

Everyone trains the same network on the same rows with Adam and batches of 20 in an order drawn anew, and counts loss
and right answers as it goes; on one thread, in processes that take turns, an epoch each. The table gives medians and
ratios to the captured step. `--jax` names a Python that has JAX, for a whole epoch in `lax.scan`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

BATCH = 20
NETWORKS = {"xor": ([2, 10, 6, 2], "sigmoid", 4000), "mnist": ([784, 32, 16, 10], "relu", 8000)}
Epoch = Callable[[], object]


def torch_parts(widths: list[int], activation: str, rows: int) -> tuple[Any, Any, Any]:
    import torch
    from torch import nn

    torch.set_num_threads(1)
    torch.manual_seed(1)
    between = {"sigmoid": nn.Sigmoid, "relu": nn.ReLU}[activation]
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), between()]
    return nn.Sequential(*layers[:-1]), torch.randn(rows, widths[0]), torch.randint(0, widths[-1], (rows,))


def tutorial(widths: list[int], activation: str, rows: int) -> Epoch:
    """The loop that PyTorch's tutorials teach."""
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    module, x, y = torch_parts(widths, activation, rows)
    batches: Any = DataLoader(TensorDataset(x, y), batch_size=BATCH, shuffle=True)
    measure, optimizer = torch.nn.CrossEntropyLoss(), torch.optim.Adam(module.parameters())

    def epoch() -> float:
        total, right = 0.0, 0.0
        for x_batch, y_batch in batches:
            outputs = module(x_batch)
            loss = measure(outputs, y_batch)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            total += loss.item()
            right += (torch.argmax(outputs, dim=1) == y_batch).float().mean()
        return total

    return epoch


def captured(widths: list[int], activation: str, rows: int) -> Epoch:
    """nnlab's captured step."""
    return nnlab(widths, activation, rows)[0]


def plain(widths: list[int], activation: str, rows: int) -> Epoch:
    """nnlab's plain step: rows and parameters in memory as for the captured one, autograd in between."""
    return nnlab(widths, activation, rows)[1]


def nnlab(widths: list[int], activation: str, rows: int) -> tuple[Epoch, Epoch]:
    """An epoch of captured steps, and one of plain steps."""
    import torch

    from nnlab.engine.config import TrainingConfig
    from nnlab.engine.data.dataset import Rows
    from nnlab.engine.training.capture import Recipe
    from nnlab.engine.training.flat import flatten
    from nnlab.engine.training.optimizers import make_optimizer
    from nnlab.engine.training.replay import Replay

    module, x, y = torch_parts(widths, activation, rows)
    flat = flatten(module)
    optimizer = make_optimizer(TrainingConfig(), flat.values, flat.grads)
    recipe = Recipe(lambda batch: batch, module, torch.nn.functional.cross_entropy, flat, optimizer)
    replay = Replay(recipe, Rows(x, y), lambda outputs, targets: (outputs.argmax(-1) == targets).sum())
    losses, right = torch.zeros(rows // BATCH), torch.zeros((), dtype=torch.int64)
    places, rates = list(losses.unbind()), [0.001] * len(losses)

    def replayed() -> float:
        right.zero_()
        if not replay.run(torch.randperm(rows), rates, places, right):
            raise RuntimeError("the step could not be captured")
        return losses.sum().item() + right.item()

    def stepped() -> float:
        right.zero_()
        for index, batch in enumerate(torch.randperm(rows).split(BATCH)):
            losses[index], outputs = recipe.step(x[batch], y[batch], 0.001)
            right.add_((outputs.argmax(1) == y[batch]).sum())
        return losses.sum().item() + right.item()

    return replayed, stepped


def scikit_learn(widths: list[int], activation: str, rows: int) -> Epoch:
    """scikit-learn's own network; it counts no right answers."""
    import numpy as np
    from sklearn import neural_network

    generator = np.random.default_rng(1)
    x, y = generator.standard_normal((rows, widths[0]), np.float32), generator.integers(0, widths[-1], rows)
    named = {"sigmoid": "logistic"}.get(activation, activation)
    network: Any = neural_network.MLPClassifier
    model = network(widths[1:-1], activation=named, batch_size=BATCH, max_iter=1, warm_start=True)

    def epoch() -> object:
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that one epoch is not enough
            return model.fit(x, y)

    return epoch


def jax_scan(widths: list[int], activation: str, rows: int) -> Epoch:
    """An epoch compiled whole, as JAX users write it when they care."""
    import jax  # pyright: ignore[reportMissingImports]
    import jax.numpy as jnp  # pyright: ignore[reportMissingImports]
    import numpy as np

    generator = np.random.default_rng(1)
    x = jnp.asarray(generator.standard_normal((rows, widths[0]), np.float32))
    y = jnp.asarray(generator.integers(0, widths[-1], rows))
    between = {"sigmoid": jax.nn.sigmoid, "relu": jax.nn.relu}[activation]

    def loss(layers: Any, x_batch: Any, y_batch: Any) -> Any:
        out = x_batch
        for index, (weight, bias) in enumerate(layers):
            out = out @ weight + bias
            out = between(out) if index < len(layers) - 1 else out
        chosen = jnp.take_along_axis(jax.nn.log_softmax(out), y_batch[:, None], axis=1)
        return -chosen.mean(), (out.argmax(1) == y_batch).sum()

    def first_moment(average: Any, grad: Any) -> Any:
        return 0.9 * average + 0.1 * grad

    def second_moment(square: Any, grad: Any) -> Any:
        return 0.999 * square + 0.001 * grad * grad

    def step(state: Any, chosen: Any) -> Any:
        layers, averages, squares, count = state
        (value, right), grads = jax.value_and_grad(loss, has_aux=True)(layers, x[chosen], y[chosen])
        count = count + 1
        averages = jax.tree.map(first_moment, averages, grads)
        squares = jax.tree.map(second_moment, squares, grads)
        part, rest = 1 - 0.9**count, 1 - 0.999**count

        def moved(p: Any, m: Any, v: Any) -> Any:
            return p - 0.001 * (m / part) / (jnp.sqrt(v / rest) + 1e-8)

        return (jax.tree.map(moved, layers, averages, squares), averages, squares, count), (value, right)

    def steps(state: Any, order: Any) -> Any:
        return jax.lax.scan(step, state, order)

    scan = jax.jit(steps)
    scales = [(generator.standard_normal((a, b), np.float32) * a**-0.5, b) for a, b in pairwise(widths)]
    layers = [(jnp.asarray(weight), jnp.zeros(width)) for weight, width in scales]
    zeros = jax.tree.map(jnp.zeros_like, layers)
    state: Any = (layers, zeros, zeros, jnp.zeros(()))

    def epoch() -> float:
        nonlocal state
        order = jnp.asarray(generator.permutation(rows).reshape(-1, BATCH))
        state, (losses, right) = scan(state, order)
        return float(losses.sum()) + float(right.sum())

    return epoch


CONTENDERS: dict[str, Callable[[list[int], str, int], Epoch]] = {
    "captured": captured,
    "plain": plain,
    "tutorial": tutorial,
    "scikit-learn": scikit_learn,
    "jax": jax_scan,
}


def work(contender: str, network: str) -> None:
    """Take an epoch for every line on stdin and say how many microseconds a step of it took."""
    widths, activation, rows = NETWORKS[network]
    epoch = CONTENDERS[contender](widths, activation, rows)
    epoch()
    for _ in sys.stdin:
        began = perf_counter()
        epoch()
        print((perf_counter() - began) / (rows // BATCH) * 1e6, flush=True)


def measure(network: str, rounds: int, jax: str | None) -> dict[str, list[float]]:
    """Every contender's microseconds a step, one number a round."""
    calm = {"OMP_NUM_THREADS": "1", "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false", "JAX_PLATFORMS": "cpu"}
    workers: dict[str, subprocess.Popen[str]] = {}
    for name in CONTENDERS:
        python = jax if name == "jax" else sys.executable
        if python:
            command = [python, str(Path(__file__)), "--work", name, network]
            pipe = subprocess.PIPE
            workers[name] = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env={**os.environ, **calm})
    times: dict[str, list[float]] = {name: [] for name in workers}
    for number in range(rounds + 1):
        for name, worker in workers.items():
            assert worker.stdin is not None
            assert worker.stdout is not None
            worker.stdin.write("\n")
            worker.stdin.flush()
            taken = float(worker.stdout.readline())
            if number:  # the first round warms up
                times[name].append(taken)
    for worker in workers.values():
        worker.communicate()
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jax", metavar="PYTHON")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--work", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(*options.work)
        return
    for network, (widths, _, _) in NETWORKS.items():
        times = measure(network, options.rounds, options.jax)
        own = statistics.median(times["captured"])
        print(f"{network}: {'-'.join(map(str, widths))}, batch {BATCH}; microseconds a step")
        for name, taken in times.items():
            middle = statistics.median(taken)
            print(f"  {name:14}{middle:8.1f}  ({min(taken):.1f} to {max(taken):.1f}){middle / own:8.2f} x captured")


if __name__ == "__main__":
    main()
