"""The house's rules: arrows run one way, nothing heavy is imported early, nothing is forgotten in the wheel."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PACKAGES = ("commands", "tui", "engine")
HEAVY = ("torch", "pandas", "pyarrow", "numpy", "scipy", "sklearn", "datasets", "textual", "plotext")
LONGEST = 400  # lines of a file
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

PAGES = ("data", "lab", "live", "predict", "runs", "sweep")
SHOWN = {("lab", "live"), ("runs", "live"), ("sweep", "live"), ("runs", "sweep")}  # a training is seen on the live page

POSIX = ("fcntl", "grp", "pty", "pwd", "resource", "termios", "tty")  # modules that Windows has not, and
POSIX_NAMES = (
    *("fork", "forkpty", "getuid", "geteuid", "killpg", "mkfifo"),
    *("O_NOFOLLOW", "O_NONBLOCK", "SIGHUP", "SIGKILL"),
)

FORBIDDEN = {
    "commands": ("nnlab.__main__",),
    "engine": ("typer", "rich", "textual", "plotext", "nnlab.tui", "nnlab.commands"),
    "tui/render": ("textual", "torch", "pandas", "typer", "nnlab.commands"),
    "tui": ("torch", "typer", "nnlab.commands"),
}


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imports(path: Path, *, typing: bool = True) -> Iterator[str]:
    """Full names of all that a file imports, wherever in it, relative ones resolved against the package's root; without
    `typing`, what is for type checkers alone is left out."""
    package = ["nnlab", *path.relative_to(ROOT).parent.parts]
    for node in nodes(ast.parse(path.read_text(encoding="utf-8")), typing=typing):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{name.name}" for name in node.names)


def nodes(tree: ast.AST, *, typing: bool) -> Iterator[ast.AST]:
    """All that is in a tree; without `typing`, nothing of `if TYPE_CHECKING:`."""
    for node in ast.iter_child_nodes(tree):
        if typing or not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield node
            yield from nodes(node, typing=typing)


def modules() -> dict[str, Path]:
    """The package's modules by their full names."""
    files = [ROOT / "__init__.py", ROOT / "__main__.py", *(path for folder in PACKAGES for path in sources(folder))]
    places = {path: path.relative_to(ROOT).with_suffix("").parts for path in files}
    return {".".join(["nnlab", *place]).removesuffix(".__init__"): path for path, place in places.items()}


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_arrows_run_from_commands_to_tui_to_engine(folder: str):
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources(folder)
        for name in imports(path)
        if any(name == banned or name.startswith(banned + ".") for banned in FORBIDDEN[folder])
    ]
    assert not wrong


def test_the_package_imports_itself_by_relative_imports_only():
    wrong = [
        str(path.relative_to(ROOT))
        for folder in PACKAGES
        for path in sources(folder)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").split(".")[0] == "nnlab"
    ]
    assert not wrong


def test_no_module_imports_in_a_circle():
    """Imports within functions count as well: a circle that is put off is one all the same."""
    known = modules()
    arrows: dict[str, set[str]] = {}
    for module, path in known.items():
        found = {name if name in known else name.rpartition(".")[0] for name in imports(path, typing=False)}
        arrows[module] = found & known.keys()
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


def test_pages_do_not_import_one_another():
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for page in PAGES
        for path in sources(f"tui/{page}")
        for name in imports(path)
        for other in PAGES
        if other != page and (page, other) not in SHOWN and f"{name}.".startswith(f"nnlab.tui.{other}.")
    ]
    assert not wrong


def test_the_map_of_the_house_names_every_folder_and_no_other_file():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    folders = {f"{path.parent.relative_to(ROOT).as_posix()}/" for folder in PACKAGES for path in sources(folder)}
    assert not {folder for folder in folders - {"commands/"} if f"`{folder}`" not in text}
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| `")]
    first = {row[1].strip(" `") + name.strip(" `") for row in rows for name in row[3].split(",") if name.strip()}
    assert first
    assert not {name for name in first if not (ROOT / name).is_file()}


def test_the_walks_of_contributing_lead_to_what_is_there():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:commands|docs|engine|tests|tui|benchmarks)/[\w./-]+)`(?:\s+\(`(\w+)`\))?", text)
    assert named
    missing = [path for path, _ in named if not (ROOT / path).exists()]
    assert not missing
    inside = [f"{path}: {name}" for path, name in named if name and name not in (ROOT / path).read_text("utf-8")]
    assert not inside


def test_engine_and_tui_print_nothing():
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for folder in ("engine", "tui")
        for path in sources(folder)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not wrong


