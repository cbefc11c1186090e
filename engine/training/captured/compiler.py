"""The door to what replays a captured step on the CPU: torch's interpreter of TorchScript, which PyTorch keeps without
a promise. Where it is missing, steps are taken one operator at a time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import torch

from .tape import CannotCaptureError

Script = Callable[..., None]
SLOWER = "a small network trains some five to ten times slower so, a large one as fast"


def compiled(source: str) -> Script:
    """The function `run` of a program that is written in TorchScript. CannotCaptureError where torch refuses it."""
    unit: Any = getattr(torch.jit, "CompilationUnit", None)
    if unit is None or not hasattr(torch.jit, "optimized_execution"):
        raise CannotCaptureError(f"torch {torch.__version__} has no interpreter of TorchScript")
    try:
        made = unit()
        made.define(source, {"aten": torch.ops.aten, "torch": torch}.get)
    except (RuntimeError, TypeError, AttributeError) as error:
        raise CannotCaptureError(str(error)) from error
    return made.run


def as_written() -> AbstractContextManager[Any]:
    """Within the block, programs run as they are written, without being optimised first."""
    return torch.jit.optimized_execution(False)


def works() -> bool:
    """Whether this torch replays a program at all."""
    return not missing()


@cache
def missing() -> str:
    """Why this torch replays no program; empty where it does."""
    try:
        run = compiled("def run(x: Tensor):\n    torch.add(x, 1, out=x)\n")
        x = torch.zeros(())
        with torch.inference_mode(), as_written():
            run(x)
    except (CannotCaptureError, RuntimeError, TypeError, AttributeError) as error:
        return (str(error).strip() or type(error).__name__).splitlines()[0]
    return "" if x.item() == 1.0 else f"torch {torch.__version__} replays a program wrongly"


def refusal(device: torch.device) -> str:
    """What to tell where a step that was to be captured had to be taken plainly."""
    if device.type == "cpu" and not works():
        return f"Steps are taken one operator at a time, since torch {torch.__version__} cannot replay them: {SLOWER}."
    return f"This network's steps cannot be captured and are taken one operator at a time: {SLOWER}."
