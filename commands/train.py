"""`nnlab train`: from a data set's name to a trained network, by flags, a config file or a recipe."""

# ruff: noqa: ARG001  (the options are read together from the context)

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..engine.errors import ExitCode, UsageError
from ..engine.events import Event, PictureTaken, RunFinished, RunStarted, to_line
from .choices import data_sets, families, recipe_names, run_names
from .console import Console
from .flags import to_tree
from .help import Command, new_app
from .text_flags import Comment, Decimal, Encoding, NoHeader, Separator, SkipRows

if TYPE_CHECKING:
    from ..engine.checkpoint import Checkpoint
    from ..engine.config import Config, Tree
    from ..engine.runs.folder import RunFolder
    from ..engine.training.interrupt import StopRequest

app = new_app()

DATA, MODEL, TRAINING, RUN = "Data", "Network", "Training", "Run"
ENDS = {"interrupt": ExitCode.INTERRUPTED, "terminated": ExitCode.TERMINATED, "diverged": ExitCode.FAILED}


def option(text: str, panel: str, *names: str, **more: Any) -> Any:
    """An option with its help, in its panel; flags are named so that they get no `--no-` twin."""
    return typer.Option(*names, help=text, rich_help_panel=panel, show_default=False, **more)


@app.command(cls=Command)
def train(
    context: typer.Context,
    data: Annotated[
        str | None, typer.Argument(metavar="DATA", help="A data set's name, or a file.", autocompletion=data_sets)
    ] = None,
    target: Annotated[str | None, option("Column to predict.", DATA)] = None,
    task: Annotated[str | None, option("binary, multiclass or regression.", DATA)] = None,
    features: Annotated[str | None, option("Columns to learn from, or made of them: a,b,a^2,a*b,sin(a).", DATA)] = None,
    kind: Annotated[list[str] | None, option("What a column is: zip=category.", DATA)] = None,
    drop: Annotated[list[str] | None, option("A column to leave out.", DATA)] = None,
    na: Annotated[list[str] | None, option("A value that means missing: -999.", DATA)] = None,
    keep_na: Annotated[list[str] | None, option("A column in which NA, ?, - and their like are values.", DATA)] = None,
    encoding: Encoding = None,
    separator: Separator = None,
    decimal: Decimal = None,
    no_header: NoHeader = None,
    skip_rows: SkipRows = None,
    comment: Comment = None,
    image_size: Annotated[int | None, option("Side of a folder's or the Hub's images.", DATA)] = None,
    samples: Annotated[int | None, option("Rows of a synthetic data set.", DATA)] = None,
    classes: Annotated[int | None, option("Classes of a synthetic data set: arms of a spiral.", DATA)] = None,
    data_noise: Annotated[float | None, option("Noise of a synthetic data set.", DATA)] = None,
    data_seed: Annotated[int | None, option("Seed of a synthetic data set.", DATA)] = None,
    train_split: Annotated[str | None, option("Rows to train on: 'train[:1000]'.", DATA)] = None,
    valid_split: Annotated[str | None, option("Rows to validate on; 'none' for none.", DATA)] = None,
    test_split: Annotated[str | None, option("Rows for the final report: 'test[:200]'.", DATA)] = None,
    test_size: Annotated[float | None, option("Share cut for test where there is no test split.", DATA)] = None,
    group: Annotated[str | None, option("Rows of one value of this column stay together.", DATA)] = None,
    time: Annotated[str | None, option("Validate and test on the latest rows by this column.", DATA)] = None,
    folds: Annotated[int | None, option("Cross-validate: train so many networks.", DATA, min=2, max=10_000)] = None,
    missing: Annotated[str | None, option("drop or fill rows with missing values.", DATA)] = None,
    standardize: Annotated[str | None, option("Number columns to standardise: a,b; all by default.", DATA)] = None,
    scale: Annotated[list[str] | None, option("standard, robust, quantile or log; or price=log.", DATA)] = None,
    text: Annotated[str | None, option("refuse texts, or hash their words.", DATA)] = None,
    bucketize: Annotated[list[str] | None, option("Cut a column into buckets: 'Model Year=73,76,79'.", DATA)] = None,
    one_hot: Annotated[list[str] | None, option("One-hot a column: Origin, or Origin=3,1,2.", DATA)] = None,
    embed: Annotated[list[str] | None, option("Embed a column, with a width: brand=8.", DATA)] = None,
    pixels: Annotated[str | None, option("raw, unit or standard pixel values.", DATA)] = None,
    model: Annotated[
        str | None, option("linear, mlp, noisy-mlp, cnn, or net.py:MyNet.", MODEL, autocompletion=families)
    ] = None,
    model_arg: Annotated[list[str] | None, option("Argument of a network of your own: hidden=16.", MODEL)] = None,
    hidden: Annotated[str | None, option("Widths of hidden layers: 32,16.", MODEL)] = None,
    activation: Annotated[str | None, option("relu, sigmoid, tanh, gelu, silu, leaky-relu or elu.", MODEL)] = None,
    dropout: Annotated[float | None, option("Share of units dropped.", MODEL)] = None,
    noise: Annotated[float | None, option("Deviation of a noisy-mlp's noise.", MODEL)] = None,
    channels: Annotated[str | None, option("Channels of a cnn's convolutions: 32,64.", MODEL)] = None,
    epochs: Annotated[int | None, option("Rounds over the train rows.", TRAINING)] = None,
    batch_size: Annotated[int | None, option("Rows a step.", TRAINING)] = None,
    seed: Annotated[int | None, option("Seed of weights and batches.", TRAINING)] = None,
    loss: Annotated[str | None, option("cross-entropy; mse, mae or huber.", TRAINING)] = None,
    label_smoothing: Annotated[float | None, option("Share of a label spread over all classes.", TRAINING)] = None,
    class_weights: Annotated[str | None, option("balanced, or one number a class: 1,2.5.", TRAINING)] = None,
    optimizer: Annotated[str | None, option("sgd, adam, adamw or rmsprop.", TRAINING)] = None,
    lr: Annotated[float | None, option("Learning rate.", TRAINING)] = None,
    momentum: Annotated[float | None, option("Of sgd and rmsprop.", TRAINING)] = None,
    nesterov: Annotated[bool | None, option("Nesterov's momentum for sgd.", TRAINING)] = None,
    weight_decay: Annotated[float | None, option("L2 penalty.", TRAINING)] = None,
    l1: Annotated[float | None, option("L1 penalty.", TRAINING)] = None,
    clip: Annotated[float | None, option("Largest norm of the gradient.", TRAINING)] = None,
    scheduler: Annotated[str | None, option("none, plateau, step, cosine or one-cycle.", TRAINING)] = None,
    factor: Annotated[float | None, option("What plateau and step multiply lr by.", TRAINING)] = None,
    patience: Annotated[int | None, option("Epochs that plateau waits.", TRAINING)] = None,
    step_size: Annotated[int | None, option("Epochs between two steps of step.", TRAINING)] = None,
    warmup: Annotated[int | None, option("Epochs over which lr rises from zero.", TRAINING)] = None,
    early_stop: Annotated[int | None, option("Stop after so many epochs without a better one.", TRAINING)] = None,
    final: Annotated[str | None, option("The checkpoint to report on: best or last.", TRAINING)] = None,
    device: Annotated[str | None, option("auto, cpu, cuda, cuda:1 or mps.", TRAINING)] = None,
    precision: Annotated[str | None, option("float32 or bfloat16.", TRAINING)] = None,
    threads: Annotated[int | None, option("CPU threads; chosen by the step's size by default.", TRAINING)] = None,
    step: Annotated[str | None, option("auto, eager, captured or compiled.", TRAINING)] = None,
    checkpoint_every: Annotated[
        str | None, option("At most so often: 5e (epochs), 200steps, 30s, 1h.", TRAINING)
    ] = None,
    on_divergence: Annotated[str | None, option("stop, or restart with a lower lr.", TRAINING)] = None,
    recipe: Annotated[str | None, option("Start from a recipe.", RUN, autocompletion=recipe_names)] = None,
    config: Annotated[Path | None, option("Start from a TOML file, such as a run's config.toml.", RUN)] = None,
    name: Annotated[str | None, option("The run's name.", RUN)] = None,
    out: Annotated[Path | None, option("The run's folder, instead of one among the runs.", RUN)] = None,
    resume: Annotated[str | None, option("Go on with a run.", RUN, autocompletion=run_names)] = None,
    resume_weights_only: Annotated[
        bool, option("With --resume: start a new run from its weights.", RUN, "--resume-weights-only")
    ] = False,
    tui: Annotated[bool, option("Show the live screen, as on a terminal by default; --no-tui for lines.", RUN)] = True,
    stay: Annotated[bool, option("Keep the screen open when the training is over.", RUN)] = False,
    ascii: Annotated[bool, option("Draw with ASCII characters alone.", RUN, "--ascii")] = False,
    announce: Annotated[Path | None, typer.Option(hidden=True)] = None,
    paused: Annotated[bool, typer.Option("--paused", hidden=True)] = False,
    plain: Annotated[bool, option("Print lines; show no screen.", RUN, "--plain")] = False,
    json: Annotated[bool, option("Print one JSON object a line.", RUN, "--json")] = False,
    quiet: Annotated[bool, option("Print nothing but errors.", RUN, "--quiet")] = False,
    dry_run: Annotated[bool, option("Print the resolved config and stop.", RUN, "--dry-run")] = False,
) -> None:
    """Train a network on a data set and keep it as a checkpoint.

    `nnlab train xor` needs nothing more; every choice has a default that suits the data.
    """
    console = Console.of_process(plain=plain, ascii=ascii)
    if console.live and tui and not (json or quiet or dry_run or folds):
        from .train_live import train_on_screen

        # The trainer checks everything else: the screen shows before pydantic or torch could be imported here.
        words = list(context.obj)[list(context.obj).index("train") + 1 :]
        raise typer.Exit(train_on_screen(words, f"{data or resume or recipe or config}", console, stay=stay))
    from ..engine.config import merge
    from ..engine.training.interrupt import stop_on_signals

    flags = to_tree(context.params)
    if "file" in flags.get("model", {}) and not dry_run:
        from ..engine.models.trust import trust

        trust(flags["model"]["file"])  # the user has typed its name
    start: Callable[[StopRequest], Iterator[Event]]
    if resume is not None:
        if folds is not None:
            raise UsageError("--folds starts new runs: leave out --resume.")
        owned = {"recipe": recipe, "config": config, **({} if resume_weights_only else {"name": name, "out": out})}
        told = [word for word, value in owned.items() if value is not None]
        if told:
            raise UsageError(f"A resumed run has its {told[0]} already: leave out --{told[0]}.")
        flags = merge({"data": {"name": data}} if data else {}, flags)
        start = (
            partial(_from_weights, resume, flags, name, out) if resume_weights_only else partial(_resume, resume, flags)
        )
    elif resume_weights_only:
        raise UsageError("--resume-weights-only needs a run to start from: name it with --resume.")
    else:
        from ..engine.config import write_toml
        from ..engine.resolve import resolve
        from ..engine.runs.claim import check_free

        chosen = resolve(data, flags=flags, recipe=recipe, file=config)
        if dry_run:
            console.print_text(write_toml(chosen))
            return
        if folds is not None:
            from .train_folds import train_folds

            raise typer.Exit(train_folds(chosen, folds, name, out, console, json=json, quiet=quiet))
        check_free(name, out)
        start = partial(_start, chosen, name, out, paused)
    with stop_on_signals() as stop:
        events = _announced(start(stop), announce) if announce else start(stop)
        code = _show(events, stop, console, json=json, quiet=quiet)
    raise typer.Exit(code)


