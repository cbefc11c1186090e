"""`nnlab doctor RUN`: how the layers of a run's network fare, and what to try where something is off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..engine.runs.folder import RunFolder
from .console import Console

if TYPE_CHECKING:
    from ..engine.training.session import Session


def doctor_run(run: str, model: str | None, console: Console, *, json: bool) -> None:
    """Look into a run as its last checkpoint left it and print what is found."""
    from ..engine.pictures.health import health
    from ..engine.training.reopened import reopen

    folder, session = reopen(run, "nnlab doctor", model=model, note=console.warn)
    found = health(session, _last_in_film(folder))
    found["findings"] = [*_diverged(folder), *found["findings"], *_fit(session)]
    if json:
        console.print_json({"run": folder.name, "epoch": session.epoch, **found})
        return
    _print(console, folder.name, session.epoch, found)


def _diverged(folder: RunFolder) -> list[str]:
    """How the run went wrong, where it did; its last checkpoint is from before that."""
    from ..engine.runs.summary import summarize

    ended = summarize(folder).finished
    if ended is None or ended.stopped_by != "diverged":
        return []
    return [
        f"The training diverged: {ended.message[:1].lower()}{ended.message[1:]} What is told below is from before that."
    ]


def _fit(session: Session) -> list[str]:
    """That it overfits, or learns too little, where that matters."""
    from ..engine.runs.fitting import overfits, underfits

    best = session.history.of_epoch(session.best.epoch)
    said = (overfits(best, session.history), underfits(session.history, session.planned))
    return [sentence for sentence in said if sentence]


def _last_in_film(folder: RunFolder) -> dict[str, Any] | None:
    """The newest picture of the layers in the run's film, whose trails go on; None where there is none."""
    from ..engine.runs.picture_log_reader import PictureLogReader

    reader = PictureLogReader(folder.film)
    return next((picture.data for picture in reader.poll() if picture.kind == "health"), None)


def _print(console: Console, name: str, epoch: int, found: dict[str, Any]) -> None:
    from ..tui.render.health import health
    from ..tui.render.text import many, number

    told = {
        "run": f"{name}, {many(epoch, 'epoch')}",
        "probed": f"{many(found['rows'], 'train row')}, loss {number(found['loss'])}; "
        f"one answer to all of them has {number(found['chance'])}",
    }
    console.print_facts(told)
    console.print_lines([[], *health(found, console.width, 10_000, console.render_options)])
