"""Every view of a run tells the same metric, of the same epoch, with the same value, and so does its checkpoint."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, cast

import pytest

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine.config import validate
from nnlab.engine.events import EpochEnded, Event, RunFinished, RunStarted, to_line
from nnlab.engine.runs.claim import claim
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.log import history_of, read_events
from nnlab.engine.runs.lookup import find_checkpoint
from nnlab.engine.runs.reader import RunReader
from nnlab.engine.training.interrupt import StopRequest
from nnlab.engine.training.session import begin
from nnlab.engine.training.train import go_on, run
from nnlab.tui.app import NnlabApp
from nnlab.tui.render.blocks import plain
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.render.text import metric_name, number, reached
from nnlab.tui.runs.draw import cells, described
from nnlab.tui.runs.screen import RunsScreen
from nnlab.tui.trainer.state import RunState
from nnlab.tui.trainer.tail import RunTail

Call = Callable[..., CompletedProcess[str]]
LOOK = RenderOptions(colour=False)


def config(data: str = "xor", epochs: int = 6, *, validates: bool = True, **training: Any) -> Any:
    rows = (
        {"name": data} | ({} if data == "iris" else {"samples": 100}) | ({} if validates else {"valid_split": "none"})
    )
    tree = {"data": rows, "model": {"hidden": [4]}}
    return validate({**tree, "training": {"checkpoint_every": "1e", **training, "epochs": epochs}}, source="test")


def until(events: Iterator[Event], epoch: int) -> None:
    """Train up to the end of this epoch."""
    for event in events:
        if isinstance(event, EpochEnded) and event.epoch == epoch:
            return


def trained(*args: Any, stop: StopRequest | None = None, **options: Any) -> RunFolder:
    folder = claim("r")
    for _ in run(begin(config(*args, **options)), folder, stop):
        pass
    return folder


def resumed(folder: RunFolder, epochs: int, stop: StopRequest | None = None, **training: Any) -> RunFolder:
    for _ in go_on(folder, lambda last: begin(config(epochs=epochs, **training), resume=last), stop):
        pass
    return folder


def killed_and_resumed() -> RunFolder:
    """It goes back to the third epoch, and the best one so far, the sixth, is trained anew."""
    folder = trained(epochs=3)
    shutil.copy(folder.last, folder.path / "third.pt")
    shutil.copy(folder.best, folder.path / "best-of-three.pt")
    resumed(folder, 6)
    (folder.path / "third.pt").rename(folder.last)
    (folder.path / "best-of-three.pt").rename(folder.best)
    return resumed(folder, 4)


def best_lost() -> RunFolder:
    """Its best epoch counts anew, and is over before there is one."""
    folder = trained()
    folder.best.unlink()
    return resumed(folder, 7, StopRequest("interrupt"))


RUNS: dict[str, Callable[[], RunFolder]] = {
    "two classes": trained,
    "many classes": lambda: trained("iris"),
    "numbers": lambda: trained("plane"),
    "early": lambda: trained(epochs=60, lr=0.3, early_stop=3),
    "the last is final": lambda: trained(epochs=40, lr=0.3, final="last"),
    "nothing validated": lambda: trained(validates=False),
    "no epoch": lambda: trained(stop=StopRequest("interrupt")),
    "resumed": lambda: resumed(trained(epochs=3), 6),
    "killed and resumed": killed_and_resumed,
    "the best lost": best_lost,
    "diverged at once": lambda: trained("plane", optimizer="sgd", lr=1e12),
    "diverged later": lambda: trained("plane", 12, optimizer="sgd", lr=2.0),
    "diverged, saved seldom": lambda: trained("plane", 12, optimizer="sgd", lr=2.0, checkpoint_every="1h"),
    "diverged, the last is final": lambda: trained("plane", optimizer="sgd", lr=1e12, final="last"),
    "restarted": lambda: trained("plane", 12, optimizer="sgd", lr=50.0, on_divergence="restart"),
}


WITHOUT_A_BEST = ("no epoch", "the best lost", "diverged at once", "diverged, the last is final")


@dataclass(frozen=True)
class Told:
    """What a view says of a run: its best epoch, 0 for none, and its metrics."""

    best: int
    metrics: dict[str, float | None]


def as_json(run: dict[str, Any]) -> Told:
    return Told(run["best_epoch"], run["metrics"])


def views(folder: RunFolder, nnlab: Call) -> dict[str, Told]:
    """What each view that has numbers says."""
    (listed,) = json.loads(nnlab("runs", "list", "--json").stdout)
    shown = json.loads(nnlab("runs", "show", folder.name, "--json").stdout)
    (compared,) = json.loads(nnlab("runs", "compare", folder.name, "--json").stdout)["runs"]
    (page,), _ = RunReader().read(())
    (chosen,), _ = RunReader().read((folder.path,))
    found = {"list": listed, "show": shown, "compare": compared}
    told = {name: as_json(one) for name, one in found.items()}
    pages = {"page": page, "page, its curves shown": chosen}
    return told | {name: Told(one.best_epoch, finite(one.metrics)) for name, one in pages.items()}


def finite(metrics: dict[str, float]) -> dict[str, float | None]:
    return {name: value if abs(value) < float("inf") else None for name, value in metrics.items()}


def starred(folder: RunFolder, nnlab: Call) -> list[int]:
    """The epochs that the report marks."""
    lines = nnlab("runs", "show", folder.name).stdout.splitlines()
    return [int(line.split()[1]) for line in lines if line.strip().startswith("★ ") and line.split()[1].isdigit()]


def live(folder: RunFolder) -> int:
    state, tail = RunState(), RunTail(folder)
    state.take(tail.poll())
    return state.best_epoch


def page_text() -> tuple[str, str]:
    """What the runs page's list says of the only run, and its details."""
    screen, seen = RunsScreen(), list[str]()

    async def look() -> None:
        async with NnlabApp({"runs": lambda: screen}, LOOK).run_test(size=(200, 60)) as pilot:
            while not screen.list.known:
                await pilot.app.workers.wait_for_complete()
                await pilot.pause()
            seen.append(plain([line for line, _ in cells(screen.list.shown[0], screen.list.columns, LOOK)]))
            seen.append(plain(described(screen.list, 200, LOOK)))

    asyncio.run(look())
    return seen[0], seen[1]


