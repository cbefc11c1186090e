"""A training in plain lines: one epoch is one, several are several."""

from __future__ import annotations

from collections.abc import Callable
from subprocess import CompletedProcess

import pytest


@pytest.mark.parametrize(("epochs", "said"), [(1, "1 epoch"), (2, "2 epochs")])
def test_one_epoch_is_singular(epochs: int, said: str, nnlab: Callable[..., CompletedProcess[str]]):
    lines = nnlab("train", "iris", "--epochs", epochs, "--plain").stdout.splitlines()
    assert lines[1].endswith(f", {said}")
    assert any(line.startswith(f"finished after {said} in ") for line in lines)
