"""The list of runs as a table: the mouse in it, what of it is drawn anew, columns and rows that do not fit."""

import re
import shutil
from typing import Any

import pytest
from notes import notes
from runs_page import MakeRun, current, play, see, text
from textual import events
from textual.pilot import Pilot

from nnlab.engine.events import EpochEnded, to_line
from nnlab.tui.live.screen import LiveScreen
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.runs import run_table
from nnlab.tui.runs.run_table import RunTable
from nnlab.tui.runs.screen import RunsScreen


def table(screen: RunsScreen) -> RunTable:
    return screen.query_one(RunTable)


def order(screen: RunsScreen) -> list[str]:
    """The runs as they stand below each other."""
    paths = [str(row.key.value) for row in table(screen).ordered_rows]
    return [path.rpartition("/")[2] for path in paths]


def lines_of(screen: RunsScreen) -> list[str]:
    """What is to be read in the list."""
    region = table(screen).content_region
    return [line[region.x : region.right] for line in text(screen).split("\n")[region.y : region.bottom]]


async def click(screen: RunsScreen, pilot: Pilot[None], said: str) -> None:
    """Click on the first place in the list where this is to be read."""
    region = table(screen).content_region
    for y, line in enumerate(text(screen).split("\n")):
        x = line.find(said, region.x, region.right)
        if x >= 0 and region.contains(x, y):
            await pilot.click(offset=(x, y))
            await pilot.pause()
            return
    raise AssertionError(f"{said!r} is not in the list:\n{text(screen)}")


async def wheel(screen: RunsScreen, pilot: Pilot[None], *, shift: bool = False) -> None:
    x, y = table(screen).content_region.offset
    screen._forward_event(events.MouseScrollDown(None, x, y, 0, 1, 0, shift, False, False, screen_x=x, screen_y=y))
    await pilot.pause()


def test_a_click_chooses_a_run_and_another_opens_it(make_run: MakeRun):
    for name in ("xor-1", "xor-2", "xor-3"):
        make_run(name)

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await pilot.press("tab", "home")
        for name in ("xor-2", "xor-3", "xor-1"):
            await click(screen, pilot, name)
            await see(screen, pilot)
            assert current(screen) == name
            assert f"▸    {name}" in text(screen)
            assert text(screen).count("▸    xor") == 1
        assert "▸ runs" in text(screen)  # the arrows move there again
        await click(screen, pilot, "xor-1")
        await pilot.pause()
        assert isinstance(pilot.app.screen, LiveScreen)

    play(script)


def test_a_click_on_a_head_sorts_by_it_and_another_the_other_way_round(make_run: MakeRun):
    make_run("b", lr=0.5, accuracies=[0.5])
    make_run("a", lr=0.1, accuracies=[0.9, 0.95])

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        for head, rows, sign in (("run", "ab", "▴"), ("run", "ba", "▾"), ("epochs", "ab", "▾"), ("lr", "ba", "▾")):
            chosen = current(screen)
            await click(screen, pilot, head)
            await see(screen, pilot)
            assert "".join(order(screen)) == rows
            assert f"{head} {sign}" in text(screen)
            assert sum(text(screen).count(each) for each in "▴▾") == 1
            assert current(screen) == chosen

    play(script)


def test_the_wheel_leaves_the_cursor_where_it_is_and_a_key_finds_it(make_run: MakeRun):
    for number in range(60):
        make_run(f"run-{number:02}")

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await click(screen, pilot, "run")
        await pilot.press("home")
        for _ in range(9):
            await wheel(screen, pilot)
        await see(screen, pilot)
        assert current(screen) == "run-00"
        assert table(screen).scroll_offset.y > 0
        assert "run-00" not in [line[8:14] for line in text(screen).split("\n")[3:14]]
        await pilot.press("up")
        await pilot.pause()
        assert table(screen).scroll_offset.y == 0
        await pilot.press("end")
        await pilot.pause()
        assert table(screen).scroll_offset.y == table(screen).max_scroll_y

    play(script)


def test_columns_that_have_no_room_are_found_aside_and_the_name_stays(make_run: MakeRun):
    make_run("xor-1", data="a-data-set-with-a-rather-long-name")

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        assert "when" not in text(screen)
        await pilot.press(*["greater_than_sign"] * 9)
        await see(screen, pilot)
        assert "when" in text(screen)
        assert "xor-1" in text(screen)
        await pilot.press(*["less_than_sign"] * 9)
        assert table(screen).scroll_offset.x == 0
        await wheel(screen, pilot, shift=True)
        assert table(screen).scroll_offset.x > 0

    play(script, (80, 24))


