"""Cross-validation: a network for each fold, judged on the rows that were held out of its training."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ..config import Config
from ..data.sources import load
from ..errors import NnlabError
from ..evaluation.answers import answer
from ..evaluation.metrics import Scores, full
from ..events import RunFinished
from ..prediction.forward import forward_of
from ..runs.folder import RunFolder
from ..tensors import float_arrays
from .interrupt import StopRequest
from .session import begin
from .train import run


@dataclass(frozen=True)
class FoldDone:
    """What became of a fold (from 1): its run, how many rows it trained on and was judged on, and its final weights'
    metrics on the rows held out, NaN where one is not defined. `chosen` says what was chosen for its data, if anything
    was left open."""

    fold: int
    run: str
    dir: str
    train_rows: int
    test_rows: int
    epochs: int
    best_epoch: int
    metrics: Scores
    seconds: float
    chosen: str = ""


def cross_validate(
    config: Config, folds: int, claim: Callable[[int], RunFolder | None], stop: StopRequest
) -> Iterator[FoldDone]:
    """Train fold after fold and yield each when it is done; a stop ends the present one, unyielded, and all others.

    `claim` makes the run folder of a fold, once data and network are known to fit; from then on `stop` is patient.
    Everything that is learnt, of columns too, is learnt on the fold's train rows alone. Raises UsageError for data that
    cannot be divided so, and NnlabError where a fold diverges.
    """
    dataset = load(config.data, config.prepare)
    for fold in range(1, folds + 1):
        data = config.data.model_copy(update={"folds": folds, "fold": fold})
        session = begin(config.model_copy(update={"data": data}), dataset=dataset)
        if stop.reason is not None:
            return
        stop.patient = True
        finished = [event for event in run(session, claim(fold), stop) if isinstance(event, RunFinished)][-1]
        if finished.stopped_by == "diverged":
            raise NnlabError(f"Fold {fold} of {folds} diverged: {finished.message}")
        if stop.reason is not None:
            return
        prepared = session.prepared
        held = prepared.splits["test"]
        forward = forward_of(session.spec, float_arrays(session.module.state_dict()))  # the digits that `eval` gives
        outputs = forward(held.x[:].cpu().numpy()).T if forward else answer(session.module, held.x, session.to_input)
        account = full(outputs, held.y, prepared.schema)
        rows, told = (len(prepared.train), len(held)), (finished.epochs, finished.best_epoch)
        yield FoldDone(fold, finished.run, finished.dir, *rows, *told, account.scores, finished.seconds, session.chosen)


def spread(done: Sequence[FoldDone]) -> tuple[Scores, Scores]:
    """Mean and standard deviation (of a sample, as they are few) of each metric over the folds in which it is defined;
    the mean is NaN where it is in none."""
    names = dict.fromkeys(name for fold in done for name in fold.metrics)
    every = {name: [fold.metrics.get(name, math.nan) for fold in done] for name in names}
    values = {name: [value for value in each if math.isfinite(value)] for name, each in every.items()}
    deviation = {name: statistics.stdev(each) if len(each) > 1 else 0.0 for name, each in values.items()}
    return {name: statistics.fmean(each) if each else math.nan for name, each in values.items()}, deviation
