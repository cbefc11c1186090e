"""The theme chosen last is the next session's first, and nothing that is wrong with its file is in the way."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from nnlab.tui.app import NnlabApp
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.themes import NNLAB, THEMES, remember, remembered


@pytest.fixture
def config(own_world: Path) -> Path:
    return own_world.parent / "config"


def press(*keys: str, colour: bool = True) -> str:
    """Press keys in a session of its own; returns its theme in the end."""
    theme = remembered() or NNLAB.name
    app = NnlabApp({"only": Screen[Any]}, RenderOptions(colour=colour, ascii=False), first_theme=theme)

    async def run() -> None:
        async with app.run_test() as pilot:
            await script(pilot)

    async def script(pilot: Pilot[None]) -> None:
        await pilot.press(*keys)

    asyncio.run(run())
    return app.theme


def test_the_theme_is_that_of_the_session_before(config: Path):
    assert press() == NNLAB.name
    assert not config.exists()
    assert press("T", "T") == THEMES[2]
    assert [entry.name for entry in config.iterdir()] == ["screen.toml"]
    assert press() == THEMES[2]


def test_without_colours_there_are_no_themes(config: Path):
    remember(THEMES[2])
    assert press("T", colour=False) == press(colour=False)
    assert remembered() == THEMES[2]


@pytest.mark.parametrize("text", [b"", b"theme = 3", b"theme = ['nord']", b"theme = 'no such'", b"theme", b"\xff"])
def test_a_broken_file_is_passed_over_and_written_anew(config: Path, text: bytes):
    config.mkdir()
    (config / "screen.toml").write_bytes(text)
    assert remembered() is None
    remember("nord")
    assert remembered() == "nord"


def test_where_nothing_can_be_written_the_theme_is_forgotten(config: Path):
    config.touch()
    remember("nord")
    assert remembered() is None


def test_every_theme_can_be_remembered():
    for name in THEMES:
        remember(name)
        assert remembered() == name
