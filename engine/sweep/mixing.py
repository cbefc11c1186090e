"""The ensemble of a sweep: the mix of its networks that answers the validation rows best, kept as a run of its own."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic

import numpy as np

from .. import checkpoint as checkpoints
from ..checkpoint import Checkpoint
from ..config import write_toml
from ..data.prepare import select_arrays
from ..data.prepared import spaced
from ..data.splits import take
from ..ensemble import alike, best_mix, error_of, together
from ..errors import NnlabError, UsageError, number_of
from ..evaluation.conformal import margins_of, off_by, shares_of
from ..evaluation.evaluate import answers_to, evaluate
from ..evaluation.metrics import Scores
from ..evaluation.rules import rule_of
from ..evaluation.thresholds import choose, why_not
from ..evaluation.training_data import training_data
from ..events import RunFinished, RunStarted, to_line
from ..models.families import parameter_count
from ..runs.folder import RunFolder, open_own, runs_root
from ..runs.removal import remove
from .events import Ensemble
from .folder import SweepFolder

MOST = 64  # networks that are looked at, the best of them
MOST_ROWS = 20_000  # validation rows, evenly spaced
MAIN = ("accuracy", "mae", "mse", "loss")  # metrics that the log of a run tells


class NoEnsembleError(UsageError):
    """Why a sweep has no ensemble."""


def mix(folder: SweepFolder, runs: Sequence[str]) -> tuple[Ensemble, list[str]]:
    """Keep the best mix of these runs' networks, of which the first is the winner, as the run `<sweep>-ensemble`, and
    what is to be said of it.

    Networks of other preparations than the winner's are left out. Where no mix is better than the winner on the
    validation rows, there is none in the end: NoEnsembleError says so. Raises UsageError and NnlabError as
    evaluating does, and where it cannot be written.
    """
    target, began = RunFolder(runs_root() / folder.ensemble), monotonic()
    networks = _networks(runs)
    winner = networks[runs[0]]
    if winner.spec.family == "custom":
        _drop(target)
        raise NoEnsembleError("no ensemble: only nnlab's own networks can be kept as one")
    fitting = {run: network for run, network in networks.items() if _fits(winner, network)}
    outputs, truth, data = _answers(fitting, winner)
    classes, scale = bool(winner.schema.classes), 1.0 if winner.schema.classes else winner.schema.target_std
    shares = best_mix(outputs, truth, classes=classes)
    alone = error_of(_given(outputs[runs[0]], classes=classes), truth, classes=classes)
    mean = np.sum([_given(outputs[run], classes=classes) * share for run, share in shares.items()], axis=0)
    mixed = error_of(mean, truth, classes=classes)
    if len(shares) == 1 or mixed >= alone:
        _drop(target)
        best = next(iter(shares)) if len(shares) == 1 else runs[0]
        raise NoEnsembleError(f"no ensemble: no mix of networks answers the validation rows better than {best} alone")
    made = together([fitting[run] for run in shares], list(shares.values()))
    logits = np.log(np.maximum(mean, np.finfo(np.float64).tiny)) if classes else mean
    kept = _threshold(winner.config.training.threshold, mean, truth)
    made = replace(made, margins=margins_of(off_by(logits, truth, classes=classes, scale=scale)), threshold=kept)
    metrics, test, notes = _judged(made, folder.ensemble)
    if kept is not None:
        notes.append(f"the ensemble answers {made.schema.classes[1]!r} from a probability of {kept:.3g} on")
    _write(target, made, data, metrics, monotonic() - began)
    left_out = len(networks) - len(fitting)
    if left_out:
        notes.append(f"the ensemble was chosen without {number_of(left_out, 'network')} of another preparation or kind")
    measure = "loss" if classes else "rmse"
    return Ensemble(folder.ensemble, shares, measure, mixed * scale, alone * scale, test), notes


def _threshold(wanted: str | None, shares: np.ndarray, truth: np.ndarray) -> float | None:
    """The threshold that a rule wants for probabilities (rows, 2); None without one, or of too few rows."""
    if wanted is None:
        return None
    rule = rule_of(wanted)
    hindered = rule.kind != "at" and why_not(len(truth), len(np.unique(truth)))
    return None if hindered else choose(rule, shares[:, 1], truth)


def _networks(runs: Sequence[str]) -> dict[str, Checkpoint]:
    """The runs' networks, as many as are looked at; but for the winner's, those that cannot be read are passed over."""
    found: dict[str, Checkpoint] = {}
    for place, run in enumerate(runs[:MOST]):
        folder = RunFolder(runs_root() / run)
        with suppress(*([] if not place else [UsageError, OSError])):
            found[run] = checkpoints.load(folder.best if folder.best.exists() else folder.last)
    return found


def _fits(winner: Checkpoint, other: Checkpoint) -> bool:
    return other.spec.family not in ("custom", "ensemble") and alike(winner, other)


def _answers(networks: dict[str, Checkpoint], winner: Checkpoint) -> tuple[dict[str, np.ndarray], np.ndarray, str]:
    """What each answers to the validation rows, the truth, and what the data are called."""
    read = training_data(winner)
    numbers = take(read.splits, "valid")
    rows = select_arrays(read.dataset, winner.schema, numbers[spaced(len(numbers), MOST_ROWS)])
    answered = {run: answers_to(network, rows) for run, network in networks.items()}
    return {run: outputs for run, (outputs, _) in answered.items()}, next(iter(answered.values()))[1], read.dataset.name


def _given(outputs: np.ndarray, *, classes: bool) -> np.ndarray:
    return shares_of(outputs) if classes else outputs


def _judged(made: Checkpoint, name: str) -> tuple[Scores, Scores, list[str]]:
    """What an ensemble reaches on validation and test rows, as a run's log has it; that on the test rows alone, none
    where there are no such rows; and why."""
    valid = evaluate(made, split="valid", name=name, trusted=True).metrics
    metrics = {f"{key}_valid": valid[key] for key in MAIN if key in valid}
    try:
        test = evaluate(made, split="test", name=name, trusted=True).metrics
    except UsageError as error:
        return metrics, {}, [f"the ensemble was not tested: {str(error).rstrip('.')}"]
    return metrics | {f"{key}_test": test[key] for key in MAIN if key in test}, test, []


def _write(target: RunFolder, made: Checkpoint, data: str, metrics: Scores, seconds: float) -> None:
    """Keep an ensemble as a run that was trained for no epoch. NnlabError where it cannot be written, or something else
    is called so."""
    _drop(target)
    started = RunStarted(
        run=target.name,
        dir=str(target.path),
        data=data,
        task=made.schema.task,
        parameters=parameter_count(made.spec),
        device="cpu",
        config=made.config.to_dict(),
        features=made.schema.in_features,
        classes=list(made.schema.classes),
    )
    place = str(target.best)
    ended = RunFinished(target.name, started.dir, 0, "epochs", 0, place, place, metrics, seconds)
    try:
        target.path.mkdir()
        _put(target.events, f"{to_line(started)}\n")
        _put(target.config, write_toml(made.config))
        checkpoints.save(target.best, made)
        _put(target.events, f"{to_line(started)}\n{to_line(ended)}\n")
    except OSError as error:
        raise NnlabError(f"The ensemble cannot be written to {target.path}: {error.strerror or error}.") from None


def _put(path: Path, text: str) -> None:
    with open_own(path, "wb") as file:
        file.write(text.encode())


def _drop(target: RunFolder) -> None:
    """Remove the ensemble that an earlier end of the sweep has left. NnlabError for anything else that is called so."""
    if target.path.exists():
        remove(target)
