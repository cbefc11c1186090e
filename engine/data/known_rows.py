"""Which rows a training was given: a number for each, by which it is found again in data that have changed since.

A row is known by what the network sees of it and by its target, not by the bytes of a file: the same values in another
kind of file, or in another order, are the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Self

import numpy as np
from pydantic import ConfigDict, Field, model_validator

from .columns.encoders import Plain
from .dataset import SplitName
from .prepared import Rows, TableRows

MOST = 2**19  # rows whose ids are kept, 8 bytes each in every checkpoint
PART = 2**18  # bytes looked at at a time: they stay in the processor's cache
ODD = np.array([0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB], np.uint64)  # SplitMix64's


class KnownSplit(Plain):
    """The rows of a split: how many, a digest of all of them whatever their order, and their `ids`, int64 (rows,) in
    the split's order; no ids where the training was given more than `MOST` rows."""

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid", frozen=True, strict=True)

    rows: Annotated[int, Field(ge=0, lt=2**53)]
    digest: Annotated[int, Field(ge=0, lt=2**64)]
    ids: np.ndarray

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.ids.dtype != np.int64 or self.ids.shape not in {(0,), (self.rows,)}:
            raise ValueError("its ids are not one whole number a row")
        return self

    @property
    def mark(self) -> tuple[int, int]:
        """How many they are, and the digest."""
        return self.rows, self.digest


Known = Mapping[SplitName, KnownSplit]


def check_known(known: dict[SplitName, KnownSplit]) -> dict[SplitName, KnownSplit]:
    """ValueError where splits are known, and not which rows were trained on."""
    if known and "train" not in known:
        raise ValueError("of its rows those that were trained on are not known")
    return known


@dataclass(frozen=True)
class Found:
    """Known rows in data that have changed: the row numbers of each split, in the split's order, and of the rows that
    are in none; how many of each split are `gone`."""

    splits: dict[str, np.ndarray]
    new: np.ndarray
    gone: dict[str, int]


def know(splits: Mapping[SplitName, tuple[np.ndarray, np.ndarray]]) -> dict[SplitName, KnownSplit]:
    """What is kept of the rows of a training, given as row numbers and `row_hashes` of each split, train first."""
    numbers = np.concatenate([rows for rows, _ in splits.values()])
    many = len(numbers) > MOST
    keys = np.empty(0, np.uint64) if many else _keys(numbers, np.concatenate([found for _, found in splits.values()]))
    ends = np.cumsum([len(rows) for rows, _ in splits.values()])
    return {
        name: KnownSplit(
            rows=len(found),
            digest=mark(found)[1],
            ids=keys[end - len(found) : end].astype(np.int64) if not many else np.empty(0, np.int64),
        )
        for (name, (_, found)), end in zip(splits.items(), ends, strict=True)
    }


def mark(hashes: np.ndarray) -> tuple[int, int]:
    """The mark of a split whose rows have these hashes."""
    return len(hashes), int(hashes.sum(dtype=np.uint64))


def find_again(known: Known, hashes: np.ndarray) -> Found:
    """The known rows among rows of these hashes. Of equal rows, as many are each split's as were before."""
    keys = told_apart(hashes).view(np.int64)
    order = np.argsort(keys)
    splits = {name: _places(split.ids, keys, order) for name, split in known.items()}
    fresh = np.ones(len(keys), dtype=bool)
    for rows in splits.values():
        fresh[rows[rows >= 0]] = False
    return Found(
        {name: rows[rows >= 0] for name, rows in splits.items()},
        np.flatnonzero(fresh),
        {name: int((rows < 0).sum()) for name, rows in splits.items()},
    )


def trained_on(known: Known, hashes: np.ndarray, *, refit: bool = False) -> np.ndarray:
    """A mask of the rows of these hashes that equal one that was trained on, as validation rows were in a `refit`."""
    names: tuple[SplitName, ...] = ("train", "valid") if refit and "valid" in known else ("train",)
    ids = np.concatenate([known[name].ids for name in names])
    return np.isin(hashes.view(np.int64), ids)  # the first of equal rows has its hash as key, and train comes first


def row_hashes(rows: Rows | TableRows) -> np.ndarray:
    """uint64 (rows,): equal for equal rows, and else as good as never."""
    size = max(1, PART // (rows.x[:1].nbytes + 8))
    found = np.empty(len(rows), np.uint64)
    for part in (slice(first, first + size) for first in range(0, len(rows), size)):
        found[part] = _hashes(np.asarray(rows.x[part]), np.asarray(rows.y[part]))
    return found


def _hashes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    flat = x.reshape(len(x), -1)
    if flat.dtype == np.float32:
        flat = flat + np.float32(0)  # which leaves one zero of the two
    values = np.ascontiguousarray(flat).view(np.uint8)
    target = np.ascontiguousarray(y[:, None]).view(np.uint8)
    width = values.shape[1] + target.shape[1]
    block = np.zeros((len(x), -(-width // 8) * 8), np.uint8)
    block[:, : values.shape[1]], block[:, values.shape[1] : width] = values, target
    words = block.view(np.uint64)
    words += np.arange(1, words.shape[1] + 1, dtype=np.uint64) * ODD[0]
    return _mixed(_mixed(words).sum(axis=1, dtype=np.uint64))


def _mixed(words: np.ndarray) -> np.ndarray:
    """SplitMix64's last step, in place: every bit of a word depends on all of them."""
    words ^= words >> np.uint64(30)
    words *= ODD[1]
    words ^= words >> np.uint64(27)
    words *= ODD[2]
    words ^= words >> np.uint64(31)
    return words


def _keys(numbers: np.ndarray, hashes: np.ndarray) -> np.ndarray:
    """A key for each row number, the same where a row stands in several splits."""
    places, size = np.arange(len(numbers)), int(numbers.max(initial=-1)) + 1
    first = np.empty(size, np.int64)
    first[numbers[::-1]] = places[::-1]  # the last one that is put in stays: the place where a row comes first
    once = first[numbers] == places
    of_row = np.empty(size, np.uint64)
    of_row[numbers[once]] = told_apart(hashes[once])
    return of_row[numbers]


def told_apart(hashes: np.ndarray) -> np.ndarray:
    """The hashes, of which those of equal rows are made different by how many of them come before."""
    ordered = np.sort(hashes)
    if not (ordered[1:] == ordered[:-1]).any():  # as nearly always; the order that tells them apart takes far longer
        return hashes
    order = np.argsort(hashes, kind="stable")
    ordered, places = hashes[order], np.arange(len(hashes))
    begins = np.ones(len(hashes), dtype=bool)
    begins[1:] = ordered[1:] != ordered[:-1]
    before = places - np.maximum.accumulate(np.where(begins, places, 0))
    keys = np.empty_like(hashes)
    keys[order] = ordered + before.astype(np.uint64) * ODD[0]
    return keys


def _places(wanted: np.ndarray, keys: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Where each wanted key stands among `keys`, which `order` sorts; -1 where it does not."""
    if not len(keys):
        return np.full(len(wanted), -1)
    place = order[np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)]
    return np.where(keys[place] == wanted, place, -1)
