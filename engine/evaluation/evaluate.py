"""`nnlab eval`: what a checkpoint reaches on a split, beside what the simplest models reach."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..checkpoint import Checkpoint
from ..config import Config, DataConfig, Task
from ..data.catalog import CATALOG
from ..data.dataset import Dataset
from ..data.drift import Drift, Drifts
from ..data.known_rows import row_hashes, trained_on
from ..data.prepare import complete, select_arrays
from ..data.prepared import Rows, TableRows, spaced
from ..data.reading.tally import Tally
from ..data.schema import Schema
from ..data.sources import MEMORY, load_like
from ..data.splits import take
from ..errors import UsageError, nearest
from ..events import finite
from ..prediction.predict import by_numpy, check_strict, refuse
from .baselines import Baselines, baselines
from .boosting import Beside, boost, check_boosting
from .conformal import Held, held_of
from .effects import Effect
from .explained import Explained, explained_by
from .failures import Failures, check_worst, failures
from .importance import Importance
from .metrics import Scores, full
from .raw_rows import RawRows
from .reliability import Reliability, reliability
from .threshold_choice import threshold_report
from .thresholds import ThresholdReport, imbalance
from .training_data import Changes, RowNumbers, TrainingData, training_data

if TYPE_CHECKING:
    from .occlusion import Needs

MOST_POINTS = 500  # pairs of true and predicted numbers that are told


@dataclass(frozen=True)
class Evaluation:
    """What `eval` reports. `metrics` and each entry of `baseline` are single scores (NaN where one is not defined);
    `per_class` and `confusion_matrix` (truth down, answer across) are empty for regression. `changes`
    says how a run's own data differ from what it was trained on, if they do. `threshold` judges the one that the
    network keeps or that was asked for; all else is of the most probable class, as from a half on. `reliability`
    says how honest the probabilities of classes are, `intervals` how often those that the network keeps held. `drift`
    is how other data's columns lie beside the training's; None of its own data, and where the checkpoint kept nothing
    of these. `points` are [true, predicted] pairs of a number, in the units of the `target`, of at most 500 rows evenly
    chosen; none of classes. Where that was asked for, `importance` is what each column is worth, `effects` what the
    first of them do to the answers, `needs` which part of images these rest on, `boosting` whether the network is
    better than gradient boosting, and `failures` where it fails."""

    checkpoint: str
    data: str
    split: str
    rows: int
    task: Task
    metrics: Scores
    baseline: dict[str, Scores]
    classes: list[str] = field(default_factory=list[str])
    confusion_matrix: list[list[int]] = field(default_factory=list[list[int]])
    per_class: dict[str, Scores] = field(default_factory=dict[str, Scores])
    notes: tuple[str, ...] = ()
    changes: Changes | None = None
    threshold: ThresholdReport | None = None
    reliability: Reliability | None = None
    intervals: list[Held] = field(default_factory=list[Held])
    importance: list[Importance] = field(default_factory=list[Importance])
    effects: list[Effect] = field(default_factory=list[Effect])
    needs: Needs | None = None
    drift: list[Drift] | None = None
    boosting: Beside | None = None
    failures: Failures | None = None
    target: str = ""
    points: list[list[float]] = field(default_factory=list[list[float]])

    def to_json(self) -> dict[str, Any]:
        """One JSON object, null in place of NaN."""
        threshold = self.threshold and self.threshold.to_json()
        honest = self.reliability and self.reliability.to_json()
        held = [one.to_json() for one in self.intervals]
        columns = [one.to_json() for one in self.importance]
        changes = self.changes and vars(self.changes)
        return finite(
            vars(self)
            | {
                "changes": changes,
                "threshold": threshold,
                "reliability": honest,
                "intervals": held,
                "importance": columns,
                "effects": [one.to_json() for one in self.effects],
                "needs": self.needs and self.needs.to_json(),
                "drift": None if self.drift is None else [one.to_json() for one in self.drift],
                "boosting": self.boosting and self.boosting.to_json(),
                "failures": self.failures and self.failures.to_json(),
            }
        )


def evaluate(
    checkpoint: Checkpoint,
    data: DataConfig | Dataset | None = None,
    split: str | None = None,
    *,
    name: str = "",
    trusted: bool = False,
    held: Dataset | None = None,
    threshold: str | None = None,
    explain: bool | None = False,
    baseline: bool = False,
    worst: int | None = None,
    strict: bool = False,
) -> Evaluation:
    """Judge a checkpoint on rows of its own data set, divided as when it was trained, or of another one.

    `split` names train, valid or test, or a slice such as `test[:200]`; None is the test split, or all rows where
    other data brings none. A `Dataset` is other data as `load_like` reads it, `held` the network's own where memory
    still holds it. Of own data that have changed, every row is in the split that it was in when it was
    trained, and `new` is a split of those that were in none. `name` is what the report calls the checkpoint. Data that
    the checkpoint names, and neither the caller nor nnlab's own list does, is read only where it is `trusted`: it may
    name any file and any address. `threshold` is a rule as `rule_of` reads it, for which the validation rows of the
    network's own data may be read; None is the network's own, if it has one. With `explain` it says which columns
    matter and what they do, or which part of images, with None for it where a table's columns can be told of; with
    `baseline`, gradient boosting is trained on the network's own train rows and judged on the same ones; `worst` is how
    many of the worst rows are told, with the kinds of rows that are surely worse than others, None for neither; with
    `strict`, other data of which something is to be told are refused. Raises UsageError for data, splits or a threshold
    that do not fit the network, and for what it cannot be asked for.
    """
    schema, own = checkpoint.schema, is_training_data(checkpoint.config, data)
    known = checkpoint.config.data.name
    named = isinstance(data, DataConfig) and data.name == known
    trusted = trusted or held is not None or known in (*CATALOG, MEMORY) or named
    if data is None and not trusted:
        raise UsageError(f"The data that the checkpoint names ({known[:100]!r}) is not read unasked: name it as data.")
    read = training_data(checkpoint, held) if own or data is None else _other_rows(checkpoint, data)
    dataset, splits = read.dataset, read.splits
    split = split or ("test" if "test" in splits else "train")
    picked = _picked(read, split)
    if strict and own:
        raise UsageError("--strict compares other data with those of the training: name them after the checkpoint.")
    if strict:
        check_strict(schema)
    if baseline:
        check_boosting(schema)
    if worst is not None:
        check_worst(worst, schema)
    tally = None if own else Tally(dataset.name, share=0, drifts=Drifts.of(schema.seen))
    rows = select_arrays(dataset, schema, picked, tally)
    told = tally.warnings() if tally is not None else []
    if strict and tally is not None:
        refuse([tally])
    outputs, truth = answers_to(checkpoint, rows)
    account = full(outputs, truth, schema)

    @cache
    def trained() -> TrainingData:
        if not trusted:
            raise UsageError("it is not read unless you name it")
        return read if own else training_data(checkpoint, held)

    def validation() -> tuple[np.ndarray, np.ndarray]:
        return answers_to(checkpoint, select_arrays(trained().dataset, schema, take(trained().splits, "valid")))

    judged = threshold_report(checkpoint, threshold, outputs, truth, validation)
    try:
        simple = baselines(select_arrays(trained().dataset, schema, take(trained().splits, "train")), rows, schema)
    except UsageError as error:
        simple = Baselines({}, (f"no baseline, since the data it was trained on cannot be read: {error}",))
    raw = RawRows(dataset, schema, picked)
    explained = explained_by(checkpoint, rows, raw, unasked=explain is None) if explain is not False else Explained()
    beside = _beside(checkpoint, raw, outputs, trained) if baseline else None
    return Evaluation(
        checkpoint=name,
        data=dataset.name,
        split=split,
        rows=len(rows),
        task=schema.task,
        metrics=account.scores,
        baseline=simple.scores | ({} if beside is None else {"gradient_boosting": beside.scores}),
        classes=list(schema.classes),
        confusion_matrix=account.confusion,
        per_class=account.per_class,
        notes=(
            *read.notes,
            *told,
            *(_seen(splits, picked, refit=checkpoint.refit) if own else _known(checkpoint, rows)),
            *filter(None, [imbalance(truth, schema.classes)]),
            *simple.notes,
            *(() if beside is None else beside.notes),
        ),
        changes=read.changes,
        threshold=judged,
        drift=tally.drifts.found() if tally is not None and tally.drifts is not None and schema.seen else None,
        importance=explained.importance,
        effects=explained.effects,
        needs=explained.needs,
        intervals=held_of(
            list(checkpoint.margins),
            outputs,
            truth,
            classes=bool(schema.classes),
            scale=1.0 if schema.classes else schema.target_std,
        ),
        reliability=reliability(outputs, truth) if schema.classes else None,
        boosting=beside,
        failures=None if worst is None else failures(outputs, raw, worst),
        target=schema.target,
        points=[] if schema.classes else _points(outputs, truth, schema),
    )


def answers_to(checkpoint: Checkpoint, rows: Rows | TableRows) -> tuple[np.ndarray, np.ndarray]:
    """What the network answers, float64 (rows, out_features), and the truth (rows,): on tables by NumPy, in the digits
    that `predict` gives."""
    if isinstance(rows, TableRows) and (forward := by_numpy(checkpoint)) is not None:
        return forward(rows.x).T, rows.y
    import torch

    from .answers import answer, input_of

    if isinstance(rows, TableRows):
        rows = Rows(torch.from_numpy(rows.x), torch.from_numpy(rows.y))
    outputs = answer(checkpoint.module(), rows.x, input_of(checkpoint.schema))
    return outputs.double().cpu().numpy(), rows.y.cpu().numpy()


def _points(outputs: np.ndarray, truth: np.ndarray, schema: Schema) -> list[list[float]]:
    """What is true and what is answered of some of the rows, in the target's own units; none that is no number."""
    chosen = spaced(len(truth), MOST_POINTS)
    known, said = truth[chosen].astype(np.float64), outputs[chosen, 0]
    pairs = np.stack([schema.decode_target(known), schema.decode_target(said)], 1)
    return pairs[np.isfinite(pairs).all(1)].tolist()


