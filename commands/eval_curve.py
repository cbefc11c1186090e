"""`nnlab eval --learning-curve`: the network trained anew on growing parts of its train rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..engine.errors import ExitCode, number_of
from ..engine.wording import metric_name, number
from .console import Console

if TYPE_CHECKING:
    from ..engine.evaluation.learning_curve import LearningCurve
    from ..engine.network import Network


def planned(network: Network, console: Console) -> Callable[[], LearningCurve | ExitCode]:
    """What trains it: first it says how long that takes, and then tells each network in a line on stderr; it gives the
    exit code where somebody stops it. Raises UsageError at once for a network that has no such curve."""
    from ..engine.training.growing import Grown, curve, grow, plan
    from ..engine.training.interrupt import stop_on_signals

    data = network.training_data()
    wanted = plan(network.checkpoint, data)

    def train() -> LearningCurve | ExitCode:
        console.message(f"note: {wanted.sentence()}")
        measure, done = metric_name("loss" if network.classes else "rmse"), list[Grown]()
        with stop_on_signals() as stop:
            for one in grow(network.checkpoint, data, wanted, stop):
                done.append(one)
                about = f"{number_of(one.rows, 'row')}, seed {one.seed}: {measure} {number(one.reached)}"
                console.message(f"  {len(done)}/{wanted.trainings}  {about}")
        if stop.reason is None:
            return curve(network.checkpoint, data, done)
        console.message(f"Interrupted; {len(done)} of {wanted.trainings} trainings were done.")
        return ExitCode(128 + stop.signal) if stop.signal else ExitCode.INTERRUPTED

    return train


def print_curve(curve: LearningCurve, console: Console) -> None:
    """The curve, and what it says."""
    from ..tui.render.learning_curve import learning_curve_lines

    console.print_text("\n")
    console.print_lines(learning_curve_lines(curve.to_json(), console.width, console.render_options))
