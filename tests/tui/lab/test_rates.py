"""The lab looks for learning rates that suit its settings in a process of its own, and sets none."""

import threading
from typing import Any

import pytest
from stage import play, see
from textual.pilot import Pilot
from trainers import Trainers

from nnlab.tui.lab import rates
from nnlab.tui.lab.choices import Lab, setting_of
from nnlab.tui.lab.rates import RatesProcess, RatesScreen
from nnlab.tui.lab.screen import LabScreen

FOUND: dict[str, Any] = {
    "tried": [{"rate": 10 ** (place / 10 - 6), "loss": 1 - place / 80} for place in range(60)],
    **{"band": [1e-3, 1e-2], "ended": "exploded at 1", "middle": 0.003},
}


class Search:
    """Finds something when the test lets it."""

    newest: "Search"

    def __init__(self, arguments: list[str]) -> None:
        self.arguments, self.found, self.closed = arguments, None, threading.Event()
        self.let: threading.Event = threading.Event()
        Search.newest = self

    def result(self) -> Any:
        self.let.wait(10)
        return self.found

    def close(self) -> None:
        self.closed.set()
        self.let.set()


async def find(screen: LabScreen, pilot: Pilot[None], found: Any) -> str:
    """What is seen once the search has found this."""
    Search.newest.found = found
    Search.newest.let.set()
    for _ in range(50):
        await pilot.pause(0.02)
        if isinstance(pilot.app.screen, RatesScreen) and pilot.app.screen.found is not None:
            break
    await pilot.pause()
    return "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (200, 60)])
def test_a_band_is_shown_and_its_command_copied(
    trainers: Trainers, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
):
    monkeypatch.setattr(rates, "RatesProcess", Search)

    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        await pilot.press("R")
        await pilot.pause()
        shown = pilot.app.screen
        assert isinstance(shown, RatesScreen)
        seen = await find(screen, pilot, FOUND)
        assert "The loss fell quickly between 0.001 and" in seen
        await pilot.press("y")
        assert pilot.app.clipboard.startswith("nnlab train xor --lr 0.003")
        await pilot.press("escape")
        await see(screen, pilot)
        assert pilot.app.screen is screen
        assert screen.session is not None
        assert screen.session.lab.config.training.lr == 0.01
        assert Search.newest.closed.is_set()

    play(trainers, script, size)


def test_what_goes_wrong_is_said_and_nothing_copied(trainers: Trainers, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rates, "RatesProcess", Search)

    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        await pilot.press("R")
        await pilot.pause()
        assert "There is no such thing." in await find(screen, pilot, "There is no such thing.")
        await pilot.press("y")
        assert not pilot.app.clipboard

    play(trainers, script)


def test_who_leaves_does_not_wait(trainers: Trainers, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rates, "RatesProcess", Search)

    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        await pilot.press("R")
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        assert Search.newest.closed.is_set()
        assert pilot.app.screen is screen

    play(trainers, script)


def test_the_search_is_for_the_labs_settings_but_for_what_matters_to_no_step():
    lab = Lab("xor", {("training", "epochs"): 7, ("training", "lr"): 0.1, ("model", "hidden"): [3]})
    lab.put(setting_of(("training", "batch_size")), 64)
    assert lab.of_steps() == ["xor", "--hidden", "3", "--batch-size", "64"]
    assert lab.with_rate(0.05) == "nnlab train xor --hidden 3 --lr 0.05 --batch-size 64 --epochs 7"
    assert lab.config.training.lr == 0.1


def test_a_real_search_finds_a_band_and_a_wrong_one_says_what_is_wrong():
    search = RatesProcess(["iris", "--hidden", "4"])
    found = search.result()
    assert isinstance(found, dict)
    assert found["tried"]
    search.close()
    assert "no such" in str(RatesProcess(["--nothing"]).result()).lower()
