"""A picture says which epoch and which rows it is of."""

from typing import Any

import pytest

from nnlab.engine.events import PictureTaken, from_json, to_json
from nnlab.tui.render.captions import Best, caption

MATRIX = {"classes": ["a"], "counts": [[1]]}


def picture(epoch: int = 1320, data: Any = MATRIX, **more: Any) -> PictureTaken:
    return PictureTaken("matrix", epoch, data, **more)


@pytest.mark.parametrize(
    ("taken", "said"),
    [
        (picture(split="valid", rows=1000, of=6000), "epoch 1,320, 1,000 of 6,000 valid rows"),
        (picture(143, split="test", rows=200, of=200), "best epoch by valid loss: 143, 200 test rows"),
        (picture(0, split="train", rows=1, of=1), "before the first epoch, 1 train row"),
        (picture(), "epoch 1,320"),
        (picture(0, step=5, split="valid", rows=1, of=1), "epoch 1, step 5, 1 valid row"),
        (picture(143, step=1200), "epoch 144, step 1,200"),
        (
            picture(data={"points": [[0, 0]] * 300}, split="valid", rows=680, of=680),
            "epoch 1,320, 300 of 680 valid rows",
        ),
    ],
)
def test_epoch_rows_and_how_many_are_told(taken: PictureTaken, said: str):
    assert caption(taken, Best(143, "valid loss")) == said


def test_where_there_is_no_room_for_all_the_epoch_is_told():
    taken = picture(143, split="test", rows=200, of=200)
    assert caption(taken, Best(143, "train loss"), 40) == "best epoch by train loss: 143"
    assert caption(taken, Best(143, "train loss"), 20) == "epoch 143"


def test_they_are_read_back_and_an_older_log_has_none():
    taken = picture(split="valid", rows=2, of=3)
    assert from_json(to_json(taken)) == taken
    old = {name: value for name, value in to_json(taken).items() if name not in ("split", "rows", "of")}
    assert from_json(old) == picture()
