"""The code of a user's network: their file and what it imports from its folder, read once, with one digest over all.

Nothing is run here (`running.py` does that), and what is run is what was read: neither a `.pyc`, nor a compiled
module, nor a file that no `import` line names is part of it.
"""

from __future__ import annotations

import ast
import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from typing import NamedTuple

from ..errors import UsageError

LARGEST = 2**20  # bytes of a file; a stranger's checkpoint may name any
LONGEST_LINE = 10_000  # bytes
LARGEST_CODE = 2**23  # bytes of all
MOST_FILES = 1000


class Source(NamedTuple):
    """A module's file and text. A package's are those of its `__init__.py`; a mere folder of modules has no text."""

    path: str
    text: bytes | None
    is_package: bool = False


@dataclass(frozen=True)
class Code:
    """A network's file and, by their names (`helper`, `parts.blocks`), the modules of its folder that it imports,
    directly or through each other. `tops` are those that an import without a dot finds; a module of the standard
    library or an installed one is never among them. `sha256` is the file's own where it imports none."""

    main: Source
    neighbours: Mapping[str, Source]
    tops: frozenset[str]
    sha256: str


class _Import(NamedTuple):
    """A module, or perhaps a name in one, that an import line asks for. `name.*` is all of a package."""

    name: str
    relative: bool


def read(file: str) -> Code:
    """The code in a file. UsageError where it cannot be read or is too large, or a neighbour cannot be told from what
    is installed."""
    main = Source(os.path.realpath(file) if "\0" not in file else file, _read(file))
    folder = os.path.dirname(main.path)  # noqa: PTH120  (a text, as module files have it)
    found: dict[str, Source] = {}
    absolute: dict[str, bool] = {}
    waiting: list[tuple[str, Source]] = [("", main)]
    while waiting:
        package, source = waiting.pop()
        for wanted in _imports(source, package):
            top = wanted.name.partition(".")[0]
            if not wanted.relative:
                if top not in absolute:
                    absolute[top] = _is_neighbour(top, folder, file)
                if not absolute[top]:
                    continue
            for name in _prefixes(wanted.name, folder):
                if name in found:
                    continue
                neighbour = _find(folder, name)
                if neighbour is None:
                    break
                found[name] = neighbour
                waiting.append((name if neighbour.is_package else name.rpartition(".")[0], neighbour))
                _check_size(file, found)
    tops = frozenset(name for name, is_neighbour in absolute.items() if is_neighbour)
    return Code(main, found, tops, _digest(main, found))


def digest(file: str) -> str:
    """The SHA-256 of a file and what it imports from its folder. UsageError as `read` says it."""
    return read(file).sha256


def brief(text: str) -> str:
    """A path or name as it is told: whole, unless nobody honest would write it so."""
    return text if len(text) <= 300 else f"{text[:150]}...{text[-100:]}"


def _digest(main: Source, neighbours: Mapping[str, Source]) -> str:
    """One hash over all; of the file alone where it stands alone, as checkpoints have always had it."""
    own = hashlib.sha256(main.text or b"").hexdigest()
    lines = [
        f"{name} {'package' if source.is_package else 'module'} {hashlib.sha256(source.text).hexdigest()}\n"
        for name, source in sorted(neighbours.items())
        if source.text is not None
    ]
    return hashlib.sha256("".join([f"{own}\n", *lines]).encode()).hexdigest() if lines else own


def _check_size(file: str, found: Mapping[str, Source]) -> None:
    if len(found) > MOST_FILES or sum(len(source.text or b"") for source in found.values()) > LARGEST_CODE:
        raise UsageError(
            f"The network's file {brief(file)} imports more than {MOST_FILES:,} files or {LARGEST_CODE:,} bytes from "
            "its folder: put what is not part of the network elsewhere, and install it."
        )


