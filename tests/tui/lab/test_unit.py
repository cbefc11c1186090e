"""One unit is looked at and changed: its weights as the picture has them, what the trainer is asked for, every size."""

import base64
import re

import pytest
from networks_drawn import maps
from stage import SIZES, play, see
from textual.pilot import Pilot
from trainers import Trainers

from nnlab.engine.events import PictureTaken, RunFinished
from nnlab.tui.lab.screen import LabScreen
from nnlab.tui.lab.unit import ChosenUnit, connections, next_unit, stepped, units_of
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
    assert next_unit({"form": "weights"}, None, 1) is None


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
        assert (asked["layer"], asked["to"], asked["by"], asked["value"]) == (1, None, 1, 0.0)
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
