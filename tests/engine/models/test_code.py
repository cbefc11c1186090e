"""What is run of a user's network is what was read and hashed: their file and what it imports from its folder."""

from __future__ import annotations

import hashlib
import importlib.machinery
import importlib.util
import inspect
import os
import py_compile
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from nnlab.engine.errors import UsageError
from nnlab.engine.models.code import LARGEST, MOST_FILES, digest, read
from nnlab.engine.models.families import build
from nnlab.engine.models.running import run
from nnlab.engine.models.spec import ModelSpec
from nnlab.engine.models.trust import Trusted, known, trust

NET = """
import torch
from torch import nn
{top}

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(2, 1)

    def forward(self, x):
        {lazy}
        return self.last(x) * 0 + {value}
"""
VALUE = "VALUE = 1\n"


def write(folder: Path, files: Mapping[str, str], *, top: str = "", lazy: str = "pass", value: str = "VALUE") -> str:
    """A folder with a network and these files beside it; returns the network's file."""
    for name, text in {"net.py": NET.format(top=top, lazy=lazy, value=value), **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return str(folder / "net.py")


def answer(file: str) -> float:
    """What the network answers."""
    spec = ModelSpec(
        family="custom", in_features=2, out_features=1, file=file, class_name="Net", sha256=digest(file), columns=[]
    )
    return build(spec)(torch.zeros(1, 2)).item()


WAYS: dict[str, tuple[dict[str, str], str, str, str]] = {
    "a module": ({"helper.py": VALUE}, "from helper import VALUE", "pass", "VALUE"),
    "a module by its name": ({"helper.py": VALUE}, "import helper", "pass", "helper.VALUE"),
    "a module by another name": ({"helper.py": VALUE}, "import helper as other", "pass", "other.VALUE"),
    "all of a module": ({"helper.py": VALUE}, "from helper import *", "pass", "VALUE"),
    "while it answers": ({"helper.py": VALUE}, "", "from helper import VALUE", "VALUE"),
    "where nobody looks": ({"helper.py": VALUE}, "if torch:\n    import helper", "pass", "helper.VALUE"),
    "relative": ({"helper.py": VALUE}, "from .helper import VALUE", "pass", "VALUE"),
    "relative, by its name": ({"helper.py": VALUE}, "from . import helper", "pass", "helper.VALUE"),
    "a package": ({"parts/__init__.py": VALUE}, "import parts", "pass", "parts.VALUE"),
    "a package's module": (
        {"parts/__init__.py": "", "parts/inner.py": VALUE},
        "import parts.inner",
        "pass",
        "parts.inner.VALUE",
    ),
    "a module from a package": (
        {"parts/__init__.py": "", "parts/inner.py": VALUE},
        "from parts import inner",
        "pass",
        "inner.VALUE",
    ),
    "all of a package": (
        {"parts/__init__.py": "__all__ = ['inner']", "parts/inner.py": VALUE},
        "from parts import *",
        "pass",
        "inner.VALUE",
    ),
    "a folder of modules": ({"parts/inner.py": VALUE}, "from parts.inner import VALUE", "pass", "VALUE"),
    "through another": (
        {"first.py": "from second import VALUE", "second.py": VALUE},
        "from first import VALUE",
        "pass",
        "VALUE",
    ),
    "through a package, relative": (
        {"parts/__init__.py": "from .inner import VALUE", "parts/inner.py": "from ..far import VALUE", "far.py": VALUE},
        "from parts import VALUE",
        "pass",
        "VALUE",
    ),
    "in a circle": (
        {"helper.py": "import net\nVALUE = 1 if net else 0", "more.py": VALUE},
        "from more import VALUE",
        "import helper",
        "VALUE",
    ),
    "from a path that it adds itself": (
        {"helper.py": VALUE},
        "import sys, os\nsys.path.insert(0, os.path.dirname(__file__))\nfrom helper import VALUE\nsys.path.pop(0)",
        "pass",
        "VALUE",
    ),
    "a name that its own function has": (
        {"helper.py": VALUE},
        "def helper():\n    from helper import VALUE\n    return VALUE",
        "helper()",
        "helper()",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_imported_from_the_folder_runs_and_is_part_of_what_was_named(tmp_path: Path, way: str):
    files, top, lazy, value = WAYS[way]
    file = write(tmp_path, files, top=top, lazy=lazy, value=value)
    trusted = trust(file)
    assert answer(file) == 1
    changed = next(name for name, text in files.items() if text == VALUE)
    (tmp_path / changed).write_text("VALUE = 2\n", encoding="utf-8")
    with pytest.raises(UsageError, match="or what it imports from its folder, has changed"):
        known(file, "Net", trusted)
    with pytest.raises(UsageError, match="not named here before as it is now"):
        answer(file)
    trust(file)
    assert answer(file) == 2


def test_a_file_that_stands_alone_has_its_own_hash(tmp_path: Path):
    file = write(tmp_path, {"stranger.py": "", "random.py": ""}, top="import random, json, torch", value="1")
    assert digest(file) == hashlib.sha256(Path(file).read_bytes()).hexdigest()


def test_what_was_missing_and_is_there_now_is_a_change(tmp_path: Path):
    top = "try:\n    from faster_net import VALUE\nexcept ImportError:\n    VALUE = 1"
    file = write(tmp_path, {}, top=top)
    trust(file)
    assert answer(file) == 1
    (tmp_path / "faster_net.py").write_text("VALUE = 2", encoding="utf-8")
    with pytest.raises(UsageError, match="not named here before"):
        answer(file)


def compiled(source: Path, target: Path, ran: Path) -> None:
    """Other code than the source's, compiled so that Python would take it for the source's."""
    evil = source.with_name("evil.txt")
    evil.write_text(f"open({str(ran)!r}, 'w')\n", encoding="utf-8")
    target.parent.mkdir(exist_ok=True)
    py_compile.compile(str(evil), str(target), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)


@pytest.mark.parametrize("name", ["net", "helper"])
def test_what_was_compiled_before_is_not_run(tmp_path: Path, name: str):
    file = write(tmp_path, {"helper.py": VALUE}, top="from helper import VALUE")
    trust(file)
    source = tmp_path / f"{name}.py"
    compiled(source, Path(importlib.util.cache_from_source(str(source))), tmp_path / "ran")
    compiled(source, tmp_path / f"{name}.pyc", tmp_path / "ran")
    assert answer(file) == 1
    assert not (tmp_path / "ran").exists()
    assert len(list((tmp_path / "__pycache__").iterdir())) == 1, "nothing is written there either"


@pytest.mark.parametrize(
    ("planted", "top"),
    [
        ("random.py", "import random"),
        ("json/__init__.py", "from json import dumps"),
        ("triton.py", ""),
        ("sitecustomize.py", ""),
        ("torch/nn.py", ""),
        ("__init__.py", ""),
        ("conftest.py", ""),
    ],
)
def test_no_file_takes_the_place_of_a_module_that_the_text_did_not_mean(tmp_path: Path, planted: str, top: str):
    file = write(tmp_path, {}, top=top, value="1")
    trust(file)
    write(tmp_path, {planted: f"open({str(tmp_path / 'ran')!r}, 'w')"}, top=top, value="1")
    assert answer(file) == 1
    assert not (tmp_path / "ran").exists()
    assert str(tmp_path) not in sys.path


@pytest.mark.parametrize("planted", ["helper.pyc", f"helper{importlib.machinery.EXTENSION_SUFFIXES[0]}", "helper.txt"])
def test_no_file_is_run_that_is_not_python_text(tmp_path: Path, planted: str):
    file = write(tmp_path, {}, top="import helper", value="1")
    if planted.endswith(".pyc"):
        compiled(Path(file), tmp_path / planted, tmp_path / "ran")
    else:
        (tmp_path / planted).write_bytes(b"\x7fELF")
    trust(file)
    with pytest.raises(UsageError, match=r"line 4: it cannot be imported \(ModuleNotFoundError: No module named 'help"):
        answer(file)
    assert not (tmp_path / "ran").exists()


def test_a_module_that_no_import_line_names_is_not_there(tmp_path: Path):
    top = "import importlib\nVALUE = importlib.import_module('helper').VALUE"
    file = write(tmp_path, {"helper.py": VALUE}, top=top)
    trust(file)
    with pytest.raises(UsageError, match="no import line names it: write it as `import helper`"):
        answer(file)


def test_a_neighbour_and_an_installed_package_of_one_name_are_not_confused(tmp_path: Path):
    file = write(tmp_path, {"pandas.py": VALUE}, top="from pandas import VALUE")
    with pytest.raises(UsageError, match=r"pandas.py has the name of the installed package 'pandas'.*another name"):
        trust(file)
    (tmp_path / "pandas.py").rename(tmp_path / "mine.py")
    (tmp_path / "pandas").mkdir()
    file = write(tmp_path, {}, top="import pandas\nfrom mine import VALUE")
    trust(file)
    assert answer(file) == 1


def test_the_digest_does_not_depend_on_who_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = write(tmp_path, {"helper.py": VALUE}, top="from helper import VALUE")
    before = digest(file)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert digest(file) == before
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    assert digest("net.py") == before
    assert digest(str(tmp_path / ".." / tmp_path.name / "net.py")) == before


def test_networks_in_one_process_have_each_their_own_neighbours(tmp_path: Path):
    files = [
        write(tmp_path / name, {"helper.py": f"VALUE = {value}"}, lazy="from helper import VALUE")
        for name, value in (("a", 1), ("b", 2))
    ]
    for file in files:
        trust(file)
    assert [answer(file) for file in [*files, *files]] == [1, 2, 1, 2]
    assert "helper" not in sys.modules


def test_what_is_run_is_what_was_read(tmp_path: Path):
    file = write(tmp_path, {"helper.py": VALUE}, top="from helper import VALUE")
    code = Trusted(read(file))
    for path in tmp_path.iterdir():
        path.write_text("1 / 0", encoding="utf-8")
    module = run(code)
    assert module.VALUE == 1
    assert "def forward" in inspect.getsource(module.Net)


def test_a_link_means_the_folder_of_what_it_leads_to(tmp_path: Path):
    file = write(tmp_path / "there", {"helper.py": VALUE}, top="from helper import VALUE")
    (tmp_path / "net.py").symlink_to(file)
    (tmp_path / "helper.py").write_text("1 / 0", encoding="utf-8")
    trust(str(tmp_path / "net.py"))
    assert answer(str(tmp_path / "net.py")) == 1
    assert digest(str(tmp_path / "net.py")) == digest(file)


def test_what_is_no_file_of_code_is_said(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    (tmp_path / "long.py").write_bytes(b"#" * (LARGEST + 1))
    (tmp_path / "folder.py").mkdir()
    for name, said in (
        ("gone.py", "No such file"),
        ("pipe.py", "not a regular file"),
        ("folder.py", "not a regular file"),
        ("loop.py", "symbolic links"),
        ("long.py", "longer than 1,048,576 bytes"),
        ("x" * 10_000 + ".py", "File name too long"),
        ("nul\0.py", "null"),
    ):
        with pytest.raises(UsageError, match=said) as caught:
            read(str(tmp_path / name))
        assert len(str(caught.value)) < 500
        with pytest.raises(UsageError) as caught:
            known(str(tmp_path / name), "Net" * 300, "0" * 64)
        assert len(str(caught.value)) < 1500


def test_more_files_than_a_network_has_are_refused(tmp_path: Path):
    names = [f"m{number}" for number in range(MOST_FILES + 1)]
    file = write(tmp_path, dict.fromkeys((f"{name}.py" for name in names), ""), top=f"import {', '.join(names)}")
    with pytest.raises(UsageError, match="imports more than 1,000 files"):
        digest(file)


@pytest.mark.parametrize("text", ["\0", "import", "x" + ".x" * 4_900, "-" * 9_900 + "1", "# coding: nothing\n"])
def test_what_is_no_python_is_said_when_it_runs(tmp_path: Path, text: str):
    file = tmp_path / "net.py"
    file.write_text(text, encoding="utf-8")
    trust(str(file))
    with pytest.raises(UsageError, match="it cannot be imported"):
        answer(str(file))


def test_a_line_of_absurd_length_is_refused_before_it_is_parsed(tmp_path: Path):
    for text in ("import a" + ".a" * 6000, "import a" + ".\\\na" * 6000):
        (tmp_path / "net.py").write_text(text, encoding="utf-8")
        with pytest.raises(UsageError, match="has a line of"):
            read(str(tmp_path / "net.py"))
