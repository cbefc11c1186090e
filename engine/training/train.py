"""Training, top to bottom: `train` yields an event for everything worth knowing and does the work in between."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from time import perf_counter

from .. import checkpoint as checkpoints
from ..checkpoint import Checkpoint
from ..config import Config, merge
from ..errors import NnlabError
from ..events import EpochEnded, Event, Noted, Record, RunFinished, RunStarted, StateChanged, StoppedBy
from ..pictures.pictures import taken
from ..runs.claim import locked
from ..runs.control import Inbox
from ..runs.folder import RunFolder
from ..runs.progress import watched_loss
from ..runs.summary import summarize
from .best import find_best, keep_best
from .captured.compiler import refusal
from .controller import Controller, PictureRequest
from .divergence import Restarts, failure, is_sound
from .ending import first_ended, second_ended
from .interrupt import StopRequest
from .memory import enough_memory
from .pacing import FULL, Pace
from .recorder import record, writing
from .resume import load_last
from .saving import Saver
from .session import Session, begin
from .shared import apart, run_steps
from .turns import in_turns
from .validation import answered, measured, validated

CHUNK_SECONDS = 0.05  # seconds of steps taken before requests and signals are looked at again


def train(config: Config) -> Iterator[Event]:
    """Train in memory, keeping nothing on disk, and yield the events: `begin` and `run` in one, for use from Python."""
    yield from run(begin(config))


def run(
    session: Session,
    folder: RunFolder | None = None,
    stop: StopRequest | None = None,
    *,
    paused: bool = False,
    watched: bool = False,
    pace: Pace = FULL,
    tested: bool = True,
) -> Iterator[Event]:
    """Train a session and yield its events; with a folder, write them and the checkpoints there.

    `stop` can be set from outside (by a signal) to save and end after the present step. `paused` waits before the first
    step until a view asks to go on; it needs a folder, where views ask. `watched` takes pictures from the start, for a
    view that has started this and is about to ask for them; `pace` is how fast it goes until a view asks for another.
    Without `tested` the test rows are left alone, for who chooses among several trainings before they are looked at.
    Raises NnlabError, after a RunFinished that says `failed`, when the work fails. A divergence ends in a RunFinished
    that says so.

    Trainings of one process, in threads or by turns, wait for each other between events, and each draws the random
    numbers that it would draw alone.
    """
    stop = stop or StopRequest()
    if folder is None:
        yield from in_turns(session.generators, session.working, _run(session, None, stop, tested=tested))
        return
    with locked(folder):
        yield from _in_folder(session, folder, stop, paused=paused, watched=watched, pace=pace, tested=tested)


def go_on(
    folder: RunFolder,
    begin_from: Callable[[Checkpoint], Session],
    stop: StopRequest | None = None,
    *,
    watched: bool = False,
    pace: Pace = FULL,
    tested: bool = True,
) -> Iterator[Event]:
    """Go on with a run and yield its events: `begin_from` makes the session of its last checkpoint, `watched`,
    `pace` and `tested` are as for `run`.

    What was stopped early is patient once more. The run is locked before that is read, so that nobody else can write a
    newer one in between. Raises UsageError where nothing was saved, NnlabError where another process trains there, and
    what `begin_from` and `run` raise.
    """
    with locked(folder):
        session = begin_from(load_last(folder))
        if session.best.exhausted and _stopped_early(folder):
            session.best.waited = 0
            session.tell(f"early stopping starts over: {session.best.patience} epochs may pass without a better loss")
        yield from _in_folder(session, folder, stop or StopRequest(), watched=watched, pace=pace, tested=tested)


def _stopped_early(folder: RunFolder) -> bool:
    """Whether the run was over because of its patience: who goes on with it wants more. One that was killed before it
    could say so ends as it would have ended."""
    ended = summarize(folder).finished
    return ended is not None and ended.stopped_by == "early_stop"


def _in_folder(
    session: Session,
    folder: RunFolder,
    stop: StopRequest,
    *,
    paused: bool = False,
    watched: bool,
    pace: Pace,
    tested: bool,
) -> Iterator[Event]:
    """Train in a folder that is locked."""
    stop.patient = True
    with writing(folder):
        told = find_best(session, folder)
        checkpoints.sweep(folder.path)
    session.tell(told)
    events = _run(session, folder, stop, paused=paused, watched=watched, pace=pace, tested=tested)
    kept = record(events, folder, session.config, lambda: session.history)
    yield from in_turns(session.generators, session.working, kept)


def _run(
    session: Session,
    folder: RunFolder | None,
    stop: StopRequest,
    *,
    paused: bool = False,
    watched: bool = False,
    pace: Pace = FULL,
    tested: bool,
) -> Generator[Event]:
    """From the first event to the last."""
    began = perf_counter()
    saver = Saver(folder, session.config.training.checkpoint_every, best_epoch=session.best.epoch)
    controller = Controller(Inbox.from_now_on(folder) if folder else None, stop, saver, paused, pace)
    controller.picture_request = PictureRequest.of_starter() if watched else None
    yield _started(session, folder)
    if paused:
        yield StateChanged("paused", session.epoch)
    if session.chosen:
        yield Noted(session.chosen, session.epoch, "choice")
    for note in session.prepared.notes:
        yield Noted(note, session.epoch)
    for note in apart(session):
        yield Noted(note, session.epoch, "warning")
    try:
        saver.start(session)
        with enough_memory(session.config.training.batch_size):
            yield from controller.look(session)
            yield from _twice(session, folder, controller)
        stopped_by, unfinished = _stopped_by(session, stop), stop.reason is not None
        if unfinished:
            yield StateChanged("stopping", session.epoch)
        yield from saver.save_best(session) if session.failure else saver.save(session)
        if not unfinished:
            yield from controller.last_picture(session)
    except NnlabError as error:
        session.failure = str(error)
        yield _finished(session, folder, "failed", {}, perf_counter() - began, saver.best_epoch)
        raise
    epoch = session.use_final()
    metrics = _known(session, session.refit.epochs if session.refit else epoch)
    if not unfinished:
        metrics = (metrics if session.refit else {}) | (yield from _tested(session, epoch, controller, tested=tested))
    yield _finished(session, folder, stopped_by, metrics, perf_counter() - began, session.best.epoch)


def _known(session: Session, epoch: int) -> Record:
    """What is known of this epoch's weights on the validation rows without a test; nothing where each part of the
    network is of an epoch of its own."""
    if session.parts:
        return {}
    return {name: value for name, value in session.history.of_epoch(epoch).items() if name.endswith("_valid")}


def _tested(session: Session, epoch: int, controller: Controller, *, tested: bool) -> Generator[Event, None, Record]:
    """Show what the final weights, those of this epoch, answer, and return their metrics on the validation rows and,
    if these are `tested`, the test rows. Who asks for a stop meanwhile does not wait for the rest."""
    splits = session.prepared.splits
    if not tested:
        splits.pop("test", None)
    metrics, shown = Record(), list(splits)[-1]
    for name, rows in splits.items():
        if name != "train" or name == shown:
            outputs = yield from answered(session, rows, controller, lambda: controller.tell(session, "testing"))
            if outputs is None:
                break
            if name != "train":
                metrics |= {f"{metric}_{name}": value for metric, value in measured(session, rows, outputs).items()}
            if name == shown:
                yield from taken(session.module, session.prepared, shown, epoch, outputs=outputs)
    return metrics


def _twice(session: Session, folder: RunFolder | None, controller: Controller) -> Iterator[Event]:
    """All epochs, and, where the config says so, the best ones once more on validation rows too."""
    if session.refit is None:
        yield from _through(session, controller, folder)
        if session.failure or controller.stop.reason is not None:
            return
        yield from first_ended(session)
        controller.saver.best_epoch = 0  # it may have been calibrated
    if session.refit is None:
        return
    yield _started(session, folder)
    yield from _through(session, controller, folder)
    if session.epoch == session.planned and not session.failure:
        second_ended(session, session.refit)


def _through(session: Session, controller: Controller, folder: RunFolder | None) -> Iterator[Event]:
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
    while session.epoch < session.planned and not controller.stop.reason:
        if session.best.exhausted and session.refit is None:
            return
        began = perf_counter()
        yield from _train_epoch(session, controller)
        if session.step < session.total_steps:
            return
        session.failure = failure(session)
        found = yield from validated(session, controller)
        if found is None:
            return
        valid, parts = found
        row = _close_epoch(session, valid, began)
        yield EpochEnded(row)
        if session.failure:
            return
        watched = watched_loss(row)
        if session.refit is None:
            keep_best(session, watched, parts)
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
    yield from session.steps.ready()
    while session.step == 0 or (session.step < session.total_steps and not controller.stop.reason):
        began = perf_counter()
        first, chunk = session.step, 1 if controller.pace.steps else session.chunk
        chunk = session.total_steps if session.steps.taken else chunk
        last = min(first + chunk, session.total_steps)
        run_steps(session, first, session.rates(first, last))
        session.step = last
        if session.steps.refused and not session.told_plain:
            session.told_plain = True
            yield Noted(refusal(session.flat.values.device), session.epoch, "warning")
        if last - first == session.chunk:  # the rest of an epoch says little of the pace
            pace = (perf_counter() - began) / session.chunk
            session.chunk = max(1, min(2 * session.chunk, int(CHUNK_SECONDS / pace)))
        if not is_sound(session):
            session.step = session.total_steps
            return
        yield from controller.steps_taken(session)
        if session.step < session.total_steps and controller.saver.due(session):
            yield from controller.saver.save(session)


def _close_epoch(session: Session, valid: Record, began: float) -> Record:
    """Add the epoch's row to the history. Losses are means over batches, accuracy is over rows."""
    prepared, losses = session.prepared, session.steps.losses
    classes = prepared.task != "regression"
    row: Record = {"epoch": session.epoch + 1, "loss_train": losses.double().mean().item()}
    row |= {name.replace("loss", "loss_valid"): value for name, value in valid.items() if name.startswith("loss")}
    if classes:
        row["accuracy_train"] = session.steps.right.item() / (len(prepared.train) * session.steps.members)
    row |= {f"{name}_valid": valid[name] for name in ("accuracy", "mae") if name in valid}
    row |= {"lr": session.rate(session.total_steps - 1), "seconds": perf_counter() - began}
    session.epoch, session.step = session.epoch + 1, 0
    session.history.append(row)
    return row


def _started(session: Session, folder: RunFolder | None) -> RunStarted:
    prepared, schema = session.prepared, session.prepared.schema
    return RunStarted(
        run=folder.name if folder else prepared.name,
        dir=str(folder.path) if folder else "",
        data=prepared.name,
        task=prepared.task,
        parameters=session.flat.count,
        device=str(session.flat.values.device),
        config=merge(session.config.to_dict(), {"training": {"epochs": session.planned}}),
        rows={name: len(rows) for name, rows in prepared.splits.items()},
        features=schema.in_features,
        classes=list(schema.classes),
        first_epoch=session.epoch + 1,
        validates_on_test=prepared.validates_on_test,
        best_epoch=session.best.epoch,
        processes=session.ranks.size if session.ranks else 1,
    )


def _stopped_by(session: Session, stop: StopRequest) -> StoppedBy:
    if session.failure:
        return "diverged"
    if stop.reason is not None:
        return stop.reason
    return "early_stop" if session.best.exhausted and session.refit is None else "epochs"


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
