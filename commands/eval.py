"""`nnlab eval`: what a trained network is worth on data, beside what simple models reach."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from ..engine.errors import ExitCode
from ..engine.options import SYNTHETIC
from .choices import data_sets, run_names, splits
from .console import Console
from .flags import options, text_options, to_tree
from .help import Command, new_app

if TYPE_CHECKING:
    from ..engine.evaluation.evaluate import Evaluation

app = new_app()


@app.command("eval", cls=Command)
@options(SYNTHETIC, after="split")
@text_options(after="split")
def evaluate(
    context: typer.Context,
    checkpoint: Annotated[
        str,
        typer.Argument(metavar="CHECKPOINT", help="A .pt file, a run, or 'latest'.", autocompletion=run_names),
    ],
    data: Annotated[
        str | None,
        typer.Argument(metavar="DATA", help="Other data than it was trained on.", autocompletion=data_sets),
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="Which rows: train, valid, 'test[:200]'; test by default.", autocompletion=splits)
    ] = None,
    threshold: Annotated[
        str | None, typer.Option(help="Of two classes: 0.3, or f1, balanced, cost=5:1 by the validation rows.")
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say which columns matter, and what they do.")] = False,
    baseline: Annotated[
        bool, typer.Option("--baseline", help="Compare with gradient boosting on the same rows.")
    ] = False,
    errors: Annotated[bool, typer.Option("--errors", help="Say where it fails: rows, and kinds of rows.")] = False,
    worst: Annotated[
        int | None, typer.Option(metavar="N", help="With --errors: how many of the worst rows to tell.")
    ] = None,
    curve: Annotated[
        bool, typer.Option("--learning-curve", help="Train on parts of the rows: would more help?")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse other data unlike those of the training.")] = False,
    model: Annotated[str | None, typer.Option(help="Where a network of your own is: net.py:MyNet.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure a trained network on the test split, beside simple baselines.

    The baselines are the most frequent class or the mean, and a logistic or linear regression; with --baseline gradient
    boosting as well.
    """
    from ..engine.config import validate
    from ..engine.errors import UsageError
    from ..engine.runs.lookup import check_may_read, find_checkpoint

    console = Console.of_process()
    path = find_checkpoint(checkpoint)
    asked = to_tree({key: value for key, value in context.params.items() if key != "model"}).get("data", {})
    if asked and data is None:
        raise UsageError("Which data is it? Name it after the checkpoint, as in `nnlab eval latest xor`.")
    config = validate({"data": {"name": data, **asked}}).data if data else None
    if config is not None:
        from ..engine.data.sources import check

        check(config)
    from ..engine.network import load

    if curve and data is not None:
        raise UsageError("--learning-curve trains on the network's own data: leave out the other.")
    if worst is not None and not errors:
        raise UsageError("--worst says how many rows --errors tells: name both, as in --errors --worst 20.")
    network = load(path, model=model, note=console.warn)
    if config is None:
        check_may_read(path, network.checkpoint.config.data.name, f"nnlab eval {shlex.quote(checkpoint)} DATA")
    from .eval_curve import planned, print_curve

    train = planned(network, console) if curve else None
    evaluation = network.evaluate(
        config,
        split,
        threshold=threshold,
        explain=explain,
        baseline=baseline,
        worst=(10 if worst is None else worst) if errors else None,
        strict=strict,
    )
    for note in evaluation.notes:
        console.message(f"note: {note}")
    if not json:
        _print(console, evaluation)
    ended = None if train is None else train()
    learnt = None if isinstance(ended, ExitCode) else ended
    if learnt is not None and not json:
        print_curve(learnt, console)
    if json:
        console.print_json(evaluation.to_json() | {"learning_curve": learnt and learnt.to_json()})
    if isinstance(ended, ExitCode):
        raise typer.Exit(ended)


def _print(console: Console, evaluation: Evaluation) -> None:
    from ..engine.errors import number_of
    from ..tui.render.blocks import stack, words
    from ..tui.render.evaluation import evaluation_parts
    from ..tui.render.tables import facts, wrapped

    width, options = console.width, console.render_options
    said = {
        "checkpoint": evaluation.checkpoint,
        "data": f"{evaluation.data} ({evaluation.task}), {number_of(evaluation.rows, 'row')} of {evaluation.split}",
    }
    metrics, *others = evaluation_parts(evaluation.to_json(), width, options).values()
    beside = [] if evaluation.boosting is None else wrapped(evaluation.boosting.sentence(), width)
    console.print_lines(stack([facts(said, width, options), metrics, [words(line) for line in beside], *others]))
