"""`nnlab train --processes N`, and what its processes do: rank 0 trains as ever, the others do what it says."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ..engine.errors import ExitCode, NnlabError, UsageError
from ..engine.signals import end, handling

if TYPE_CHECKING:
    from ..engine.training.ranks import Ranks
    from .console import Console

VARIABLES = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
FOLDER = "NNLAB_RANKS"  # names the folder in which rank 0 tells who started it how it is
AGAIN = "NNLAB_RANKS_AGAIN"  # is set where these take the place of others
LOOK_EVERY = 0.1  # seconds


def rank_of_process() -> int | None:
    """Which rank this process is, as torch.distributed.run tells its processes; None for a training of one process."""
    if any(name not in os.environ for name in VARIABLES) or os.environ["WORLD_SIZE"] == "1":
        return None
    return int(os.environ["RANK"])


def check(processes: int | None, restarts: int | None, several: str) -> None:
    """Raise UsageError where several processes are asked for and cannot be; `several` is the option that asks for
    several networks, if one does."""
    if restarts is not None and (processes or 1) == 1:
        raise UsageError("--max-restarts is for several processes: use it with --processes 2 or more.")
    if processes is not None and rank_of_process() is not None:
        raise UsageError("This is one of several processes already: leave out --processes, torchrun says how many.")
    if several and ((processes or 1) > 1 or rank_of_process() is not None):
        raise UsageError(f"--{several} trains several networks, each in one process: leave out --processes.")


def launch(words: Sequence[str], processes: int, restarts: int, say: Callable[[str], None]) -> int:
    """Start `nnlab train` with these words as so many processes on this machine, and wait for their end; the exit code
    is that of rank 0. Signals go to rank 0, which saves and ends the others. Where one ends as it should not, others
    take the place of all so many times, of which `say` is told; after that NnlabError, naming the rank."""
    group = _Group(words, processes)
    noted: list[int] = []

    def take(number: int) -> None:
        if noted:
            end(number)  # which the others see
        noted.append(number)

    try:
        with handling(take), _environment():
            while True:
                try:
                    return group.run(noted)
                except NnlabError as error:
                    restarts -= 1
                    if restarts < 0 or noted or not group.began():
                        raise
                    say(f"{error} Others take the place of all.")
                    group = _Group(words, processes, group.folder)
                    os.environ[AGAIN] = "1"
    finally:
        shutil.rmtree(group.folder, ignore_errors=True)


@contextmanager
def _environment() -> Generator[None]:
    """What is set for the processes, to which torch gives this one's environment, is gone with them."""
    before = dict(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@dataclass
class _Group:
    """The processes, started by torch in a thread, so that this one's signals are its own."""

    words: Sequence[str]
    processes: int
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="nnlab-")))
    failures: dict[int, Any] = field(default_factory=dict[int, Any])
    trouble: str = ""

    def began(self) -> bool:
        """Whether there is a run to go on with."""
        return bool(self._read("run"))

    def run(self, noted: Sequence[int]) -> int:
        for name in ("code", "said", "pid"):  # of those before
            self._file(name).unlink(missing_ok=True)
        os.environ[FOLDER] = str(self.folder)
        os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        thread = threading.Thread(target=self._start, daemon=True)
        thread.start()
        sent = False
        while thread.is_alive():
            thread.join(LOOK_EVERY)
            if noted and not sent:
                sent = self._pass_on(noted[0])
        code = self._read("code")
        taken_along = self.failures and not noted and code == str(int(ExitCode.TERMINATED))
        if code and not taken_along:
            return int(code)
        if self.failures and not self._read("said"):
            rank, first = self._first()
            if rank == 0 and first.exitcode > 0:  # it has said why itself
                return first.exitcode
        raise NnlabError(self._said())

    def _start(self) -> None:
        import logging

        from torch.distributed import run
        from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

        logging.getLogger("torch.distributed").setLevel(logging.CRITICAL)
        argv = ["--standalone", "--local-addr", "localhost", "--local-ranks-filter", "0"]
        argv += ["--nproc-per-node", str(self.processes), "--max-restarts", "0"]
        options = run.parse_args([*argv, "-m", "nnlab"])
        options.training_script_args = ["train", *self.words]  # unparsed: torch would take --log for one of its own
        try:
            run.run(options)
        except ChildFailedError as error:
            self.failures = dict(error.failures)
        except (RuntimeError, OSError, ValueError) as error:
            self.trouble = f"The processes could not be started: {error}."

    def _pass_on(self, number: int) -> bool:
        """Pass a signal on to rank 0, if it is there by now."""
        with suppress(FileNotFoundError, ValueError, ProcessLookupError):
            os.kill(int(self._file("pid").read_text(encoding="ascii")), number)
            return True
        return False

    def _said(self) -> str:
        """Who ended as it should not, and how."""
        run = self._read("run")
        goes_on = f" To go on: nnlab train --resume {shlex.quote(run)}" if run else ""
        if said := self._read("said"):
            return f"{said}{goes_on}"
        if not self.failures:
            return self.trouble or "The processes ended without a word."
        rank, first = self._first()
        by_signal = first.exitcode < 0
        how = f"was ended by {signal.Signals(-first.exitcode).name}" if by_signal else f"ended by {first.exitcode}"
        return f"Rank {rank} (process {first.pid}) {how}.{goes_on}"

    def _first(self) -> tuple[int, Any]:
        """The rank that ended first, and how."""
        return min(self.failures.items(), key=lambda one: one[1].timestamp)

    def _read(self, name: str) -> str:
        """What rank 0 has told by this name; empty where nothing."""
        with suppress(FileNotFoundError):
            return self._file(name).read_text(encoding="utf-8")
        return ""

    def _file(self, name: str) -> Path:
        return self.folder / name


