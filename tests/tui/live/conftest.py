"""What the tests of the live screen share lies beside them, in `scripted.py`."""

import sys
from pathlib import Path

import pytest

from nnlab.engine.runs.folder import RunFolder

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path / "xor-1")
    folder.path.mkdir()
    return folder