def _start(config: Config, name: str | None, out: Path | None, paused: bool, stop: StopRequest) -> Iterator[Event]:
    """The events of a new run. Its folder is made once data, network and device are known to fit. `paused`, as the lab
    starts it, it waits before its first step for a view to let it go on."""
    from ..engine.training.session import begin
    from ..engine.training.train import run

    yield from run(begin(config), _claim(config, name, out, stop), stop, paused=paused)


def _claim(config: Config, name: str | None, out: Path | None, stop: StopRequest) -> RunFolder:
    """The folder of a new run. From here on a signal ends nothing half-made: the run is saved and told of first."""
    from ..engine.data.reading.names import stem_of
    from ..engine.runs.claim import claim

    stop.patient = True
    return claim(name, stem=stem_of(config.data.name), out=out)


def _announced(events: Iterator[Event], place: Path) -> Iterator[Event]:
    """The same events; tells the screen that started this trainer where the run is, once its log says it began."""
    for event in events:
        if isinstance(event, RunStarted):
            part = place.with_suffix(".part")
            with suppress(FileNotFoundError):  # the screen was left before the run began
                part.write_text(event.dir, encoding="utf-8")
                part.replace(place)
        yield event


def _resume(text: str, flags: Tree, stop: StopRequest) -> Iterator[Event]:
    """The events of a run that goes on from its last checkpoint."""
    from ..engine.runs.lookup import find_run
    from ..engine.training.resume import adopt_named, settle
    from ..engine.training.session import Session, begin
    from ..engine.training.train import go_on

    folder = find_run(text)

    def begin_from(last: Checkpoint) -> Session:
        checkpoint, note = adopt_named(last, flags)
        _check_data_named(folder, checkpoint, flags, f"nnlab train DATA --resume {shlex.quote(text)}")
        return begin(settle(checkpoint, flags, folder.name), resume=checkpoint, note=note)

    yield from go_on(folder, begin_from, stop)


