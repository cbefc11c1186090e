"""The graphics cards of this machine by what their driver says, and what is to be said where torch cannot use them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

VERSION, DEVICES = Path("/proc/driver/nvidia/version"), Path("/dev")
QUERY = ("--query-gpu=driver_version,name,memory.total", "--format=csv,noheader,nounits")
HIDING = "CUDA_VISIBLE_DEVICES"  # by which a user hides cards from torch
PATIENCE = 20  # seconds; a driver that hangs does not hold up the rest


@dataclass(frozen=True)
class Graphics:
    """NVIDIA's `driver` (its version, 'there' where none can be told, empty where there is none) and `cards`, each with
    its name and memory."""

    driver: str = ""
    cards: list[str] = field(default_factory=list[str])


def graphics() -> Graphics:
    """What `nvidia-smi` says; without it, whether the driver or a card's file is there."""
    command = shutil.which("nvidia-smi")
    if command:
        try:
            done = subprocess.run(
                [command, *QUERY], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE
            )
        except (OSError, subprocess.TimeoutExpired):
            return Graphics("there")
        rows = [[part.strip() for part in line.split(",")] for line in done.stdout.splitlines()]
        cards = [row for row in rows if len(row) == 3]
        if done.returncode == 0 and cards:
            return Graphics(cards[0][0], [f"{name} ({_memory(size)})" for _, name, size in cards])
    if VERSION.exists():
        words = VERSION.read_text(encoding="utf-8", errors="replace").partition("Kernel Module")[2].split()
        return Graphics(next((word for word in words if word[0].isdigit()), "there"))
    return Graphics("there") if any(DEVICES.glob("nvidia[0-9]*")) else Graphics()


def _memory(mebibytes: str) -> str:
    return f"{int(mebibytes) / 1024:.1f} GiB" if mebibytes.isdecimal() else mebibytes


def graphics_problems(there: Graphics, devices: list[str], cuda: str | None) -> list[str]:
    """A card that torch, which sees these devices and is built for `cuda` (None for no CUDA), cannot use, and that
    nobody has hidden from it."""
    if not there.driver or HIDING in os.environ or any(device.startswith("cuda") for device in devices):
        return []
    card = there.cards[0] if there.cards else "an NVIDIA driver"
    if cuda is None:
        mend = f"`{sys.executable} -m pip install --force-reinstall torch`"
        return [
            f"There is {card}, but this torch is built without CUDA and sees no card: {mend} takes a build with it."
        ]
    version = f" {there.driver}" if there.driver != "there" else ""
    return [
        f"There is {card}, but torch, which is built for CUDA {cuda}, sees no card: the driver{version} may be older "
        "than that CUDA needs, or the card not handed to this container."
    ]


def graphics_facts(there: Graphics, found: dict[str, Any]) -> dict[str, str]:
    """What is told of cards, of the device that trainings get and of how their steps are taken."""
    cuda: str | None = found.get("cuda")
    driver = "a driver of unknown version" if there.driver == "there" else f"driver {there.driver}"
    gpu = f"{', '.join(there.cards) or 'NVIDIA'}, {driver}" if there.driver else "none of NVIDIA's"
    if there.driver and HIDING in os.environ:
        gpu += f", of which torch is shown {HIDING}={os.environ[HIDING]!r}"
    if cuda and not there.driver:
        gpu += f", though torch is built for CUDA {cuda}: a build for CPUs takes less room"
    facts = {"gpu": gpu}
    if "auto" in found:
        facts |= {"--device auto": found["auto"], "captured steps": found["captured"] or "work"}
    return facts
