"""Every way by which a run's folder is read and shown, gone through without a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from nnlab.engine.errors import UsageError
from nnlab.engine.events import PictureTaken
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.log import events_of, map_of
from nnlab.engine.runs.lookup import find_checkpoint
from nnlab.engine.runs.picture_log_reader import PictureLogReader
from nnlab.engine.runs.reader import RunReader
from nnlab.engine.runs.summary import list_runs
from nnlab.tui.lab.networks import user_networks
from nnlab.tui.live import draw as live_draw
from nnlab.tui.live.view import RunView
from nnlab.tui.predict.networks import trained_networks
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.render.report import report
from nnlab.tui.runs import draw as runs_draw
from nnlab.tui.runs.table import RunList
from nnlab.tui.trainer.state import RunState
from nnlab.tui.trainer.tail import RunTail

LOOKS = (RenderOptions(colour=True, ascii=False), RenderOptions(colour=False, ascii=True))


def go_through(runs: Path, name: str) -> Counter[str]:
    """Read and draw a run in every way; returns what was told of it. Whatever else is raised is a fault."""
    told: Counter[str] = Counter()
    folder = RunFolder(runs / name)
    (status,) = {run.status for run in list_runs() if run.folder.path == folder.path}
    told[status] += 1
    told["shown"] += report_of(folder) == ""
    _sentence(lambda: report(events_of(folder), 130, LOOKS[1]))
    _sentence(lambda: find_checkpoint(name))
    state = follow(folder)
    for options in LOOKS:
        draw_live(state, options)
    draw_runs(folder.path)
    trained_networks()
    user_networks()
    map_of(folder.path)
    film_of(folder)
    return told


def _sentence(work: Callable[[], object]) -> str:
    """What a UsageError says, in one line; nothing where there is none."""
    said = ""
    try:
        work()
    except UsageError as error:
        said = str(error)
    assert "\n" not in said
    assert len(said) < 1000
    return said


def follow(folder: RunFolder) -> RunState:
    """What the live screen knows of a run."""
    state, tail = RunState(), RunTail(folder)
    state.take(tail.poll())
    while tail.behind:
        state.take(tail.poll())
    tail.failure()
    return state


def draw_live(state: RunState, options: RenderOptions) -> None:
    """All that the live screen can show of a run."""
    view = RunView(title="run", smoothing=1, log=True, cursor=2)
    for width, height in ((60, 16), (140, 40)):
        for draw in (live_draw.title, live_draw.curves, live_draw.epochs, live_draw.log):
            draw(state, view, width, height, options)
        for number in range(len(live_draw.KINDS)):
            view.picture = number
            live_draw.picture(state, view, width, height, options)
            live_draw.scroll_units(state, view, 1, (width, height))
            live_draw.shown_axes(state, view)
    live_draw.essentials(state)


def draw_runs(path: Path) -> None:
    """All that the runs page can show of a run among others."""
    reader, page = RunReader(), RunList()
    page.take(*reader.read([path]))
    page.at = path
    page.mark()
    for _ in page.columns:
        page.sort()
    page.choose("lr<1 accuracy_valid>=0 data:xor")
    page.choose("")
    for run in page.shown:
        runs_draw.cells(run, page.columns, LOOKS[0])
    for compares in (False, True):
        page.compare(yes=compares)
        for draw in (runs_draw.title, *runs_draw.DRAW.values()):
            draw(page, 100, 30, LOOKS[0])


def report_of(folder: RunFolder) -> str:
    """What is said instead of a run's report; nothing where it is shown."""
    return _sentence(lambda: report(events_of(folder), 80, LOOKS[0]))


def film_of(folder: RunFolder) -> list[PictureTaken]:
    """The frames of a run's film, drawn."""
    film = PictureLogReader(folder.film)
    film.poll()
    found = [picture for at in film.epochs for picture in film.frame(at).values()]
    for picture in found:
        live_draw.drawn(picture.kind, picture.data, 60, 20, LOOKS[0])
    return found
