"""A row is worked out step by step over the page: asked of the trainer, or of a process once that is over."""

from typing import Any

import pytest
from networks_drawn import worked_row
from scripted import SIZES, begin, play, requests, see, write
from textual.pilot import Pilot

from nnlab.engine.events import PictureTaken, RunFinished
from nnlab.engine.runs.folder import RunFolder
from nnlab.tui.live.screen import LiveScreen
from nnlab.tui.live.worked import WorkedScreen
from nnlab.tui.trainer import worked


async def seen(pilot: Pilot[None]) -> str:
    """The whole screen with the frame over it."""
    await pilot.pause()
    if isinstance(screen := pilot.app.screen, WorkedScreen):
        screen.tick()
    await pilot.pause()
    return "\n".join(strip.text.rstrip() for strip in pilot.app.screen._compositor.render_strips())


def answer(folder: RunFolder, **data: Any) -> None:
    """Answer the last question as the trainer does."""
    asked = requests(folder)[-1]
    whole = {"token": asked["token"], "row": asked["row"], **data}
    write(folder, PictureTaken("worked", 12, whole, True, "train", 1, 680))


@pytest.mark.parametrize("size", SIZES)
def test_steps_and_rows_are_gone_through_with_keys(folder: RunFolder, size: tuple[int, int]):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        await pilot.press("b")
        assert "worked out" in await seen(pilot)
        assert requests(folder)[-1]["request"] == "worked"
        answer(folder, **{**worked_row(3), "row": 1})
        assert "train row 1 of 680, after 3 epochs: the row, 1 of 12" in await seen(pilot)
        await pilot.press("right")
        shown = await seen(pilot)
        assert "layer 1, forward, 2 of 12" in shown
        assert "1.1: z = 1.5000·0.5000" in shown
        await pilot.press("tab", "tab", "tab")
        assert "output, backward" in await seen(pilot)
        await pilot.press("down")
        assert requests(folder)[-1]["row"] == 2
        answer(folder, **{**worked_row(3), "row": 2})
        assert "train row 2 of 680" in await seen(pilot)
        await pilot.press("escape")
        assert pilot.app.screen is screen
        assert screen.view.row == 2

    play(folder, script, size)


def test_an_answer_to_an_earlier_question_is_passed_over_and_a_refusal_is_said(folder: RunFolder):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        await pilot.press("b")
        await seen(pilot)
        write(folder, PictureTaken("worked", 12, {"token": 1, **worked_row(3)}, True, "train", 1, 680))
        assert "worked out" in await seen(pilot)
        answer(folder, refused="There is no \x1b[31msuch row.")
        assert "There is no �[31msuch row." in await seen(pilot)
        await pilot.press("right", "tab", "n")
        assert len(requests(folder)) == 2

    play(folder, script)


def test_of_a_run_that_is_over_a_process_works_it_out_and_ends_when_it_is_left(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
):
    begin(folder)
    write(folder, RunFinished("xor-1", str(folder.path), 12, "epochs", 12, "", "", {}, 1.0))
    asked, closed = list[tuple[str, int]](), list[int]()

    class Process:
        def __init__(self, run: str, row: int) -> None:
            asked.append((run, row))
            self.row = row

        def result(self) -> Any:
            return {**worked_row(2), "row": self.row} if len(asked) < 2 else None

        def close(self) -> None:
            closed.append(self.row)

    monkeypatch.setattr(worked, "ExplainProcess", Process)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        await see(screen, pilot)
        await pilot.press("b")
        assert "train row 1 of 680" in await seen(pilot)
        assert asked == [(str(folder.path), 1)]
        await pilot.press("down")
        await seen(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert closed == [1, 2]

    play(folder, script)


def test_a_network_that_is_too_large_is_not_offered(folder: RunFolder, monkeypatch: pytest.MonkeyPatch):
    import scripted

    monkeypatch.setitem(scripted.CONFIG, "model", {"family": "mlp", "hidden": [17]})
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        await pilot.press("b")
        assert pilot.app.screen is screen

    play(folder, script)
