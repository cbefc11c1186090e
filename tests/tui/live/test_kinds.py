"""Pictures that are asked for in their own way: the loss around the weights, filters of another image, held axes."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from scripted import MAP, begin, play, see, text, write
from textual.pilot import Pilot

from nnlab.engine.events import PictureTaken, to_line
from nnlab.engine.runs.folder import RunFolder
from nnlab.tui.live.screen import LiveScreen
from nnlab.tui.trainer import landscape


class Process:
    """The process that computes the loss around the weights, as a test has it."""

    newest: "Process"

    def __init__(self, run: str) -> None:
        self.run, self.told, self.closed = run, list[dict[str, Any]](), False
        Process.newest = self

    def poll(self) -> list[dict[str, Any]]:
        told, self.told = self.told, []
        return told

    def failure(self) -> str | None:
        return None

    def close(self) -> None:
        self.closed = True


def wishes(folder: RunFolder) -> dict[str, Any]:
    """The newest request for pictures."""
    lines = map(json.loads, folder.control.read_text(encoding="utf-8").splitlines())
    return [request for request in lines if request["request"] == "pictures"][-1]


def test_the_loss_around_the_weights_is_computed_while_it_is_in_view(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(landscape, "LandscapeProcess", Process)
    begin(folder)
    epochs = [2, 12]
    points = [[-0.5, 0.1, -1.0, 1], [0.0, 0.0, -1.5, 0]]
    around = {**MAP, "classes": [], "confidence": None, "value_range": [-2.0, 0.0], "points": points, "epochs": epochs}

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        screen.action_show_kind("landscape")
        await see(screen, pilot)
        assert Process.newest.run == str(folder.path)
        assert wishes(folder)["kinds"] == ["weights"]
        Process.newest.told = [{"done": 50, "of": 627}]
        await see(screen, pilot)
        assert "50 of 627" in text(screen)
        Process.newest.told = [{"epoch": 12, "rows": 512, "of": 680, "data": around}]
        await see(screen, pilot)
        await see(screen, pilot)
        assert "where the weights were after an epoch" in text(screen)
        assert "512 of 680 train rows" in text(screen)
        Process.newest.closed = False
        screen.view.picture += 1
        await see(screen, pilot)
        screen.action_show_kind("landscape")
        await see(screen, pilot)
        assert "where they are" in text(screen)

    play(folder, script, (160, 50))


def test_another_image_is_asked_for_with_the_filters(folder: RunFolder, monkeypatch: pytest.MonkeyPatch):
    cells = base64.b64encode(bytes(4)).decode()
    unit = {"name": "1.1", "range": [0, 1], "cells": cells, "weight_range": [0, 1], "weights": cells}
    layer = {"name": "layer 1", "more": 0, "width": 2, "height": 2, "across": 2, "down": 2, "units": [unit]}
    data: dict[str, Any] = {"row": 1, "rows": 9, "truth": "7", "answer": "7", "probability": 1.0}
    data |= {"shape": [1, 2, 2], "pixels": cells, "layers": [layer]}
    begin(folder)
    write(folder, PictureTaken("filters", 12, data))

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        screen.action_show_kind("filters")
        await see(screen, pilot)
        assert "image 1 of 9: 7; answer 7" in text(screen)
        assert "row" not in wishes(folder)
        await pilot.press("x", "x")
        await see(screen, pilot)
        assert wishes(folder)["row"] == 2
        assert wishes(folder)["kinds"] == ["filters"]
        assert screen.view.axes == 0

    play(folder, script, (160, 50))


def test_earlier_pictures_of_the_hidden_layer_are_seen_along_the_axes_of_the_newest(folder: RunFolder, tmp_path: Path):
    def rows(high: float) -> dict[str, Any]:
        cells = base64.b64encode(bytes([0, 0, 255, 255])).decode()
        return {
            **{"units": 2, "kept": 2, "rows": 2, "range": [0.0, high], "cells": cells, "target": "y"},
            **{"centre": [0.0, 0.0], "axes": [[1.0, 0.0], [0.0, 1.0]], "share": [0.7, 0.3], "right": [1, 1]},
            **{"classes": ["0", "1"], "truth": [0, 1], "value_range": [0.0, 1.0]},
        }

    begin(folder)
    with folder.film.open("a", encoding="utf-8") as file:
        for epoch, high in ((2, 1.0), (12, 5.0)):
            file.write(to_line(PictureTaken("hidden", epoch, rows(high), live=True)) + "\n")

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        screen.action_show_kind("hidden")
        await see(screen, pilot)
        assert "5.2" in text(screen)  # the end of both axes
        screen.action_film(-2)
        await see(screen, pilot)
        frame = screen.view.frame["hidden"]
        assert (frame.epoch, frame.data["held"]["range"]) == (2, [0.0, 5.0])
        assert "5.2" in text(screen)

    play(folder, script, (160, 50))
