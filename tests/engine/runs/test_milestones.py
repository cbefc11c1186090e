"""Which epochs the film of a training has: dense at the start, then evenly, never too many, always the newest."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab.engine.runs.milestones import EARLY, is_milestone, thinned


def milestones(planned: int) -> list[int]:
    return [epoch for epoch in range(1, planned + 1) if is_milestone(epoch, planned)]


def test_they_are_dense_at_the_start_and_even_later():
    found = milestones(10_000)
    assert found[:10] == [1, 2, 3, 5, 8, 13, 21, 34, 55, 89]
    assert set(range(100, 10_001, 100)) <= set(found)


@pytest.mark.parametrize("planned", [1, 2, 7, 100, 10_000, 100_000])
def test_they_are_few_and_the_last_is_among_them(planned: int):
    found = milestones(planned)
    assert len(found) <= 250
    assert found[-1] == planned or planned > 100


@given(st.sets(st.integers(0, 10_000), min_size=1, max_size=400), st.integers(2, 150))
def test_a_film_that_is_thinned_keeps_first_and_newest_and_some_of_all_between(epochs: set[int], most: int):
    before = sorted(epochs)
    kept = thinned(before, most)
    assert kept == sorted(set(kept))
    assert set(kept) <= epochs
    assert len(kept) <= most
    assert (kept[0], kept[-1]) == (before[0], before[-1])


def test_what_is_kept_is_dense_at_the_start_and_even_later():
    kept = thinned(list(range(1, 10_001)), 50)
    assert EARLY & set(range(1, 1000)) <= set(kept)
    assert max(after - before for before, after in pairwise(kept)) <= 500
