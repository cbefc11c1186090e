"""Try nnlab's wheel on every Python of this machine, with the oldest and the newest versions that its ranges allow.

    make matrix                                      every Python of 3.11 to 3.14 that is here
    python tests/torture/matrix.py --python python3.12       that one
    python tests/torture/matrix.py --cuda                    with PyTorch where that is a build of several GB, too

A version of a package is one that has a wheel for that Python. Where no build of PyTorch for CPUs is at hand, all that
needs none is tried. Each goes into an environment of its own in `build/matrix`, which is left there to look at.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "matrix"
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
RESOLUTIONS = {"oldest": "lowest-direct", "newest": "highest"}
NO_TORCH = "torch; python_version < '3'"
PINNED = next(line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").split() if "torch==" in line)
ROW = "Cylinders=4,Displacement=120,Horsepower=95,Weight=2500,Acceleration=15,Model Year=76,Origin=1"
SHOWN = [
    ["--help"],
    ["--version"],
    ["data", "list"],
    ["data", "show", "auto-mpg"],
    ["recipe", "list"],
    ["model", "list"],
    ["runs", "list"],
]
TRAINED = [
    ["train", "xor", "--epochs", "3", "--name", "tried"],
    ["train", "auto-mpg", "--epochs", "3", "--name", "cars"],
    ["eval", "tried"],
    ["predict", "cars", "--row", ROW],
    ["runs", "list"],
]


@dataclass(frozen=True)
class Outcome:
    """What became of one environment: which PyTorch it had, and what failed there."""

    python: str
    versions: str
    torch: str
    tried: int
    failure: str = ""


def pythons() -> Iterator[str]:
    """The interpreters of this machine, by their path."""
    places = [*Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/*/bin")]
    path = os.pathsep.join([os.environ["PATH"], *map(str, sorted(places, reverse=True))])
    for version in VERSIONS:
        found = _real(f"python{version}", path)
        if found:
            yield found


def _real(name: str, path: str) -> str | None:
    """Where an interpreter is that starts: what stands in for one that is not there does not."""
    places = (shutil.which(name, path=folder) for folder in path.split(os.pathsep))
    return next((place for place in places if place and _starts(place)), None)


def _starts(python: str) -> bool:
    return not subprocess.run([python, "-c", "import venv, ensurepip"], capture_output=True, check=False).returncode


def run(*command: str | Path, **environment: str) -> str:
    """What a command prints. CalledProcessError where it fails."""
    world = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **environment}
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, env=world, timeout=900, check=True)
    return done.stdout


def tools() -> Path:
    """An environment with what builds the wheel and finds the versions."""
    folder = BUILD / "tools"
    if not (folder / "bin" / "uv").exists():
        run(sys.executable, "-m", "venv", folder)
        run(folder / "bin" / "pip", "install", "--quiet", "uv")
    return folder / "bin"


def requirements(python: str, versions: str, folder: Path) -> Path:
    """The file of all packages but PyTorch, in the oldest or newest versions that have wheels for that Python."""
    none, made = folder / "no-torch.txt", folder / "requirements.txt"
    none.write_text(NO_TORCH, encoding="utf-8")
    command = ("uv", "pip", "compile", "pyproject.toml", "--python", python, "--only-binary", ":all:", "--quiet")
    found = run(tools() / command[0], *command[1:], "--resolution", RESOLUTIONS[versions], "--override", none)
    made.write_text(found, encoding="utf-8")
    return made


def torch_at_hand(pip: Path, cuda: bool) -> str:
    """The PyTorch to install, empty where only one of several GB is to be had and that is not wanted."""
    report = run(pip, "install", "--dry-run", "--quiet", "--no-deps", "--ignore-installed", "--report", "-", PINNED)
    (found,) = json.loads(report)["install"]
    small = sys.platform != "linux" or "+cpu" in found["metadata"]["version"]
    return PINNED if small or cuda else ""


def tried(python: str, versions: str, wheel: Path, cuda: bool) -> Outcome:
    """Install the wheel in an environment of its own and use it there."""
    version = run(python, "-c", "import platform; print(platform.python_version())").strip()
    folder = BUILD / f"{version}-{versions}"
    shutil.rmtree(folder, ignore_errors=True)
    run(python, "-m", "venv", folder)
    pip, torch, count = folder / "bin" / "pip", "", 0
    world = {"NNLAB_RUNS": str(folder / "runs"), "NNLAB_CONFIG": str(folder / "config"), "COLUMNS": "80"}
    try:
        torch = torch_at_hand(pip, cuda)
        run(pip, "install", "--quiet", "--no-deps", "--requirement", requirements(python, versions, folder))
        if torch:
            run(pip, "install", "--quiet", torch)
        run(pip, "install", "--quiet", "--no-deps", wheel)
        for words in [*SHOWN, *(TRAINED if torch else [])]:
            run(folder / "bin" / "nnlab", *words, **world)
            count += 1
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout).strip().splitlines()[-3:]
        return Outcome(version, versions, torch, count, f"{' '.join(map(str, error.cmd[:6]))}: {' '.join(said)}")
    return Outcome(version, versions, torch, count)


def built() -> Path:
    """The wheel of this checkout."""
    folder = BUILD / "wheel"
    shutil.rmtree(folder, ignore_errors=True)
    run(tools() / "python", "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT)
    return next(folder.glob("*.whl"))


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", help="an interpreter; all that are found by default")
    parser.add_argument("--others", action="store_true", help="all that are found but of the version that runs this")
    parser.add_argument("--versions", choices=RESOLUTIONS, action="append", help="both by default")
    parser.add_argument("--cuda", action="store_true", help="install PyTorch even if that takes several GB")
    given = parser.parse_args(words)
    here = f"python{sys.version_info.major}.{sys.version_info.minor}"
    chosen = given.python or [path for path in pythons() if not given.others or Path(path).name != here]
    if not chosen:
        return 0
    BUILD.mkdir(parents=True, exist_ok=True)
    os.chdir(ROOT)
    wheel, failed = built(), False
    for python in chosen:
        for versions in given.versions or RESOLUTIONS:
            one = tried(python, versions, wheel, given.cuda)
            failed |= bool(one.failure)
            state = one.failure or f"{one.tried} commands passed"
            print(f"Python {one.python}, {one.versions} versions, {one.torch or 'without torch'}: {state}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
