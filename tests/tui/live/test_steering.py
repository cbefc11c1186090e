"""Who watches a training that was started elsewhere is asked before it is changed; the header says what matters."""

import pytest
from scripted import begin, play, requests, see, text, write
from textual.pilot import Pilot
from textual.widgets import Input

from nnlab.engine.events import EpochProgress, RunFinished, StateChanged
from nnlab.engine.runs.folder import RunFolder
from nnlab.tui.live.screen import LiveScreen
from nnlab.tui.trainer.monitor import RunMonitor
from nnlab.tui.trainer.tail import RunTail
from nnlab.tui.widgets.question import Question

ELSEWHERE = "This training was started elsewhere. Change it?"
CHANGES = {"space": "pause", "n": "epoch", "minus": "set", "plus": "set", "s": "save"}


def asked(folder: RunFolder) -> list[str]:
    return [request["request"] for request in requests(folder)]


@pytest.mark.parametrize("key", CHANGES)
def test_the_first_change_of_a_watcher_asks_and_the_next_ones_do_not(folder: RunFolder, key: str):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        await pilot.press(key)
        await pilot.pause()
        assert isinstance(pilot.app.screen, Question)
        assert ELSEWHERE in text(pilot.app.screen)
        await pilot.press("n")
        await pilot.pause()
        assert asked(folder) == []
        await pilot.press(key)
        await pilot.pause()
        await pilot.press("y")
        await pilot.pause()
        assert asked(folder) == [CHANGES[key]]
        await pilot.press(key)
        await pilot.pause()
        assert pilot.app.screen is screen
        assert len(asked(folder)) == 2

    play(folder, script)


def test_a_watcher_is_asked_before_a_rate_is_typed(folder: RunFolder):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        await pilot.press("l")
        await pilot.pause()
        assert isinstance(pilot.app.screen, Question)
        await pilot.press("y")
        await pilot.pause()
        assert screen.query_one("#rate", Input).value == "0.1"
        await pilot.press("escape", "l")
        assert pilot.app.screen is screen

    play(folder, script)


@pytest.mark.parametrize("key", CHANGES)
def test_who_started_it_is_not_asked(folder: RunFolder, key: str):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        await pilot.press(key)
        assert pilot.app.screen is screen
        assert asked(folder) == [CHANGES[key]]

    play(folder, script, owned=True)


def test_who_leaves_a_paused_training_to_itself_is_told_that_it_stays_so(folder: RunFolder):
    begin(folder)
    write(folder, StateChanged("paused", 12))

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        assert "d leave it paused" in text(screen)
        await pilot.press("d")

    monitor = play(folder, script, (200, 60), owned=True).monitor
    assert monitor.left == ("The training stays paused; `nnlab watch xor-1` shows it, and space there resumes it.")


def test_a_training_that_is_left_going_goes_on(folder: RunFolder):
    begin(folder)
    monitor = RunMonitor(lambda: RunTail(folder))
    assert monitor.left == "The training goes on in the background."
    monitor.tick()
    assert monitor.left == "The training goes on; `nnlab watch xor-1` shows it again."


def test_the_time_left_is_in_the_header_of_80_columns(folder: RunFolder):
    begin(folder)
    progress = EpochProgress(13, 40, 100, 0.3, 20.0, 400.0, 3.0, "training")

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        screen.state.take([progress])
        await see(screen, pilot)
        head = text(screen).splitlines()[0]
        assert "epoch 13/50" in head
        assert "left" in head.split("epoch 13/50")[1][:20]

    play(folder, script, (80, 24))


def test_the_header_of_what_is_over_has_no_pace_and_no_rate(folder: RunFolder):
    begin(folder)
    write(folder, RunFinished("xor-1", "", 12, "epochs", 12, "", "", {"accuracy_test": 1.0}, 1.5))

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        head = text(screen).splitlines()[0]
        assert "epoch 12/50  best epoch by valid loss: 12  0.6000 acc." in head
        assert "in 1.5 s" in head
        assert "epochs/s" not in head
        assert "lr" not in head

    play(folder, script, (200, 60))