@pytest.mark.parametrize("width", [60, 61, 66, 70, 79, 80, 93])
def test_no_cell_is_cut_and_every_column_is_reached(make_run: MakeRun, width: int):
    make_run("xor-early", stopped="early_stop", data="a-data-set", lr=0.003)
    cells = {
        "run": "xor-early", "state": "stopped early", "data": "a-data-set", "model": "mlp 10-6", "epochs": "3/50",
        "reached": "0.9000 acc.", "lr": "0.003",
    }  # fmt: skip

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        found = set[str]()
        for _ in range(8):
            head, row = lines_of(screen)[:2]
            words = set(re.sub("[▾‹›]", " ", head).split())
            assert words <= {*cells, "when"}, head
            found |= words
            for name in words & cells.keys():
                assert cells[name] in row, row
            at = [cells[name] for name in cells if name not in words]
            assert not any(row.rstrip().endswith(part[:-1]) for part in at), row
            await pilot.press("greater_than_sign")
            await see(screen, pilot)
        assert found >= {*cells, "when"}
        await pilot.press(*["less_than_sign"] * 8)
        assert table(screen).scroll_offset.x == 0

    play(script, (width, 24))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_a_setting_is_typed_and_becomes_a_column_in_view(make_run: MakeRun, size: tuple[int, int]):
    make_run("xor-1", data="a-data-set-with-a-rather-long-name")

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await pilot.press("full_stop")
        await see(screen, pilot)
        assert "optimizer" in text(screen).splitlines()[-2]
        await pilot.press(*"opti")
        await pilot.app.workers.wait_for_complete()
        await pilot.press("right", "enter")
        await see(screen, pilot)
        assert any("optimizer" in line for line in lines_of(screen))
        assert any("adam" in line for line in lines_of(screen))
        assert any("xor-1" in line for line in lines_of(screen))
        await pilot.press("full_stop", *"speed", "enter")
        assert any("There is no setting 'speed'" in note for note in await notes(pilot))
        await pilot.press("slash", *"xor", "enter", "full_stop", "escape", "full_stop", "enter")
        assert screen.list.text == "xor"  # nothing was typed into the filter, or left there
        await pilot.press("full_stop", *"optimizer", "enter")
        await see(screen, pilot)
        assert not any("optimizer" in line for line in lines_of(screen))

    play(script, size)


def test_only_the_cells_that_say_something_else_are_touched(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch):
    growing = make_run("growing", stopped=None)
    for number in range(20):
        make_run(f"run-{number:02}")

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        shown, touched, drawn = table(screen), list[str](), list[int]()
        change, line = shown.update_cell, shown.render_line

        def changed(key: str, column: str, *values: Any, **how: Any) -> None:
            touched.append(f"{str(key).rpartition('/')[2]} {getattr(column, 'value', column)}")
            change(key, column, *values, **how)

        def added(*_: Any, **__: Any) -> None:
            raise AssertionError("a row is added")

        def lines(y: int) -> Any:
            drawn.append(y)
            return line(y)

        monkeypatch.setattr(shown, "add_row", added)
        monkeypatch.setattr(shown, "update_cell", changed)
        await pilot.press("o", "home")
        while current(screen) != "growing":
            await pilot.press("down")
        await see(screen, pilot)
        assert touched == []
        monkeypatch.setattr(shown, "render_line", lines)
        with (growing / "events.jsonl").open("a", encoding="utf-8") as file:
            file.write(to_line(EpochEnded({"epoch": 4, "loss_train": 0.1, "loss_valid": 0.05})) + "\n")
        await see(screen, pilot)
        assert {"growing epochs", "growing reached", "growing when"} >= set(touched) >= {"growing epochs"}
        assert "4/50" in text(screen)
        assert set(drawn) == {order(screen).index("growing") + 1}  # below the heads
        assert current(screen) == "growing"

    play(script)


def test_runs_come_and_go_below_a_cursor_that_stays(make_run: MakeRun):
    folders = [make_run(f"run-{number:02}") for number in range(30)]

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await click(screen, pilot, "run")
        await pilot.press("home", *["down"] * 9, "space")
        for gone in (folders[:1], folders[12:25], folders[5:6]):
            for folder in gone:
                shutil.rmtree(folder)
            make_run(f"a-{gone[0].name}")
            await see(screen, pilot)
            assert order(screen) == [run.name for run in screen.list.shown]
            assert order(screen)[table(screen).cursor_row] == current(screen) == "run-09"
            assert "▸ A  run-09" in text(screen)

    play(script)


def test_a_long_list_is_filled_part_after_part(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(run_table, "AT_ONCE", 10)
    for number in range(35):
        make_run(f"run-{number:02}")

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        screen.list.sort_by("run")
        screen.list.move(99)
        table(screen).clear()
        screen.tick()
        await pilot.pause()
        assert order(screen) == [f"run-{number:02}" for number in range(10)]
        assert "▸    run" not in text(screen)  # the cursor's run is not there yet
        for _ in range(3):
            screen.tick()
        await pilot.pause()
        assert order(screen) == [f"run-{number:02}" for number in range(35)]
        assert "▸    run-34" in text(screen)
        await pilot.press("slash", *"run-2", "enter")
        assert len(order(screen)) == 10
        await pilot.press("escape", "O")
        for _ in range(4):
            screen.tick()
        assert order(screen) == [f"run-{number:02}" for number in reversed(range(35))]

    play(script)


@pytest.mark.parametrize("options", [RenderOptions(), RenderOptions(colour=False), RenderOptions(sixteen=True)])
def test_another_theme_and_no_run_at_all_leave_it_right(make_run: MakeRun, options: RenderOptions):
    make_run("xor-1")
    make_run("xor-2")

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await pilot.press("space", "T")
        await see(screen, pilot)
        assert "▸ A  xor" in text(screen)
        await pilot.press("slash", *"zzz", "enter")
        await see(screen, pilot)
        assert "No run fits the filter" in text(screen)
        assert "epochs" not in text(screen).split("curves")[0]
        await pilot.click(RunTable)
        await pilot.press("escape")
        await see(screen, pilot)
        assert "▸ A  xor" in text(screen)

    play(script, options=options)