def _beside(
    checkpoint: Checkpoint, judged: RawRows, outputs: np.ndarray, trained: Callable[[], TrainingData]
) -> Beside:
    """The network's outputs beside gradient boosting, which learns of the very rows of its training."""
    try:
        data = trained()
        own = {name: RawRows(data.dataset, checkpoint.schema, rows) for name, rows in data.splits.items() if len(rows)}
        train = RawRows(data.dataset, checkpoint.schema, take(data.splits, "train"))
    except UsageError as error:
        raise UsageError(
            f"--baseline trains on the rows that the network was trained on, and these cannot be read: {error}"
        ) from None
    seconds = [record.get("seconds", math.nan) for record in checkpoint.history]
    return boost(
        outputs,
        judged,
        train,
        own.get("valid"),
        refit=checkpoint.refit,
        class_weights=checkpoint.config.training.class_weights,
        network_seconds=sum(seconds) if seconds and all(map(math.isfinite, seconds)) else None,
    )


def is_training_data(config: Config, data: DataConfig | Dataset | None) -> bool:
    """Whether `data` names the data set that the config trained on, without asking for other rows of it."""
    return data is None or data in (config.data, DataConfig(name=config.data.name))


def _picked(read: TrainingData, split: str) -> np.ndarray:
    """The rows of a split. UsageError where there are none, which says why where the data have changed."""
    try:
        return take(read.splits, split)
    except UsageError as error:
        raise UsageError(f"{error} Note: {'; '.join(read.notes)}." if read.changes else str(error)) from None


