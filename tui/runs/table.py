"""What the runs page knows: the runs, which are shown in which order, which are marked. No textual, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shlex import join
from string import ascii_uppercase
from zlib import crc32

from ...engine.errors import UsageError, unknown
from ...engine.runs import compare
from ...engine.runs.progress import MAIN_METRICS
from ...engine.runs.reader import CURVES, Curves, Run
from ...engine.runs.states import STATES
from ...engine.sweep.listing import SweepRun, sweep_of
from ..render.palette import CLASSES
from ..render.text import day
from .columns import COLUMNS, Column, setting
from .filter import Filter, parse

SMOOTHINGS = (0.0, 0.6, 0.9)
NUMBERS = {*MAIN_METRICS, "accuracy_train", "reached", "best", "epochs", "lr", "modified"}
"""Fields that a filter knows before a run has them."""
WORDS = {"name", "run", "state", "data", "model", "task", "when", "sweep"}


@dataclass
class RunList:
    """`at` is the folder of the run under the cursor, `marked` those whose curves lie over each other, in the order of
    their letters. `added` are the columns of settings that the user wants to see. `compares` shows the differences of
    runs in place of details, `top` is the first line of these that is in view. `unfolded` shows the trials of sweeps,
    which a filter finds in any case; `trials` has the sweep of each. `revision` grows with all that can be seen."""

    runs: list[Run] = field(default_factory=list[Run])
    curves: Mapping[Path, Curves] = field(default_factory=dict[Path, Curves])
    known: bool = False
    order: str = "when"
    reverse: bool = False
    added: list[Column] = field(default_factory=list[Column])
    text: str = ""
    error: str = ""
    filter: Filter = field(default_factory=Filter)
    shown: list[Run] = field(default_factory=list[Run])
    rows: dict[Path, int] = field(default_factory=dict[Path, int])
    at: Path | None = None
    marked: list[Path] = field(default_factory=list[Path])
    metric: int = 0
    log: bool = False
    smoothing: int = 0
    cursor: int | None = None
    compares: bool = False
    top: int = 0
    unfolded: bool = False
    trials: dict[Path, str] = field(default_factory=dict[Path, str])
    revision: int = 0

    def take(self, runs: list[Run], curves: Mapping[Path, Curves]) -> None:
        """Take what was read: runs come and go, the cursor stays with its run as long as there is one."""
        same_runs, same_paths = self.known and runs == self.runs, curves.keys() == self.curves.keys()
        if same_runs and same_paths and all(one is self.curves[path] for path, one in curves.items()):
            return
        self.curves, self.known = curves, True
        if same_runs:
            self.revision += 1
            return
        self.runs = runs
        sweeps = {run.name for run in runs if isinstance(run, SweepRun)}
        named = {run.folder.path: sweep_of(run.name, sweeps) for run in runs} if sweeps else {}
        self.trials = {path: sweep for path, sweep in named.items() if sweep}
        there = {run.folder.path for run in runs}
        self.marked = [path for path in self.marked if path in there]
        self._arrange()

    def _arrange(self) -> None:
        """Choose and sort what is shown; the cursor of a run that is no more goes to its neighbour."""
        before = self.place
        chosen = [run for run in self.runs if self._is_shown(run)]
        chosen.sort(key=lambda run: run.name.lower())
        column = next(one for one in self.columns if one.name == self.order)
        chosen.sort(key=column.key, reverse=column.falls != self.reverse)
        self.shown = chosen
        self.rows = {run.folder.path: row for row, run in enumerate(chosen)}
        if chosen and self.at not in self.rows:
            self.at = chosen[min(before, len(chosen) - 1)].folder.path
        self.revision += 1

    def _is_shown(self, run: Run) -> bool:
        if self.filter.terms:
            return self.filter.accepts(self._fields(run))
        return self.unfolded or run.folder.path not in self.trials

    def _fields(self, run: Run) -> Mapping[str, str | float]:
        """What a filter can ask of a run, each column of the list among it."""
        sweep = self.trials.get(run.folder.path, "")
        return {**run.fields, "when": day(run.modified), **({"sweep": sweep} if sweep else {})}

    def fold(self) -> None:
        """Show the trials of sweeps, or fold them away."""
        self.unfolded = not self.unfolded
        self._arrange()

    @property
    def columns(self) -> tuple[Column, ...]:
        """What is told of each run: settings beside the learning rate, and when it was at the end."""
        return (*COLUMNS[:-1], *self.added, COLUMNS[-1])

    def settings(self) -> dict[str, str]:
        """The settings that can be columns: their keys in the config by their names, those that differ first."""
        keys = compare.settings([run.config for run in self.runs])
        fixed = {"data.name", *(column.name for column in COLUMNS)}
        return {name: key for key in keys if (name := compare.setting_name(key)) not in fixed}

    def toggle_column(self, asked: str) -> str:
        """Add a column for a setting, or take it away again; returns the column's name. UsageError for a setting that
        no run has."""
        name = compare.setting_name(asked.strip())
        left = [column for column in self.added if column.name != name]
        if len(left) == len(self.added):
            known = self.settings()
            if name not in known:
                raise unknown("setting", asked.strip(), known)
            left.append(setting(known[name], self.runs))
        self.added = left
        if self.order not in {column.name for column in self.columns}:
            self.order, self.reverse = "when", False
        self._arrange()
        return name

    @property
    def place(self) -> int:
        """The row of the cursor."""
        return self.rows.get(self.at, 0) if self.at else 0

    @property
    def current(self) -> Run | None:
        """The run under the cursor."""
        return self.shown[self.place] if self.shown else None

    @property
    def looked_at(self) -> list[Path]:
        """The runs whose curves are wanted: the marked ones, and the one under the cursor, unless it is a sweep."""
        current = [self.current.folder.path] if self.current and not isinstance(self.current, SweepRun) else []
        return list(dict.fromkeys([*self.marked, *current]))

    @property
    def compared(self) -> list[Run]:
        """The marked runs in their order, and the one under the cursor."""
        by_path = {run.folder.path: run for run in self.runs}
        return [by_path[path] for path in self.looked_at if path in by_path]

    @property
    def picked(self) -> list[Run]:
        """The marked runs in their order; without any the one under the cursor."""
        by_path = {run.folder.path: run for run in self.runs}
        current = [self.current.folder.path] if self.current else []
        return [by_path[path] for path in self.marked or current]

    @property
    def awaited(self) -> bool:
        """Whether the curves of a run that is looked at are not known yet."""
        return any(path not in self.curves for path in self.looked_at)

    def letter(self, path: Path) -> str:
        """The letter of a marked run, empty for any other."""
        return ascii_uppercase[self.marked.index(path)] if path in self.marked else ""

    def colours(self) -> dict[Path, str]:
        """A colour for each run that is looked at: always the same for its name, unless another has it already."""
        taken: dict[Path, str] = {}
        for path in self.looked_at:
            first = crc32(path.name.encode(errors="replace")) % len(CLASSES)
            turns = [CLASSES[(first + step) % len(CLASSES)] for step in range(len(CLASSES))]
            taken[path] = next((colour for colour in turns if colour not in taken.values()), turns[0])
        return taken

    def metrics(self) -> list[str]:
        """The metrics that there are curves of, the chosen one first."""
        columns = {name for path in self.looked_at for name in self.curves.get(path, {})}
        found = [one for one in CURVES if {f"{one}_valid", f"{one}_train"} & columns]
        turn = self.metric % len(found) if found else 0
        return [*found[turn:], *found[:turn]]

    def last_epoch(self) -> int:
        """The last epoch of all curves."""
        ends = [curves["epoch"][-1] for path in self.looked_at if (curves := self.curves.get(path, {})).get("epoch")]
        return int(max(ends, default=0))

    def move(self, by: int) -> None:
        """Move the cursor, staying within the list."""
        if self.shown:
            self.at = self.shown[max(0, min(len(self.shown) - 1, self.place + by))].folder.path
            self.scroll(0)

    def scroll(self, top: int) -> None:
        """Show the details from this line on."""
        self.top = top
        self.revision += 1

    def compare(self, *, yes: bool) -> None:
        """Show the differences, or the details."""
        self.compares = yes
        self.scroll(0)

    def mark(self) -> None:
        """Mark the run under the cursor, or take its mark away. UsageError when the letters are used up."""
        path = self.at
        if path is None or self.current is None:
            return
        if path in self.marked:
            self.marked.remove(path)
        elif len(self.marked) == len(ascii_uppercase):
            raise UsageError(f"{len(ascii_uppercase)} runs are marked, one for each letter: u takes the marks away.")
        else:
            self.marked.append(path)
        self.revision += 1

    def unmark(self) -> None:
        """No run is marked any more."""
        self.marked.clear()
        self.revision += 1

    def sort(self, *, other_way: bool = False) -> None:
        """Sort by the next column, or by the same the other way round."""
        names = [column.name for column in self.columns]
        after = names[(names.index(self.order) + 1) % len(names)]
        self.sort_by(self.order if other_way else after)

    def sort_by(self, name: str) -> None:
        """Sort by a column; by the same as before, the other way round."""
        self.reverse = name == self.order and not self.reverse
        self.order = name
        self._arrange()

    def falls(self, column: Column) -> bool | None:
        """Whether the largest of a column comes first; None for those that are not sorted by."""
        return None if column.name != self.order else column.falls != self.reverse

    def choose(self, text: str) -> None:
        """Show the runs that fit the filter; a wrong one is told as `error`, and the one before it goes on."""
        self.text, self.error = text, ""
        fields = {name: value for run in self.runs for name, value in self._fields(run).items()}
        numbers = {name for name, value in fields.items() if isinstance(value, float)} | NUMBERS
        texts = {name for name, value in fields.items() if isinstance(value, str)} | WORDS
        try:
            self.filter = parse(text, texts, numbers, STATES)
        except UsageError as error:
            self.error = str(error)
        self._arrange()

    def look(self, at: str) -> None:
        """Look at the curves another way: the next `metric`, the next `smoothing`, a `log` scale or a plain one."""
        self.metric += at == "metric"
        self.smoothing = (self.smoothing + (at == "smoothing")) % len(SMOOTHINGS)
        self.log ^= at == "log"
        self.revision += 1

    def read_values(self, step: int) -> None:
        """Move the cursor that reads the curves' values; beyond the last epoch it goes away."""
        last = self.last_epoch()
        place = (self.cursor or last + 1) + step
        self.cursor = max(1, place) if place <= last else None
        self.revision += 1


def command(run: Run) -> str:
    """The command that trains this run once more in a shell, or goes on with a sweep; that shows what another program
    trained."""
    if isinstance(run, SweepRun):
        return join(["nnlab", "sweep", "--resume", run.name])
    if run.imported:
        return join(["nnlab", "runs", "show", run.name])
    return join(["nnlab", "train", "--config", str(run.folder.config)])