def test_a_users_code_is_run_in_one_place_which_takes_only_what_was_named():
    """`run` takes what is `Trusted`, which is made where it was looked up, and nobody else makes code of a text."""
    allowed = {
        "exec": {"engine/models/running.py"},
        "compile": {"engine/models/running.py"},
        "eval": set[str](),
        "Trusted": {"engine/models/trust.py"},
        "NewType": {"engine/models/trust.py"},
    }
    found = {name: set[str]() for name in allowed}
    for path in (path for folder in PACKAGES for path in sources(folder)):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in found:
                found[node.func.id].add(path.relative_to(ROOT).as_posix())
    assert found == allowed
    users = {
        path.relative_to(ROOT).as_posix()
        for folder in PACKAGES
        for path in sources(folder)
        if any(name.startswith("nnlab.engine.models.running.") for name in imports(path))
    }
    assert users == {"engine/models/custom.py"}


def asks_for_the_system(tree: ast.AST) -> bool:
    return any(ast.unparse(node) in ("os.name", "sys.platform") for node in ast.walk(tree))


@pytest.mark.parametrize("folder", PACKAGES)
def test_what_windows_has_not_is_asked_for_first(folder: str):
    for path in sources(folder):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            imported = {
                name.name for part in ast.walk(node) if isinstance(part, ast.Import) for name in part.names
            } & set(POSIX)
            assert not imported or asks_for_the_system(node), f"{path} imports {imported} on every system"
            named = {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)} & set(POSIX_NAMES)
            assert not named or asks_for_the_system(node), f"{path} uses {named} on every system"


def test_files_are_short():
    files = [path for folder in (*PACKAGES, "tests", "benchmarks") for path in sources(folder)]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert not {name: length for name, length in lengths.items() if length > LONGEST}


def test_every_folder_of_modules_is_listed_as_a_package():
    folders = {path.parent for folder in PACKAGES for path in sources(folder)}
    found = {"nnlab"} | {".".join(["nnlab", *folder.relative_to(ROOT).parts]) for folder in folders}
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == found
    assert all((folder / "__init__.py").is_file() for folder in folders)


def needed(name: str, extra: str = "") -> Iterator[str]:
    """Names of the installed packages that an installed one needs; of its extra too, if one is named."""
    for text in metadata.requires(name) or ():
        requirement = Requirement(text)
        here = requirement.marker is None or requirement.marker.evaluate({"extra": extra})
        if here and any(metadata.distributions(name=requirement.name)):
            yield requirement.name
            for inner in requirement.extras:
                yield from needed(requirement.name, inner)


def test_all_that_nnlab_needs_is_pinned_to_what_is_tested():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = {canonicalize_name(line.split("==")[0]) for line in lines if "==" in line}
    found: set[str] = set()
    left = [*needed("nnlab"), *needed("nnlab", "dev"), *needed("nnlab", "docs")]
    while left:
        name = left.pop()
        if canonicalize_name(name) not in found:
            found.add(canonicalize_name(name))
            left += needed(name)
    assert found <= pins