def _other_rows(checkpoint: Checkpoint, data: DataConfig | Dataset) -> TrainingData:
    """Another data set with the columns that the network needs, and the splits that it brings, undivided."""
    inputs, trained = checkpoint.schema.inputs, checkpoint.config.data
    dataset = data if isinstance(data, Dataset) else load_like(data, checkpoint.schema, trained)
    there = set(dataset.table.column_names)
    missing = [name for name in inputs if name not in there]
    if missing:
        meant = nearest(missing[0], dataset.features)
        raise UsageError(
            f"The data set {dataset.name} has no column {missing[0]!r}, which the network needs"
            + (f" (is it {meant!r}?)." if meant else f": the network takes {', '.join(inputs[:20])}.")
        )
    target = checkpoint.schema.target
    if target not in there:
        raise UsageError(
            f"The data set {dataset.name} has no column {target!r}, which the network's answers are judged by:"
            " `nnlab predict` answers rows whose truth is not known."
        )
    wanted = DataConfig(features=inputs or None)
    dataset, _ = complete(dataset, wanted, checkpoint.config.prepare)
    return TrainingData(dataset, dict(dataset.native), dataset.notes)


def _known(checkpoint: Checkpoint, rows: Rows | TableRows) -> tuple[str, ...]:
    """Say which rows of other data the training has seen, as far as the checkpoint knows."""
    hashes = row_hashes(rows)
    seen = int(trained_on(checkpoint.known, hashes, refit=checkpoint.refit).sum()) if checkpoint.known else 0
    return (f"{seen:,} of these {len(rows):,} rows were trained on",) if seen else ()


def _seen(named: RowNumbers, picked: np.ndarray, *, refit: bool) -> tuple[str, ...]:
    """Say which of the rows the training has seen, since they flatter the network."""
    trained, validated = (np.isin(picked, named.get(name, [])) for name in ("train", "valid"))
    trained |= validated & refit
    validated &= ~trained
    return tuple(
        f"{int(seen.sum()):,} of these {len(picked):,} rows {what}"
        for seen, what in ((trained, "were trained on"), (validated, "were validated on: the best epoch suits them"))
        if seen.any()
    )
