"""`nnlab train`: from a data set's name to a trained network, by flags, a config file or a recipe."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..engine.errors import ExitCode, UsageError
from ..engine.events import Event, RunFinished, RunStarted
from ..engine.options import DATA, NETWORK, PREPARATION, TRAINING
from ..engine.trackers.wishes import Wishes, own_terminal, read_wishes
from . import train_ranks as group
from .choices import data_sets, recipe_names, run_names
from .console import Console
from .flags import options, text_options, to_tree
from .help import Command, new_app
from .printer import Printer
from .telling import followed
from .train_several import Work

if TYPE_CHECKING:
    from ..engine.checkpoint import Checkpoint
    from ..engine.config import Config, Tree
    from ..engine.runs.folder import RunFolder
    from ..engine.training.interrupt import StopRequest
    from ..engine.training.ranks import Ranks

app = new_app()

ENDS = {"interrupt": ExitCode.INTERRUPTED, "terminated": ExitCode.TERMINATED, "diverged": ExitCode.FAILED}


def option(text: str, *names: str, panel: str = "Run", **more: Any) -> Any:
    """An option with its help, in its panel; flags are named so that they get no `--no-` twin."""
    return typer.Option(*names, help=text, rich_help_panel=panel, show_default=False, **more)


@app.command(cls=Command)
@options(DATA, after="data", panel="Data")
@text_options(after="data")
@options(PREPARATION, after="folds", panel="Data")
@options(NETWORK, after="folds", panel="Network")
@options(TRAINING, after="folds", panel="Training")
def train(
    context: typer.Context,
    data: Annotated[
        str | None, typer.Argument(metavar="DATA", help="A data set's name, or a file.", autocompletion=data_sets)
    ] = None,
    folds: Annotated[
        int | None, option("Cross-validate: train so many networks.", panel="Data", min=2, max=10_000)
    ] = None,
    seeds: Annotated[
        int | None, option("Train so many networks, from --seed on; tell mean and spread.", min=2, max=1_000)
    ] = None,
    recipe: Annotated[str | None, option("Start from a recipe.", autocompletion=recipe_names)] = None,
    config: Annotated[Path | None, option("Start from a TOML file, such as a run's config.toml.")] = None,
    name: Annotated[str | None, option("The run's name.")] = None,
    out: Annotated[Path | None, option("The run's folder, instead of one among the runs.")] = None,
    resume: Annotated[str | None, option("Resume a run.", autocompletion=run_names)] = None,
    resume_weights_only: Annotated[
        bool, option("With --resume: start a new run from its weights.", "--resume-weights-only")
    ] = False,
    processes: Annotated[
        int | None, option("Train with so many processes of this machine, one on each GPU.", min=1, max=1024)
    ] = None,
    max_restarts: Annotated[
        int | None, option("With --processes: go on so many times after one has died.", min=0, max=1000)
    ] = None,
    log: Annotated[
        list[str] | None, option("Also log to tensorboard=DIR, mlflow=URI, wandb or trackio; may be given again.")
    ] = None,
    notify: Annotated[
        list[str] | None,
        option("Say when it ends, diverges or stalls: an address (ntfy, Slack, any webhook), desktop or bell."),
    ] = None,
    tui: Annotated[bool, option("Show the live screen, as on a terminal by default; --no-tui for lines.")] = True,
    stay: Annotated[bool, option("Keep the screen open when the training is over.")] = False,
    ascii: Annotated[bool, option("Use ASCII characters only.", "--ascii")] = False,
    announce: Annotated[Path | None, typer.Option(hidden=True)] = None,
    terminal: Annotated[str, typer.Option(hidden=True)] = "",
    paused: Annotated[bool, typer.Option("--paused", hidden=True)] = False,
    pace: Annotated[str, typer.Option(hidden=True)] = "full",
    untested: Annotated[bool, typer.Option("--untested", hidden=True)] = False,
    plain: Annotated[bool, option("Print lines; show no screen.", "--plain")] = False,
    json: Annotated[bool, option("Print one JSON object a line.", "--json")] = False,
    progress: Annotated[
        bool, option("With --json: also say within each epoch how far it is, ten times a second.", "--progress")
    ] = False,
    explain: Annotated[bool, option("Tell in sentences what happens; show no screen.", "--explain")] = False,
    quiet: Annotated[bool, option("Print nothing but errors.", "--quiet")] = False,
    dry_run: Annotated[bool, option("Print the resolved config and stop.", "--dry-run")] = False,
) -> None:
    """Train a network on a data set and keep it as a checkpoint.

    `nnlab train xor` needs nothing more; every choice has a default that suits the data.
    """
    console = Console.of_process(plain=plain, ascii=ascii)
    several = "folds" if folds is not None else "seeds" if seeds is not None else ""
    group.check(processes, max_restarts, several)
    rank = group.rank_of_process()
    if rank:
        raise typer.Exit(group.follow(to_tree(context.params).get("model", {}).get("file")))
    if explain and (json or quiet or several):
        raise UsageError(
            f"--explain tells one run in sentences: leave out --{several or ('json' if json else 'quiet')}."
        )
    wishes = read_wishes(log or (), notify or (), terminal) if log or notify else None
    words = list(context.obj)[list(context.obj).index("train") + 1 :]
    words += ["--terminal", own_terminal()] if "bell" in (notify or ()) else []
    if console.live and tui and rank is None and not (json or quiet or dry_run or several or explain):
        from .train_live import train_on_screen

        # The trainer checks everything else: the screen shows before pydantic or torch could be imported here.
        raise typer.Exit(train_on_screen(words, f"{data or resume or recipe or config}", console, stay=stay))
    if rank is not None and (run := group.before(name, out)) is not None:
        again = partial(_resume, run, {}, announce is not None, pace, not untested)
        printer = Printer(console, json=json, progress=progress, quiet=quiet, explain=explain)
        raise typer.Exit(_work(again, announce, printer, wishes))
    if (processes or 1) > 1 and not dry_run:
        raise typer.Exit(group.launch(_without_processes(words), processes or 1, max_restarts or 0, console.message))
    from ..engine.config import merge

    flags = to_tree(context.params)
    if "file" in flags.get("model", {}) and not dry_run:
        from ..engine.models.trust import trust

        trust(flags["model"]["file"])  # the user has typed its name
    start: Callable[[StopRequest, Ranks | None], Iterator[Event]]
    if resume is not None:
        for word, value in (("folds", folds), ("seeds", seeds)):
            if value is not None:
                raise UsageError(f"--{word} starts new runs: leave out --resume.")
        owned = {"recipe": recipe, "config": config, **({} if resume_weights_only else {"name": name, "out": out})}
        owned |= {"quality": flags.get("training", {}).get("quality")}
        told = [word for word, value in owned.items() if value is not None]
        if told:
            raise UsageError(f"A resumed run has its {told[0]} already: leave out --{told[0]}.")
        flags = merge({"data": {"name": data}} if data else {}, flags)
        start = (
            partial(_from_weights, resume, flags, name, out)
            if resume_weights_only
            else partial(_resume, resume, flags, announce is not None, pace, not untested)
        )
    elif resume_weights_only:
        raise UsageError("--resume-weights-only needs a run to start from: name it with --resume.")
    else:
        from ..engine.config import write_toml
        from ..engine.resolve import resolve
        from ..engine.runs.claim import check_free

        chosen = resolve(data, flags=flags, recipe=recipe, file=config)
        if dry_run:
            console.print_text(write_toml(_whole(chosen, console)))
            return
        if folds is not None and seeds is not None:
            raise UsageError("--folds has its networks differ by rows, --seeds by chance: leave out one of them.")
        work = Work(name, out, console, wishes, json, quiet)
        if folds is not None:
            from .train_folds import train_folds

            raise typer.Exit(train_folds(chosen, folds, work))
        if seeds is not None:
            from .train_seeds import train_seeds

            raise typer.Exit(train_seeds(chosen, seeds, work))
        check_free(name, out)
        start = partial(_start, chosen, name, out, paused, announce is not None, pace, not untested)
    printer = Printer(console, json=json, progress=progress, quiet=quiet, explain=explain)
    raise typer.Exit(_work(start, announce, printer, wishes))


def _work(
    start: Callable[[StopRequest, Ranks | None], Iterator[Event]],
    announce: Path | None,
    printer: Printer,
    wishes: Wishes | None,
) -> ExitCode:
    """Train, alone or as the first of several processes, print what comes and tell others; returns the exit code."""
    from ..engine.training.interrupt import stop_on_signals

    with stop_on_signals() as stop, group.leading(printer.console) as ranks:
        events = start(stop, ranks)
        if announce or ranks is not None:
            events = _announced(events, announce)
        if wishes is not None:
            events = followed(events, wishes, printer.console)
        code = _show(events, stop, printer)
    return group.concluded(code)


def _without_processes(words: list[str]) -> list[str]:
    """The words of one of the processes, which are not to start others."""
    kept, skip = list[str](), False
    for word in words:
        name, equals, _ = word.partition("=")
        if not skip and name not in ("--processes", "--max-restarts"):
            kept.append(word)
        skip = not skip and name in ("--processes", "--max-restarts") and not equals
    return kept


def _whole(config: Config, console: Console) -> Config:
    """The config with what its quality, if it has one, chooses for the data, which are read for it; what that is is
    said on stderr."""
    if config.training.quality is None:
        return config
    from ..engine.data.settled import settled
    from ..engine.data.sources import load

    whole, _, chosen = settled(config, load(config.data, config.prepare))
    if chosen:
        console.message(f"note: {chosen}")
    return whole


def _start(
    config: Config,
    name: str | None,
    out: Path | None,
    paused: bool,
    watched: bool,
    pace: str,
    tested: bool,
    stop: StopRequest,
    ranks: Ranks | None,
) -> Iterator[Event]:
    """The events of a new run. Its folder is made once data, network and device are known to fit. `paused`, as the lab
    starts it, it waits before its first step for a view to let it go on; `watched` says that a screen started it, which
    wants this `pace`; a sweep has its trials not `tested`."""
    from ..engine.training.pacing import Pace
    from ..engine.training.session import begin
    from ..engine.training.train import run

    wanted = Pace.read(pace)
    session = begin(config, ranks=ranks)
    folder = _claim(config, name, out, stop)
    yield from run(session, folder, stop, paused=paused, watched=watched, pace=wanted, tested=tested)


def _claim(config: Config, name: str | None, out: Path | None, stop: StopRequest) -> RunFolder:
    """The folder of a new run. From here on a signal ends nothing half-made: the run is saved and told of first."""
    from ..engine.data.reading.names import stem_of
    from ..engine.runs.claim import claim

    stop.patient = True
    return claim(name, stem=stem_of(config.data.name), out=out)


def _announced(events: Iterator[Event], place: Path | None) -> Iterator[Event]:
    """The same events; tells the screen that started this trainer where the run is, once its log says it began, and who
    has started several processes."""
    for event in events:
        if isinstance(event, RunStarted):
            group.tell("run", event.dir)
        if isinstance(event, RunStarted) and place is not None:
            part = place.with_suffix(".part")
            with suppress(FileNotFoundError):  # the screen was left before the run began
                part.write_text(event.dir, encoding="utf-8")
                part.replace(place)
        yield event


def _resume(
    text: str, flags: Tree, watched: bool, pace: str, tested: bool, stop: StopRequest, ranks: Ranks | None
) -> Iterator[Event]:
    """The events of a run that goes on from its last checkpoint."""
    from ..engine.runs.lookup import find_run
    from ..engine.training.pacing import Pace
    from ..engine.training.resume import adopt_named, settle
    from ..engine.training.session import Session, begin
    from ..engine.training.train import go_on

    folder = find_run(text)

    def begin_from(last: Checkpoint) -> Session:
        checkpoint, note = adopt_named(last, flags)
        _check_data_named(folder, checkpoint, flags, f"nnlab train DATA --resume {shlex.quote(text)}")
        return begin(settle(checkpoint, flags, folder.name), resume=checkpoint, note=note, ranks=ranks)

    yield from go_on(folder, begin_from, stop, watched=watched, pace=Pace.read(pace), tested=tested)


def _from_weights(
    text: str, flags: Tree, name: str | None, out: Path | None, stop: StopRequest, ranks: Ranks | None
) -> Iterator[Event]:
    """The events of a new run that starts from an old one's last weights; any choice may be another one."""
    from ..engine.config import merge, validate
    from ..engine.resolve import refuse_idle
    from ..engine.runs.lookup import find_run
    from ..engine.training.resume import adopt_named, load_last
    from ..engine.training.session import begin
    from ..engine.training.train import run

    folder = find_run(text)
    checkpoint, note = adopt_named(load_last(folder), flags)
    _check_data_named(folder, checkpoint, flags, f"nnlab train DATA --resume {shlex.quote(text)} --resume-weights-only")
    config = validate(merge(checkpoint.config.to_dict(), flags))
    refuse_idle(flags, config)
    session = begin(config, weights=checkpoint, note=note, ranks=ranks)
    yield from run(session, _claim(config, name, out, stop), stop)


