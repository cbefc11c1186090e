"""Where a network fails, at every width: what is left out for want of room is said."""

from __future__ import annotations

from typing import Any

import pytest

from nnlab.tui.render.blocks import plain
from nnlab.tui.render.failures import failure_lines
from nnlab.tui.render.palette import RenderOptions


def told(columns: int) -> dict[str, Any]:
    values = {f"column {place}": place / 8 for place in range(columns)}
    worst = [{"row": 7, "truth": 1.0, "answer": 2.0, "off": 1.0, "probability": None, "values": values}]
    return {"measure": "mean_absolute_error", "tried": 0, "rows": 12, "slices": [], "worst": worst}


@pytest.mark.parametrize(("columns", "width", "all_fit"), [(2, 80, True), (40, 80, False), (40, 2_000, True)])
def test_columns_that_do_not_fit_are_said_to_be_left_out(columns: int, width: int, all_fit: bool):
    text = plain(failure_lines(told(columns), width, RenderOptions(colour=False)))
    assert ("more columns in --json" in text) != all_fit
    assert (f"column {columns - 1}" in text) == all_fit
