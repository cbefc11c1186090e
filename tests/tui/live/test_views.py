"""The live screen goes back in time, looks along other features, and offers what makes sense."""

import json
from typing import Any

import pytest
from networks_drawn import maps
from scripted import CONFIG, MAP, MATRIX, begin, film, play, requests, see, text, write
from textual.pilot import Pilot

from nnlab.engine.events import EpochEnded, PictureTaken, RunFinished, RunStarted
from nnlab.engine.runs.folder import RunFolder
from nnlab.tui.live.looking import in_sight
from nnlab.tui.live.screen import LiveScreen

PICTURES = [PictureTaken("matrix", 0, MATRIX), PictureTaken("map", 0, MAP)]


def test_the_film_shows_the_map_as_it_was_and_comes_back_to_the_present(folder: RunFolder):
    begin(folder)
    film(folder, 2, 5, 9)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        assert "now, epoch 12" in text(screen)
        await pilot.press("comma")
        await see(screen, pilot)
        assert "epoch 9 of 9" in text(screen)
        await pilot.press("comma")
        await see(screen, pilot)
        assert "at5" in text(screen)
        await pilot.press("full_stop", "full_stop")
        await see(screen, pilot)
        assert screen.view.slider.at is None
        await pilot.press("f")
        seen: list[int | None] = []
        for _ in range(4):
            seen.append(screen.view.slider.at)
            await see(screen, pilot)
        assert [at for at in seen if at is not None] == sorted({at for at in seen if at is not None})
        assert screen.view.slider.at is None
        assert not screen.view.slider.playing

    play(folder, script, (200, 60))


def test_the_present_is_called_by_the_picture_that_is_there_and_not_by_the_epoch(folder: RunFolder):
    """At full speed, or while the pane is hidden, no picture is taken of most epochs."""
    begin(folder)
    film(folder, 2, 5)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        write(folder, *(EpochEnded({"epoch": epoch, "loss_train": 0.1, "seconds": 0.01}) for epoch in range(13, 2001)))
        await see(screen, pilot)
        assert "newest, epoch 12" in text(screen)
        assert "now" not in text(screen)
        write(folder, PictureTaken("map", 2000, MAP))
        await see(screen, pilot)
        assert "now, epoch 2,000" in text(screen)

    play(folder, script, (200, 60))


def test_a_run_that_is_over_shows_its_best_epoch_and_its_film_stays_at_its_last_one(folder: RunFolder):
    begin(folder)
    film(folder, 5, 12)
    worse = EpochEnded({"epoch": 13, "loss_train": 0.1, "loss_valid": 9.0, "accuracy_valid": 0.6})
    write(folder, worse, PictureTaken("map", 12, MAP, split="test", rows=4, of=4))
    film(folder, 13)
    write(folder, RunFinished("xor-1", "", 13, "epochs", 12, "", "", {"accuracy_test": 1.0}, 1.0))

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        assert "best, epoch 12 of 13" in text(screen)
        assert "best epoch by valid loss: 12, 2 of 4 test rows" in text(screen)
        await pilot.press("f")
        for _ in range(9):
            await see(screen, pilot)
        assert screen.view.slider.at == 13
        assert not screen.view.slider.playing
        assert "epoch 13 of 13" in text(screen)
        await pilot.press("full_stop")
        await see(screen, pilot)
        assert "best, epoch 12 of 13" in text(screen)

    play(folder, script, (200, 60))


def test_other_axes_and_the_network_are_wished_for(folder: RunFolder):
    begin(folder)
    write(folder, PictureTaken("map", 12, {**MAP, "columns": ["x1", "x2", "x3"]}))

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        def wish() -> dict[str, Any]:
            lines = folder.control.read_text(encoding="utf-8").splitlines()
            return next(body for body in map(json.loads, reversed(lines)) if body["request"] == "pictures")

        assert wish()["kinds"] == ["map"]
        await pilot.press("x", "x")
        await see(screen, pilot)
        assert wish()["axes"] == ["x1", "x3"]
        await pilot.press("m")
        await see(screen, pilot)
        assert wish()["kinds"] == ["network"]

    play(folder, script, (200, 60))


def test_actions_that_make_no_sense_now_are_neither_offered_nor_done(folder: RunFolder):
    begin(folder)
    write(folder, RunFinished("xor-1", str(folder.path), 12, "epochs", 12, "", "", {"accuracy_test": 1.0}, 1.0))

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        offered = {action.shown for action in screen.shell.offered(screen)}
        assert "z" in offered
        assert not {"space", "x", "f"} & offered
        await pilot.press("space", "x", "f")
        assert "pause" not in text(screen).splitlines()[-1]

    play(folder, script)
    assert requests(folder) == []


def test_the_palette_runs_an_action_and_changes_the_theme(folder: RunFolder):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        await pilot.press("colon", *"logarithmic", "enter", "enter")
        await pilot.pause()
        assert screen.view.log
        before = pilot.app.theme
        await pilot.press("T")
        assert pilot.app.theme != before

    play(folder, script)


@pytest.mark.parametrize("taken", [[], [PICTURES[0]], PICTURES])
def test_the_key_for_the_next_picture_is_offered_where_there_is_one(folder: RunFolder, taken: list[PictureTaken]):
    write(folder, RunStarted("xor-1", str(folder.path), "xor", "binary", 108, "cpu", CONFIG, {"train": 680}))
    write(folder, *taken)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        offered = len(taken) > 0  # the layers can always be looked at besides
        assert ("next_picture" in [action.name for action in screen.offered]) is offered
        assert ("m picture" in text(screen)) is offered
        await pilot.press("m")
        assert screen.view.picture == int(offered)

    play(folder, script, (200, 60))


def test_units_of_the_network_are_scrolled_to_while_it_is_in_view(folder: RunFolder):
    begin(folder)
    write(folder, PictureTaken("network", 12, maps([150])))

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        await pilot.press("u")
        assert screen.view.unit == 0
        await pilot.press("m")
        await see(screen, pilot)
        assert "1.150" not in text(screen)
        await pilot.press("U")
        await see(screen, pilot)
        assert "1.150" in text(screen)
        await pilot.press("u")
        assert screen.view.unit == 0

    play(folder, script, (200, 60))


def test_a_key_brings_what_it_changes_into_sight_and_changes_it_from_then_on(folder: RunFolder):
    """Where one pane at a time has room, a key must not change what nobody sees."""
    begin(folder)
    columns = {**MAP, "columns": ["x1", "x2", "x3"]}
    write(folder, PictureTaken("map", 12, columns), PictureTaken("matrix", 12, MATRIX))
    brings = {"m": "picture", "x": "picture", "down": "epochs", "g": "curves", "e": "curves", "z": "curves"}

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        for key, name in brings.items():
            screen.action_show_pane("curves" if name != "curves" else "picture")
            before = repr(screen.view)
            await pilot.press(key)
            await see(screen, pilot)
            assert in_sight(screen, name), key
            assert repr(screen.view) == before, key
        await pilot.press("z")
        assert screen.view.zoomed

    play(folder, script, (80, 24))