def _check_data_named(folder: RunFolder, checkpoint: Checkpoint, flags: Tree, instead: str) -> None:
    """Refuse to read data that only a run from elsewhere names."""
    from ..engine.runs.lookup import check_may_read

    if "name" not in flags.get("data", {}):
        check_may_read(folder.path, checkpoint.config.data.name, instead)


def _show(events: Iterator[Event], stop: StopRequest, printer: Printer) -> ExitCode:
    """Print the events as they come, keeping none: there may be millions. On a terminal, leave the report of it all.

    Once nobody takes the output (`| head`, a terminal that is gone), the training is asked to save and stop.
    """
    console, silent = printer.console, printer.json or printer.quiet
    last: Event | None = None
    broken: OSError | None = None
    for last in events:
        if broken is None:
            try:
                printer.print(last)
            except OSError as error:
                broken, stop.reason = error, stop.reason or "interrupt"
    if broken is not None:
        raise broken
    assert isinstance(last, RunFinished)
    if console.stdout.isatty() and not silent:
        from ..engine.runs.folder import RunFolder
        from .train_live import print_report

        print_report(RunFolder(Path(last.dir)), console)
    elif last.stopped_by in ("interrupt", "terminated") and not printer.quiet:
        console.message(f"Saved; to go on: nnlab train --resume {_name(last)}; to test it: nnlab eval {_name(last)}")
    if last.stopped_by == "diverged":
        console.error(last.message)
    elif stop.reason is not None and last.stopped_by not in ("interrupt", "terminated") and not printer.quiet:
        console.message(f"Stopped before all of it was tested; to test it: nnlab eval {_name(last)}")
    return ExitCode(128 + stop.signal) if stop.signal else ENDS.get(last.stopped_by, ExitCode.DONE)


def _name(finished: RunFinished) -> str:
    """What finds the run again: its name, or its folder where that has none among the runs."""
    from ..engine.runs.folder import runs_root

    found = (runs_root() / finished.run).resolve() == Path(finished.dir)
    return shlex.quote(finished.run if found else finished.dir)
