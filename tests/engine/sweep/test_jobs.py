"""Runs of a sweep that begin and end while nobody looks."""

from __future__ import annotations

import pytest
from test_sweep import Pretender, ended_in, plan, swept


class Hasty(Pretender):
    """A trainer whose runs are over before anybody looks."""

    def ended(self) -> tuple[int, str]:
        while (over := super().ended()) is None:
            pass
        return over


@pytest.mark.parametrize("first", [None, "diverged", 1])
def test_trials_that_are_over_at_the_first_look_are_all_trained(first: str | int | None):
    trainer = Hasty(fails=lambda run, epoch: first if run == "xor-s1-00" and epoch else None)
    assert sorted(ended_in(swept(plan(trials=4), [trainer]))) == [0, 1, 2, 3]
