"""Which settings are shown: those that have a meaning for the data, the network and the other choices."""

import pytest
from chosen import labels, meant_by, setting

from nnlab.engine.errors import UsageError
from nnlab.engine.options import AT
from nnlab.engine.resolve import resolve
from nnlab.tui.lab.choices import Lab
from nnlab.tui.lab.relevance import ENDLESS


def test_a_playground_has_no_end_unless_its_rate_follows_a_schedule():
    assert Lab("xor").config.training.epochs == ENDLESS
    assert Lab("mnist").config.training.epochs == resolve("mnist", flags={}).training.epochs
    iris = Lab("iris")
    assert iris.text(setting(iris, "early stop")) == "off"
    assert iris.config.training.early_stop == iris.config.training.epochs
    iris.read(setting(iris, "early stop"), "25")
    assert iris.config.training.early_stop == 25


def test_only_settings_that_matter_are_shown():
    xor, iris, mnist = Lab("xor"), Lab("iris"), Lab("mnist")
    assert {"samples", "noise", "x1*x2"} <= labels(xor)
    assert "columns" not in labels(xor)
    assert "columns" in labels(iris)
    assert not {"samples", "noise", "x1*x2"} & labels(iris)
    assert not {"columns", "test size"} & labels(mnist)
    assert "cnn" in setting(mnist, "family").choices
    assert "cnn" not in setting(xor, "family").choices
    xor.read(setting(xor, "family"), "linear")
    assert not {"layers", "layer 1", "activation", "dropout"} & labels(xor)
    xor.read(setting(xor, "family"), "noisy-mlp")
    assert {"layers", "unit noise"} <= labels(xor)
    mnist.read(setting(mnist, "family"), "cnn")
    assert "channels" in labels(mnist)


def test_classes_are_shown_where_a_data_set_can_have_others():
    spiral = Lab("spiral")
    arms = setting(spiral, "classes")
    assert spiral.text(arms) == "2"
    while spiral.value(arms.key) < 5:
        spiral.step(arms, 1)
    with pytest.raises(UsageError, match="2 to 5 classes"):
        spiral.step(arms, 1)
    assert spiral.config.data.classes == 5
    assert meant_by(spiral.command()) == spiral.config
    assert not {"classes"} & (labels(Lab("xor")) | labels(Lab("plane")) | labels(Lab("iris")))


def test_momentum_belongs_to_the_optimisers_that_have_it():
    lab = Lab("xor")
    assert not {"momentum", "nesterov"} & labels(lab)
    lab.read(setting(lab, "optimiser"), "sgd")
    assert "nesterov" not in labels(lab)
    lab.read(setting(lab, "momentum"), "0.9")
    lab.step(setting(lab, "nesterov"), 1)
    assert (lab.config.training.momentum, lab.config.training.nesterov) == (0.9, True)
    assert "--momentum 0.9 --nesterov" in lab.command()
    lab.read(setting(lab, "optimiser"), "rmsprop")
    assert "momentum" in labels(lab)
    assert "nesterov" not in labels(lab)
    assert meant_by(lab.command()) == lab.config
    lab.read(setting(lab, "optimiser"), "adam")
    assert "--momentum" not in lab.command()


def test_a_schedule_shows_what_it_is_made_of():
    details = {"plateau": {"factor", "patience"}, "step": {"factor", "step size"}}
    lab = Lab("xor")
    for name in AT["training", "scheduler"].choices:
        lab.read(setting(lab, "schedule"), name)
        assert labels(lab) & {"factor", "patience", "step size"} == details.get(name, set())
        assert "warm-up" in labels(lab)
    lab.read(setting(lab, "schedule"), "step")
    lab.read(setting(lab, "step size"), "7")
    lab.read(setting(lab, "factor"), "0.55")
    lab.read(setting(lab, "warm-up"), "3")
    config = meant_by(lab.command()).training
    assert (config.scheduler, config.step_size, config.factor, config.warmup) == ("step", 7, 0.55, 3)


def test_a_schedule_made_for_a_number_of_epochs_gets_the_usual_one():
    lab = Lab("xor")
    lab.read(setting(lab, "schedule"), "cosine")
    assert lab.config.training.epochs == resolve("xor", flags={}).training.epochs
    lab.read(setting(lab, "schedule"), "none")
    assert lab.config.training.epochs == ENDLESS


def test_a_bound_on_the_gradient_can_be_off():
    lab = Lab("xor")
    bound = setting(lab, "clip")
    assert lab.text(bound) == "off"
    lab.step(bound, 1)
    assert lab.config.training.clip == 0.01
    lab.read(bound, "off")
    assert lab.config.training.clip is None
    assert "--clip" not in lab.command()
