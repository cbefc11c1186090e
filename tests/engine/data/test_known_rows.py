from collections import Counter
from random import Random

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from nnlab.engine.data import known_rows
from nnlab.engine.data.known_rows import KnownSplit, find_again, know, mark, row_hashes, trained_on
from nnlab.engine.data.picked import Picked
from nnlab.engine.data.prepared import Rows


def hashes_of(values: list[int]) -> np.ndarray:
    """Of rows of one small number each, so that many are equal."""
    return row_hashes(Rows(torch.tensor(values, dtype=torch.float32)[:, None], torch.zeros(len(values))))


@given(st.data())
def test_whatever_becomes_of_the_rows_each_stays_in_its_split(data: st.DataObject) -> None:
    values = data.draw(st.lists(st.integers(0, 9), min_size=3, max_size=40))
    order = np.array(data.draw(st.permutations(range(len(values)))))
    first, second = sorted(data.draw(st.tuples(st.integers(1, len(values)), st.integers(1, len(values)))))
    parts = {"train": order[:first], "valid": order[first:second], "test": order[second:]}
    hashes = hashes_of(values)
    known = know({name: (rows, hashes[rows]) for name, rows in parts.items()})  # pyright: ignore[reportArgumentType]

    kept = data.draw(st.lists(st.sampled_from(range(len(values))), unique=True))
    later = data.draw(st.permutations([*(values[row] for row in kept), *data.draw(st.lists(st.integers(5, 14)))]))
    found = find_again(known, hashes_of(later))

    places = np.concatenate([*found.splits.values(), found.new])
    assert sorted(places) == list(range(len(later)))
    left = Counter(later)
    for name, rows in parts.items():  # equal rows go to train first, which is the safe side
        were = Counter(values[row] for row in rows)
        assert Counter(later[row] for row in found.splits[name]) == were & left
        assert found.gone[name] == len(rows) - len(found.splits[name])
        left -= were


@given(st.lists(st.integers(0, 5), min_size=2, max_size=30), st.randoms())
def test_equal_rows_on_both_sides_stand_where_they_stood(values: list[int], random: Random) -> None:
    half = len(values) // 2
    hashes, rows = hashes_of(values), np.arange(len(values))
    known = know({"train": (rows[:half], hashes[:half]), "test": (rows[half:], hashes[half:])})
    later = random.sample(values, len(values))
    found = find_again(known, hashes_of(later))
    assert Counter(later[row] for row in found.splits["test"]) == Counter(values[half:])
    assert [later[row] for row in found.splits["test"]] == values[half:]  # in their order, for slices
    assert not len(found.new)


def test_splits_that_share_rows_share_them_again() -> None:
    hashes = hashes_of([1, 2, 3, 4])
    shared = np.array([2, 3])
    known = know(
        {"train": (np.array([0, 1, 1]), hashes[[0, 1, 1]]), "valid": (shared, hashes[2:]), "test": (shared, hashes[2:])}
    )
    found = find_again(known, hashes_of([4, 3, 9, 2, 1]))
    assert {name: rows.tolist() for name, rows in found.splits.items()} == {
        "train": [4, 3, 3],
        "valid": [1, 0],
        "test": [1, 0],
    }
    assert (found.new.tolist(), set(found.gone.values())) == ([2], {0})


def test_nothing_is_found_among_no_rows() -> None:
    found = find_again(know({"train": (np.arange(3), hashes_of([1, 2, 3]))}), hashes_of([]))
    assert (found.splits["train"].tolist(), found.gone) == ([], {"train": 3})


def test_a_mark_is_of_the_rows_and_not_of_their_order() -> None:
    assert mark(hashes_of([1, 2, 2])) == mark(hashes_of([2, 1, 2]))
    assert len({mark(hashes_of(values)) for values in ([1, 2], [1, 1, 2], [1, 2, 2], [1, 3])}) == 4
    a = row_hashes(Rows(torch.tensor([[1.0, 2, 3, 4], [5, 6, 7, 8]]), torch.zeros(2)))
    swapped = row_hashes(Rows(torch.tensor([[5.0, 6, 3, 4], [1, 2, 7, 8]]), torch.zeros(2)))
    assert mark(a) != mark(swapped)


def test_each_value_of_a_row_counts_and_its_target_too() -> None:
    x = torch.zeros(7, 5)
    for row in range(5):
        x[row, row] = 1
    y = torch.tensor([0, 0, 0, 0, 0, 0, 1])
    assert len(set(row_hashes(Rows(x, y)).tolist())) == 7
    zeros = Rows(torch.tensor([[0.0], [-0.0]]), torch.zeros(2))
    assert len(set(row_hashes(zeros).tolist())) == 1


@pytest.mark.parametrize("part", [1, 100, 10**6])
def test_images_are_known_by_their_pixels_however_they_lie(monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    monkeypatch.setattr(known_rows, "PART", part)
    x, y = torch.randint(0, 256, (20, 1, 5, 5), dtype=torch.uint8), torch.arange(20)
    order = torch.randperm(20)
    whole, picked = row_hashes(Rows(x, y)), row_hashes(Rows(Picked(x, order), y[order]))
    assert len(set(whole.tolist())) == 20
    assert (picked == whole[order.numpy()]).all()


def test_hashes_stay_what_they_are_since_checkpoints_hold_them() -> None:
    rows = Rows(torch.tensor([[1.0, -2.5, 0.0]]), torch.tensor([3]))
    assert row_hashes(rows).tolist() == [4283443024326933851]


def test_of_too_many_rows_only_the_mark_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_rows, "MOST", 3)
    hashes = hashes_of([1, 2, 3, 4])
    known = know({"train": (np.arange(4), hashes)})
    assert (len(known["train"].ids), known["train"].mark) == (0, mark(hashes))
    assert not trained_on(known, hashes).any()


def test_rows_that_equal_one_that_was_trained_on_are_told() -> None:
    hashes = hashes_of([1, 2, 1, 3])
    known = know({"train": (np.array([2, 1]), hashes[[2, 1]]), "test": (np.array([0, 3]), hashes[[0, 3]])})
    assert trained_on(known, hashes_of([1, 1, 2, 3, 4])).tolist() == [True, True, True, False, False]


@pytest.mark.parametrize("ids", [np.zeros(3), np.zeros(2, dtype=np.int64), np.zeros((3, 1), dtype=np.int64)])
def test_ids_are_one_whole_number_a_row(ids: np.ndarray) -> None:
    with pytest.raises(ValidationError, match="whole number a row"):
        KnownSplit(rows=3, digest=1, ids=ids)
