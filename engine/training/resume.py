"""What it takes to go on with a run: which choices may change, and whether the data are still the same."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import torch

from ..checkpoint import Checkpoint, load
from ..config import Config, Tree, merge, validate
from ..data.dataset import Dataset, SplitName
from ..data.known_rows import mark, row_hashes, trained_on
from ..data.prepare import complete, divide_rows, select, with_target
from ..data.prepared import Prepared
from ..errors import UsageError, shown
from ..models.spec import ModelSpec
from ..models.trust import adopt
from ..runs.folder import RunFolder
from ..runs.lookup import without_network

RESUMABLE = ("epochs", "early_stop", "device", "deterministic", "threads", "checkpoint_every", "step", "on_divergence")
INSTEAD = "add --resume-weights-only to start a new run from its weights"
HASHED = 2**24  # bytes of the rows that are looked at; of more than that, evenly spaced ones
PART = 2**10  # rows looked at at a time


def load_last(folder: RunFolder) -> Checkpoint:
    """A run's last checkpoint. Raises UsageError where there is none, or it cannot be read."""
    if not folder.last.exists():
        if folder.best.exists() and load(folder.best).spec.family == "ensemble":
            raise UsageError(
                f"{folder.name!r} is an ensemble of networks that are trained already, and has no training of its own: "
                "name the run of one of these networks."
            )
        raise without_network(folder, "ended before its first step and nothing was saved: train it again.")
    return load(folder.last)


def adopt_named(checkpoint: Checkpoint, flags: Tree) -> tuple[Checkpoint, str]:
    """The checkpoint with its network in the file of the user's that the flags name, which may have moved or changed,
    and what to tell of it; the checkpoint as it is where they name none, or its network is none of a user's.

    Raises UsageError for a file that cannot be read.
    """
    model = flags.get("model", {})
    if not model.get("file") or checkpoint.spec.family != "custom":
        return checkpoint, ""
    adopted, note = adopt(checkpoint, f"{model['file']}:{model['class_name']}")
    place = {"file": adopted.spec.file, "class_name": adopted.spec.class_name}
    config = checkpoint.config.model_copy(update={"model": checkpoint.config.model.model_copy(update=place)})
    return replace(adopted, config=config), note


def settle(checkpoint: Checkpoint, flags: Tree, name: str) -> Config:
    """The run's config with the flags laid over it. Raises UsageError naming every choice that a run must keep."""
    config = validate(merge(checkpoint.config.to_dict(), flags))
    changed = differences(checkpoint.config, config)
    if changed:
        words = ", ".join("--" + key.replace("_", "-") for key in RESUMABLE)
        raise UsageError(
            f"The run {name!r} keeps its choices, and {'; '.join(changed)}: only {words} may change, or {INSTEAD}."
        )
    if "refit" in checkpoint.state:
        _check_refit(checkpoint, config, name)
    elif checkpoint.epoch >= config.training.epochs:
        raise UsageError(
            f"The run {name!r} has trained its {checkpoint.epoch} epochs: "
            f"use --epochs {checkpoint.epoch * 2} to go on with it."
        )
    return config


def _check_refit(checkpoint: Checkpoint, config: Config, name: str) -> None:
    """UsageError where a run that is, or was, trained once more on all its rows has no more to train."""
    refit = checkpoint.state["refit"]
    if config.training.epochs != checkpoint.config.training.epochs:
        raise UsageError(f"The run {name!r} trains once more for its best epochs: leave out --epochs, or {INSTEAD}.")
    if checkpoint.epoch >= refit["after"] + refit["epochs"]:
        raise UsageError(f"The run {name!r} was trained once more on all its rows and is finished: {INSTEAD}.")


def differences(was: Config, now: Config) -> list[str]:
    """Every choice that a resumed run must keep and that is another one now, in words."""
    sections = {name: value for name, value in was.model_dump().items() if isinstance(value, dict)}
    other = now.model_dump()
    return [
        f"{section}.{key} was {shown(value)} and is {shown(other[section][key])}"
        for section, values in sections.items()
        for key, value in values.items()
        if value != other[section][key] and not (section == "training" and key in RESUMABLE)
    ]


def fingerprint(prepared: Prepared) -> dict[str, int]:
    """What tells these rows from others: how many train on, how wide they are, a checksum of train and valid values."""
    checksum = 0
    for rows in (prepared.train, prepared.valid or prepared.train):
        step = max(1, -(-rows.x.nbytes // HASHED))
        numbers = torch.arange(0, len(rows), step).to(rows.y.device)
        for values in (rows.x, rows.y):
            for part in numbers.split(PART):
                checksum = zlib.crc32(values[part].cpu().numpy().data, checksum)
    return {"rows": len(prepared.train), "values": prepared.train.x[0].numel(), "checksum": checksum}


def check_spec(checkpoint: Checkpoint, spec: ModelSpec) -> None:
    """Raise UsageError, saying what is different, if the checkpoint is another network's."""
    if checkpoint.spec != spec:
        was, now = checkpoint.spec.model_dump(), spec.model_dump()
        key = next(key for key in was if was[key] != now[key])
        raise UsageError(
            f"The checkpoint does not fit this network: its {key} is {shown(was[key])}, not {shown(now[key])}."
        )


def check_data(checkpoint: Checkpoint, prepared: Prepared) -> str:
    """Raise UsageError, saying what is different, if these are not the rows that the run has seen; what is to be told
    where the test rows, which it has not, are others."""
    was, now = checkpoint.state["data"], fingerprint(prepared)
    changed = _changed(checkpoint, prepared)
    if was == now and not {"train", "valid"} & changed:
        return "the test rows have changed since the run was stopped; none was trained on" if changed else ""
    if was.get("rows") != now["rows"]:
        what = f"there are {now['rows']:,} train rows, and there were {was.get('rows', 0):,}"
    elif was.get("values") != now["values"]:
        what = f"a row has {now['values']:,} values, and it had {was.get('values', 0):,}"
    else:
        what = "their values are others"
    raise UsageError(
        f"The data have changed since the run was stopped ({what}): bring the old ones back, or {INSTEAD}."
    )


def seen_before(weights: Checkpoint, dataset: Dataset, config: Config) -> list[str]:
    """What to tell of validation and test rows of a new run that the run whose weights it starts from has trained on:
    they flatter it."""
    dataset, _ = complete(with_target(dataset, config.data), config.data, config.prepare)
    split, told = divide_rows(dataset, config.data), list[str]()
    held: dict[SplitName, np.ndarray | None] = {"valid": split.valid, "test": split.test}
    for name, rows in held.items():
        if rows is None:
            continue
        try:
            hashes = row_hashes(select(dataset, weights.schema, rows))
        except UsageError as error:
            return [f"whether {name} rows were trained on by the run whose weights these are cannot be told: {error}"]
        told_apart = name in weights.known and weights.known[name].mark == mark(hashes)
        if told_apart and not (weights.refit and name == "valid"):
            continue
        seen = int(trained_on(weights.known, hashes, refit=weights.refit).sum())
        if not len(weights.known["train"].ids):
            told.append(f"whether {name} rows were trained on by the run whose weights these are cannot be told")
        elif seen:
            told.append(f"{seen:,} of {len(rows):,} {name} rows were trained on by the run whose weights these are")
    return told


def _changed(checkpoint: Checkpoint, prepared: Prepared) -> set[SplitName]:
    """The splits whose rows are others, as far as the checkpoint knows."""
    was, now = checkpoint.known, prepared.known
    names: set[SplitName] = {*was, *now} if was else set()
    return {name for name in names if name not in was or name not in now or was[name].mark != now[name].mark}
