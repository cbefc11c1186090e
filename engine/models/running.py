"""Running the code of a user's network: the one place where nnlab runs a text that is not its own."""

from __future__ import annotations

import builtins
import hashlib
import importlib
import importlib.util
import linecache
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .code import Code, Source

if TYPE_CHECKING:
    from .trust import Trusted

ROOT = "nnlab_user_"  # how the package begins in which a network's modules live
MAIN = "__main__"


def run(code: Trusted) -> ModuleType:
    """The module of a network's file, which is run anew; its neighbours once, when it first imports them.

    Raises what their code raises.
    """
    root = ROOT + hashlib.sha256(os.fsencode(f"{code.main.path}\n{code.sha256}")).hexdigest()[:12]
    if not any(isinstance(finder, _Modules) and finder.root == root for finder in sys.meta_path):
        sys.meta_path.append(_Modules(root, code))
    sys.modules.pop(f"{root}.{MAIN}", None)
    return importlib.import_module(f"{root}.{MAIN}")


class _Modules:
    """Finds and loads the modules of one network, from the texts that were read and from nothing else.

    They live in a package of their own, so that they stand in the way of no other module, and those of one network in
    the way of no other's. Only their own imports find them by their short names.
    """

    def __init__(self, root: str, code: Code) -> None:
        self.root, self.tops = root, code.tops
        self._sources = {f"{root}.{name}": source for name, source in code.neighbours.items()}
        self._sources |= {root: Source("", None, is_package=True), f"{root}.{MAIN}": code.main}
        self._builtins = {**vars(builtins), "__import__": self._import}

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:  # noqa: ARG002
        """As importlib asks it."""
        source = self._sources.get(name)
        if source is None:
            return None
        if source.text is None:
            return ModuleSpec(name, self, is_package=True)  # pyright: ignore[reportArgumentType]
        inside = [] if source.is_package else None
        return importlib.util.spec_from_file_location(
            name,
            source.path,
            loader=self,  # pyright: ignore[reportArgumentType]
            submodule_search_locations=inside,
        )

    def create_module(self, spec: ModuleSpec) -> None:
        """As importlib makes it."""

    def exec_module(self, module: ModuleType) -> None:
        """Compile and run the text that was read."""
        path, text, _ = self._sources[module.__name__]
        if text is None:
            return
        vars(module)["__builtins__"] = self._builtins
        compiled = compile(text, path, "exec", dont_inherit=True)
        # What looks for the source (tracebacks, torch.jit) is to see this text, whatever the file holds by now.
        lines = importlib.util.decode_source(text).splitlines(keepends=True)
        linecache.cache[path] = (len(text), None, lines, path)
        exec(compiled, vars(module))

    def _import(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        """`__import__` of these modules: what stands beside the network's file is found in its package."""
        top = name.partition(".")[0]
        if level or top not in self.tops:
            return builtins.__import__(name, globals, locals, fromlist or (), level)
        module = builtins.__import__(f"{self.root}.{name}", globals, locals, fromlist or (), 0)
        return module if fromlist else sys.modules[f"{self.root}.{top}"]
