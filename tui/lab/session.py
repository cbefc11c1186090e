"""Playing in the lab: the run of the present settings, begun anew when they change. No textual, no torch.

The lab's runs are named lab-1, lab-2, ... The newest is kept; one that another takes the place of is removed, unless
its user kept it or left it to train on, or it had trained for long.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import TimeoutExpired
from time import monotonic

from ...engine.errors import NnlabError, UsageError, number_of
from ...engine.runs.claim import last_number
from ...engine.runs.folder import RunFolder, runs_root
from ...engine.runs.removal import remove
from ..trainer.launch import Launch, Start
from ..trainer.monitor import RunMonitor
from ..trainer.state import RunState
from .choices import Lab, setting_of
from .relevance import TIMED
from .run import COMPLETE, GOES_ON, LabRun
from .settings import DATA, EPOCHS, HIDDEN, SCHEDULER, SEED, TARGET, Setting
from .speeds import FIRST_SPEED, SPEEDS, next_speed
from .words import on_screen

SETTLED = 0.1  # seconds without another change after which the run of new settings begins
OF_ENDED = "of a run that has ended stay as they are: space trains for more epochs, r restarts."
PATIENCE = 3.0  # seconds that a run which was thrown away may take to be gone, before its process is ended


@dataclass
class LabSession:
    """The lab's present run, if there is one, and those it took the place of that are still about to end.

    `owned` is the list of what the app must not leave behind, `said` the last thing worth saying, `due` when a run of
    settings that have changed begins, `resumed` the start of the present run's second part until that has begun,
    `pace` one of the speeds.
    """

    lab: Lab
    owned: list[RunMonitor]
    start: Start
    clock: Callable[[], float] = monotonic
    run: LabRun | None = None
    said: str = ""
    due: float | None = None
    number: int = 0
    ending: list[LabRun] = field(default_factory=list[LabRun])
    resumed: Launch | None = None
    pace: str = FIRST_SPEED

    @property
    def alive(self) -> bool:
        """Whether there is a run that has not ended."""
        return self.run is not None and not self.run.state.over

    @property
    def state(self) -> RunState:
        """What is known of the present run."""
        return self.run.state if self.run is not None else RunState()

    @property
    def shown(self) -> LabRun | None:
        """The run of the present settings; None where there is none yet, so that nobody takes another's for it."""
        return self.run if self.due is None else None

    @property
    def going(self) -> bool:
        """Whether it trains, or will as soon as it can."""
        return self.run is not None and self.alive and self.run.going

    def begin(self, *, going: bool) -> None:
        """A run of the present settings takes the place of the one before."""
        left = self._retire()
        self.due = self.resumed = None
        self.number = max(self.number, last_number("lab")) + 1
        name = f"lab-{self.number}"
        arguments = [*self.lab.arguments(), "--name", name, "--pace", self.pace, *([] if going else ["--paused"])]
        monitor = RunMonitor.of(self.start(arguments))
        self.run = LabRun(name, monitor, going, self.lab.config)
        self.owned.append(monitor)
        if left:
            self.said = f"{left}; {self.said}" if self.said else left

    def _retire(self) -> str:
        """The present run makes room; returns what is to be said of it if it stays."""
        run, self.run = self.run, None
        if run is None:
            return ""
        if run.monitor.detached:
            return f"{run.name} keeps training"
        if run.kept or run.worth:
            run.monitor.close()
            return f"{run.name} is kept"
        self._throw_away(run)
        return ""

    def _throw_away(self, run: LabRun) -> None:
        run.left_at = self.clock()
        run.monitor.send("stop")
        self.ending.append(run)

    def tick(self) -> None:
        """Take what is new, begin what is due, clear away what has ended."""
        if self.due is not None and self.clock() >= self.due:
            self.begin(going=self.going)
        self._clear()
        run = self.run
        if run is None:
            return
        try:
            run.monitor.tick()
        except NnlabError as error:  # it never began
            self.run = None
            self.ending.append(run)
            if (runs_root() / run.name).exists():  # another lab has taken the name at the same moment
                self.begin(going=run.going)
                return
            self.said = on_screen(str(error))
            self._point_to_target()
            return
        self._look(run)

    def _point_to_target(self) -> None:
        """Put the cursor where the column to predict is chosen, if none is yet."""
        place = next((at for at, one in enumerate(self.lab.settings) if one.key == TARGET), None)
        if place is not None and not self.lab.value(TARGET):
            self.lab.at = place

    def _look(self, run: LabRun) -> None:
        """Say it where the run has begun to train, or has ended."""
        if self.resumed is not None:
            try:
                self.resumed.folder()
            except NnlabError as error:
                self.said, self.resumed = on_screen(str(error)), None
            if not run.state.over:
                self.resumed = None
                for layer, unit in sorted(run.off):
                    run.monitor.send("unit", layer=layer, unit=unit, on=False)
        if run.state.state != run.seen:
            run.seen = run.state.state
            run.going = run.seen == "running"
            if run.state.over:
                more = f"space trains {number_of(self._more, 'more epoch')}, " if self.goes_on else ""
                self.said = f"{run.state.log[-1].removesuffix('.')}; {more}r restarts"
                self.said = on_screen(self.said)

    def _clear(self) -> None:
        """Remove what the runs that were thrown away wrote, once they are over; the process of one that does not end
        is ended."""
        for run in list(self.ending):
            with suppress(NnlabError):  # it never began
                run.monitor.tick()
            begun = run.monitor.launch
            if begun is not None and begun.code() is None:
                if self.clock() - run.left_at > PATIENCE:
                    self._end(begun)
                continue
            self.ending.remove(run)
            self.owned.remove(run.monitor)
            if begun is None:
                continue
            told = begun.announced.read_text(encoding="utf-8").strip() if begun.announced.exists() else ""
            begun.tidy()
            if told:
                try:
                    remove(RunFolder(Path(told)))
                except NnlabError as error:
                    self.said = str(error)

    def _end(self, launch: Launch) -> None:
        """End a trainer's process, and begin anew what waits for it."""
        launch.child.kill()
        if (
            self.run is not None
            and self.run.monitor.launch is not None
            and self.run.monitor.launch.child is launch.child
        ):
            self.ending.append(self.run)
            going, self.run = self.going, None
            self.begin(going=going)

    def put_away(self) -> str:
        """The lab goes on without this session: its run and its trainer end. Returns what is to be said of a run that
        stays."""
        left = self._retire()
        self.close()
        return left

    def close(self) -> None:
        """The lab is left: a run that never trained leaves nothing; what else becomes of it is the app's to see to."""
        run = self.run
        if run is not None and not (run.kept or run.monitor.detached or run.state.history):
            self.run = None
            self._throw_away(run)
        if self.run is None:
            for one in self.ending:
                if one.monitor.launch is not None:
                    one.monitor.launch.child.kill()
                    with suppress(TimeoutExpired):
                        one.monitor.launch.child.wait(timeout=PATIENCE)
        self._clear()
        self.start.close()

    def toggle(self) -> None:
        """Play, or pause; what is over trains on for more epochs, or begins anew where that makes no sense."""
        run = self.run
        if run is None or self.due is not None or not (self.alive or self.goes_on):
            self.said = ""
            self.begin(going=not (self.due is not None and self.going))
            return
        if self.goes_on:
            self._go_on(run)
            return
        run.going, self.said = not run.going, ""  # what was said of how to begin is done
        run.monitor.send("resume" if run.going else "pause")

    @property
    def goes_on(self) -> bool:
        """Whether the present run is over, and can train on."""
        return self.run is not None and self.resumed is None and self.run.ended_by in GOES_ON

    @property
    def _more(self) -> int:
        """How many epochs a run that is over trains on for."""
        done, planned = self.state.epoch, self.state.epochs
        return planned - done if done < planned and self.run and self.run.ended_by not in COMPLETE else planned

    def _go_on(self, run: LabRun) -> None:
        """Train on for as many epochs as were planned at first."""
        assert run.folder is not None
        assert run.monitor.tail is not None
        epochs = self.state.epoch + self._more
        arguments = ["--resume", run.name, "--epochs", str(epochs), "--pace", self.pace]
        if patience := run.state.started and run.state.started.section("training").get("early_stop"):
            arguments += ["--early-stop", str(2 * patience)]
        self.said = f"{run.name} trains for more epochs, up to {epochs:,}"
        self.lab.put(setting_of(EPOCHS), epochs)
        run.steered = run.steered or self.lab.value(SCHEDULER) in TIMED
        self.resumed = run.monitor.launch = run.monitor.tail.launch = self.start(arguments)
        run.going = True

    def one_epoch(self) -> None:
        """Train one epoch, then pause."""
        if not self.alive or self.due is not None:
            self.begin(going=False)
        if self.run is not None:
            self.run.monitor.send("epoch")

    def change_speed(self, by: int) -> None:
        """Train faster (`by` 1) or slower (-1); behind the fastest comes the slowest."""
        self.go_at(next_speed(self.pace, by))
        self.said = f"speed: {SPEEDS[self.pace].name}"

    def go_at(self, pace: str) -> None:
        """Train at this speed."""
        self.pace = pace
        if self.run is not None and not self.run.monitor.detached:
            self.run.monitor.send("pace", rate=pace)

    def reset(self) -> None:
        """Back to before the first step, with the same seed, paused."""
        self.said = f"back to the beginning, with seed {self.lab.value(SEED)}; space plays"
        self.begin(going=False)

    def step(self, by: int) -> None:
        """Change the setting under the cursor by a step."""
        setting = self.lab.current
        if self.lab.step(setting, by):
            self._changed(setting)

    def read(self, setting: Setting, text: str) -> None:
        """Take what was typed for a setting."""
        if self.lab.read(setting, text):
            self._changed(setting)

    def layer(self, by: int) -> None:
        """A hidden layer more or one fewer."""
        if self.lab.layer(by):
            self._changed(setting_of(HIDDEN))

    def new_seed(self, seed: int) -> None:
        """Other weights, and batches in another order."""
        if self.lab.put(setting_of(SEED), seed):
            self._changed(setting_of(SEED))

    def choose(self, data: str) -> None:
        """Another data set."""
        if self.lab.put(setting_of(DATA), data):
            self._changed(setting_of(DATA))

    def _changed(self, setting: Setting) -> None:
        """A setting has another value: it acts at once, or a run with it begins shortly. So what is shown is always of
        the settings as they are."""
        name, text = setting.label, self.lab.text(setting)
        self.said = f"{name} is {text or 'left to nnlab'}"
        if self.alive and self.run is not None and setting.live and self.due is None:
            key, value = setting.key[1], self.lab.value(setting.key)
            self.run.monitor.send("set", **{key: value})
            self.run.steered = self.run.steered or bool(self.run.state.history)
            self.said += " from now on"
        else:
            self.said += f": training restarts with seed {self.lab.value(SEED)}"
            self.due = self.clock() + SETTLED

    def set_weights(self, layer: int, to: int | None, by: int | None, value: float) -> None:
        """Give weights of the present network this value: those that lead from a layer of its picture `to` a unit of
        the next one, `by` a unit, or all of them for None. UsageError where nothing trains."""
        if self.run is None or not self.alive:
            raise UsageError(f"The weights {OF_ENDED}")
        if (layer, by) in self.run.off:
            raise UsageError("This weight leads on from a unit that is off: delete switches that one on first.")
        self.run.edited = True
        self.run.monitor.send("weights", layer=layer, to=to, by=by, value=value)

    def switch_unit(self, layer: int, unit: int, name: str, *, can: bool) -> None:
        """Switch a unit of the present network off, so that it stays off while it trains, or on again. UsageError where
        nothing trains, or it `can` not be: no single layer of weights leads on from it."""
        if self.run is None or not self.alive:
            raise UsageError(f"The units {OF_ENDED}")
        if not can:
            raise UsageError(f"Unit {name} cannot be switched off: no single layer of weights leads on from it.")
        self.run.edited = True
        self.run.off ^= {(layer, unit)}
        off = (layer, unit) in self.run.off
        self.run.monitor.send("unit", layer=layer, unit=unit, on=not off)
        how = "off, and stays off while it trains; delete switches it on again" if off else "on again"
        self.said = f"unit {name} is {how}"

    def keep(self) -> None:
        """The present run is not to be removed when another takes its place, and saves now."""
        run = self.run
        if run is None or run.folder is None:
            raise UsageError("Nothing has been trained yet: space plays.")
        run.kept = True
        run.monitor.send("save")
        self.said = f"{run.name} is kept; its network: {run.folder.best}"

    def leave(self) -> None:
        """The present run trains on when nnlab is left or other settings are played with; asked again, it does not."""
        run = self.run
        if run is None or not self.alive:
            raise UsageError("Nothing trains that could go on: space plays.")
        if run.folder is None:  # it could not be told to go on, and would wait for ever if the screen died
            raise UsageError(f"{run.name} is getting ready: once more in a moment.")
        run.monitor.detached = not run.monitor.detached
        if run.monitor.launch is not None:
            run.monitor.launch.stay(run.monitor.detached)
        run.monitor.send("pace", rate="full" if run.monitor.detached else self.pace)
        if run.monitor.detached and not run.going:  # nobody would let it go on later
            run.going = True
            run.monitor.send("resume")
        self.said = (
            f"{run.name} {'keeps training when you leave it' if run.monitor.detached else 'stops when you leave nnlab'}"
        )

    def command(self) -> str:
        """The command for a shell that makes a run of these settings."""
        command = self.lab.command()
        self.said = f"copied: {command}"
        if self.run is not None and self.run.steered:
            self.said += "  (all epochs with the current values)"
        if self.run is not None and self.run.edited:
            self.said += "  (without the units and weights that were changed by hand)"
        return command

    def trained(self) -> RunFolder:
        """The present run's folder for those who want its network. UsageError until there is one, which is saved."""
        run = self.run
        if run is None or run.folder is None:
            raise UsageError("Nothing has been trained yet: space plays.")
        if not run.state.history:
            raise UsageError("This network has not been trained yet: space plays.")
        if not run.folder.best.exists():
            run.monitor.send("save")
            raise UsageError("The network is being saved: once more in a moment.")
        run.kept = True
        return run.folder
