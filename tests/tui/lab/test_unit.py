"""One unit is looked at and changed: its weights as the picture has them, what the trainer is asked for, every size."""

import base64
import re
from typing import Any

import pytest
from networks_drawn import filters, maps, worked_row
from stage import SIZES, play, see
from textual.pilot import Pilot
from trainers import Trainers, a_map

from nnlab.engine.errors import UsageError
from nnlab.engine.events import PictureTaken, RunFinished, RunStarted
from nnlab.tui.lab.screen import LabScreen
from nnlab.tui.lab.unit import ChosenUnit, connections, next_unit, stepped, units_of
from nnlab.tui.live.worked import WorkedScreen
from nnlab.tui.render.blocks import MORE, plain, width_of
from nnlab.tui.render.network import network, unit_under
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.render.unit import unit


def test_weights_are_those_of_the_picture():
    data = maps([4, 3])
    found = connections(data, ChosenUnit(1, 2))
    before, after = len(data["layers"][0]["units"]), len(data["layers"][2]["units"])
    assert [one.name.split()[0] for one in found] == ["from"] * before + ["to"] * after
    cells = base64.b64decode(data["weights"][0]["cells"])
    scale = data["weights"][0]["scale"]
    assert [one.value for one in found[:before]] == [
        pytest.approx((cells[2 * before + by] - 127) / 127 * scale) for by in range(before)
    ]
    assert [(one.layer, one.to, one.by) for one in found[before:]] == [(1, to, 2) for to in range(after)]


def test_units_follow_each_other_all_around():
    data = maps([4, 3])
    chosen, seen = next_unit(data, None, 1), []
    for _ in units_of(data):
        assert chosen is not None
        seen.append((chosen.layer, chosen.unit))
        chosen = next_unit(data, chosen, 1)
    assert seen[0] == (1, 0)
    assert sorted(seen) == units_of(data)
    assert next_unit({"form": "none"}, None, 1) is None


def test_steps_lead_through_zero():
    one = connections(maps([4]), ChosenUnit(1, 0))[0]
    values = [value := one.value]
    for _ in range(40):
        value = stepped(one.__class__(one.name, 0, 0, 0, value, one.scale), -1 if one.value > 0 else 1)
        values.append(value)
    assert 0 in values
    assert min(values) < 0 < max(values)


@pytest.mark.parametrize("size", [(26, 10), (40, 20), (60, 14), (100, 40)])
@pytest.mark.parametrize("options", [RenderOptions(), RenderOptions(colour=False), RenderOptions(False, True)])
def test_a_unit_is_drawn_at_any_size(size: tuple[int, int], options: RenderOptions):
    data = maps([16, 16])
    weights = [(one.name, one.value, one.scale) for one in connections(data, ChosenUnit(1, 3))]
    for at in (0, len(weights) - 1):
        drawn = unit(data, 1, 3, weights, at, *size, options)
        text = plain(drawn)
        assert len(drawn) <= size[1]
        assert max(map(width_of, drawn)) <= size[0]
        assert "unit 1.4" in text
        assert weights[at][0] in text
        assert not options.ascii or text.replace(MORE, "").isascii()