def _from_weights(text: str, flags: Tree, name: str | None, out: Path | None, stop: StopRequest) -> Iterator[Event]:
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
    session = begin(config, weights=checkpoint, note=note)
    yield from run(session, _claim(config, name, out, stop), stop)


def _check_data_named(folder: RunFolder, checkpoint: Checkpoint, flags: Tree, instead: str) -> None:
    """Refuse to read data that only a run from elsewhere names."""
    from ..engine.runs.lookup import check_may_read

    if "name" not in flags.get("data", {}):
        check_may_read(folder.path, checkpoint.config.data.name, instead)


def _show(events: Iterator[Event], stop: StopRequest, console: Console, *, json: bool, quiet: bool) -> ExitCode:
    """Print the events as they come, keeping none: there may be millions. On a terminal, leave the report of it all.

    Once nobody takes the output (`| head`, a terminal that is gone), the training is asked to save and stop.
    """
    first = last = next(events)
    broken: OSError | None = None
    for last in chain((first,), events):
        if broken is None and not (quiet and not json):
            try:
                _print(last, first, console, json=json)
            except OSError as error:
                broken, stop.reason = error, stop.reason or "interrupt"
    if broken is not None:
        raise broken
    assert isinstance(last, RunFinished)
    if console.stdout.isatty() and not (json or quiet):
        from ..engine.runs.folder import RunFolder
        from .train_live import print_report

        print_report(RunFolder(Path(last.dir)), console)
    elif last.stopped_by in ("interrupt", "terminated") and not quiet:
        console.message(f"Saved; to go on: nnlab train --resume {_name(last)}")
    if last.stopped_by == "diverged":
        console.error(last.message)
    return ExitCode(128 + stop.signal) if stop.signal else ENDS.get(last.stopped_by, ExitCode.DONE)


def _print(event: Event, first: Event, console: Console, *, json: bool) -> None:
    from ..tui.render.lines import event_lines

    if json and not isinstance(event, PictureTaken):
        console.print_text(to_line(event) + "\n")
    elif not json:
        epochs = first.config["training"]["epochs"] if isinstance(first, RunStarted) else 0
        for line in event_lines(event, epochs):
            console.print_text(line + "\n")
    console.stdout.flush()


def _name(finished: RunFinished) -> str:
    """What finds the run again: its name, or its folder where that has none among the runs."""
    from ..engine.runs.folder import runs_root

    found = (runs_root() / finished.run).resolve() == Path(finished.dir)
    return shlex.quote(finished.run if found else finished.dir)
