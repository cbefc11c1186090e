"""The filter of runs: what is typed means what it says, and what makes no sense is said in a sentence."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab.engine.errors import UsageError
from nnlab.tui.runs.filter import Filter, number_of, parse

TEXTS, NUMBERS, STATES = ("name", "data", "state", "optimizer"), ("lr", "epochs", "accuracy_valid"), ("running", "dead")
RUN = {
    **{"name": "xor-1", "data": "xor", "state": "running", "optimizer": "adam"},
    **{"lr": 0.01, "epochs": 50.0, "accuracy_valid": 0.95},
}
NUMBER = st.floats(allow_nan=False, allow_infinity=False)


def read(text: str) -> Filter:
    return parse(text, TEXTS, NUMBERS, STATES)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("", True),
        ("data:xor lr<0.1 state:running accuracy_valid>=0.9 xor", True),
        ("XOR", True),
        ("training.lr<0.1 training.optimizer:adam", True),  # as the config calls them
        ("training.lr>0.1", False),
        ("spiral", False),
        ("data:x", True),
        ("data=x", False),
        ("data=xor", True),
        ("data!=xor", False),
        ("Data:XOR", True),
        ("lr:0.01", True),
        ("lr=1e-2", True),
        ("lr!=0.01", False),
        ("lr<0.01", False),
        ("lr<=0.01", True),
        ("epochs>49", True),
        ("accuracy_valid>=95%", True),
        ("state:run", True),
        ("state:dead", False),
        ('name:"xor-1"', True),
        ('"lr<0.01"', False),
        ("lr<0.1 spiral", False),
    ],
)
def test_a_run_fits_all_that_is_asked_for(text: str, fits: bool):
    assert read(text).accepts(RUN) is fits


def test_a_run_without_the_field_does_not_fit():
    assert not read("accuracy_valid>0").accepts({"name": "new"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("acuracy_valid>0.9", "There is no field 'acuracy_valid': did you mean 'accuracy_valid'?"),
        ("lr<fast", "lr is a number, and 'fast' is none."),
        ("lr<", "What should lr be? Say lr< and a value, without a space between."),
        ("data<3", "data is a word: say data:3."),
        ("state:runing", "No run is ever 'runing': did you mean 'running'?"),
        ("state:zzz", "No run is ever 'zzz': choose from running, dead."),
        ('name:"xor', "A quotation mark is not closed."),
    ],
)
def test_what_makes_no_sense_is_said(text: str, said: str):
    with pytest.raises(UsageError) as caught:
        read(text)
    assert str(caught.value) == said


@given(st.text())
def test_any_text_is_a_filter_or_a_sentence(text: str):
    said = ""
    try:
        read(text).accepts(RUN)
    except UsageError as error:
        said = str(error)
    assert not said or said.endswith((".", "?"))


@given(NUMBER, NUMBER)
def test_comparisons_are_those_of_numbers(value: float, bound: float):
    run = {"lr": value}
    assert read(f"lr<{bound!r}").accepts(run) is (value < bound)
    assert read(f"lr>={bound!r}").accepts(run) is (value >= bound)
    assert read(f"lr={value!r}").accepts(run)
    assert not read(f"lr!={value!r}").accepts(run)


@given(st.lists(st.sampled_from(["xor", "data:xor", "lr<0.1", "spiral", "state:dead"])))
def test_terms_together_mean_all_of_them(terms: list[str]):
    assert read(" ".join(terms)).accepts(RUN) is all(read(term).accepts(RUN) for term in terms)


def test_numbers_may_be_percentages_and_are_never_nan():
    assert number_of("95%") == 0.95
    assert number_of("inf") == math.inf
    assert number_of("nan") is None
    assert number_of("%") is None


def test_a_part_of_the_config_alone_makes_no_field():
    for text in ("training.rate<1", "runs.lr<1", "training.<1"):
        with pytest.raises(UsageError):
            read(text)
