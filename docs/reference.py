"""`make docs`: the reference of what Python code may use, as HTML made of the docstrings. A warning is an error."""

from __future__ import annotations

import shutil
import sys
import warnings
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pdoc

OUT = Path(__file__).parent.parent / "build" / "docs"
LAZY = ("nnlab", "nnlab.engine")
EXCUSED = "type 'array.array' is not subscriptable"  # so it is in Python 3.11, where annotations alone say array[float]


def modules() -> list[str]:
    """The package, and all of its engine: commands and screens are used by words and keys. Each is named once, and not
    what pdoc finds below the first two, which depends on what these offer."""
    parts = iter_modules(import_module("nnlab.engine").__path__, "nnlab.engine.")
    return ["nnlab", r"!nnlab\..+", "nnlab.engine", r"!nnlab\.engine\..+", *(part.name for part in parts)]


def resolve_lazy_names() -> None:
    """Put what these packages import when it is first used where it is looked for."""
    for package in map(import_module, LAZY):
        for name in getattr(package, "__all__", ()):
            setattr(package, name, getattr(package, name))


def main() -> None:
    """Write the pages; exit with the warnings if there are any."""
    shutil.rmtree(OUT, ignore_errors=True)
    resolve_lazy_names()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", UserWarning)
        pdoc.pdoc(*modules(), output_directory=OUT)
    own = [str(one.message) for one in told if Path(one.filename).is_relative_to(Path(pdoc.__file__).parent)]
    sys.exit("\n".join(dict.fromkeys(text for text in own if EXCUSED not in text)) or 0)


if __name__ == "__main__":
    main()
