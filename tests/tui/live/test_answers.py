"""What is asked of the trainer is answered at once: where and when it saved, which learning rate it has."""

from scripted import CONFIG, begin, play, requests, see, text, write
from textual.pilot import Pilot
from textual.widgets import Input

from nnlab.engine.events import CheckpointSaved, Noted, RunStarted
from nnlab.engine.runs.folder import RunFolder
from nnlab.tui.live.screen import LiveScreen


def test_saving_is_said_at_once_and_then_when_and_where(folder: RunFolder):
    begin(folder)
    write(folder, CheckpointSaved("last", str(folder.last), 3))

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        await pilot.press("s")
        await see(screen, pilot)
        assert "saving" in text(screen).splitlines()[-2]
        write(folder, CheckpointSaved("best", str(folder.best), 11))
        await see(screen, pilot)
        assert "Saved" not in text(screen)
        write(folder, CheckpointSaved("last", str(folder.last), 12))
        await see(screen, pilot)
        assert "Saved after epoch 12 at " in text(screen).splitlines()[-2]
        assert screen.state.log[-1].endswith(str(folder.last))
        write(folder, CheckpointSaved("last", str(folder.last), 12))
        await see(screen, pilot)
        assert sum("Saved" in line for line in screen.state.log) == 1

    play(folder, script, (200, 60), owned=True)


def test_the_present_rate_is_in_the_box(folder: RunFolder):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        rate = screen.query_one("#rate", Input)
        await pilot.press("l")
        assert rate.value == "0.1"
        assert "learning rate:" in text(screen)
        await pilot.press(*"0.3", "enter")
        assert [request["lr"] for request in requests(folder)] == [0.3]
        assert "learning rate:" not in text(screen)
        await pilot.press("l")
        assert rate.value == "0.3"
        await pilot.press("escape")
        write(folder, Noted("set lr = 0.7", 12, changed={"lr": 0.7}))  # somebody else's
        await see(screen, pilot)
        await pilot.press("l")
        assert rate.value == "0.7"

    play(folder, script, owned=True)


def test_under_a_schedule_the_base_is_changed_and_what_becomes_of_it_is_said(folder: RunFolder):
    training = {**CONFIG["training"], "lr": 0.2, "scheduler": "cosine"}
    write(folder, RunStarted("xor-1", "", "xor", "binary", 108, "cpu", {**CONFIG, "training": training}, {"train": 9}))
    begin(folder)
    write(folder, RunStarted("xor-1", "", "xor", "binary", 108, "cpu", {**CONFIG, "training": training}, {}, 0, [], 13))

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        await pilot.press("minus", "minus")
        assert [request["lr"] for request in requests(folder)] == [0.1, 0.05]
        await pilot.press("l")
        await see(screen, pilot)
        assert screen.query_one("#rate", Input).value == "0.05"
        assert "learning rate, of which the cosine schedule makes 0.1 now:" in text(screen)

    play(folder, script, owned=True)
