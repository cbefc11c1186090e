"""Who watches a training leaves it alone; who started it saves, stops and leaves; another key stops it, and asks."""

import pytest
from scripted import begin, play, requests, see, text, write
from textual.pilot import Pilot

from nnlab.engine.events import RunFinished
from nnlab.engine.runs.folder import RunFolder
from nnlab.tui.live.screen import LiveScreen
from nnlab.tui.widgets.question import Question

FINISHED = RunFinished("xor-1", "", 12, "epochs", 12, "", "", {"accuracy_test": 1.0}, 1.0)


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
def test_who_watches_leaves_and_the_training_goes_on(folder: RunFolder, key: str):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        assert "q leave" in text(screen)
        assert "stop" not in text(screen).splitlines()[-1]
        await pilot.press("d")
        assert pilot.app._exit is False
        await pilot.press(key)
        assert pilot.app._exit

    screen = play(folder, script)
    assert requests(folder) == []
    assert not screen.monitor.detached


def test_who_started_it_is_told_that_leaving_stops_it(folder: RunFolder):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        assert "q stop and leave" in text(screen)
        await pilot.press("q")
        await see(screen, pilot)
        assert [request["request"] for request in requests(folder)] == ["stop"]
        assert "q again leaves at once" in text(screen)
        assert not pilot.app._exit
        await pilot.press("q")
        assert pilot.app._exit

    play(folder, script, owned=True)
    assert len(requests(folder)) == 1


def test_who_started_it_can_leave_it_to_train_on(folder: RunFolder):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        await pilot.press("d")

    assert play(folder, script, owned=True).monitor.detached
    assert requests(folder) == []


@pytest.mark.parametrize("owned", [False, True])
@pytest.mark.parametrize(("answer", "asked"), [("y", ["stop"]), ("n", []), ("escape", []), ("q", [])])
def test_stopping_is_another_key_that_asks_and_the_screen_stays(
    folder: RunFolder, owned: bool, answer: str, asked: list[str]
):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        await pilot.press("S")
        assert isinstance(pilot.app.screen, Question)
        assert "Stop the training of xor" in text(pilot.app.screen)
        await pilot.press(answer)
        await pilot.pause()
        assert pilot.app.screen is screen
        assert [request["request"] for request in requests(folder)] == asked
        assert not pilot.app._exit

    play(folder, script, owned=owned)


def test_what_is_over_is_left_and_cannot_be_stopped(folder: RunFolder):
    begin(folder)
    write(folder, FINISHED)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        await pilot.press("S", "d")
        assert pilot.app.screen is screen
        assert "q leave" in text(screen)
        await pilot.press("q")
        assert pilot.app._exit

    play(folder, script, owned=True)
    assert requests(folder) == []