def assert_agreed(folder: RunFolder, nnlab: Call) -> Told:
    """All views say the same; returns that."""
    every = views(folder, nnlab)
    told = every["list"]
    assert every == dict.fromkeys(every, told)
    assert starred(folder, nnlab) == ([told.best] if told.best else [])
    assert live(folder) == told.best
    row, details = page_text()
    printed = nnlab("runs", "list").stdout
    main = next((name for name in ORDER if name in told.metrics), None)
    assert (main is None) == (not told.metrics)
    if main:
        value = float("nan") if (found := told.metrics[main]) is None else found
        assert reached((main, value)) in printed
        assert reached((main, value)) in row
        assert " ".join((metric_name(main), number(value))) in " ".join(details.split())
    assert (f"best epoch {told.best}" in " ".join(details.split())) == (told.best > 0)
    return told


ORDER = ("accuracy_valid", "accuracy_test", "mae_valid", "mae_test", "loss_valid", "loss_test", "loss_train")


@pytest.mark.parametrize("kind", RUNS)
def test_all_views_and_the_checkpoint_tell_the_same_of_a_run(kind: str, nnlab: Call):
    folder = RUNS[kind]()
    told = assert_agreed(folder, nnlab)
    assert (told.best > 0) == (kind not in WITHOUT_A_BEST)
    assert RunReader().read(())[0][0].checkpoint == find_checkpoint("r")
    assert told.best == (checkpoints.load(folder.best).epoch if folder.best.exists() else 0)
    events = read_events(folder)
    finished, started = events[-1], events[0]
    assert isinstance(finished, RunFinished)
    assert isinstance(started, RunStarted)
    history = history_of(events)
    at_last = started.section("training")["final"] == "last" or not told.best
    final = finite(history[-1] if at_last else history[told.best - 1]) if history else {}
    measured = told.metrics.keys() & final.keys()
    assert measured or not history
    for name in measured:
        value, again = final[name], name in finished.metrics  # measured again at the end
        assert told.metrics[name] == (pytest.approx(value, rel=1e-6) if value is not None and again else value), name
    assert told.metrics.items() >= finite(finished.metrics).items()