def tell(name: str, text: object) -> None:
    """Tell who started these processes something of rank 0; nobody where that was the user, with torchrun."""
    if folder := os.environ.get(FOLDER):
        path = Path(folder, name)
        part = path.with_suffix(".part")
        with suppress(OSError):
            part.write_text(str(text), encoding="utf-8")
            part.replace(path)


def before(name: str | None, out: Path | None) -> str | None:
    """The run that other processes trained until one died, in whose place these are; None where these are the first."""
    if os.environ.get("TORCHELASTIC_RESTART_COUNT", "0") == "0" and AGAIN not in os.environ:
        return None
    with suppress(OSError, KeyError):
        return Path(os.environ[FOLDER], "run").read_text(encoding="utf-8")
    from ..engine.runs.folder import RunFolder, runs_root

    path = out or (runs_root() / name if name else None)
    return str(path) if path is not None and RunFolder(path).last.exists() else None


@contextmanager
def leading(console: Console) -> Generator[Ranks | None]:
    """The other ranks, which end with the block, where this is rank 0 of several; None where it is alone.

    How the block ends is told to who started these processes, and nothing else is then to come of it: another exit code
    than 0 says that one of them has died.
    """
    if rank_of_process() is None:
        yield None
        return
    from ..engine.training.ranks import RankLostError, join

    if FOLDER in os.environ:
        Path(os.environ[FOLDER], "code").unlink(missing_ok=True)
    tell("pid", os.getpid())
    ranks = join()
    try:
        yield ranks
    except RankLostError as error:
        tell("said", error)
        if FOLDER not in os.environ:
            console.error(str(error))
        ranks.give_up(str(error))
    except NnlabError as error:
        tell("code", int(error.exit_code))
        console.error(f"Rank 0 gave up: {error}" if ranks.midway else str(error))
        if ranks.midway:  # the others wait for its part of a step, and would not hear that it is over
            ranks.give_up(str(error))
        _end_all(ranks)
        raise typer.Exit(concluded(error.exit_code)) from None
    _end_all(ranks)


def _end_all(ranks: Ranks) -> None:
    """Let the others go."""
    try:
        ranks.tell(None)
    except NnlabError as error:  # one has died after its last step
        ranks.give_up(str(error))
    ranks.leave()


def concluded(code: ExitCode) -> ExitCode:
    """The exit code of a training that has come to its end, of whatever kind; who started several processes is told
    it, and sees that none has died."""
    if rank_of_process() is None or FOLDER not in os.environ:
        return code
    tell("code", int(code))
    return ExitCode.DONE


def follow(file: str | None) -> ExitCode:
    """Be a rank that does what rank 0 says. A network's `file` is one that the user has typed."""
    from ..engine.training.ranks import join
    from ..engine.training.shared import follow as follow_rank

    with handling(lambda _: None):  # rank 0 sees to these, and ends this one
        ranks = join()
        try:
            if file:
                from ..engine.models.trust import trust

                trust(file)
            follow_rank(ranks)
        except NnlabError as error:
            ranks.give_up(str(error))
        ranks.leave()
        return ExitCode.DONE
