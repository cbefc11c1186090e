"""What networks on tables answer, by NumPy alone: torch takes longer to import than most questions to answer.

The layers are those that the network is made of (`models.plan`), computed with features down and rows across, in
float64: in float32 the last digit of a matrix product depends on a row's place among others; rounded from float64 it
does not. Rows are filled up to whole blocks besides, in which BLAS gives every row the same digits.
"""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise

import numpy as np

from ..config import Activation
from ..models import plan
from ..models.spec import ModelSpec

CACHED = 2**17  # numbers of a layer's output at a time: they stay in the processor's cache
ROWS = (64, 4096)  # at a time, at least and at most
HEAVY = 2**24  # products of a part from which on several are computed side by side
BLOCK = 16  # rows whose products BLAS makes alike
SELU = (1.0507009873554804934193349852946, 1.6732632423543772848170429916717)  # its scale and alpha
LEAK = 0.01
SINE = [(-1) ** place * math.tau ** (2 * place + 1) / math.factorial(2 * place + 1) for place in range(10, -1, -1)]
FLAT = 20.0  # from which on mish is the number itself

Step = Callable[[np.ndarray], np.ndarray]
"""Maps (features, rows), or (members, features, rows) within layers of several members; may write over what it gets."""
Matrix = plan.Linear | plan.Noisy | plan.Each
Forward = Callable[[np.ndarray], np.ndarray]
"""Maps stored rows (rows, in_features) to float64 outputs (out_features, rows)."""


