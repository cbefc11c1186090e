"""A pad: soft strokes, taken back and wiped, averaged down or centred as MNIST's digits are."""

import numpy as np
import pytest

from nnlab.tui.predict.pad import Pad, can_draw, centred, is_of_digits


def test_a_stroke_leaves_ink_with_a_soft_edge():
    pad = Pad((28, 28))
    pad.press((5.5, 10.5))
    pad.drag((20.5, 10.5))
    pad.lift()
    pad.drag((20.5, 25.5))
    image = pad.asked()
    assert image.dtype == np.uint8
    assert image.shape == (28, 28)
    assert (image[10, 5:21] == 255).all()
    assert (image[11, 10] > 0) & (image[11, 10] < 255)
    assert not image[15:].any()


def test_strokes_are_taken_back_one_by_one_and_wiped():
    pad = Pad((28, 28))
    pad.press((5.5, 5.5))
    pad.lift()
    first = pad.ink.copy()
    pad.press((20.5, 20.5))
    pad.drag((20.5, 5.5))
    pad.undo()
    assert (pad.ink == first).all()
    assert not pad.down
    pad.undo()
    pad.undo()
    assert not pad.ink.any()
    pad.press((1, 1))
    pad.clear()
    assert not pad.ink.any()
    assert pad.strokes == []


def test_the_cursor_stays_on_the_sheet_and_draws_while_the_pen_is_down():
    pad = Pad((28, 28))
    pad.move(-100, 100)
    assert pad.cursor == (0.5, 27.5)
    assert not pad.ink.any()
    pad.press(pad.cursor)
    pad.move(3, 0)
    assert pad.ink[27, :4].all()


@pytest.mark.parametrize(("shape", "across", "down"), [((28, 28), 28, 28), ((8, 8), 32, 32), ((10, 20), 20, 10)])
def test_small_images_are_drawn_finer_and_averaged(shape: tuple[int, int], across: int, down: int):
    pad = Pad(shape)
    assert (pad.width, pad.height) == (across, down)
    pad.press((across / 2, down / 2))
    assert pad.asked().shape == shape
    assert pad.asked().max() > 0


@pytest.mark.parametrize("place", [(6.5, 6.5), (18.5, 15.5)])
@pytest.mark.parametrize("size", [4, 8])
def test_wherever_and_however_large_it_is_drawn_a_centred_image_is_the_same(place: tuple[float, float], size: int):
    pad = Pad((28, 28), centred=True)
    x, y = place
    pad.press((x, y))
    pad.drag((x + size, y))
    pad.drag((x + size, y + size))
    image = pad.asked().astype(float)
    rows, columns = np.flatnonzero(image.max(1) > 127), np.flatnonzero(image.max(0) > 127)
    assert max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1 == pytest.approx(20, abs=1)  # its edges are blurred
    down, across = np.mgrid[:28, :28] + 0.5
    middle = (image * down).sum() / image.sum(), (image * across).sum() / image.sum()
    assert middle == pytest.approx((14, 14), abs=0.2)


def test_small_digits_fill_their_image():
    ink = np.zeros((32, 32))
    ink[10:20, 10:14] = 1
    image = centred(ink, (8, 8))
    assert np.flatnonzero(image.max(1) > 0.5).tolist() == list(range(8))


def test_an_empty_sheet_is_centred_to_an_empty_image():
    assert not Pad((28, 28), centred=True).asked().any()


def test_which_images_are_digits_and_which_can_be_drawn():
    digits = [str(digit) for digit in range(10)]
    assert is_of_digits(digits, [1, 28, 28])
    assert not is_of_digits(digits, [3, 32, 32])
    assert not is_of_digits(["cat", "dog"], [1, 28, 28])
    assert can_draw([3, 32, 32])
    assert not can_draw([3, 64, 32])
