"""The keys that change a training: pause, one epoch, learning rate, save and stop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from textual.widgets import Input

from ..mouse import MousePage
from ..trainer.monitor import RunMonitor
from ..trainer.state import RunState
from ..widgets.asked import AskedValue
from ..widgets.question import Question
from .draw import rate_asked
from .view import RunView, rate_of


class SteeringPage(MousePage):
    """A page that watches the run of a monitor and asks its trainer for things. Who only watches a training that was
    started elsewhere is asked once whether to change it is meant."""

    def __init__(self, monitor: RunMonitor, view: RunView) -> None:
        super().__init__()
        self.monitor, self.view = monitor, view
        self._saves: int | None = None  # checkpoints before the one that was asked for

    @property
    def state(self) -> RunState:
        """What is known of the run."""
        return self.monitor.state

    @property
    def training(self) -> bool:
        """Whether there is a training to steer."""
        return not self.state.over

    @property
    def owned(self) -> bool:
        """Whether the training was started by this screen, which then ends it when it is left."""
        return self.monitor.launch is not None and self.training

    def _change(self, act: Callable[[], object]) -> None:
        """Do what changes the training, if that is meant."""
        shell, tail = self.shell, self.monitor.tail
        path = tail.folder.path if tail is not None else None
        if self.monitor.launch or path is None or path in shell.steered or shell.has_started(path):
            act()
            return

        def answered(yes: bool | None) -> None:
            if yes:
                shell.steered.add(path)
                act()

        self.app.push_screen(Question("This training was started elsewhere. Change it?"), answered)

    def action_toggle_pause(self) -> None:
        """Pause or go on."""
        self._change(lambda: self.monitor.send("resume" if self.state.state == "paused" else "pause"))

    def action_one_epoch(self) -> None:
        """Train one epoch, then pause."""
        self._change(lambda: self.monitor.send("epoch"))

    def action_scale_lr(self, factor: float) -> None:
        """Halve the learning rate, or double it."""
        if rate := (self.view.rate(self.state) or 0.0) * factor:
            self._change(lambda: self._set_lr(rate))

    def _set_lr(self, rate: float) -> None:
        self.view.set(rate, self.state)
        self.monitor.send("set", lr=rate)

    def action_set_lr(self) -> None:
        """Ask for a learning rate; the present one is in the box."""
        self._change(self._ask_lr)

    def _ask_lr(self) -> None:
        rate = self.view.rate(self.state)
        self.query_one(AskedValue).ask(rate_asked(self.state), "" if rate is None else f"{rate:g}")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Send the typed learning rate."""
        if (rate := rate_of(event.value)) is not None:
            self._set_lr(rate)
        else:
            self.state.note(f"{event.value!r} is not a learning rate: type a number above zero")

    def action_save(self) -> None:
        """Save a checkpoint now."""
        self._change(self._save)

    def _save(self) -> None:
        self._saves = self.state.saves
        self.monitor.send("save")
        self.state.note(f"saving after the present {'epoch' if self.state.state == 'paused' else 'step'}")

    def tell_saved(self) -> None:
        """Say when and where the checkpoint that was asked for has been written."""
        if self._saves is not None and self.state.saves > self._saves and self.monitor.tail is not None:
            self._saves = None
            at = f"{datetime.now().astimezone():%H:%M:%S}"
            said = f"Saved after epoch {self.state.saved} at {at}: {self.monitor.tail.folder.last}"
            self.state.note(said)
            self.say(said)

    def action_stop(self) -> None:
        """Stop the training, if that is meant; the screen stays."""
        question = f"Stop the training of {self.view.title}? It saves first, and can be resumed."
        self.app.push_screen(Question(question), lambda yes: self.stop("it saves and stops") if yes else None)

    def stop(self, said: str) -> None:
        """Let the trainer save and stop, and say so in the log."""
        self.monitor.send("stop")
        self.state.note(said)
