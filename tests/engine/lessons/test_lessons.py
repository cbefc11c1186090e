"""The lessons' files are whole, none is passed without doing what it asks, and those by commands can be done."""

import json
from pathlib import Path

import pytest

from nnlab.engine.errors import UsageError
from nnlab.engine.history import History
from nnlab.engine.lessons.lessons import Check, Lesson, Wanted, find, missing, names, reached, read
from nnlab.engine.lessons.progress import Come, come, remember
from nnlab.engine.training.session import Session, begin
from nnlab.engine.training.train import run

TWELVE = [name for name in names() if "/" not in name]
TUTORIAL = [name for name in names() if "/" in name]


def played(lesson: Lesson, *, solved: bool) -> Session:
    session = begin(lesson.config(lesson.solution if solved else None))
    for _ in run(session, tested=False):
        pass
    return session


def test_there_are_lessons_from_one_neuron_on_and_the_five_of_the_tutorial():
    assert names()[0] == "one-neuron"
    assert len(TWELVE) >= 12
    assert [f"tutorial/{name}" for name in ("sequential", "module", "own-layer", "tables", "digits")] == TUTORIAL
    assert names()[-5:] == TUTORIAL


@pytest.mark.parametrize("name", names())
def test_a_lesson_by_commands_can_be_done(name: str):
    lesson = find(name)[1]
    if not lesson.lab:  # the others are played by keys, in the lab's tests
        session = played(lesson, solved=True)
        assert not missing(lesson, session.config, session.history)


@pytest.mark.parametrize("name", [name for name in TWELVE if find(name)[1].solution and name != "overfitting"])
def test_a_lesson_is_not_passed_by_what_it_begins_with(name: str):
    lesson = find(name)[1]
    session = played(lesson, solved=False)
    assert missing(lesson, session.config, session.history)


@pytest.mark.parametrize("name", names())
def test_what_a_lesson_says_fits_a_small_screen(name: str):
    lesson = find(name)[1]
    assert len(lesson.title) <= 40
    for said in (*lesson.steps, lesson.question, lesson.answer):
        assert len(said) <= 220
    assert name in TWELVE or any(f"nnlab lesson check latest {name}" in step for step in lesson.steps)


def test_a_check_takes_the_best_epoch_within_its_bounds_and_a_gap_of_the_last():
    rows = [
        {"epoch": n, "loss_train": 1 / n, "loss_valid": abs(n - 3) + 0.1, "accuracy_valid": n / 10}
        for n in (1, 2, 3, 4)
    ]
    history = History.of(rows)
    assert reached(Check(measure="loss_valid", at_most=1), history) == pytest.approx(0.1)
    assert reached(Check(measure="loss_valid", at_most=1, epochs=2), history) == pytest.approx(1.1)
    assert reached(Check(measure="accuracy_valid", at_least=1), history) == pytest.approx(0.4)
    assert reached(Check(measure="gap", at_least=1), history) == pytest.approx(1.1 - 0.25)
    assert reached(Check(measure="mae_valid", at_most=1), history) != reached(
        Check(measure="mae_valid", at_most=1), history
    )


def test_a_config_is_wanted_by_values_bounds_or_lengths():
    config = find("hidden-units")[1].config()
    for wanted, fits in (
        (Wanted(key="model.hidden", says="x", at_most=4), True),
        (Wanted(key="model.hidden", says="x", at_most=1), False),
        (Wanted(key="model.hidden", says="x", length=True, at_most=1), True),
        (Wanted(key="model.family", says="x", one_of=["mlp"]), True),
        (Wanted(key="model.family", says="x", at_least=1), False),
        (Wanted(key="nothing.there", says="x", at_most=1), False),
        (Wanted(key="model.nothing", says="x", length=True, at_most=1), False),
    ):
        assert wanted.fits(config) is fits


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "title"),
        ("title = 3", "title"),
        ("{", "no TOML"),
        ("\udcff", "cannot be read|no TOML"),
        ("x = 1\n" * 20_000, "longer than"),
    ],
)
def test_a_file_that_is_no_lesson_is_refused_in_a_sentence(tmp_path: Path, text: str, said: str):
    file = tmp_path / "mine.toml"
    file.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(UsageError, match=said):
        read(file)
    with pytest.raises(UsageError, match=said):
        find(str(file))


def test_a_lesson_that_is_not_there_is_named_with_the_nearest():
    with pytest.raises(UsageError, match="saturation"):
        find("saturaton")
    with pytest.raises(UsageError, match="cannot be read"):
        find("nowhere.toml")


def test_how_far_somebody_came_is_kept_and_a_damaged_file_forgotten(own_world: Path):
    remember("depth", Come(2))
    remember("depth", Come(1, done=True))
    remember("depth", Come(0))
    assert come("depth") == Come(0, done=True)
    file = own_world.parent / "config" / "lessons.json"
    for damaged in ("", "[]", '{"depth": 3}', '{"depth": {"step": -1, "done": true}}', "[" * 50_000):
        file.write_text(damaged)
        assert come("depth") == Come()
    file.write_text(json.dumps({"depth": {"step": 10**9, "done": False}}))
    assert come("depth").step == 10**9
