"""Rows picked by their numbers are as good as a tensor of them, and cost no copy."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from nnlab.engine.config import validate
from nnlab.engine.data.picked import Picked, pick
from nnlab.engine.data.prepare import prepare
from nnlab.engine.data.sources import load

IMAGES = np.random.default_rng(1).integers(0, 256, (50, 1, 3, 4), dtype=np.uint8)


@pytest.mark.parametrize(
    "rows", [[7, 3, 3, 49, 0], [5], [4, 5, 6], [6, 5, 4], [0, 2], [1, 3, 2, 4], [], list(range(50))], ids=str
)
def test_they_behave_as_a_tensor_of_copies(rows: list[int]):
    picked, copied = pick(IMAGES, np.array(rows, dtype=int)), torch.from_numpy(IMAGES[rows])
    assert (len(picked), picked.shape, picked.nbytes, picked.device) == (
        len(copied),
        copied.shape,
        copied.nbytes,
        copied.device,
    )
    assert torch.equal(picked[:], copied)
    assert torch.equal(picked[::2], copied[::2])
    assert all(torch.equal(picked[row], copied[row]) for row in range(len(rows)))
    chosen = torch.arange(len(rows)).flip(0)
    assert torch.equal(picked[chosen], copied[chosen])
    if rows:
        for ours, theirs in zip(picked.split(2), copied.split(2), strict=True):
            assert torch.equal(ours, theirs)
    assert torch.equal(picked.to(torch.device("cpu"))[:], copied)
    assert picked.to(torch.device("meta")).shape == copied.shape


def test_rows_in_one_piece_are_a_view():
    view = pick(IMAGES, np.arange(10, 20))
    assert isinstance(view, torch.Tensor)
    assert np.shares_memory(view.numpy(), IMAGES)
    assert isinstance(pick(IMAGES, np.arange(20)[::-1]), Picked)


@pytest.mark.parametrize("valid", [None, "train[80%:]"])
def test_preparing_images_copies_none_of_them(valid: str | None):
    config = validate({"data": {"name": "digits", "valid_split": valid}}, source="test")
    dataset = load(config.data)
    assert dataset.images is not None
    for rows in prepare(dataset, config).splits.values():
        source = rows.x.source if isinstance(rows.x, Picked) else rows.x
        assert np.shares_memory(source.numpy(), dataset.images)


def test_all_of_mnist_is_read_and_prepared_in_little_more_memory_than_it_fills():
    code = """
from pathlib import Path
import torch  # whose own memory is not what is measured
from nnlab.engine.data.prepare import prepare
from nnlab.engine.data.sources import load
from nnlab.engine.resolve import resolve

def peak():
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) * 1024

config, before = resolve("mnist", flags={}), peak()
data = load(config.data)
prepared = prepare(data, config)
print((peak() - before) / data.images.nbytes)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 2.2  # about 1.7 with the libraries that it loads; a second copy of the images adds 1