@pytest.mark.parametrize("size", SIZES)
def test_a_unit_is_chosen_and_changed_with_keys(trainers: Trainers, size: tuple[int, int]):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        await pilot.press("i", "0", "delete")  # there is no unit yet
        trainers.newest.begin(epochs=1)
        trainers.newest.write(PictureTaken("network", 1, maps([4, 3])))
        await see(screen, pilot)
        assert trainers.newest.requests == []
        await pilot.press("i")
        seen = await see(screen, pilot)
        assert "unit 1.1" in seen
        assert "answers from" in seen
        await pilot.press("down", "0")
        assert (
            trainers.newest.requests[-1] | {"request": "weights", "layer": 0, "to": 0, "by": 1, "value": 0.0}
            == (trainers.newest.requests[-1])
        )
        await pilot.press("right")
        assert trainers.newest.requests[-1]["value"] != 0
        await pilot.press("enter", *"0.25", "enter")
        assert trainers.newest.requests[-1]["value"] == 0.25
        await pilot.press("enter", *"much", "enter")
        assert "cannot be 'much'" in await see(screen, pilot)
        await pilot.press("i", "delete")
        asked = trainers.newest.requests[-1]
        assert (asked["layer"], asked["unit"], asked["on"]) == (1, 1, False)
        assert "is off, and stays off while it trains" in " ".join((await see(screen, pilot)).split())
        assert "unit 1.2, off" in await see(screen, pilot)
        await pilot.press("y")
        assert "changed by hand" in " ".join((await see(screen, pilot)).split())
        assert screen.session is not None
        assert screen.session.lab.current.label == "data set"
        await pilot.press("escape", "down")
        assert "unit 1" not in await see(screen, pilot)
        assert screen.session.lab.current.label == "samples"

    play(trainers, script, size)


