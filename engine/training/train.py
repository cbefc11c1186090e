"""Training, top to bottom: `train` yields an event for everything worth knowing and does the work in between."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from time import perf_counter

from .. import checkpoint as checkpoints
from ..checkpoint import Checkpoint
from ..config import Config
from ..data.prepared import Rows
from ..errors import NnlabError
from ..evaluation.answers import answer
from ..evaluation.metrics import quick
from ..events import EpochEnded, Event, Noted, PictureTaken, Record, RunFinished, RunStarted, StateChanged, StoppedBy
from ..pictures.pictures import pictures
from ..runs.claim import locked
from ..runs.control import Inbox
from ..runs.folder import RunFolder
from ..runs.progress import watched_loss
from .best import find_best
from .controller import Controller
from .divergence import Restarts, failure, is_sound
from .interrupt import StopRequest
from .memory import enough_memory
from .recorder import record, writing
from .resume import load_last
from .saving import Saver
from .session import Session, begin
from .turns import in_turns

CHUNK_SECONDS = 0.05  # seconds of steps taken before requests and signals are looked at again


def train(config: Config) -> Iterator[Event]:
    """Train in memory, keeping nothing on disk, and yield the events: `begin` and `run` in one, for use from Python."""
    yield from run(begin(config))


def run(
    session: Session, folder: RunFolder | None = None, stop: StopRequest | None = None, *, paused: bool = False
) -> Iterator[Event]:
    """Train a session and yield its events; with a folder, write them and the checkpoints there.

    `stop` can be set from outside (by a signal) to save and end after the present step. `paused` waits before the first
    step until a view asks to go on; it needs a folder, where views ask. Raises NnlabError, after a
    RunFinished that says `failed`, when the work fails. A divergence ends in a RunFinished that says so.

    Trainings of one process, in threads or by turns, wait for each other between events, and each draws the random
    numbers that it would draw alone.
    """
    stop = stop or StopRequest()
    if folder is None:
        yield from in_turns(session.generators, session.threads, _run(session, None, stop, paused=False))
        return
    with locked(folder):
        yield from _in_folder(session, folder, stop, paused=paused)


def go_on(
    folder: RunFolder, begin_from: Callable[[Checkpoint], Session], stop: StopRequest | None = None
) -> Iterator[Event]:
    """Go on with a run and yield its events: `begin_from` makes the session of its last checkpoint.

    The run is locked before that is read, so that nobody else can write a newer one in between. Raises UsageError where
    nothing was saved, NnlabError where another process trains there, and what `begin_from` and `run` raise.
    """
    with locked(folder):
        yield from _in_folder(begin_from(load_last(folder)), folder, stop or StopRequest(), paused=False)


def _in_folder(session: Session, folder: RunFolder, stop: StopRequest, *, paused: bool) -> Iterator[Event]:
    """Train in a folder that is locked."""
    stop.patient = True
    with writing(folder):
        told = find_best(session, folder)
        checkpoints.sweep(folder.path)
    session.tell(told)
    events = record(_run(session, folder, stop, paused=paused), folder, session.config, lambda: session.history)
    yield from in_turns(session.generators, session.threads, events)


def _run(session: Session, folder: RunFolder | None, stop: StopRequest, *, paused: bool) -> Generator[Event]:
    """From the first event to the last."""
    began = perf_counter()
    saver = Saver(folder, session.config.training.checkpoint_every, best_epoch=session.best.epoch)
    controller = Controller(Inbox.from_now_on(folder) if folder else None, stop, saver, paused)
    yield _started(session, folder)
    if paused:
        yield StateChanged("paused", session.epoch)
    if session.chosen:
        yield Noted(session.chosen, session.epoch, "choice")
    for note in session.prepared.notes:
        yield Noted(note, session.epoch)
    try:
        saver.start(session)
        with enough_memory(session.config.training.batch_size):
            yield from controller.look(session)
            yield from _through(session, folder, controller)
        stopped_by = _stopped_by(session, stop)
        yield from saver.save_best(session) if session.failure else saver.save(session)
    except NnlabError as error:
        session.failure = str(error)
        yield _finished(session, folder, "failed", {}, perf_counter() - began, saver.best_epoch)
        raise
    epoch = session.use_final()
    shown = list(session.prepared.splits)[-1]
    for kind, data in pictures(session.module, session.prepared, shown):
        yield PictureTaken(kind, epoch, data)
    yield _finished(session, folder, stopped_by, _metrics(session), perf_counter() - began, session.best.epoch)


def _through(session: Session, folder: RunFolder | None, controller: Controller) -> Iterator[Event]:
    """All epochs; after a divergence, again from the best one with a lower rate, where the config says so."""
    restarts = Restarts(session.config.training.on_divergence == "restart")
    restarts.keep(session)
    while True:
        yield from _epochs(session, controller, restarts)
        said = restarts.restart(session) if session.failure else ""
        if not said:
            return
        controller.saver.best_epoch = 0  # what is on disk may be an epoch that is trained once more
        yield Noted(said, session.epoch, "warning")
        yield _started(session, folder)


def _epochs(session: Session, controller: Controller, restarts: Restarts) -> Iterator[Event]:
    """Epoch after epoch until the config, patience, a request or a divergence ends them."""
    while session.epoch < session.config.training.epochs and not session.best.exhausted and not controller.stop.reason:
        began = perf_counter()
        yield from _train_epoch(session, controller)
        if session.step < session.total_steps:
            return
        row = _close_epoch(session, began)
        yield EpochEnded(row)
        if session.failure:
            return
        watched = watched_loss(row)
        if session.best.epoch_ended(session.epoch, watched):
            session.best_weights = session.weights()
        if session.schedule.epoch_ended(watched):
            yield Noted(f"learning rate reduced to {session.schedule.lr * session.schedule.scale:g}", session.epoch)
        if session.best.epoch == session.epoch:
            restarts.keep(session)
        if controller.saver.due(session):
            yield from controller.saver.save(session)
        yield from controller.epoch_ended(session)


def _train_epoch(session: Session, controller: Controller) -> Iterator[Event]:
    """Take the epoch's steps, in chunks of a few hundredths of a second; a stop leaves the rest undone."""
    session.begin_epoch()
    while session.step == 0 or (session.step < session.total_steps and not controller.stop.reason):
        began = perf_counter()
        first, last = session.step, min(session.step + session.chunk, session.total_steps)
        session.steps.run(first, [session.rate(step) for step in range(first, last)])
        session.step = last
        if last - first == session.chunk:  # the rest of an epoch says little of the pace
            pace = (perf_counter() - began) / session.chunk
            session.chunk = max(1, min(2 * session.chunk, int(CHUNK_SECONDS / pace)))
        if not is_sound(session):
            session.step = session.total_steps
            return
        yield from controller.look(session)
        if session.step < session.total_steps and controller.saver.due(session):
            yield from controller.saver.save(session)


