"""One word and one glyph for each state of a run, wherever it is shown."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from rich.cells import cell_len

from nnlab.engine.events import RunStarted, StateChanged, to_line
from nnlab.engine.runs.claim import locked
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.log import read_events
from nnlab.engine.runs.reader import Run, RunReader
from nnlab.engine.runs.states import ENDS, STATES
from nnlab.engine.runs.summary import summarize
from nnlab.tui.render.blocks import plain
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.render.states import SIGNS
from nnlab.tui.runs import draw
from nnlab.tui.runs.columns import COLUMNS
from nnlab.tui.trainer.state import RunState

MakeRun = Callable[..., Path]
Call = Callable[..., CompletedProcess[str]]


def test_every_state_has_a_glyph_and_a_letter_of_its_own():
    assert set(SIGNS) == set(STATES)
    assert set(ENDS.values()) < set(STATES)
    for signs in ([sign.glyph for sign in SIGNS.values()], [sign.letter for sign in SIGNS.values()]):
        assert len(set(signs)) == len(signs)
        assert {cell_len(sign) for sign in signs} == {1}
    assert all(sign.letter.isascii() for sign in SIGNS.values())


def listed_as(run: Run) -> str:
    """What the runs page says of a run."""
    return plain([line for line, _ in draw.cells(run, COLUMNS, RenderOptions(colour=False))])


@pytest.mark.parametrize(("stopped_by", "state"), ENDS.items())
def test_the_same_word_stands_everywhere(stopped_by: Any, state: str, make_run: MakeRun, nnlab: Call):
    folder = RunFolder(make_run("demo", stopped=stopped_by))
    (run,), _ = RunReader().read([])
    watched = RunState()
    watched.take(read_events(folder))
    listed = json.loads(nnlab("runs", "list", "--json").stdout)
    assert [run.state, watched.state, summarize(folder).status, listed[0]["status"]] == [state] * 4
    assert state in nnlab("runs", "list").stdout
    assert state in nnlab("runs", "show", "demo").stdout
    text = listed_as(run)
    assert f"{watched.glyph(ascii=False)} {state}" in text


def test_a_paused_run_is_paused_everywhere(own_world: Path, nnlab: Call):
    folder = RunFolder(own_world / "demo")
    folder.path.mkdir(parents=True)
    events = [RunStarted("demo", "", "xor", "binary", 9, "cpu", {}), StateChanged("paused", 0)]
    folder.events.write_text("".join(to_line(event) + "\n" for event in events), encoding="utf-8")
    with locked(folder):
        (run,), _ = RunReader().read([])
        assert (run.state, summarize(folder).status) == ("paused", "paused")
        assert "paused" in nnlab("runs", "list").stdout


def test_the_list_and_the_page_show_the_same_metric(make_run: MakeRun, nnlab: Call):
    make_run("demo", accuracies=[0.5, 0.98765])
    (run,), _ = RunReader().read([])
    assert "0.9877 acc." in listed_as(run)
    assert "0.9877 acc." in nnlab("runs", "list").stdout
