"""The confusion matrix fits, keeps its sums and reads without colour."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nnlab.tui.render.blocks import plain
from nnlab.tui.render.matrix import matrix
from nnlab.tui.render.palette import RenderOptions, contrast

PLAIN = RenderOptions(colour=False)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_matrices_fit(digits: dict[str, Any], width: int, options: RenderOptions, holds: Callable[..., None]) -> None:
    many = {"classes": [f"class number {i}" for i in range(60)], "counts": np.eye(60, dtype=int).tolist()}
    for data in (digits, many):
        holds(matrix(data, width, options), width, options)


def test_a_small_matrix_looks_as_drawn_by_hand() -> None:
    data = {"classes": ["no", "yes"], "counts": [[40, 2], [0, 58]]}
    assert plain(matrix(data, 60, PLAIN)).split("\n") == [
        "      predicted →",
        "true   no  yes  recall",
        "no    [40]   2  95.2 %",
        "yes     ·  [58]  100 %",
    ]


def test_ten_digits_are_whole_at_sixty_columns(digits: dict[str, Any]) -> None:
    rows = plain(matrix(digits, 60, PLAIN)).split("\n")
    assert rows[1].split() == ["true", *(str(digit) for digit in range(10))]
    assert rows[2].split() == ["0", "1000", "3", *"········"]


def test_classes_that_do_not_fit_are_gathered_and_none_is_lost() -> None:
    counts = np.diag(np.arange(40)) + np.eye(40, k=1, dtype=int) * 7
    text = plain(matrix({"classes": [f"c{i}" for i in range(40)], "counts": counts.tolist()}, 60, PLAIN))
    shown = [int(number) for row in text.split("\n")[2:] for number in re.findall(r"(?<=[ \[])\d+(?=[ \]])", row)[:-1]]
    assert "+3" in text.split("\n")[-1]
    assert sum(shown) <= counts.sum()
    assert len(text.split("\n")) < 15


def test_a_class_without_rows_has_no_recall() -> None:
    text = plain(matrix({"classes": ["a", "b"], "counts": [[1, 0], [0, 0]]}, 60, PLAIN))
    assert text.split("\n")[-1].split() == ["b", "·", "[0]", "–"]


def test_class_names_cannot_steer_the_terminal(options: RenderOptions) -> None:
    assert "\x1b" not in plain(matrix({"classes": ["\x1b[2J", "b"], "counts": [[1, 0], [0, 1]]}, 60, options))


@pytest.mark.parametrize("ground", ["#ffffff", "#101010"])
def test_counts_are_read_on_any_ground_and_a_light_page_has_no_dark_block(ground: str) -> None:
    counts = [[max(0, 40 - 7 * abs(row - column)) for column in range(8)] for row in range(8)]
    drawn = matrix({"classes": list("abcdefgh"), "counts": counts}, 80, RenderOptions(grounds=(ground,)))
    cells = [one for line in drawn for one in line if one.style and one.style.bgcolor and one.style.color]
    assert cells
    for cell in cells:
        assert cell.style
        fore, back = (
            part.triplet.hex if part and part.triplet else "" for part in (cell.style.color, cell.style.bgcolor)
        )
        assert contrast(fore, back) >= (4.5 if cell.text.strip().isdigit() else 1.0)
        assert ground != "#ffffff" or contrast(back, "#000000") > 7
