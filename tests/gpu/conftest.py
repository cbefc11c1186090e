"""What needs a GPU: skipped, with the reason, where there is none and in a run from which it is hidden."""

import os

import pytest
import torch


@pytest.fixture(autouse=True)
def a_gpu() -> None:
    """Skip what cannot be tried here."""
    if "NNLAB_TEST_GPU" not in os.environ:
        pytest.skip("the GPU is hidden from this run: `make test` tries it in another one")
    if not torch.cuda.is_available():
        pytest.skip("this machine has no GPU that torch can use")