def modules_after(argv: list[str], given: str = "", **environment: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after one command line."""
    code = (
        "import sys, atexit\n"
        "atexit.register(lambda: sys.stderr.write('\\nMODULES ' + ' '.join({m.split('.')[0] for m in sys.modules})))\n"
        "from nnlab.commands.app import run\n"
        f"sys.exit(run({argv!r}))\n"
    )
    environment = {**os.environ, **environment}
    argv = [sys.executable, "-c", code]
    done = subprocess.run(argv, input=given, capture_output=True, text=True, env=environment, timeout=60)
    assert "Traceback" not in done.stderr, done.stderr
    return set(done.stderr.rsplit("MODULES ", 1)[1].split())


@pytest.mark.parametrize(
    "argv",
    [["--help"], ["--version"], ["data", "--help"], ["data", "list"], ["recipe", "list"], ["runs", "list"], ["modle"]],
    ids=" ".join,
)
def test_light_commands_import_nothing_heavy(argv: list[str]):
    assert not modules_after(argv) & set(HEAVY)


@pytest.mark.parametrize(
    "argv",
    [
        ["data", "show", "xor"],
        ["data", "show", "rows.csv"],
        ["data", "show", "digits"],
        ["data", "plot", "xor"],
        ["data", "split", "rows.csv"],
        ["runs", "show", "kept"],
        ["runs", "compare", "kept", "kept"],
        ["recipe", "show", "tutorial/xor"],
        ["model", "list"],
        ["doctor"],
    ],
    ids=" ".join,
)
def test_what_only_looks_needs_no_torch(
    argv: list[str], make_run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    make_run("kept")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.csv").write_text("a,b\n" + "0.3,x\n0.5,y\n" * 20, encoding="utf-8")
    assert not modules_after(argv) & {"torch", "sklearn", "scipy", "datasets", "textual"}


HEADS = "size,price,city,day,open,words"
VALUES = (  # of every kind that columns are read as
    "1.5,$2,Bern,2021-03-04 10:00,9:05,the quick brown fox jumps",
    ',"1,200 %",Basel,2020-12-31 22:10,22:10,over the lazy dog and away',
    "-3,7,,2022-01-01 00:00,1:00,or it does not jump at all",
)
ROW = "size=1,price=$3,city=Bern,day=2021-01-01 10:00,open=9:00,words=the fox"


@pytest.mark.parametrize("words", [["--row", ROW], ["--row", ROW, "--json"], ["rows.csv"], ["--stream"]], ids=" ".join)
def test_networks_on_tables_answer_without_torch(
    words: list[str], nnlab: Any, own_world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.csv").write_text("\n".join([HEADS, *VALUES]), encoding="utf-8")
    rows = [f"{row},{number}" for number in range(12) for row in VALUES]
    (tmp_path / "known.csv").write_text("\n".join([f"{HEADS},y", *rows]), encoding="utf-8")
    told = ("--target", "y", "--text", "hash", "--kind", "words=text", "--epochs", 1, "--plain", "--name", "x")
    assert nnlab("train", "known.csv", *told).returncode == 0
    asked = {part.partition("=")[0]: part.partition("=")[2] for part in ROW.split(",")}
    question = json.dumps(asked) + "\n"
    assert not modules_after(["predict", "x", *words], question) & {"torch", "pandas", "sklearn", "scipy", "textual"}


@pytest.mark.parametrize("words", [[], ["rows.csv"], ["rows.csv", "--json"]], ids=" ".join)
@pytest.mark.parametrize("task", ["binary", "regression"])
def test_networks_on_tables_are_judged_without_torch(
    task: str, words: list[str], nnlab: Any, own_world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.csv").write_text("a,b,y\n" + "0.3,p,1\n0.5,q,2\n0.1,p,1\n" * 20, encoding="utf-8")
    given = ["--target", "y", "--task", task, "--epochs", 1, "--plain", "--name", "x"]
    assert nnlab("train", "rows.csv", *given).returncode == 0
    assert not modules_after(["eval", "x", *words]) & {"torch", "textual"}


def test_help_waits_neither_for_rich_nor_for_pydantic():
    assert not modules_after(["--help"]) & {"rich", "pydantic", "markdown_it"}


def test_the_live_screen_shows_before_anything_heavy_is_imported():
    code = (
        "import sys, nnlab.commands.app, nnlab.commands.train, nnlab.commands.train_live, nnlab.tui.trainer.launch\n"
        "import nnlab.tui.trainer.monitor, nnlab.tui.app, nnlab.tui.live.screen\n"
        "print(*{name.split('.')[0] for name in sys.modules})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert not set(done.stdout.split()) & {*HEAVY, "numpy", "pydantic"} - {"textual"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("nnlab tra", "train"),
        ("nnlab data show dia", "diabetes"),
        ("nnlab train mni", "mnist"),
        ("nnlab recipe show tutorial/xor-", "tutorial/xor-noisy"),
        ("nnlab train --optimizer ad", "adamw"),
        ("nnlab data show --task mul", "multiclass"),
        ("nnlab predict kep", "kept"),
        ("nnlab runs show la", "latest"),
        ("nnlab watch kep", "kept"),
        ("nnlab watch tri", "tries"),
        ("nnlab sweep --resume tri", "tries"),
        ("nnlab train cars.csv --target M", "MPG"),
        ("nnlab train cars.csv --features hp,we", "hp,weight"),
        ("nnlab data split cars.csv --group hp", "hp"),
        ("nnlab train lines.json --drop w", "weight"),
    ],
)
def test_completion_is_light_and_knows_names(
    words: str, expected: str, make_run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    sweep = make_run("kept").parent / "tries"
    sweep.mkdir()
    (sweep / "sweep.jsonl").touch()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cars.csv").write_text("\ufeffMPG;hp;weight\n20,5;90;1,2\n", encoding="utf-8")
    (tmp_path / "lines.json").write_text('[\n {"MPG": 20.5, "weight": {"t": 1}},\n', encoding="utf-8")
    environment = {
        **os.environ,
        "_NNLAB_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    argv = [sys.executable, "-X", "importtime", "-m", "nnlab"]
    done = subprocess.run(argv, capture_output=True, text=True, env=environment, timeout=60)
    assert expected in done.stdout.split()
    imported = {line.rsplit("|", 1)[1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert not imported & set(HEAVY)


@pytest.mark.parametrize(
    ("call", "door"),
    [("PIL.Image.open", "engine/data/image_files.py"), ("load_dataset_builder", "engine/data/hub.py")],
)
def test_files_of_strangers_are_opened_in_one_place(call: str, door: str):
    found = {
        str(path.relative_to(ROOT))
        for folder in PACKAGES
        for path in sources(folder)
        if call in path.read_text("utf-8")
    }
    assert found == {door}


@pytest.mark.parametrize("call", ["memory_map(", "ipc.open_file(", "ParquetFile(", "json.loads("])
def test_readers_of_data_go_through_the_one_door(call: str):
    doors = {
        "ipc.open_file(": {"arrow_files.py"},
        "ParquetFile(": {"arrow_files.py", "bundled.py"},
        "json.loads(": {"strict_json.py"},
    }
    readers = [*sources("engine/data"), *(ROOT / "engine" / "evaluation").glob("read_*.py")]
    assert {path.name for path in readers if call in path.read_text("utf-8")} == doors.get(call, set())
