"""What `nnlab train --processes` leaves behind in the process that starts the others: nothing."""

import os
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Call = Callable[..., CompletedProcess[str]]


@pytest.mark.long
def test_the_environment_is_afterwards_as_it_was(nnlab: Call, own_world: Path):
    before = dict(os.environ)
    done = nnlab("train", "xor", "--samples", 100, "--epochs", 1, "--processes", 2, "--quiet")
    assert done.returncode == 0, done.stderr
    assert dict(os.environ) == before