def forward_of(spec: ModelSpec, weights: Mapping[str, np.ndarray]) -> Forward | None:
    """The network in evaluation mode, with weights that fit it; None for one that torch answers: of images, a user's
    own, or with a layer that is not known here."""
    if spec.family == "custom" or spec.image_shape is not None:
        return None
    found = _steps_of(plan.plan(spec), weights)
    if found is None:
        return None
    steps, widest = found
    rows = max(ROWS[0], min(ROWS[1], CACHED // max(widest, spec.in_features)))
    work = rows * spec.networks * sum(weight.size for weight in weights.values())
    threads = _threads() if work >= HEAVY else 1
    return partial(_answered, steps, spec.out_features, rows - rows % BLOCK, threads)


def _steps_of(
    layers: Iterable[plan.AnyLayer], weights: Mapping[str, np.ndarray], before: str = ""
) -> tuple[list[Step], int] | None:
    """The steps of layers whose weights have names that begin so, and how many numbers there are at once of one row;
    None with a layer that is not known here."""
    steps: list[Step] = []
    scale: np.ndarray | None = None  # of the inputs of the next matrix
    widest = members = 1
    for place, layer in enumerate(layers):
        own: dict[str, np.ndarray] = {}
        if not isinstance(layer, plan.Blended):
            own = {name: weights[f"{before}{place}.{name}"].astype(np.float64) for name in layer.parameters}
        match layer:
            case plan.Blended(parts, shares):
                found = [_steps_of(part, weights, f"{before}{place}.parts.{n}.") for n, part in enumerate(parts)]
                each = [one for one in found if one is not None]
                if len(each) < len(found):
                    return None
                steps.append(partial(_blended, [inner for inner, _ in each], shares))
                widest = max(widest, *(inner for _, inner in each))
            case plan.Activated(activation) if activation in ACTIVATIONS:
                steps.append(ACTIVATIONS[activation])
            case plan.Dropped():
                pass
            case plan.Embedded(dense, embeddings):
                steps.append(partial(_embedded, dense, _vectors(own, len(embeddings))))
            case plan.Parted():
                members = layer.members
                steps.append(_parted(layer, own))
                scale = np.repeat(own["scale"], _widths(layer), axis=1)[:, None]
                widest = max(widest, _numbers(layer))
            case plan.Linear() | plan.Noisy() | plan.Each():
                weight, bias = _matrix(layer, own)
                steps.append(partial(_linear, weight if scale is None else weight * scale, bias))
                widest = max(widest, weight.shape[-2] * members, weight.shape[-1])
                scale = None
                if isinstance(layer, plan.Joined):
                    steps.append(partial(_joined, layer.limits))
            case _:
                return None
    return steps, widest


def _threads() -> int:
    """How many parts are computed side by side: as many as torch would take threads, unless BLAS has its own."""
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":
        return 1
    told = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, int(told)) if told.isdecimal() else os.cpu_count() or 1


def _answered(steps: list[Step], width: int, size: int, threads: int, x: np.ndarray) -> np.ndarray:
    outputs = np.empty((width, len(x)))

    def answer(first: int) -> None:
        part = x[first : first + size]
        columns = np.zeros((x.shape[1], -(-len(part) // BLOCK) * BLOCK))
        columns[:, : len(part)] = part.T
        with np.errstate(all="ignore"):  # what is no number is said where it is told
            for step in steps:
                columns = step(columns)
        outputs[:, first : first + size] = columns[:, : len(part)]

    firsts = range(0, len(x), size)
    if threads > 1 and len(firsts) > 1:
        with ThreadPoolExecutor(threads) as pool:
            deque(pool.map(answer, firsts), 0)
    else:
        deque(map(answer, firsts), 0)
    return outputs


def _matrix(
    layer: plan.Linear | plan.Noisy | plan.Each, own: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Weight (after, before) and bias (after, 1); each member's own where they have such."""
    match layer:
        case plan.Linear():
            return own["weight"], own["bias"][:, None]
        case plan.Noisy():
            return own["w"], own["b"][:, None]
        case plan.Each():
            return np.ascontiguousarray(own["weight"].transpose(0, 2, 1)), own["bias"].transpose(0, 2, 1)


def _linear(weight: np.ndarray, bias: np.ndarray, x: np.ndarray) -> np.ndarray:
    if weight.ndim == 3 and len(x) == 1:  # the same rows for every member: one product
        product = (weight.reshape(-1, weight.shape[2]) @ x[0]).reshape(*weight.shape[:2], -1)
    else:
        product = weight @ x
    product += bias
    return product


def _vectors(own: Mapping[str, np.ndarray], count: int) -> list[np.ndarray]:
    return [own[f"embeddings.{place}.weight"] for place in range(count)]


def _embedded(dense: int, vectors: list[np.ndarray], x: np.ndarray) -> np.ndarray:
    """Columns as they are, then in place of each column of indices the vectors of its categories."""
    found = [vector[x[dense + place].astype(np.intp)].T for place, vector in enumerate(vectors)]
    return np.concatenate([x[:dense], *found])


def _parted(layer: plan.Parted, own: Mapping[str, np.ndarray]) -> Step:
    """What members are given, before they scale it: (members, or 1 where it is the same for all, features, rows)."""
    vectors = _vectors(own, len(layer.embeddings))
    inner = {name.removeprefix("numbers."): value for name, value in own.items()}
    embed: Step | None = None
    count = 0
    match layer.numbers:
        case plan.Waves(_, count):
            embed = partial(_waves, inner)
        case plan.Pieces(_, bins):
            count = len(bins)
            embed = partial(_pieces, edges_of(bins, inner["weight"].shape[2]), inner)
        case None:
            pass

    def step(x: np.ndarray) -> np.ndarray:
        others = _embedded(layer.dense - count, vectors, x[count:])[None]
        if embed is None:
            return others
        numbers = embed(x[:count, None])
        return np.concatenate([numbers, np.broadcast_to(others, (len(numbers), *others.shape[1:]))], 1)

    return step


def _waves(own: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """Numbers (numbers, 1, rows) and the mixes of their cosines, (sets, numbers * 4, rows)."""
    turns = own["frequency"].swapaxes(2, 3) * x
    turns += own["phase"].swapaxes(2, 3) / (2 * math.pi)
    mixes = own["weight"].swapaxes(2, 3) @ _cosine(turns)
    mixes += own["bias"].swapaxes(2, 3)
    each = np.concatenate([np.broadcast_to(x, (len(mixes), *x.shape)), mixes], axis=2)
    return each.reshape(len(mixes), -1, x.shape[2])


def _cosine(turns: np.ndarray) -> np.ndarray:
    """The cosine of angles in whole turns, by the series of the sine, which within a quarter of a turn is exact to the
    last digit or two. NumPy's own takes several times as long."""
    turns -= np.rint(turns)
    np.abs(turns, out=turns)
    np.subtract(0.25, turns, out=turns)
    squared = turns * turns
    series = squared * SINE[0]
    for coefficient in SINE[1:-1]:
        series += coefficient
        series *= squared
    series += SINE[-1]
    series *= turns
    return series


def _pieces(edges: np.ndarray, own: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """What numbers (numbers, 1, rows) become that is linear between edges, (sets, numbers * 16, rows)."""
    lower, slope, least, most = edges
    shares = (x - lower) * slope
    each = own["weight"].swapaxes(2, 3) @ np.clip(shares, least, most, out=shares)
    each += own["linear"].swapaxes(2, 3) * x
    each += own["bias"].swapaxes(2, 3)
    return each.reshape(len(each), -1, x.shape[2])


def edges_of(bins: tuple[tuple[float, ...], ...], pieces: int) -> np.ndarray:
    """Of each column's pieces: where it begins, 1 / its width, and between what the share of it that lies below a
    number is kept, float64 (4, columns, pieces, 1) of float32 values. Pieces that a column lacks are 0 of everything.
    """
    lower, slope, least, most = found = np.zeros((4, len(bins), pieces, 1), np.float32)
    for place, edges in enumerate(bins):
        count = len(edges) - 1
        lower[place, :count, 0] = edges[:-1]
        slope[place, :count, 0] = [1 / (end - begin) for begin, end in pairwise(edges)]
        most[place, :count] = 1
        least[place, 0] = -math.inf
        most[place, count - 1] = math.inf
    return found.astype(np.float64)


def _widths(layer: plan.Parted) -> list[int]:
    """How many features come of each column."""
    match layer.numbers:
        case plan.Waves(_, count):
            embedded = [1 + plan.MIXES] * count
        case plan.Pieces(_, bins):
            embedded = [plan.PIECEWISE] * len(bins)
        case None:
            embedded = []
    return [*embedded, *[1] * (layer.dense - len(embedded)), *(width for _, width in layer.embeddings)]


def _numbers(layer: plan.Parted) -> int:
    """How many numbers there are at once of one row where its numbers are embedded."""
    match layer.numbers:
        case plan.Waves(sets, count):
            return sets * count * plan.FREQUENCIES
        case plan.Pieces(sets, bins):
            return sets * len(bins) * max(plan.PIECEWISE, *(len(edges) - 1 for edges in bins))
        case None:
            return 0


def _joined(limits: tuple[float, float] | None, each: np.ndarray) -> np.ndarray:
    """The logarithm of the mean of the members' probabilities, or the mean of their values, kept within limits."""
    if each.shape[1] > 1:
        probabilities = each - _log_sum(each, 1)
        return _log_sum(probabilities, 0)[0] - math.log(len(each))
    mean = each.mean(0)
    return mean if limits is None else mean.clip(*limits)


def _blended(parts: list[list[Step]], shares: Sequence[float], x: np.ndarray) -> np.ndarray:
    """The logarithm of the mean of the parts' probabilities, or the mean of their values, weighted by shares."""
    each: list[np.ndarray] = []
    for steps in parts:
        answers = x.copy()  # which steps may write over
        for step in steps:
            answers = step(answers)
        each.append(answers)
    if len(each[0]) == 1:
        return sum(values * share for values, share in zip(each, shares, strict=True))  # pyright: ignore[reportReturnType]
    weighted = [one - _log_sum(one, 0) + math.log(share) for one, share in zip(each, shares, strict=True)]
    return _log_sum(np.stack(weighted), 0)[0]


def _log_sum(x: np.ndarray, axis: int) -> np.ndarray:
    """The logarithm of the sum of exponentials along an axis, which stays."""
    top = x.max(axis, keepdims=True)
    return top + np.log(np.exp(x - top).sum(axis, keepdims=True))


def _relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0, out=x)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return np.reciprocal(_one_and_exp(x), out=x)


def _one_and_exp(x: np.ndarray) -> np.ndarray:
    """1 + exp(-x)."""
    grown = np.negative(x)
    np.exp(grown, out=grown)
    grown += 1
    return grown


def _tanh(x: np.ndarray) -> np.ndarray:
    return np.tanh(x, out=x)


def _gelu(x: np.ndarray) -> np.ndarray:
    from scipy.special import erf

    share = erf(x * math.sqrt(0.5))
    share += 1
    share *= x
    share *= 0.5
    return share


def _silu(x: np.ndarray) -> np.ndarray:
    return np.divide(x, _one_and_exp(x), out=x)


def _leaky_relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, LEAK * x, out=x)


def _elu(x: np.ndarray) -> np.ndarray:
    below = np.minimum(x, 0)
    np.expm1(below, out=below)
    np.maximum(x, 0, out=x)
    x += below
    return x


def _selu(x: np.ndarray) -> np.ndarray:
    scale, alpha = SELU
    below = np.minimum(x, 0)
    np.expm1(below, out=below)
    below *= alpha
    np.maximum(x, 0, out=x)
    x += below
    x *= scale
    return x


def _mish(x: np.ndarray) -> np.ndarray:
    """x tanh(log(1 + e^x)), where with n = e^x (e^x + 2) the tanh is n / (n + 2)."""
    grown = np.minimum(x, FLAT)
    np.exp(grown, out=grown)
    grown *= grown + 2
    x *= np.divide(grown, grown + 2, out=grown)
    return x


ACTIVATIONS: dict[Activation, Step] = {
    "relu": _relu,
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "gelu": _gelu,
    "silu": _silu,
    "leaky-relu": _leaky_relu,
    "elu": _elu,
    "selu": _selu,
    "mish": _mish,
}
