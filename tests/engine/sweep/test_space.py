"""What is written as a range or as choices is read as that, refused in a sentence, or left alone as one value."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nnlab.engine.config import validate
from nnlab.engine.errors import UsageError
from nnlab.engine.options import AT, DATA, OPTIONS, Option
from nnlab.engine.sweep.space import Range, dimension_of, opens, space_of, spoken, without

LR, HIDDEN, EPOCHS = AT["training", "lr"], AT["model", "hidden"], AT["training", "epochs"]
OPTIMIZER, DROPOUT, ARGUMENT = AT["training", "optimizer"], AT["model", "dropout"], AT["model", "args"]


@pytest.mark.parametrize(
    ("option", "text", "values"),
    [
        (LR, "1e-4..1e-1", Range(1e-4, 0.1, log=True)),
        (LR, " .001 .. 1 ", Range(0.001, 1, log=True)),
        (EPOCHS, "10..1e3", Range(10, 1000, whole=True)),
        (AT["training", "batch_size"], "16..512", Range(16, 512, whole=True, log=True)),
        (DROPOUT, "0..0.5", Range(0, 0.5)),
        (HIDDEN, "32, 16 | 64,64", ("32,16", "64,64")),
        (OPTIMIZER, "sgd|adam", ("sgd", "adam")),
        (AT["training", "class_weights"], "none | balanced | 1,2.5", ("none", "balanced", "1,2.5")),
        (AT["training", "nesterov"], "true | false", ("true", "false")),
        (AT["prepare", "scale"], "standard | smooth", ("standard", "smooth")),
        (ARGUMENT, "width=16..256", Range(16, 256, whole=True)),
        (ARGUMENT, "rate=0..1.5", Range(0, 1.5)),
        (ARGUMENT, "act=gelu | relu", ("gelu", "relu")),
        (AT["model", "family"], "mlp | ../net.py:MyNet", ("mlp", "../net.py:MyNet")),
    ],
    ids=str,
)
def test_ranges_and_choices_are_read(option: Option, text: str, values: Any):
    dimension = dimension_of(option, text)
    assert dimension is not None
    assert dimension.values == values
    argument = f"{dimension.argument}=" if dimension.argument else ""
    assert dimension_of(option, argument + str(dimension)) == dimension


@pytest.mark.parametrize(
    ("option", "text"),
    [
        (LR, "0.1"),
        (HIDDEN, "32,16"),
        (AT["data", "target"], "a..b | c"),
        (AT["data", "na"], "1..2"),
        (ARGUMENT, "a=b..c"),
    ],
    ids=str,
)
def test_one_value_is_no_dimension(option: Option, text: str):
    assert dimension_of(option, text) is None


@pytest.mark.parametrize(
    ("option", "text", "said"),
    [
        (LR, "0..1", "begins at 0, and a range of rates is tried by factors: begin it above, as in 0.0001..1."),
        (LR, "1e-1..1e-4", "ends before it begins: write it as 1e-4..1e-1."),
        (LR, "1..1", "is one value: write it as --lr 1."),
        (LR, "1e-4..", "is no range: write it as 1e-4..1e-1"),
        (LR, "..1", "is no range"),
        (LR, "a..b", "is no range"),
        (LR, "1..2..3", "is no range"),
        (LR, "1..inf", "is no range"),
        (LR, "1..1e999", "it is infinite"),
        (LR, "1..2 | 3", "is both a range and choices"),
        (EPOCHS, "1.5..3", "is a range of counts: begin and end it with whole numbers, as in 10..100."),
        (EPOCHS, "0..3", "--epochs cannot be '0': it must be at least 1."),
        (DROPOUT, "0..1", "--dropout cannot be '1': it must be below 1."),
        (HIDDEN, "16..64", "has no range, since it is no number: write choices, as in '32,16 | 64,64'."),
        (HIDDEN, "16 | many", "--hidden"),
        (OPTIMIZER, "sgd | adm", "did you mean 'adam'?"),
        (OPTIMIZER, "sgd |", "lacks a choice between two bars"),
        (OPTIMIZER, "sgd | sgd", "has 'sgd' twice"),
        (AT["training", "device"], "cpu | cuda", "cannot be tried with several values: give it one."),
        (AT["training", "seed"], "1..5", "cannot be tried with several values: give it one."),
        (AT["data", "samples"], "100..200", "cannot be tried with several values: give it one."),
        (AT["prepare", "missing"], "drop | fill", "cannot be tried with several values: give it one."),
        (ARGUMENT, "width=256..16", "--model-arg width=256..16 ends before it begins"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_one_sentence(option: Option, text: str, said: str):
    with pytest.raises(UsageError) as error:
        dimension_of(option, text)
    assert said in str(error.value)
    assert str(error.value).startswith(f"--{option.name}")


def test_a_setting_has_one_range():
    with pytest.raises(UsageError, match="--lr is given two ranges"):
        space_of([(LR, "1..2"), (LR, "2..3")])


def test_the_rows_are_the_same_for_all():
    assert not [option for option in DATA if opens(option)]


@given(st.floats(1e-9, 1e9), st.floats(1e-9, 1e9))
@example(1e-4, 1e-1)
def test_what_a_range_draws_is_in_it_and_can_be_typed(low: float, high: float):
    low, high = sorted((float(f"{low:.6g}"), float(f"{high:.6g}")))
    if low == high:
        return
    dimension = dimension_of(LR, f"{low!r}..{high!r}")
    assert dimension is not None
    assert isinstance(dimension.values, Range)
    for share in (0.0, 0.123456789, 0.5, 1.0):
        value = dimension.values.rounded(math.exp(math.log(low) + share * (math.log(high) - math.log(low))))
        assert low <= value <= high
        read = validate(dimension.tree(value)).training.lr
        assert validate({"training": {"lr": dimension.words(value)[1]}}).training.lr == read == pytest.approx(value)


@given(st.sampled_from(OPTIONS), st.text(alphabet="0123456789.e-+|,= abc\n'", max_size=20))
def test_any_text_is_a_dimension_one_value_or_refused(option: Option, text: str):
    with suppress(UsageError):
        dimension = dimension_of(option, text)
        if dimension is not None:
            values = dimension.values
            for value in (values.low, values.high) if isinstance(values, Range) else values:
                validate(dimension.tree(value))


def test_a_point_becomes_a_tree_and_is_found_in_a_config_again():
    written = [(LR, "1e-4..1"), (HIDDEN, "32,16 | 64"), (ARGUMENT, "width=1..9"), (ARGUMENT, "act=a | b")]
    space = space_of(written)
    point = {"lr": 0.01, "hidden": "64", "model-arg width": 3, "model-arg act": "b"}
    tree = space.tree(point)
    assert tree == {
        "training": {"lr": "0.01"},
        "model": {"hidden": ["64"], "args": {"width": 3, "act": "b"}},
    }
    config = validate({**tree, "model": {**tree["model"], "family": "mlp"}})
    assert space.point_of(config.to_dict()) == point
    assert space.point_of(validate({"model": {"hidden": [5]}}).to_dict()) is None


def test_a_file_says_ranges_as_texts():
    tree = {"training": {"lr": "1e-3..1", "epochs": 5}, "model": {"args": {"width": "2..8", "depth": 2}}}
    space = space_of(spoken(tree))
    assert space.texts() == {"model-arg width": "2..8", "lr": "0.001..1"}
    assert without(tree, space) == {"training": {"epochs": 5}, "model": {"args": {"depth": 2}}}


def test_choices_alone_have_a_size():
    assert space_of([(HIDDEN, "1 | 2 | 3"), (OPTIMIZER, "sgd | adam")]).size == 6
    assert space_of([(HIDDEN, "1 | 2 | 3"), (LR, "1..2")]).size is None
