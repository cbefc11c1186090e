"""Modes that a network is in for a while."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from torch import nn

from .members import Blend, MembersOutput


@contextmanager
def evaluating(module: nn.Module) -> Generator[None]:
    """Put the module and all its parts in evaluation mode for a while, then each back in its own."""
    training = [part for part in module.modules() if part.training]
    for part in training:
        part.training = False
    try:
        yield
    finally:
        for part in training:
            part.training = True


@contextmanager
def apart(last: MembersOutput | Blend) -> Generator[None]:
    """Let several members answer each for itself for a while."""
    last.apart = True
    try:
        yield
    finally:
        last.apart = False
