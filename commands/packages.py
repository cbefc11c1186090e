"""The packages that nnlab requires: which are here, and the command that installs one that is not."""

from __future__ import annotations

import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec

from ..engine.errors import NnlabError

IMPORTED_AS = {"scikit-learn": "sklearn", "pillow": "PIL"}  # where that is another name, but for a dash


def required() -> dict[str, tuple[str | None, str]]:
    """Each package that nnlab requires: its version or None, and the command that installs it."""
    from importlib.metadata import PackageNotFoundError, requires, version

    found: dict[str, tuple[str | None, str]] = {}
    try:
        requirements = requires("nnlab") or []
    except PackageNotFoundError:  # run from a checkout that was never installed
        return {"nnlab": (None, f"`{sys.executable} -m pip install --editable .` installs it.")}
    for requirement in requirements:
        if ";" in requirement:  # an extra's, such as those for developing
            continue
        name = re.split("[<>=!~ ]", requirement)[0]
        try:
            found[name] = (version(name), "")
        except PackageNotFoundError:
            found[name] = (None, f"`{sys.executable} -m pip install '{requirement}'` installs it.")
    return found


def missing(module: str | None) -> str:
    """The sentence for a module that was not found, empty where that is none of a required package's, or is there."""
    top = (module or "").split(".")[0]
    for name, (_, mend) in required().items():
        if top == IMPORTED_AS.get(name, name.replace("-", "_")) and find_spec(top) is None:
            return f"The package {name} is missing: {mend or f'`{sys.executable} -m pip install {name}` installs it.'}"
    return ""


@contextmanager
def needed(what: str) -> Generator[None]:
    """Say in a sentence that a package of the extra for exports is missing, where it is."""
    try:
        yield
    except ModuleNotFoundError as error:
        name = (error.name or "").split(".")[0]
        if name not in ("onnx", "onnxruntime", "onnxscript", "google"):
            raise
        raise NnlabError(
            f"For {what} it takes {'protobuf' if name == 'google' else name}, which is not installed: "
            "`pip install 'nnlab[export]'` brings it."
        ) from None
