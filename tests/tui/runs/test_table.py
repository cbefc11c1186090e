"""The list of runs: its order, what is chosen of it, its marks, and a cursor that stays with its run."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from nnlab.engine.errors import UsageError
from nnlab.engine.events import RunStarted, to_line
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
    expected = {"run": "abc", "state": "bca", "data": "cab", "epochs": "bca", "reached": "cba", "lr": "bac"}
    for _ in COLUMNS:
        runs.sort()
        there = names(runs)
        assert there == expected.get(runs.order, there)
        runs.sort(other_way=True)
        if runs.order in ("run", "epochs", "reached", "lr"):
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
    asked = {"run": ":b", "state": ":finished", "data": ":xor", "model": ":mlp", "epochs": ">1", "reached": ">=0.9"}
    asked |= {"lr": "=0.5", "when": ":" + COLUMNS[-1].text(runs.shown[0])[:6].replace(" ", '" "')}
    found: dict[str, str] = {}
    for column in runs.columns:
        runs.choose(column.name + asked[column.name])
        assert runs.error == ""
        found[column.name] = "".join(sorted(names(runs)))
    expected = {"run": "b", "state": "bc", "data": "ab", "model": "abc", "epochs": "b", "reached": "c", "lr": "b"}
    assert found == {**expected, "when": "abc"}


def test_a_filter_knows_the_columns_before_there_is_a_run():
    empty = RunList()
    for column in empty.columns:
        empty.choose(f"{column.name}:{'finished' if column.name == 'state' else '1'}")
        assert empty.error == ""


def shown(runs: RunList, name: str) -> list[str]:
    """What a column says of the runs, by their order."""
    column = next(column for column in runs.columns if column.name == name)
    return [column.text(run) for run in runs.shown]


@pytest.fixture
def set_up(own_world: Path) -> RunList:
    """Runs that differ in some settings; d is older than one of them."""
    changes = {
        "a": {"training": {"batch_size": 8, "optimizer": "sgd"}, "data": {"noise": 0.1}},
        "b": {"training": {"batch_size": 128, "optimizer": "adam"}, "data": {"noise": 0.3}},
        "c": {"training": {"batch_size": 16, "optimizer": "adam"}, "data": {"noise": 0.2}},
        "d": {"training": {"optimizer": "rmsprop"}, "data": {"noise": 0.2}},
    }
    for name, parts in changes.items():
        folder = own_world / name
        folder.mkdir(parents=True)
        config = {
            "data": {"name": "xor", **parts["data"]},
            "model": {"family": "mlp", "hidden": [10, 6], "noise": 0.0},
            "training": {"seed": 0, "epochs": 50, "lr": 0.1, **parts["training"]},
        }
        begun = RunStarted(name, str(folder), "xor", "binary", 108, "cpu", config, {"train": 680})
        (folder / "events.jsonl").write_text(to_line(begun) + "\n", encoding="utf-8")
    taken = RunList()
    refresh(taken)
    return taken


def test_any_setting_can_be_a_column_and_those_that_differ_are_offered_first(set_up: RunList):
    offered = list(set_up.settings())
    assert set(offered[:3]) == {"batch_size", "optimizer", "data.noise"}
    assert {"training.seed", "hidden", "model.noise", "training.epochs"} <= set(offered[3:])
    assert not {"lr", "data.name"} & set(offered)
    for name in offered:
        assert set_up.toggle_column(name) == name
        assert name in [column.name for column in set_up.columns]
    assert set_up.columns[-1].name == "when"
    for name in offered:
        set_up.toggle_column(name)
    assert set_up.columns == COLUMNS


def test_runs_are_sorted_and_filtered_by_an_added_setting(set_up: RunList):
    for asked, order, texts in (
        ("batch_size", "bcad", ["128", "16", "8", "–"]),
        ("training.optimizer", "bcda", ["adam", "adam", "rmsprop", "sgd"]),
        ("data.noise", "bcda", ["0.3", "0.2", "0.2", "0.1"]),
        ("hidden", "abcd", ["10,6"] * 4),
    ):
        name = set_up.toggle_column(asked)
        set_up.sort_by(name)
        assert names(set_up) == order
        assert shown(set_up, name) == texts
        set_up.sort_by(name)
    fits = {"batch_size>8": "bc", "optimizer:adam": "bc", "data.noise>=0.2": "bcd", "hidden=10,6": "abcd"}
    for text, fit in fits.items():
        set_up.choose(text)
        assert (set_up.error, "".join(sorted(names(set_up)))) == ("", fit)


def test_a_column_that_is_taken_away_sorts_no_more(set_up: RunList):
    set_up.toggle_column("optimizer")
    set_up.sort_by("optimizer")
    set_up.toggle_column("optimizer")
    assert (set_up.order, set_up.reverse) == ("when", False)


def test_a_setting_that_no_run_has_is_said(set_up: RunList):
    for asked, said in (("optimiser", "did you mean 'optimizer'?"), ("noise", "There is no setting 'noise'")):
        with pytest.raises(UsageError, match=re.escape(said)):
            set_up.toggle_column(asked)
    assert set_up.columns == COLUMNS


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
