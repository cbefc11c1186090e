"""What is wrong with a setting is said as the list calls it, with the value and what it may be; what is shown for no
value can be typed; the columns of a user's own table are there to choose the target from."""

import re
from pathlib import Path

import pytest
from stage import play, see
from textual.pilot import Pilot
from trainers import Clock, Trainers

from nnlab.engine.errors import UsageError
from nnlab.tui.lab.choices import Lab
from nnlab.tui.lab.screen import LabScreen
from nnlab.tui.lab.session import SETTLED
from nnlab.tui.lab.settings import Setting
from nnlab.tui.lab.words import on_screen

TYPED = [
    "",
    "none",
    "off",
    "all",
    "-1",
    "0",
    "1e9",
    "1.5",
    "99999999999999999999",
    "nan",
    "much",
    "a,b",
    "-",
    "'",
    "x=1",
]
PYDANTIC = re.compile(r"input|should be|valid|validation|greater than|less than|literal|\btype\b", re.IGNORECASE)
DATA = ("xor", "spiral", "iris", "mnist", "gaussians")


def settings() -> list[tuple[str, Setting]]:
    """Every setting that there is for these data, once, with all families and optimisers."""
    found: dict[tuple[str, object], tuple[str, Setting]] = {}
    for data in DATA:
        for family in ("mlp", "noisy-mlp", "linear"):
            lab = Lab(data, {("model", "family"): family, ("training", "optimizer"): "sgd"})
            lab.put(next(one for one in lab.settings if one.label == "schedule"), "step")
            for one in lab.settings:
                found.setdefault((one.label, one.part), (data, one))
    return list(found.values())


@pytest.mark.parametrize(("data", "setting"), settings(), ids=lambda one: getattr(one, "label", one))
def test_what_is_wrong_is_said_in_the_words_of_the_screen(data: str, setting: Setting):
    for text in TYPED:
        lab = Lab(data)
        try:
            lab.read(setting, text)
        except UsageError as error:
            said = str(error)
            assert "--" not in said
            assert not PYDANTIC.search(said.replace(repr(text), "")), said
            assert len(said) > 10


@pytest.mark.parametrize(
    ("data", "label", "text", "said"),
    [
        ("xor", "samples", "5", "samples cannot be 5: it must be at least 10."),
        ("xor", "batch", "0", "batch cannot be 0: it must be at least 1."),
        ("xor", "lr", "0", "lr cannot be 0.0: it must be above 0."),
        ("xor", "dropout", "1", "dropout cannot be 1.0: it must be below 1."),
        ("spiral", "turns", "11", "turns cannot be 11.0: it must be at most 10."),
        ("xor", "layer 1", "0", "layers cannot be 0: it must be at least 1."),
        ("xor", "epochs", "1.5", "epochs: '1.5' is not a whole number."),
        ("spiral", "classes", "6", "spiral has 2 to 5 classes: classes 6 does not fit."),
    ],
)
def test_a_value_out_of_bounds_says_the_bound(data: str, label: str, text: str, said: str):
    lab = Lab(data)
    setting = next(one for one in lab.settings if one.label == label)
    with pytest.raises(UsageError) as caught:
        lab.read(setting, text)
    assert str(caught.value) == said


def test_options_that_are_not_in_the_list_are_those_of_the_command():
    assert on_screen("Use --target 'y', or --lr 0.1.") == "Use target 'y', or lr 0.1."
    assert on_screen("Use --skip-rows 3.") == "Use skip rows 3. What is not in the list is for `nnlab train`."


@pytest.mark.parametrize("text", ["none", ""])
def test_what_stands_for_no_value_is_taken_for_none(text: str, tmp_path: Path):
    net = tmp_path / "net.py"
    net.write_text("import torch\n", encoding="utf-8")
    lab = Lab("iris")
    own = next(one for one in lab.settings if one.label == "own net")
    lab.read(own, f"{net}:Net")
    lab.read(own, text)
    assert lab.config.model.family == "mlp"
    columns = next(one for one in lab.settings if one.label == "columns")
    lab.put(columns, ["petal width (cm)"])
    lab.read(columns, "all")
    assert lab.config.data.features is None


def test_the_target_of_a_table_is_chosen_with_arrows(trainers: Trainers, tmp_path: Path):
    cars = tmp_path / "cars.csv"
    cars.write_text("a;b;the price\n1;2;3\n4;5;6\n", encoding="utf-8")
    clock = Clock()

    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        assert screen.session is not None
        lab = screen.session.lab
        screen.choose(str(cars))
        clock.now += SETTLED
        await see(screen, pilot)
        await pilot.app.workers.wait_for_complete()
        trainers.newest.fail("Which column of cars should be predicted? Say --target 'the price'.")
        seen = await see(screen, pilot)
        assert "Say target 'the price'" in seen
        assert "not chosen" in seen
        assert lab.current.label == "target"
        for key, column in (("left", "the price"), ("left", "b"), ("right", "the price"), ("right", "a")):
            await pilot.press(key)
            assert lab.config.data.target == column
        clock.now += SETTLED
        assert "◂ a ▸" in await see(screen, pilot)
        assert trainers.newest.words[:3] == [str(cars), "--target", "a"]
        screen.choose("iris")
        assert lab.columns == ()

    play(trainers, script, clock=clock)
