"""What the tests of the lab share lies beside them, in `trainers.py`."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from trainers import Trainers


@pytest.fixture
def trainers(tmp_path: Path, own_world: Path) -> Trainers:
    return Trainers(tmp_path, own_world)
