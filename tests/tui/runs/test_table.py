"""The list of runs: its order, what is chosen of it, its marks, and a cursor that stays with its run."""

from collections.abc import Callable
from pathlib import Path

import pytest

from nnlab.engine.errors import UsageError
from nnlab.engine.runs.reader import RunReader
from nnlab.tui.runs.columns import COLUMNS
from nnlab.tui.runs.table import RunList, command


@pytest.fixture
def runs(make_run: Callable[..., Path]) -> RunList:
    make_run("b", lr=0.5, accuracies=[0.5, 0.7])
    make_run("c", lr=0.1, accuracies=[0.9], data="spiral")
    make_run("a", lr=0.2, accuracies=[], stopped=None)
    taken = RunList()
    refresh(taken)
    return taken


def refresh(runs: RunList) -> None:
    reader = RunReader()
    runs.take(*reader.read(()))
    runs.take(*reader.read(runs.looked_at))


def names(runs: RunList) -> str:
    return "".join(run.name for run in runs.shown)


def test_it_sorts_by_every_column_and_the_other_way_round(runs: RunList):
    expected = {"run": "abc", "state": "bca", "data": "cab", "epochs": "bca", "best": "cba", "lr": "bac"}
    for _ in COLUMNS:
        runs.sort()
        there = names(runs)
        assert there == expected.get(runs.order, there)
        runs.sort(other_way=True)
        if runs.order in ("run", "epochs", "best", "lr"):
            assert names(runs) == there[::-1]
        runs.sort(other_way=True)
        assert names(runs) == there
    assert runs.order == "when"


def test_a_filter_chooses_and_a_wrong_one_says_so(runs: RunList):
    runs.choose("data:xor lr>0.3")
    assert names(runs) == "b"
    runs.choose("accuracy_valid>=0.9")
    assert names(runs) == "c"
    assert runs.current is not None
    runs.choose("lr<x")
    assert runs.error == "lr is a number, and 'x' is none."
    assert names(runs) == "c"
    runs.choose("")
    assert runs.error == ""
    runs.choose("nothing fits this")
    assert runs.current is None
    runs.move(1)
    runs.mark()
    assert runs.marked == []


def test_a_filter_knows_every_column(runs: RunList):
    asked = {"run": ":b", "state": ":finished", "data": ":xor", "model": ":mlp", "epochs": ">1", "best": ">=0.9"}
    asked |= {"lr": "=0.5", "when": ":" + COLUMNS[-1].text(runs.shown[0])[:6].replace(" ", '" "')}
    found: dict[str, str] = {}
    for column in runs.columns:
        runs.choose(column.name + asked[column.name])
        assert runs.error == ""
        found[column.name] = "".join(sorted(names(runs)))
    expected = {"run": "b", "state": "bc", "data": "ab", "model": "abc", "epochs": "b", "best": "c", "lr": "b"}
    assert found == {**expected, "when": "abc"}


def test_a_filter_knows_the_columns_before_there_is_a_run():
    empty = RunList()
    for column in empty.columns:
        empty.choose(f"{column.name}:{'finished' if column.name == 'state' else '1'}")
        assert empty.error == ""


def test_marked_runs_are_picked_in_their_order_and_else_the_one_under_the_cursor(runs: RunList):
    assert [run.name for run in runs.picked] == [runs.shown[0].name]
    for place in (2, 0):
        runs.move(-9)
        runs.move(place)
        runs.mark()
    assert [run.name for run in runs.picked] == [runs.shown[2].name, runs.shown[0].name]
    assert RunList().picked == []


def test_the_cursor_stays_with_its_run(runs: RunList, make_run: Callable[..., Path]):
    while runs.order != "run":
        runs.sort()
    runs.move(-9)
    runs.move(1)
    assert runs.current is not None
    assert runs.current.name == "b"
    make_run("aa")
    refresh(runs)
    assert (names(runs)[:3], runs.current.name) == ("aaa", "b")
    runs.take([run for run in runs.runs if run.name != "b"], {})
    assert runs.current.name == "c"
    runs.move(99)
    assert runs.current.name == "c"


def test_marks_have_letters_and_colours_that_are_not_shared(runs: RunList, make_run: Callable[..., Path]):
    for number in range(30):
        make_run(f"more-{number:02}")
    refresh(runs)
    runs.move(-99)
    first = runs.shown[0].folder.path
    runs.mark()
    assert runs.letter(first) == "A"
    for _ in range(7):
        runs.move(1)
        runs.mark()
    assert len(set(runs.colours().values())) == 8
    assert runs.colours()[first] == RunList(shown=runs.shown, marked=[first]).colours()[first]
    runs.mark()
    assert len(runs.marked) == 7
    runs.unmark()
    runs.move(-99)
    for _ in range(26):
        runs.mark()
        runs.move(1)
    with pytest.raises(UsageError, match="26 runs are marked"):
        runs.mark()


def test_curves_are_those_of_marked_runs_and_the_one_under_the_cursor(runs: RunList):
    runs.choose("a")
    runs.choose("data:xor lr>0.3")
    runs.mark()
    runs.choose("")
    refresh(runs)
    assert runs.metrics() == ["loss", "accuracy"]
    runs.look("metric")
    assert runs.metrics() == ["accuracy", "loss"]
    assert runs.last_epoch() == 2
    runs.read_values(-1)
    assert runs.cursor == 2
    runs.read_values(1)
    assert runs.cursor is None


def test_nothing_new_changes_nothing(runs: RunList):
    reader = RunReader()
    runs.take(*reader.read(runs.looked_at))
    before = runs.revision
    runs.take(*reader.read(runs.looked_at))
    assert runs.revision == before


def test_the_command_of_a_run_trains_its_config(runs: RunList):
    assert command(runs.shown[0]).startswith("nnlab train --config ")
    assert command(runs.shown[0]).endswith("config.toml")
