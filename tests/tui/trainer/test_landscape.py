"""The loss around a run's weights is computed while somebody looks at it, and no longer."""

from pathlib import Path
from typing import Any

import pytest
from trainers import a_map

from nnlab.engine.events import EpochEnded, PictureTaken, StateChanged
from nnlab.tui.trainer import landscape
from nnlab.tui.trainer.landscape import KIND, Landscape, LandscapeProcess, until
from nnlab.tui.trainer.state import RunState


def data(*epochs: int) -> dict[str, Any]:
    points = [[0.1 * epoch, 0.0, -1.0, int(epoch != epochs[-1])] for epoch in epochs]
    whole = {**a_map(0), "classes": [], "confidence": None, "value_range": [-2.0, 0.5]}
    return {**whole, "points": points, "epochs": list(epochs)}


class Process:
    """Tells what a test lets it."""

    started: list["Process"] = []

    def __init__(self, run: str) -> None:
        self.run, self.told, self.closed = run, list[dict[str, Any]](), False
        self.ended: str | None = None
        Process.started.append(self)

    def poll(self) -> list[dict[str, Any]]:
        told, self.told = self.told, []
        return told

    def failure(self) -> str | None:
        return self.ended

    def close(self) -> None:
        self.closed = True


@pytest.fixture(autouse=True)
def processes(monkeypatch: pytest.MonkeyPatch) -> list[Process]:
    monkeypatch.setattr(landscape, "LandscapeProcess", Process)
    Process.started = []
    return Process.started


def at(epoch: int, state: Any = "running") -> RunState:
    known = RunState()
    known.take([EpochEnded({"epoch": number, "loss_train": 1.0}) for number in range(1, epoch + 1)])
    known.take([StateChanged(state, epoch)])
    return known


RUN = Path("runs/one")


def test_it_begins_when_somebody_looks_tells_how_far_it_is_and_is_there_in_the_end(processes: list[Process]):
    around, state = Landscape(), at(3)
    around.tick(state, RUN, wanted=False)
    assert not processes
    around.tick(state, RUN, wanted=True)
    assert processes[0].run == str(RUN)
    processes[0].told = [{"done": 25, "of": 628}]
    before = state.drawn
    around.tick(state, RUN, wanted=True)
    assert state.computing == "the loss around the weights: 25 of 628"
    assert state.drawn > before
    processes[0].told = [{"epoch": 3, "rows": 512, "of": 680, "data": data(0, 2, 3)}]
    around.tick(state, RUN, wanted=True)
    assert state.computing == ""
    assert state.pictures[KIND].data["epochs"] == [0, 2, 3]
    assert processes[0].closed
    around.tick(state, RUN, wanted=True)
    assert len(processes) == 1  # it trains, and what is there is not computed again and again


def test_who_looks_away_ends_it_at_once(processes: list[Process]):
    around, state = Landscape(), at(3)
    around.tick(state, RUN, wanted=True)
    around.tick(state, RUN, wanted=False)
    assert processes[0].closed
    around.tick(state, RUN, wanted=True)
    assert len(processes) == 2


def test_it_is_computed_anew_where_the_run_stands_at_another_epoch(processes: list[Process]):
    around, state = Landscape(), at(3)
    around.tick(state, RUN, wanted=True)
    processes[0].told = [{"epoch": 3, "rows": 512, "of": 680, "data": data(3)}]
    around.tick(state, RUN, wanted=True)
    state.take([EpochEnded({"epoch": 4, "loss_train": 1.0})])
    around.tick(state, RUN, wanted=True)
    assert len(processes) == 1
    state.take([StateChanged("paused", 4)])
    around.tick(state, RUN, wanted=True)
    assert len(processes) == 2


def test_what_goes_wrong_is_said_and_not_tried_again(processes: list[Process]):
    around, state = Landscape(), at(3, "paused")
    around.tick(state, RUN, wanted=True)
    processes[0].ended = "The data have changed."
    for _ in range(3):
        around.tick(state, RUN, wanted=True)
    assert state.computing == "The data have changed."
    assert len(processes) == 1


def test_the_path_is_cut_where_the_film_is():
    taken = PictureTaken(KIND, 8, data(0, 2, 5, 8))
    cut = until(taken, 4)
    assert cut.data["epochs"] == [0, 2]
    assert [point[3] for point in cut.data["points"]] == [1, 0]
    assert until(PictureTaken(KIND, 8, data(3, 8)), 1).data["points"] == []


def test_a_real_process_computes_it(nnlab: Any, own_world: Path):
    assert nnlab("train", "xor", "--epochs", "2", "--name", "one", "--quiet").returncode == 0
    process = LandscapeProcess(str(own_world / "one"))
    process._child.wait()
    told = process.poll()
    assert [one["done"] for one in told[:-1]] == list(range(25, 626, 25))
    assert told[-1]["epoch"] == 2
    assert len(told[-1]["data"]["points"]) == 1
    process.close()
    wrong = LandscapeProcess(str(own_world / "two"))
    wrong._child.wait()
    assert "There is no run" in str(wrong.failure())
