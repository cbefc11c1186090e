"""The whole way in a real shell: train, evaluate, predict, remove, joined by pipes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.long
def test_the_shell_script_runs_through(tmp_path: Path):
    script = Path(__file__).parent / "pipe.sh"
    done = subprocess.run(
        ["sh", str(script), sys.executable], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "done"
