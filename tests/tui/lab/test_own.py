"""A network of the user's own in the lab: named, built with arguments, left, taken again, and what is wrong said."""

from pathlib import Path

import pytest
from chosen import labels, meant_by, setting

from nnlab.engine.errors import UsageError
from nnlab.engine.models.starter import write_starter
from nnlab.engine.models.trust import trust
from nnlab.tui.lab.choices import Lab, opened


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A network of the user's own, named as `--model` takes it."""
    monkeypatch.chdir(tmp_path)
    write_starter(tmp_path / "my net.py")
    return "my net.py:MyNet"


def test_a_network_of_ones_own_is_named_left_and_taken_again(net: str):
    lab = Lab("xor")
    own, family = setting(lab, "own net"), setting(lab, "family")
    assert lab.text(own) == ""
    assert "arguments" not in labels(lab)
    assert lab.read(own, net)
    assert (lab.config.model.family, lab.config.model.class_name) == ("custom", "MyNet")
    assert not {"layers", "activation", "dropout"} & labels(lab)
    lab.read(setting(lab, "arguments"), "hidden=16 dropout=0.5")
    assert lab.text(setting(lab, "arguments")) == "hidden=16 dropout=0.5"
    assert lab.command().startswith("nnlab train xor --model 'my net.py:MyNet' --model-arg hidden=16")
    assert meant_by(lab.command()) == lab.config
    lab.read(family, "mlp")
    assert "--model" not in lab.arguments()
    lab.step(setting(lab, "family"), -1)
    lab.read(setting(lab, "family"), "custom")
    assert lab.config.model.args == {"hidden": 16, "dropout": 0.5}
    lab.read(own, "")
    assert lab.config == Lab("xor").config
    assert "custom" not in setting(lab, "family").choices


def test_arguments_are_read_and_written_as_the_command_line_does(net: str):
    lab = Lab("xor")
    lab.read(setting(lab, "own net"), net)
    typed = "a=1e-05 b=8,4 c=true d='x y' e=-3 f=false,2.5,z"
    lab.read(setting(lab, "arguments"), typed)
    assert lab.config.model.args["f"] == [False, 2.5, "z"]
    assert meant_by(lab.command()) == lab.config
    again = setting(lab, "arguments")
    assert again.read(lab.text(again), {}) == lab.config.model.args


def test_a_network_of_ones_own_may_be_named_as_the_family_too(net: str):
    lab = Lab("iris")
    lab.read(setting(lab, "family"), net)
    assert lab.config.model.class_name == "MyNet"
    lab.choose("digits")
    assert lab.config.model.class_name == "MyNet"


def test_known_networks_are_stepped_through(net: str):
    lab = Lab("xor")
    with pytest.raises(UsageError, match="Enter types a network of your own"):
        lab.step(setting(lab, "own net"), 1)
    lab.read(setting(lab, "own net"), net)
    lab.read(setting(lab, "own net"), "")
    lab.know([net, "my net.py:Other"])
    for by, wanted in ((1, "MyNet"), (1, "Other"), (1, "MyNet"), (-1, "Other")):
        lab.step(setting(lab, "own net"), by)
        assert lab.config.model.class_name == wanted


def test_a_network_that_a_run_names_is_taken_only_as_it_was_named(net: str, tmp_path: Path):
    (tmp_path / "theirs.py").write_text("import helper", encoding="utf-8")
    (tmp_path / "helper.py").touch()
    lab = Lab("xor")
    lab.know(["theirs.py:Net"])
    before = lab.arguments()
    with pytest.raises(UsageError, match="not named here before as it is now"):
        lab.step(setting(lab, "own net"), 1)
    assert lab.arguments() == before
    trust("theirs.py")
    assert lab.step(setting(lab, "own net"), 1)
    lab.step(setting(lab, "family"), -1)
    (tmp_path / "helper.py").write_text("x = 1", encoding="utf-8")
    with pytest.raises(UsageError, match="not named here before as it is now"):
        lab.step(setting(lab, "own net"), 1)
    lab.read(setting(lab, "own net"), "theirs.py:Net")
    assert lab.config.model.file == str(tmp_path / "theirs.py")


@pytest.mark.parametrize(
    ("label", "text", "said"),
    [
        ("own net", "gone.py:Net", "gone.py cannot be read"),
        ("own net", "my net.py", "path/to/net.py:MyNet"),
        ("family", "my net.py:", "path/to/net.py:MyNet"),
        ("family", "custom", "choose linear or"),
        ("arguments", "hidden", "hidden=16"),
        ("arguments", "name='x", "quotation mark"),
    ],
)
def test_a_network_named_wrongly_is_said_and_changes_nothing(net: str, label: str, text: str, said: str):
    lab = Lab("xor")
    if label == "arguments":
        lab.read(setting(lab, "own net"), net)
    before = lab.arguments()
    with pytest.raises(UsageError, match=said):
        lab.read(setting(lab, label), text)
    assert lab.arguments() == before


@pytest.mark.parametrize(
    ("data", "model", "arguments", "words", "said"),
    [
        ("xor", "my net.py:MyNet", ["hidden=4"], "--model-arg hidden=4", ""),
        ("digits", "cnn", [], "--model cnn", ""),
        ("xro", "my net.py:MyNet", [], "--model 'my net.py:MyNet'", "did you mean 'xor'"),
        ("xor", "gone.py:Net", [], "nnlab train xor", "gone.py cannot be read"),
        ("xor", "mpl", [], "nnlab train xor", "did you mean mlp"),
        ("xor", "", ["hidden=4"], "nnlab train xor", "--model path/to/net.py:MyNet"),
    ],
)
def test_the_lab_opens_with_a_network_or_says_why_not(
    net: str, data: str, model: str, arguments: list[str], words: str, said: str
):
    lab, told = opened(data, model, arguments)
    assert words in lab.command()
    assert said in told
    assert bool(said) == bool(told)
