"""Where a network looks is where a grey patch costs it most."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from nnlab.engine.data.prepared import Rows
from nnlab.engine.data.schema import Image, Schema
from nnlab.engine.evaluation.occlusion import COVERED, needs, occluded


class Corner(nn.Module):
    """Answers the second class by one bright pixel."""

    def __init__(self, row: int, column: int) -> None:
        super().__init__()
        self.place = row, column

    def forward(self, x: Tensor) -> Tensor:
        """Logits (rows, 2)."""
        seen = x[:, 0, self.place[0], self.place[1]] / 64
        return torch.stack([torch.zeros_like(seen), seen], 1)


def schema(side: int) -> Schema:
    return Schema(task="binary", target="y", classes=["a", "b"], image=Image(shape=(1, side, side)))


@pytest.mark.parametrize(("side", "place"), [(8, (0, 0)), (8, (7, 7)), (8, (3, 5)), (28, (27, 20)), (28, (2, 2))])
def test_the_pixel_that_decides_is_the_lightest(side: int, place: tuple[int, int]):
    images = torch.randint(0, 60, (40, 1, side, side), dtype=torch.uint8)
    images[:, 0, place[0], place[1]] = 255
    found = needs(Corner(*place), Rows(images, torch.ones(40).long()), Tensor.float, schema(side))
    drawn = torch.tensor(found.map)
    assert found.images == 40
    assert drawn.shape == (side, side)
    assert drawn[place] == drawn.max() > 0.3
    patch = max(2, side // 7)
    far = [row for row in range(side) if abs(row - place[0]) >= 2 * patch]
    assert drawn[far].abs().max() < 1e-6


def test_patches_apart_cover_every_pixel_and_say_much_the_same():
    image = torch.randint(0, 255, (1, 1, 11, 9), dtype=torch.uint8)
    grey = torch.tensor(100, dtype=torch.uint8)

    def score(images: Tensor) -> Tensor:
        return images.double().mean((1, 2, 3))

    close, apart = occluded(score, image, grey), occluded(score, image, grey, 2)
    assert close.isfinite().all()
    assert apart.isfinite().all()
    assert torch.corrcoef(torch.stack([close.flatten(), apart.flatten()]))[0, 1] > 0.8


def test_many_large_images_take_a_bounded_number_of_answers():
    asked = list[int]()

    class Counting(Corner):
        def forward(self, x: Tensor) -> Tensor:
            asked.append(len(x))
            return super().forward(x)

    images = torch.randint(0, 255, (150, 1, 28, 28), dtype=torch.uint8)
    found = needs(Counting(3, 3), Rows(images, torch.ones(150).long()), Tensor.float, schema(28))
    assert found.images == 100
    assert sum(asked) < 1.5 * COVERED