def _close_epoch(session: Session, began: float) -> Record:
    """Validate and add the epoch's row to the history. Losses are means over batches, accuracy is over rows."""
    prepared, losses = session.prepared, session.steps.losses
    classes = prepared.task != "regression"
    row: Record = {"epoch": session.epoch + 1, "loss_train": losses.double().mean().item()}
    valid: Record = _measure(session, prepared.valid) if prepared.valid is not None else {}
    if "loss" in valid:
        row["loss_valid"] = valid["loss"]
    if classes:
        row["accuracy_train"] = session.steps.right.item() / (len(prepared.train) * session.steps.members)
    row |= {f"{name}_valid": valid[name] for name in ("accuracy", "mae") if name in valid}
    row |= {"lr": session.rate(session.total_steps - 1), "seconds": perf_counter() - began}
    session.failure = failure(session)
    session.epoch, session.step = session.epoch + 1, 0
    session.history.append(row)
    return row


def _measure(session: Session, rows: Rows) -> Record:
    """Loss and the task's quick metrics over whole rows."""
    outputs = answer(session.module, rows.x, session.to_input)
    return {
        "loss": session.loss(outputs, rows.y, rows.weights).item(),
        **quick(outputs, rows.y, session.prepared.schema),
    }


def _started(session: Session, folder: RunFolder | None) -> RunStarted:
    prepared, schema = session.prepared, session.prepared.schema
    return RunStarted(
        run=folder.name if folder else prepared.name,
        dir=str(folder.path) if folder else "",
        data=prepared.name,
        task=prepared.task,
        parameters=session.flat.count,
        device=str(session.flat.values.device),
        config=session.config.to_dict(),
        rows={name: len(rows) for name, rows in prepared.splits.items()},
        features=schema.in_features,
        classes=list(schema.classes),
        first_epoch=session.epoch + 1,
        validates_on_test=prepared.validates_on_test,
        best_epoch=session.best.epoch,
    )


def _stopped_by(session: Session, stop: StopRequest) -> StoppedBy:
    if session.failure:
        return "diverged"
    if stop.reason is not None:
        return stop.reason
    return "early_stop" if session.best.exhausted else "epochs"


def _metrics(session: Session) -> Record:
    """The final weights' metrics on the validation and test rows."""
    splits = {name: rows for name, rows in session.prepared.splits.items() if name != "train"}
    return {
        f"{metric}_{name}": value for name, rows in splits.items() for metric, value in _measure(session, rows).items()
    }


def _finished(
    session: Session, folder: RunFolder | None, stopped_by: StoppedBy, metrics: Record, seconds: float, best_epoch: int
) -> RunFinished:
    """The last word; `best_epoch` is the one in `best.pt`, where there is a folder."""
    return RunFinished(
        run=folder.name if folder else session.prepared.name,
        dir=str(folder.path) if folder else "",
        epochs=session.epoch,
        stopped_by=stopped_by,
        best_epoch=best_epoch,
        best=str(folder.best) if folder and best_epoch else "",
        last=str(folder.last) if folder else "",
        metrics=metrics,
        seconds=seconds,
        message=session.failure,
    )
