"""Every test of the engine starts from the same random numbers, whatever ran before it."""

import numpy as np
import pytest
import torch


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Seed the generators that tests draw their examples from."""
    torch.manual_seed(0)
    np.random.seed(0)