@pytest.mark.parametrize("kind", ["numbers", "the last is final", "nothing validated", "early"])
def test_all_views_tell_the_same_while_it_trains_and_after_a_kill(kind: str, nnlab: Call):
    options: dict[str, dict[str, Any]] = {
        **{"numbers": {"data": "plane"}, "the last is final": {"final": "last", "lr": 0.3}},
        **{"nothing validated": {"validates": False}, "early": {"lr": 0.3, "early_stop": 50}},
    }
    folder = claim("r")
    with closing(cast(Any, run(begin(config(epochs=50, **options[kind])), folder))) as events:
        for epoch in (1, 2, 11):
            until(events, epoch)
            told = assert_agreed(folder, nnlab)
            assert 1 <= told.best <= epoch
            row = history_of(read_events(folder))[(epoch if kind == "the last is final" else told.best) - 1]
            assert told.metrics == {name: row[name] for name in row if name.endswith(("_train", "_valid"))}
    assert assert_agreed(folder, nnlab) == told


def test_where_the_best_counts_anew_no_view_tells_an_epoch_that_is_lost(nnlab: Call):
    folder = trained(epochs=6)
    folder.best.unlink()
    again = go_on(folder, lambda last: begin(config(epochs=9, lr=1e-9), resume=last, weights=None))
    with closing(cast(Any, again)) as events:
        next(events)
        assert assert_agreed(folder, nnlab).best == 0
        until(events, 7)
        assert assert_agreed(folder, nnlab).best == 7


def epochs(first: int, *losses: float) -> list[Event]:
    return [EpochEnded({"epoch": n, "loss_train": 1.0, "loss_valid": loss}) for n, loss in enumerate(losses, first)]


def test_a_log_of_an_earlier_version_does_not_say_the_best_at_a_start_and_is_followed_all_the_same(
    nnlab: Call, own_world: Path
):
    """Read at once and as it grows: it goes back behind its best epoch, and a better one comes and is lost again."""
    folder = RunFolder(own_world / "r")
    folder.path.mkdir(parents=True)
    start = RunStarted("r", str(folder.path), "xor", "binary", 9, "cpu", {"training": {"epochs": 9}})
    assert start.best_epoch is None
    reader, state = RunReader(), RunState()
    parts: list[tuple[list[Event], int]] = [
        ([start, *epochs(1, 0.5, 0.4, 0.4, 0.6, 0.3)], 5),
        ([replace(start, first_epoch=4)], 2),
        (epochs(4, 0.45, float("nan")), 2),
        ([replace(start, first_epoch=2), *epochs(2, 0.5)], 1),
        ([RunFinished("r", str(folder.path), 2, "epochs", 1, "", "", {"loss_valid": 0.5}, 1.0)], 1),
        ([replace(start, first_epoch=3), *epochs(3, 0.1)], 3),
        ([RunFinished("r", str(folder.path), 3, "diverged", 2, "", "", {}, 1.0)], 2),
    ]
    for events, best in parts:
        with folder.events.open("a", encoding="utf-8") as file:
            file.writelines(to_line(event) + "\n" for event in events)
        state.take(events)
        told = assert_agreed(folder, nnlab)
        assert told.best == best
        assert state.best_epoch == best
        assert Told(reader.read(())[0][0].best_epoch, finite(reader.read(())[0][0].metrics)) == told
