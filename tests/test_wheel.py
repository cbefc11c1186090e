"""A wheel built from the project brings all it needs: it trains on its bundled data from any directory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project's files to build from, since setuptools leaves files behind where it builds."""
    folder = tmp_path_factory.mktemp("source")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    return folder


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(source)]
    subprocess.run(build, check=True, timeout=300)
    return next(folder.glob("nnlab-*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an empty environment with the wheel in it.

    The dependencies are those of this environment, reached by a path file, so that nothing is downloaded; the
    project itself is not, since path files within such a folder are not followed.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    executable = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    site = sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
    (Path(site) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    install = [sys.executable, "-m", "pip", "--python", str(executable), "install", "--quiet", "--no-deps", str(wheel)]
    subprocess.run(install, check=True, timeout=300)
    return executable


def test_the_wheel_holds_code_data_recipes_and_licences(source: Path, wheel: Path):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "nnlab/py.typed" in names  # type checkers read the types of a package only if it says that it has them
    wanted = {"nnlab/engine/data/files/auto-mpg.csv", "nnlab/engine/recipes/tutorial/xor-noisy.toml"}
    assert wanted <= names
    assert any(name.startswith("nnlab/engine/data/files/mnist/") and name.endswith(".parquet") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("nnlab/tests", "nnlab/.venv", "nnlab/build", "tests"))]
    folders = [source / part for part in ("commands", "engine", "tui")]
    found = [path for folder in folders for kind in ("*.py",) for path in folder.rglob(kind)]
    sources = {f"nnlab/{path.relative_to(source)}" for path in found}
    assert sources <= names


def test_it_trains_from_any_directory(python: Path, tmp_path: Path):
    environment = {**os.environ, "NNLAB_RUNS": str(tmp_path / "runs"), "OMP_NUM_THREADS": "1"}
    environment.pop("PYTHONPATH", None)

    def nnlab(*argv: str) -> str:
        command = [str(python), "-m", "nnlab", *argv]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = [str(python), "-c", "import nnlab; print(nnlab.__file__)"]
    assert (
        str(python.parent.parent)
        in subprocess.run(where, cwd=tmp_path, env=environment, capture_output=True, text=True).stdout
    )
    nnlab("train", "mnist", "--epochs", "1", "--plain", "--train-split", "train[:2000]", "--name", "first")
    told = json.loads(nnlab("eval", "first", "--split", "test[:500]", "--json"))
    assert told["metrics"]["accuracy"] > 0.5
