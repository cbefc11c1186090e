"""A package that is not installed is named, with the command that installs it, whatever the command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nnlab.commands.packages import missing, required

WITHOUT = """
import sys

class Gone:
    @staticmethod
    def find_spec(name, *_):
        if name.split(".")[0] == "{module}":
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Gone)
from nnlab.commands import packages
packages.find_spec = lambda name: None
from nnlab.commands.app import run
sys.exit(run({argv!r}))
"""


@pytest.mark.parametrize(
    ("module", "package", "argv"),
    [
        ("torch", "torch", ["train", "xor", "--epochs", "1"]),
        ("pyarrow", "pyarrow", ["data", "show", "auto-mpg"]),
    ],
)
def test_a_missing_package_is_a_sentence(module: str, package: str, argv: list[str], tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(module=module, argv=argv)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "NNLAB_RUNS": str(tmp_path)},
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: The package {package} is missing: ")
    assert "-m pip install" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_required_package_can_be_imported_by_the_name_it_is_looked_for():
    assert not [name for name, (found, _) in required().items() if found is None]
    assert all(missing(name) == "" for name in ("torch", "sklearn", "PIL", "no_such_module", None))
