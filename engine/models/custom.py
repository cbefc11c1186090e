"""Networks from a user's own Python file: found, built with what their class asks for, and tried before training.

The file is code, and only its user may have it run. A checkpoint keeps its path and hash and never its text; it is run
where the user has named this very text (`trust.py`).
"""

from __future__ import annotations

import inspect
import re
import traceback
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ..config import Argument
from ..errors import UsageError, nearest, shown
from .adapter import adapted
from .running import ROOT, run
from .trust import known

if TYPE_CHECKING:
    from .spec import ModelSpec
    from .trust import Trusted

# What code that is not ours may raise while it is imported, built or called; interrupts and exits pass.
THEIRS = (
    *(ArithmeticError, AssertionError, AttributeError, BufferError, EOFError, ImportError, LookupError, MemoryError),
    *(NameError, OSError, RuntimeError, SyntaxError, TypeError, ValueError),
)


def build_custom(spec: ModelSpec, own: Callable[..., nn.Module] | None = None) -> nn.Module:
    """Run the file that the spec names and make its network, or have `own` make it; tried on rows of zeros.

    Raises UsageError for a file that the user has not named as it is, and, with the file's line, for what cannot be
    imported, built or called, or answers in a wrong shape.
    """
    kind = own or _class(known(spec.file, spec.class_name, spec.sha256), spec)
    with _their_errors(spec.file, f"{spec.class_name} cannot be built"):
        net: Any = kind(**_arguments(kind, spec))
    if not isinstance(net, nn.Module):
        raise UsageError(f"{spec.class_name} makes {shown(net)}, which is not an nn.Module.")
    module = adapted(net, spec)
    _try(module, spec)
    return module


def _class(code: Trusted, spec: ModelSpec) -> type[nn.Module]:
    """The class in the file, which is run for it."""
    file, name = spec.file, spec.class_name
    with _their_errors(file, "it cannot be imported"):
        module = run(code)
    classes = {
        key: value
        for key, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, nn.Module) and value.__module__ == module.__name__
    }
    if name in classes:
        return classes[name]
    meant = nearest(name, classes)
    hint = f"did you mean {meant!r}?" if meant else f"it has {', '.join(classes) or 'no nn.Module'}."
    raise UsageError(f"{file} has no network {name!r}: {hint}")


def _arguments(kind: Callable[..., nn.Module], spec: ModelSpec) -> dict[str, Any]:
    """What a class or function makes a network with: the sizes that it names among its parameters, and the user's own
    arguments."""
    parameters = {
        name: parameter
        for name, parameter in inspect.signature(kind).parameters.items()
        if parameter.kind is not parameter.VAR_POSITIONAL
    }
    open_ended = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    named = {name for name, parameter in parameters.items() if parameter.kind is not parameter.VAR_KEYWORD}
    raw = "embeddings" in named
    offered = {
        "in_features": spec.in_features if raw else spec.inputs,
        "out_features": spec.out_features,
        "num_classes": spec.out_features,
        "image_shape": spec.image_shape,
        "embeddings": list(spec.embeddings),
        "features": dict(Counter(spec.columns)),
    }
    for name in spec.args:
        if name not in named and not open_ended:
            meant = nearest(name, named)
            takes = f"did you mean {meant!r}?" if meant else f"it takes {', '.join(sorted(named)) or 'none'}."
            raise UsageError(f"{spec.class_name} takes no argument {name!r}: {takes}")
    given = {**{name: value for name, value in offered.items() if name in named}, **_plain(spec.args)}
    lacking = [
        name
        for name, parameter in parameters.items()
        if name in named and parameter.default is parameter.empty and name not in given
    ]
    if lacking:
        raise UsageError(f"{spec.class_name} needs the argument {lacking[0]!r}: use --model-arg {lacking[0]}=VALUE.")
    return given


def _plain(args: Mapping[str, Argument]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, list) else value for name, value in args.items()}


def _try(module: nn.Module, spec: ModelSpec) -> None:
    """Call the network on two rows of zeros in both modes; generators, mode and buffers are as before afterwards."""
    shape = (2, *(spec.image_shape or (spec.in_features,)))
    buffers = {name: buffer.clone() for name, buffer in module.named_buffers()}
    was = module.training
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        for training in (True, False):
            module.train(training)
            answered = _call(module, torch.zeros(shape), spec)
            if not isinstance(answered, Tensor) or tuple(answered.shape) != (2, spec.out_features):
                got = tuple(answered.shape) if isinstance(answered, Tensor) else type(answered).__name__
                raise UsageError(
                    f"{spec.class_name} answers rows of shape {shape} with {got}, and (2, {spec.out_features}) is "
                    + ("wanted: one logit a class." if spec.out_features > 1 else "wanted: one value a row.")
                )
    module.train(was)
    if not any(parameter.requires_grad for parameter in module.parameters()):
        raise UsageError(f"{spec.class_name} has no parameters to train.")
    for name, buffer in module.named_buffers():
        if name in buffers and buffers[name].shape == buffer.shape:
            buffer.copy_(buffers[name])


def _call(module: nn.Module, x: Tensor, spec: ModelSpec) -> Any:
    """The module's answer; an error names the layer it came from and the shape that the layer got."""
    entered: list[tuple[str, tuple[int, ...]]] = []

    def enter(name: str) -> Any:
        def hook(_: nn.Module, inputs: tuple[Any, ...]) -> None:
            first = inputs[0] if inputs else None
            entered.append((name, tuple(first.shape) if isinstance(first, Tensor) else ()))

        return hook

    def leave(*_: Any) -> None:
        entered.pop()

    hooks = [
        handle
        for name, layer in module.named_modules()
        if name and not isinstance(layer, torch.jit.ScriptModule)
        for handle in (layer.register_forward_pre_hook(enter(name)), layer.register_forward_hook(leave))
    ]
    try:
        with _their_errors(spec.file, f"{spec.class_name} cannot answer rows of shape {tuple(x.shape)}", entered):
            return module(x)
    finally:
        for handle in hooks:
            handle.remove()


@contextmanager
def _their_errors(file: str, problem: str, entered: list[tuple[str, tuple[int, ...]]] | None = None) -> Generator[None]:
    """Turn an error of the user's code into a sentence with the line of their file."""
    try:
        yield
    except THEIRS as error:
        path, place = Path(file).resolve(), file or "The network"
        lines = [number for frame, number in traceback.walk_tb(error.__traceback__) if _is_of(frame, path)]
        unread = error.lineno if isinstance(error, SyntaxError) and error.filename == str(path) else None
        line = unread or (lines[-1] if lines else None)
        place = f"{place}, line {line}" if line else place
        layer = f", in the layer {entered[-1][0]!r}, which got {entered[-1][1]}" if entered else ""
        raise UsageError(f"{place}: {problem}{layer} ({type(error).__name__}: {_said(error, path)}).") from error


def _said(error: BaseException, path: Path) -> str:
    """The error's first line, with names as the user wrote them."""
    said = re.sub(rf"{ROOT}[0-9a-f]+\.", "", (str(error).strip().splitlines() or [""])[0].rstrip("."))[:300]
    if isinstance(error, ModuleNotFoundError) and error.name and (path.parent / f"{error.name}.py").is_file():
        return f"{said}, since no import line names it: write it as `import {error.name}`"
    return said


def _is_of(frame: FrameType, path: Path) -> bool:
    return Path(frame.f_code.co_filename) == path