def test_the_weights_of_what_has_ended_stay(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin(epochs=1)
        trainers.newest.write(PictureTaken("network", 1, maps([4, 3])))
        trainers.newest.write(RunFinished("lab-1", "", 1, "epochs", 1, "", "", {}, 1.0))
        await see(screen, pilot)
        await pilot.press("i", "0")
        assert "stay as they are" in await see(screen, pilot)
        assert trainers.newest.requests == []

    play(trainers, script)


@pytest.mark.parametrize("size", [(40, 20), (80, 30), (24, 8)])
def test_the_unit_under_the_mouse_is_the_one_that_is_drawn_there(size: tuple[int, int]):
    data = maps([4, 3])
    lines = plain(network(data, *size, RenderOptions())).split("\n")
    found = {unit_under(data, (x, y), size) for x in range(size[0]) for y in range(size[1])}
    assert found - {None} <= set(units_of(data))
    for y, line in enumerate(lines):
        for match in re.finditer(r"(?<![0-9.])([12])[.]([0-9])(?![0-9.])", line):
            assert unit_under(data, (match.start(), y), size) == (int(match[1]), int(match[2]) - 1)


def test_a_unit_is_chosen_with_the_mouse(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin(epochs=1)
        trainers.newest.write(PictureTaken("network", 1, maps([4, 3])))
        lines = (await see(screen, pilot)).splitlines()
        row = next(at for at, line in enumerate(lines) if "2.1" in line)
        await pilot.click(offset=(lines[row].index("2.1"), row))
        assert "unit 2.1" in await see(screen, pilot)

    play(trainers, script)


@pytest.mark.parametrize("size", [(60, 16), (200, 60)])
@pytest.mark.parametrize(
    ("data", "name", "said"), [(maps([4, 3]), "1.2", "answers from"), (filters(12, 8, 8), "1.2", "weights from")]
)
def test_the_unit_under_the_mouse_is_shown_large_or_told_where_there_is_no_room(
    trainers: Trainers, size: tuple[int, int], data: dict[str, Any], name: str, said: str
):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin(epochs=1)
        trainers.newest.write(PictureTaken("network", 1, data), PictureTaken("map", 1, a_map(1)))
        await see(screen, pilot)
        screen.action_show_pane("network")
        lines = (await see(screen, pilot)).splitlines()
        row = next(at for at, line in enumerate(lines) if name in line)
        await pilot.hover(offset=(lines[row].index(name), row))
        seen = await see(screen, pilot)
        assert f"unit {name}" in seen
        assert said in seen.replace("has ", "")
        assert "1.1" in seen, "the network stays"
        await pilot.hover(offset=(5, 0))
        assert f"unit {name}" not in await see(screen, pilot)
        await pilot.click(offset=(lines[row].index(name), row))
        assert f"unit {name}" in await see(screen, pilot)
        await pilot.press("escape")
        assert f"unit {name}" not in await see(screen, pilot)

    play(trainers, script, size)


def test_the_units_of_a_network_for_images_are_to_be_looked_at_only(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin(epochs=1)
        trainers.newest.write(PictureTaken("network", 1, filters(12, 8, 8)))
        await see(screen, pilot)
        await pilot.press("i", "i", "down", "right", "0", "delete")
        seen = await see(screen, pilot)
        assert "unit 1.2" in seen
        assert "to be looked at only" in seen
        assert trainers.newest.requests == []

    play(trainers, script)


@pytest.mark.parametrize("options", [RenderOptions(), RenderOptions(colour=False), RenderOptions(False, ascii=True)])
@pytest.mark.parametrize("size", [(24, 8), (40, 20), (90, 40)])
def test_a_weight_picture_is_drawn_as_large_as_the_pane(size: tuple[int, int], options: RenderOptions):
    drawn = unit(filters(3, 28, 28), 0, 1, [], 0, *size, options)
    assert len(drawn) <= size[1]
    assert max(map(width_of, drawn)) <= size[0]
    assert len(drawn) >= min(size[1], size[0] // 2) - 1
    assert "unit 1.2" in plain(drawn)


def test_every_cell_of_a_weight_picture_is_its_unit():
    data = filters(12, 8, 8)
    for size in ((40, 20), (80, 30), (24, 8)):
        lines = plain(network(data, *size, RenderOptions(colour=False))).split("\n")
        found = {unit_under(data, (x, y), size) for x in range(size[0]) for y in range(size[1])}
        assert found - {None} <= set(units_of(data))
        for y, line in enumerate(lines):
            for match in re.finditer(r"(?<![0-9.])1[.]([0-9]+)", line):
                assert unit_under(data, (match.start(), y), size) == (0, int(match[1]) - 1)


def test_a_unit_that_is_off_is_marked_stays_off_when_it_trains_on_and_keeps_its_weights(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        assert screen.session is not None
        trainers.newest.begin(epochs=1)
        trainers.newest.write(PictureTaken("network", 1, maps([4, 3])))
        await see(screen, pilot)
        await pilot.press("i", "delete", "escape")
        assert "1.1×" in await see(screen, pilot)
        trainers.newest.write(RunFinished("lab-1", "", 1, "epochs", 1, "", "", {}, 1.0))
        trainers.newest.child.returncode = 0
        await see(screen, pilot)
        await pilot.press("space")
        first = trainers.started[0]
        first.write(RunStarted("lab-1", "", "xor", "binary", 108, "cpu", {"training": {"epochs": 9}}, first_epoch=2))
        await see(screen, pilot)
        asked = [one for one in first.requests if one["request"] == "unit"]
        assert [(one["layer"], one["unit"], one["on"]) for one in asked] == [(1, 0, False)] * 2
        with pytest.raises(UsageError, match="switches that one on first"):
            screen.session.set_weights(1, 0, 0, 0.5)
        screen.session.switch_unit(1, 0, "1.1", can=True)
        assert first.requests[-1]["on"] is True
        assert screen.session.said == "unit 1.1 is on again"
        with pytest.raises(UsageError, match="cannot be switched off"):
            screen.session.switch_unit(3, 0, "yes", can=False)

    play(trainers, script)


def test_a_row_is_worked_out_from_the_lab(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        await pilot.press("b")  # there is no run yet
        assert pilot.app.screen is screen
        trainers.newest.begin(epochs=1)
        await see(screen, pilot)
        await pilot.press("b")
        await pilot.pause()
        assert trainers.newest.requests[-1]["request"] == "worked"
        shown = pilot.app.screen
        assert isinstance(shown, WorkedScreen)
        data = {"token": trainers.newest.requests[-1]["token"], **worked_row(3), "row": 1}
        trainers.newest.write(PictureTaken("worked", 1, data, live=True))
        shown.tick()
        await pilot.press("right")
        assert shown.at == 1
        await pilot.press("b")
        assert pilot.app.screen is screen

    play(trainers, script)
