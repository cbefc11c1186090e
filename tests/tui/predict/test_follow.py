"""While its run trains, the page answers with the weights that were written last, and says of which epoch they are."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nnlab.tui.predict.screen import PredictScreen

Play = Callable[..., PredictScreen]
MakeRun = Callable[..., Path]


def write(folder: Path, second: int) -> None:
    """Another checkpoint, written at this second."""
    (folder / "best.pt").touch()
    os.utime(folder / "best.pt", (second, second))


def test_new_weights_are_taken_without_being_asked_for(play: Play, make_run: MakeRun):
    folder = make_run("xor-1", stopped=None)
    write(folder, 1000)

    async def script(page: Any) -> None:
        page.screen.begin(["xor-1"], folder)
        await page.see()
        assert "weights of epoch 3" in page.text()
        asked = len(page.network.asked)
        page.screen.conversation.follow()
        await page.see()
        assert len(page.network.asked) == asked
        write(folder, 2000)
        page.network.epoch = 1320
        page.screen.conversation.follow()
        await page.see()
        assert "weights of epoch 1,320" in page.text()
        reload, row, plane = page.network.asked[asked:]
        assert reload == "reload"
        assert [len(question["x1"]) > 100 for question in (row, plane)] == [False, True]

    play("flat", script)


def test_a_checkpoint_that_is_gone_leaves_the_last_answer(play: Play, make_run: MakeRun):
    folder = make_run("xor-1", stopped=None)

    async def script(page: Any) -> None:
        page.screen.begin(["xor-1"], folder)
        await page.see()
        before = page.screen.conversation.prediction
        for checkpoint in ("best.pt", "last.pt"):
            (folder / checkpoint).unlink()
        page.screen.conversation.follow()
        await page.see()
        assert page.screen.conversation.prediction == before
        assert before is not None

    play("flat", script)
