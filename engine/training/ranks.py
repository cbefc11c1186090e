"""The processes that train one network together: which one this is, what they tell each other, and who has gone.

Rank 0 decides everything; the others do what it says. They were started by torch.distributed.run, or by whatever sets
the same variables. Gloo carries what is said, and the gradients where they are on a CPU; NCCL those of GPUs.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any, NoReturn

import torch
import torch.distributed as dist
from torch import Tensor

from ..config import Config
from ..errors import NnlabError, first_line

VARIABLES = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
BEAT = 0.5  # seconds between two signs of life
PATIENCE = 2.0  # seconds in an exchange before it is looked whether all are there
SILENT = 8.0  # seconds without a sign of life, of a process that is stopped or of a machine that is gone
STUCK = 60.0  # seconds that others may take for what this one has done long ago
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
GRACE = 20.0  # seconds for which others stay when whoever started all of them is gone
MEET = timedelta(seconds=60)  # for all to be there
NEVER = timedelta(days=30)  # gloo's own limit: a paused training keeps the others waiting


class RankLostError(NnlabError):
    """A process of the group is gone, or hangs: the training ends, and may go on with other processes."""


@dataclass(frozen=True)
class Opening:
    """The first word of rank 0: what is trained, on which kind of device, and what tells its rows from others."""

    config: Config
    device: str
    fingerprint: dict[str, int]


@dataclass
class Ranks:
    """The group as one of its processes sees it: it is `rank` of `size`, and the `local`th on its machine. `midway`
    through steps the others wait for this one's part, and for nothing else."""

    rank: int
    size: int
    local: int
    local_size: int
    pulse: Pulse
    midway: bool = False
    told: object = None  # what the others know, kept in `shared.py`
    gradients: Any = None  # the group that adds up tensors on GPUs

    def device(self, kind: torch.device) -> torch.device:
        """This process's own device of the kind that all use. NnlabError where this machine has too few GPUs."""
        if kind.type != "cuda":
            return kind
        cards = torch.cuda.device_count()
        if self.local >= cards:
            raise NnlabError(
                f"There are {self.local_size} processes on this machine and {cards} GPUs, one for each: use "
                f"--processes {cards}, or --device cpu."
            )
        card = torch.device("cuda", self.local)
        torch.cuda.set_device(card)
        return card

    def open(self, opening: Opening) -> None:
        """Begin together, when each is ready: rank 0 says what the others are to be ready for."""
        if self.rank == 0:
            self.tell(opening)
        if opening.device == "cuda":
            self.gradients = dist.new_group(backend="nccl")

    def add(self, tensor: Tensor) -> None:
        """Put the sum over all ranks in place of each one's tensor, the same bits everywhere. NnlabError where one is
        gone, naming it."""
        group = self.gradients if tensor.is_cuda else None
        self._wait(dist.all_reduce(tensor, group=group, async_op=True))

    def tell(self, word: object) -> None:
        """Tell all others something. NnlabError where one is gone, naming it."""
        data = torch.frombuffer(bytearray(pickle.dumps(word)), dtype=torch.uint8)
        self._wait(dist.broadcast(torch.tensor([len(data)]), 0, async_op=True))
        self._wait(dist.broadcast(data, 0, async_op=True))

    def hear(self) -> Any:
        """What rank 0 tells next, whenever that is. NnlabError where it is gone."""
        length = torch.zeros(1, dtype=torch.int64)
        self._wait(dist.broadcast(length, 0, async_op=True))
        data = torch.empty(int(length), dtype=torch.uint8)
        self._wait(dist.broadcast(data, 0, async_op=True))
        return pickle.loads(data.numpy().tobytes())  # of this training's own, which nobody else can reach

    def leave(self) -> None:
        """The training is over for all, who know it."""
        self.pulse.stop()
        dist.destroy_process_group()

    def give_up(self, sentence: str) -> NoReturn:
        """End this process at once, without waiting for the others; the `sentence` is for rank 0 to tell."""
        with suppress(RuntimeError):
            self.pulse.say(sentence)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1)

    def _wait(self, work: Any) -> None:
        """Wait for an exchange with all others."""
        while True:
            try:
                work.wait(timedelta(seconds=PATIENCE))
            except RuntimeError as error:
                if work.is_completed():  # a connection was closed
                    raise RankLostError(self.pulse.who_is_gone() or _lost(error)) from None
                missing = self.pulse.who_hangs() if self.rank == 0 else ""
                if missing:
                    raise RankLostError(missing) from None
            else:
                self.pulse.done += 1
                return


def _lost(error: RuntimeError) -> str:
    return f"The processes of this training have lost each other: {first_line(error)}."


