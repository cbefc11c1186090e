"""A form: what is typical at first, steps and choices, remarks, the rows that show effects, the row as a command."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab.tui.predict.form import SWEEP, Field, Form

AREA = Field.of({"name": "area", "kind": "number", "typical": 80.5, "low": 40, "high": 160, "decimal": ","})
YEAR = Field.of({"name": "year", "kind": "number", "typical": 76, "low": 70, "high": 73, "decimal": "."})
TOWN = Field.of({"name": "town", "kind": "category", "values": ["Bern", "Wien, Ost"]})
LIFT = Field.of({"name": "lift", "kind": "flag", "values": ["no", "yes"]})
SOLD = Field.of({"name": "sold", "kind": "date", "values": ["1.1.99", "1.1.00"], "typical": "1.1.00"})
NOTE = Field.of({"name": "note", "kind": "text"})
FIELDS = [AREA, YEAR, TOWN, LIFT, SOLD, NOTE]


def test_a_form_begins_with_what_is_typical():
    assert Form(FIELDS).values == ["80,5", "76", "Bern", "no", "1.1.00", ""]


@pytest.mark.parametrize(
    ("field", "text", "steps", "wanted"),
    [
        (AREA, "80,5", 1, "90"),
        (AREA, "80,5", -1, "70"),
        (AREA, "", 1, "80,5"),
        (AREA, "wide", -1, "80,5"),
        (YEAR, "76", 1, "77"),
        (TOWN, "Bern", 1, "Wien, Ost"),
        (TOWN, "Bern", -1, "Wien, Ost"),
        (TOWN, "Rom", 1, "Bern"),
        (LIFT, "", -1, "yes"),
        (SOLD, "1.1.99", 1, "1.1.00"),
        (NOTE, "as it is", 1, "as it is"),
    ],
)
def test_steps_go_through_round_numbers_and_choices(field: Field, text: str, steps: int, wanted: str):
    assert field.stepped(text, steps) == wanted


@pytest.mark.parametrize(
    ("field", "text", "wanted"),
    [
        (AREA, "80,5", ""),
        (AREA, "1000", "unusual"),
        (AREA, "80.5.1", "no number"),
        (AREA, "inf", "no number"),
        (AREA, " ", ""),
        (TOWN, "Rom", "unknown"),
        (LIFT, "TRUE", ""),
        (LIFT, "maybe", "unknown"),
        (SOLD, "2.2.22", ""),
    ],
)
def test_what_is_odd_is_remarked(field: Field, text: str, wanted: str):
    assert field.remark(text) == wanted


def test_each_field_says_what_may_be_typed():
    assert [field.hint for field in FIELDS] == [
        *("40 to 160", "70 to 73", "one of 2", "yes or no", "such as 1.1.00", "words")
    ]


def test_a_question_is_the_row_and_each_fields_sweep():
    form = Form(FIELDS)
    question = form.question(range(len(FIELDS)))
    rows = 1 + SWEEP + 4 + 2 + 2 + 2
    assert {len(value) for value in question.values() if isinstance(value, list)} == {rows}
    assert question["note"] is None
    assert question["area"][:3] == ["80,5", "40", "52"]
    assert question["area"][SWEEP + 1 :] == ["80,5"] * (rows - SWEEP - 1)
    assert question["year"][SWEEP + 1 : SWEEP + 6] == ["70", "71", "72", "73", "76"]
    assert question["town"].count("Wien, Ost") == 1
    effects = form.effects(range(len(FIELDS)), list(range(rows)))
    assert [len(values) for values in effects.values()] == [SWEEP, 4, 2, 2, 2]
    assert effects[1] == [12, 13, 14, 15]


def test_only_seen_fields_are_swept_and_texts_alone_are_one_row():
    assert Form(FIELDS).question(range(2, 3))["area"] == "80,5"
    assert Form([NOTE]).question(range(1)) == {"note": [None]}


@pytest.mark.parametrize(("text", "place"), [("40", 0), ("100", 5), ("1e9", SWEEP - 1), ("", None), ("wide", None)])
def test_a_value_has_a_place_in_its_sweep(text: str, place: int | None):
    assert AREA.place(text) == place


def test_a_choice_has_a_place_if_it_is_known():
    assert (TOWN.place("Wien, Ost"), TOWN.place("Rom")) == (1, None)


def test_fields_are_walked_emptied_and_set_back():
    form = Form(FIELDS)
    form.move(-1)
    assert form.at == 0
    form.move(10)
    assert form.current is NOTE
    form.put("word")
    assert form.values[-1] == "word"
    form.reset()
    assert form.values[-1] == ""


def test_the_row_is_written_as_the_command_reads_it():
    pairs = next(csv.reader([Form(FIELDS).written()]))
    assert pairs == ["area=80,5", "year=76", "town=Bern", "lift=no", "sold=1.1.00", "note="]


@given(
    low=st.floats(-1e9, 1e9), span=st.floats(0, 1e9), steps=st.integers(-30, 30), decimal=st.sampled_from([".", ","])
)
def test_any_number_can_be_stepped_and_has_a_place(low: float, span: float, steps: int, decimal: str):
    told = {"name": "x", "kind": "number", "typical": low, "low": low, "high": low + span, "decimal": decimal}
    field = Field.of(told)
    text = field.stepped(field.typical, steps)
    assert field.number(text) is not None
    assert len(field.sweep) <= SWEEP
    place = field.place(text)
    assert place is None or 0 <= place < len(field.sweep)
