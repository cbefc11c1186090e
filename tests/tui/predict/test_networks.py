"""The networks of runs: those with a checkpoint, the newest first, whatever else lies there."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from nnlab.engine.events import PictureTaken, to_line
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.log import map_of
from nnlab.tui.predict.choice import lines_of
from nnlab.tui.predict.networks import Trained, read_trained, trained_networks
from nnlab.tui.predict.screen import PredictScreen
from nnlab.tui.render.text import day

CONFIG = '[data]\nname = "xor"\n[model]\nfamily = "mlp"\nhidden = [10, 6]\n'


def make(runs: Path, name: str, *, age: int = 0, config: str = CONFIG, checkpoint: str = "best.pt") -> Path:
    folder = runs / name
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(config, encoding="utf-8")
    if checkpoint:
        (folder / checkpoint).touch()
        os.utime(folder / checkpoint, (1_000_000 - age, 1_000_000 - age))
    return folder


def test_runs_with_a_checkpoint_are_listed_the_newest_first(own_world: Path):
    assert trained_networks() == []
    make(own_world, "old", age=50)
    make(own_world, "new")
    make(own_world, "last-only", age=20, checkpoint="last.pt")
    make(own_world, "begun", checkpoint="")
    (own_world / "a file").touch()
    found = trained_networks()
    assert [one.folder.name for one in found] == ["new", "last-only", "old"]
    assert (found[0].data, found[0].model) == ("xor", "mlp 10-6")


def test_a_damaged_config_hides_no_network(own_world: Path):
    make(own_world, "torn", config="[data\n")
    make(own_world, "strange", config="[data]\nname = 3\n")
    assert [(one.data, one.model) for one in trained_networks()] == [("", ""), ("", "")]


def test_a_folder_that_is_gone_has_no_network(tmp_path: Path):
    assert read_trained(RunFolder(tmp_path / "gone")) is None
    assert map_of(tmp_path / "gone") is None


def test_the_newest_map_of_a_run_is_found_in_its_log(tmp_path: Path):
    plane = {"y": "x2", "x_range": [0, 1], "y_range": [0, 1], "width": 1, "height": 1, "cells": "AA=="}
    maps = [PictureTaken("map", number, {"x": name, **plane}) for number, name in enumerate(("old", "x1"))]
    events = [*maps, PictureTaken("matrix", 2, {"classes": [], "counts": []})]
    log = tmp_path / "events.jsonl"
    log.write_text("".join(to_line(event) + "\n" for event in events), encoding="utf-8")
    assert map_of(tmp_path) == {"x": "x1", **plane}
    log.write_text('{"event": "picture", "kind": "map"\n', encoding="utf-8")
    assert map_of(tmp_path) is None


@pytest.mark.parametrize("room", [30, 52, 54, 76, 190])
@pytest.mark.parametrize("ascii", [False, True])
def test_each_network_is_one_line_of_the_list_and_the_time_is_whole(room: int, ascii: bool):
    names = ["xor-1", "a-run-with-a-very-long-name-of-its-own-0123456789"]
    found = [Trained(RunFolder(Path(name)), f"{name}.csv", "mlp 256-128-64-32", 1_700_000_000.0) for name in names]
    lines = lines_of(found, room, ascii=ascii)
    assert len(lines) == 3
    assert all(line.rstrip().endswith(day(1_700_000_000.0)) for line in lines[1:])
    if room >= 52:
        assert max(map(cell_len, lines)) <= room
    assert room < 190 or names[1][:39] in lines[2]


def test_at_the_smallest_size_the_list_has_a_line_for_each_network(own_world: Path, play: Callable[..., PredictScreen]):
    for number in range(4):
        make(own_world, f"auto-mpg-with-a-long-name-{number}", age=number)

    async def script(page: Any) -> None:
        await page.pilot.app.workers.wait_for_complete()
        await page.pilot.pause()
        listed = [line for line in page.text().splitlines() if "mlp 10-6" in line]
        assert len(listed) == 4
        assert all("Jan" in line for line in listed)
        await page.pilot.resize_terminal(120, 30)
        await page.pilot.pause()
        assert "auto-mpg-with-a-long-name-3" in page.text()

    play(None, script, (60, 16))
