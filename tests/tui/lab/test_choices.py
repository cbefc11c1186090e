"""The lab's settings: only those that matter, true values, sensible steps, and words that make just that run."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from chosen import labels, meant_by, setting
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlab.engine.data.catalog import CATALOG
from nnlab.engine.errors import UsageError
from nnlab.engine.resolve import resolve
from nnlab.tui.lab.choices import Lab
from nnlab.tui.lab.settings import MOST_LAYERS, SETTINGS

Call = Callable[..., CompletedProcess[str]]


def test_the_list_begins_with_what_the_data_set_has_by_default():
    lab = Lab("moons")
    shown = {one.label: lab.text(one) for one in lab.settings}
    config = resolve("moons", flags={})
    assert shown["noise"] == "0.2"
    assert shown["samples"] == "1000"
    assert shown["layers"] == "16,8"
    assert (shown["layer 1"], shown["layer 2"]) == ("16", "8")
    assert shown["lr"] == f"{config.training.lr:g}"
    assert shown["activation"] == config.model.activation
    assert (shown["x1"], shown["x1^2"]) == ("on", "off")
    assert not [one.label for one in lab.settings if lab.is_changed(one)]


def test_steps_lead_through_sensible_values_and_end_somewhere():
    lab = Lab("xor")
    rate = setting(lab, "lr")
    seen = [lab.value(rate.key)]
    while lab.step(rate, 1):
        seen.append(lab.value(rate.key))
    assert seen == [0.01, 0.03, 0.1, 0.3, 1.0, 3.0]
    lab.read(rate, "0.02")
    lab.step(rate, -1)
    assert lab.value(rate.key) == 0.01
    family = setting(lab, "family")
    lab.step(family, -1)
    assert lab.value(family.key) == "linear"
    lab.step(family, -1)
    assert lab.value(family.key) == "tabm"


def test_layers_are_added_removed_and_typed():
    lab = Lab("xor")
    lab.layer(1)
    assert lab.config.model.hidden == [10, 6, 6]
    lab.step(setting(lab, "layer 3"), 1)
    assert lab.config.model.hidden == [10, 6, 7]
    lab.read(setting(lab, "layers"), "4 3")
    assert lab.config.model.hidden == [4, 3]
    lab.layer(-1)
    with pytest.raises(UsageError, match="linear"):
        lab.layer(-1)
    lab.read(setting(lab, "layers"), ",".join(["2"] * MOST_LAYERS))
    with pytest.raises(UsageError, match=str(MOST_LAYERS)):
        lab.layer(1)
    lab.read(setting(lab, "family"), "linear")
    with pytest.raises(UsageError, match="family"):
        lab.layer(1)


def test_features_are_turned_on_and_off_and_one_stays():
    lab = Lab("circles")
    for name in ("x1^2", "x2^2", "x1", "x2"):
        lab.step(setting(lab, name), 1)
    assert lab.config.data.features == ["x1^2", "x2^2"]
    lab.step(setting(lab, "x1^2"), 1)
    with pytest.raises(UsageError, match="at least one feature"):
        lab.step(setting(lab, "x2^2"), -1)


@pytest.mark.parametrize(
    ("label", "text", "said"),
    [
        ("lr", "fast", "'fast' is not a number"),
        ("lr", "-1", "lr cannot be"),
        ("lr", "nan", "not a number"),
        ("batch", "2.5", "not a whole number"),
        ("dropout", "1", "dropout cannot be"),
        ("layers", "10,x", "not a whole number"),
        ("layers", "0", "layers cannot be"),
        ("layers", "64,-3", "layers cannot be -3"),
        ("layers", "-3", "layers cannot be -3"),
        ("activation", "tanhh", "did you mean tanh?"),
        ("activation", "", "relu or sigmoid"),
        ("data set", "xorr", "did you mean 'xor'?"),
        ("data set", "nowhere/cars.csv", "nowhere"),
        ("seed", "-3", "seed cannot be -3: it must be at least 0"),
        ("clip", "never", "not a number"),
        ("clip", "-1", "clip cannot be"),
        ("warm-up", "1.5", "not a whole number"),
    ],
)
def test_what_makes_no_sense_is_said_and_changes_nothing(label: str, text: str, said: str):
    lab = Lab("xor")
    before = lab.arguments()
    with pytest.raises(UsageError, match=said):
        lab.read(setting(lab, label), text)
    assert lab.arguments() == before


def test_another_data_set_keeps_what_was_chosen_of_the_network():
    lab = Lab("xor")
    lab.read(setting(lab, "activation"), "relu")
    lab.read(setting(lab, "noise"), "0.5")
    lab.step(setting(lab, "x1^2"), 1)
    lab.choose("iris")
    assert lab.config.model.activation == "relu"
    assert lab.config.data.features is None
    lab.choose("digits")
    lab.read(setting(lab, "family"), "cnn")
    lab.choose("spiral")
    assert lab.config.model.family == "mlp"


def test_a_file_of_ones_own_is_data_too(tmp_path: Path):
    cars = tmp_path / "my cars.csv"
    cars.write_text("a,b,y\n1,2,x\n2,1,z\n", encoding="utf-8")
    lab = Lab(str(cars))
    assert {"target", "columns"} <= labels(lab)
    lab.read(setting(lab, "target"), "y")
    lab.read(setting(lab, "columns"), "a, a^2")
    assert lab.arguments()[:5] == [str(cars), "--target", "y", "--features", "a,a^2"]
    assert "'" + str(cars) + "'" in lab.command()
    lab.read(setting(lab, "columns"), "")
    assert "--features" not in lab.arguments()


@pytest.mark.parametrize(("label", "text"), [("target", "Colour"), ("columns", "a,Foo"), ("columns", "a,Foo^2")])
def test_a_column_that_the_table_has_not_is_not_kept(label: str, text: str, tmp_path: Path):
    cars = tmp_path / "cars.csv"
    cars.write_text("a,b,y\n1,2,x\n2,1,z\n", encoding="utf-8")
    lab = Lab(str(cars))
    lab.know_columns(str(cars), ["a", "b", "y"])
    lab.read(setting(lab, "target"), "y")
    lab.read(setting(lab, "columns"), "a,a^2")
    before = lab.arguments()
    with pytest.raises(UsageError, match="There is no column"):
        lab.read(setting(lab, label), text)
    assert lab.arguments() == before


def test_the_cursor_stays_in_the_list():
    lab = Lab("xor")
    lab.move(-1)
    assert lab.current.label == "data set"
    lab.move(99)
    assert lab.current.label == "early stop"
    lab.read(setting(lab, "family"), "linear")
    assert lab.current.label == "early stop"


changes = st.lists(st.tuples(st.integers(0, 50), st.sampled_from((-1, 1))), max_size=16)


@settings(deadline=None, max_examples=60)
@given(data=st.sampled_from(sorted(CATALOG)), changes=changes)
def test_whatever_is_set_the_words_make_that_very_config(data: str, changes: list[tuple[int, int]]):
    lab = Lab(data)
    for place, by in changes:
        one = lab.settings[place % len(lab.settings)]
        try:
            lab.step(one, by)
        except UsageError:
            continue
    fresh = Lab(lab.data, dict(lab.chosen))
    assert fresh.config == lab.config
    assert meant_by(lab.command()) == lab.config
    for one in lab.settings:
        if one.kind != "toggle":
            assert one.read(lab.text(one), lab.value(one.key)) == lab.value(one.key)


@pytest.mark.parametrize(
    ("data", "chosen"),
    [
        ("xor", {}),
        ("circles", {"x1^2": "on", "x2^2": "on", "lr": "3e-05", "L1": "0.0001", "batch": "7", "optimiser": "sgd"}),
        ("spiral", {"family": "noisy-mlp", "unit noise": "0.3", "noise": "0.25", "samples": "500", "data seed": "5"}),
        ("iris", {"layers": "5,4,3", "L2": "0", "early stop": "30", "columns": "petal length (cm),petal width (cm)"}),
        ("digits", {"family": "cnn", "channels": "8,16", "dropout": "0.4", "schedule": "none", "epochs": "7"}),
        ("mnist", {"family": "linear", "seed": "9"}),
        ("spiral", {"classes": "4", "optimiser": "sgd", "momentum": "0.9", "nesterov": "on", "clip": "0.5"}),
        ("blobs", {"classes": "6", "schedule": "plateau", "factor": "0.5", "patience": "0", "warm-up": "5"}),
    ],
)
def test_the_copied_command_trains_just_that(nnlab: Call, data: str, chosen: dict[str, str]):
    lab = Lab(data)
    for label, text in chosen.items():
        lab.read(setting(lab, label), text)
    answered = nnlab("train", *lab.arguments(), "--dry-run")
    assert tomllib.loads(answered.stdout) == lab.config.to_dict()


def test_settings_have_flags_and_fit_the_list():
    assert all(one.flag or one.label == "data set" for one in SETTINGS)
    assert all(len(one.label) <= 10 for one in SETTINGS)