class Pulse:
    """Signs of life of all ranks, kept where they met: a thread of each gives them, so that a process that works for
    long gives them too. `done` counts its exchanges."""

    def __init__(self, store: Any, rank: int, size: int, gone: Callable[[], object]) -> None:
        self.store, self.rank, self.size, self.gone = store, rank, size, gone
        self.done, self._ended, self._parent = 0, threading.Event(), os.getppid()
        self._seen: dict[int, tuple[str, float, float]] = {}
        store.set(f"who/{rank}", f"process {os.getpid()} on {socket.gethostname()}")
        threading.Thread(target=self._beat, daemon=True).start()

    def _beat(self) -> None:
        tick = 0
        while not self._ended.wait(BEAT):
            tick += 1
            try:
                self.store.set(f"beat/{self.rank}", f"{tick} {self.done}")
            except RuntimeError:  # whoever started all of them is gone
                self._parent = -1
            if os.getppid() != self._parent:
                self.gone()
                return

    def stop(self) -> None:
        """No more signs."""
        self._ended.set()

    def say(self, sentence: str) -> None:
        """Leave word of why this rank goes."""
        self.store.set(f"said/{self.rank}", sentence)

    def who_is_gone(self) -> str:
        """Which rank has closed its connections, in a sentence; empty where none has, or it cannot be told."""
        try:
            return self._who_is_gone()
        except RuntimeError:  # where they met is gone too
            return ""

    def _who_is_gone(self) -> str:
        self._look()
        end = monotonic() + 4 * BEAT
        while monotonic() < end:
            for rank in self._others():
                if self._has(f"said/{rank}"):
                    return f"Rank {rank} gave up: {self._of('said', rank)}"
            threading.Event().wait(BEAT / 4)
        self._look()
        gone = [rank for rank in self._others() if monotonic() - self._seen[rank][1] > 3 * BEAT]
        if not gone:
            return ""
        return f"{self._named(gone[0])} ended without a word, as one does that is killed or runs out of memory."

    def who_hangs(self) -> str:
        """Which rank has given no sign of life for long, or has not come as far as this one, in a sentence; empty where
        none has."""
        try:
            self._look()
        except RuntimeError:
            return ""
        for rank in self._others():
            text, alive, moved = self._seen[rank]
            behind = int(text.rpartition(" ")[2] or 0) <= self.done
            if monotonic() - alive > SILENT:
                self._kill(rank)
                return (
                    f"{self._named(rank)} has given no sign of life for {SILENT:g} seconds: it hangs, or its machine "
                    "is gone."
                )
            if behind and monotonic() - moved > STUCK and self.done:
                return f"{self._named(rank)} has been at one step for {STUCK:g} seconds: it hangs."
        return ""

    def _kill(self, rank: int) -> None:
        """End a process of this machine that hangs, for which who started it would wait."""
        who = self._of("who", rank) if self._has(f"who/{rank}") else ""
        number, _, host = who.removeprefix("process ").partition(" on ")
        if host == socket.gethostname():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(int(number), KILL)

    def _look(self) -> None:
        """Take the signs of all others: what each said last, since when that is the newest, and since when it has not
        moved on."""
        now = monotonic()
        for rank in self._others():
            text = self._of("beat", rank) if self._has(f"beat/{rank}") else ""
            before = self._seen.get(rank, ("", now, now))
            alive = now if text != before[0] else before[1]
            moved = now if text.rpartition(" ")[2] != before[0].rpartition(" ")[2] else before[2]
            self._seen[rank] = text, alive, moved

    def _others(self) -> list[int]:
        return [rank for rank in range(self.size) if rank != self.rank]

    def _has(self, key: str) -> bool:
        return self.store.check([key])

    def _of(self, what: str, rank: int) -> str:
        return self.store.get(f"{what}/{rank}").decode()

    def _named(self, rank: int) -> str:
        return f"Rank {rank} ({self._of('who', rank)})" if self._has(f"who/{rank}") else f"Rank {rank}"


def join() -> Ranks:
    """Meet the other processes of this training. NnlabError where they do not come."""
    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    local, here = int(os.environ.get("LOCAL_RANK", rank)), int(os.environ.get("LOCAL_WORLD_SIZE", size))
    address, port = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
    try:
        dist.init_process_group("gloo", timeout=MEET, rank=rank, world_size=size)
        group = dist.distributed_c10d._get_default_group()
        group._get_backend(torch.device("cpu"))._set_default_timeout(NEVER)
        attempt = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
        store = dist.PrefixStore(f"nnlab/{attempt}", dist.TCPStore(address, port, None, False, timeout=MEET))
    except (RuntimeError, ValueError) as error:
        raise NnlabError(f"Rank {rank} of {size} did not meet the others at {address}: {first_line(error)}.") from None
    return Ranks(rank, size, local, here, Pulse(store, rank, size, _end if rank else _ask_to_stop))


def _end() -> None:
    threading.Event().wait(GRACE)  # rank 0 saves meanwhile, and lets this one go
    os._exit(1)


def _ask_to_stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
