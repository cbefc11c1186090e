"""The wheel on the other Pythons of this machine, with the newest versions of what it needs: the part of `make matrix`
that needs no gigabytes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


def test_the_wheel_works_on_the_other_pythons_of_this_machine():
    asked = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--ignore-installed", "--no-deps", "uv"]
    if subprocess.run(asked, capture_output=True, check=False, timeout=120).returncode:
        pytest.skip("no package index can be reached")
    command = [sys.executable, ROOT / "tests" / "torture" / "matrix.py", "--others", "--versions", "newest"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=840)
    assert done.returncode == 0, done.stdout + done.stderr
    if not done.stdout:
        pytest.skip("this machine has no Python of another version that nnlab is for")
    assert all(line.endswith("commands passed") for line in done.stdout.splitlines()), done.stdout