def _read(file: str) -> bytes:
    """A file's bytes, read once."""
    try:
        if os.path.exists(file) and not os.path.isfile(file):  # noqa: PTH110, PTH113  (no error for any text)
            raise UsageError(f"The network's file {brief(file)} cannot be read: it is not a regular file.")
        with open(file, "rb") as opened:  # noqa: PTH123
            text = opened.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"The network's file {brief(file)} cannot be read: {reason}.") from None
    if len(text) > LARGEST:
        raise UsageError(f"The network's file {brief(file)} is longer than {LARGEST:,} bytes: that is not a network.")
    longest = max(map(len, text.replace(b"\\\r\n", b"").replace(b"\\\n", b"").splitlines()), default=0)
    if longest > LONGEST_LINE:  # a parser takes the square of its length for some
        raise UsageError(
            f"The network's file {brief(file)} has a line of {longest:,} characters, and {LONGEST_LINE:,} are allowed."
        )
    return text


def _imports(source: Source, package: str) -> Iterator[_Import]:
    """What a text's import lines ask for, wherever they stand; nothing if it is no Python, as running it will say."""
    try:
        tree = ast.parse(source.text or b"")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (_Import(alias.name, relative=False) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".") if package else []
            if node.level > len(above) + 1:
                continue  # beyond the folder
            base = [*above[: len(above) + 1 - node.level], *([node.module] if node.module else [])]
            base = base if node.level else [node.module or ""]
            for alias in node.names:
                if base or alias.name != "*":
                    yield _Import(".".join([*base, alias.name]), relative=bool(node.level))


def _prefixes(name: str, folder: str) -> Iterator[str]:
    """The modules on the way to one, each before those in it: `a`, `a.b`; of `a.*` everything in the package `a`."""
    parts = name.split(".")
    yield from (".".join(parts[:count]) for count in range(1, len(parts)) if parts[count - 1])
    if parts[-1] != "*":
        yield name
        return
    place = os.path.join(folder, *parts[:-1])  # noqa: PTH118
    if not os.path.isfile(os.path.join(place, "__init__.py")):  # noqa: PTH113, PTH118
        return
    inside = sorted({entry.partition(".")[0] for entry in os.listdir(place)})  # noqa: PTH208
    yield from (".".join([*parts[:-1], entry]) for entry in inside if entry.isidentifier() and entry != "__init__")


def _find(folder: str, name: str) -> Source | None:
    """The module of that name in the folder, as Python would choose it among Python files."""
    place = os.path.join(folder, *name.split("."))  # noqa: PTH118
    for path, is_package in ((os.path.join(place, "__init__.py"), True), (f"{place}.py", False)):  # noqa: PTH118
        if os.path.isfile(path):  # noqa: PTH113
            return Source(path, _read(path), is_package)
    return Source(place, None, is_package=True) if os.path.isdir(place) else None  # noqa: PTH112


def _is_neighbour(name: str, folder: str, file: str) -> bool:
    """Whether `import name` in a file of this folder means a module beside it.

    The standard library comes first, and nnlab itself; a mere folder comes after what is installed. UsageError where
    a module beside it and an installed one have the same name.
    """
    if name in sys.stdlib_module_names or name == __name__.partition(".")[0]:
        return False
    found = _find(folder, name)
    if found is None:
        return False
    installed = _installed(name, folder)
    if found.text is None or installed is None:
        return installed is None
    if installed.has_location and os.path.realpath(installed.origin or "") != os.path.realpath(found.path):
        raise UsageError(
            f"{brief(found.path)} has the name of the installed package {name!r}, and {brief(file)} imports {name}: "
            "give the file another name."
        )
    return True


def _installed(name: str, folder: str) -> ModuleSpec | None:
    """What Python finds under this name without this folder, which may be among its paths."""
    paths = [entry for entry in sys.path if os.path.realpath(entry) != folder]
    found = (finder.find_spec(name, paths) for finder in sys.meta_path)
    return next((spec for spec in found if spec is not None), None)
