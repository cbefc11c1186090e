"""A whole epoch compiled as one `lax.scan`, written by hand: what JAX users do when they care."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from time import perf_counter
from typing import Any

import jax  # pyright: ignore[reportMissingImports]
import jax.numpy as jnp  # pyright: ignore[reportMissingImports]
import numpy as np

from ..networks import BATCH, NETWORKS, Network, rows_of


def small(name: str) -> Callable[[], float]:
    network = NETWORKS[name]
    x, y = (jnp.asarray(part) for part in rows_of(network))
    between = {"sigmoid": jax.nn.sigmoid, "relu": jax.nn.relu}[network.activation]

    def loss(layers: Any, x_batch: Any, y_batch: Any) -> Any:
        out = x_batch
        for index, (weight, bias) in enumerate(layers):
            out = out @ weight + bias
            out = between(out) if index < len(layers) - 1 else out
        chosen = jnp.take_along_axis(jax.nn.log_softmax(out), y_batch[:, None], axis=1)
        return -chosen.mean(), (out.argmax(1) == y_batch).sum()

    def step(state: Any, chosen: Any) -> Any:
        (value, right), grads = jax.value_and_grad(loss, has_aux=True)(state[0], x[chosen], y[chosen])
        return adam(state, grads), (value, right)

    def steps(state: Any, order: Any) -> Any:
        return jax.lax.scan(step, state, order)

    scan, generator, state = jax.jit(steps), np.random.default_rng(1), start(network)

    def epoch() -> float:
        nonlocal state
        began = perf_counter()
        order = jnp.asarray(generator.permutation(network.rows).reshape(-1, BATCH))
        state, sums = scan(state, order)
        jax.device_get(sums)
        return perf_counter() - began

    return epoch


def start(network: Network) -> Any:
    """Layers, both of Adam's averages, and the number of steps."""
    generator = np.random.default_rng(1)
    scales = [(generator.standard_normal((a, b), np.float32) * a**-0.5, b) for a, b in pairwise(network.widths)]
    layers = [(jnp.asarray(weight), jnp.zeros(width)) for weight, width in scales]
    zeros = jax.tree.map(jnp.zeros_like, layers)
    return layers, zeros, zeros, jnp.zeros(())


def adam(state: Any, grads: Any) -> Any:
    """One update (Kingma and Ba 2015, algorithm 1)."""
    layers, averages, squares, count = state
    count = count + 1

    def first(average: Any, grad: Any) -> Any:
        return 0.9 * average + 0.1 * grad

    def second(square: Any, grad: Any) -> Any:
        return 0.999 * square + 0.001 * grad * grad

    averages, squares = jax.tree.map(first, averages, grads), jax.tree.map(second, squares, grads)
    part, rest = 1 - 0.9**count, 1 - 0.999**count

    def moved(value: Any, average: Any, square: Any) -> Any:
        return value - 0.001 * (average / part) / (jnp.sqrt(square / rest) + 1e-8)

    return jax.tree.map(moved, layers, averages, squares), averages, squares, count
