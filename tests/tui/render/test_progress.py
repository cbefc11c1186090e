"""How far an epoch is, in a line: what is known, as much as fits, nothing that is not a number."""

import math
from dataclasses import replace
from typing import Any

import pytest

from nnlab.engine.events import EpochProgress
from nnlab.tui.render.blocks import plain
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.render.progress import bar, machine, machine_words, progress_line, progress_words, size


def progress(**changes: Any) -> EpochProgress:
    return replace(EpochProgress(1, 42, 1422, 0.43211, 4.2, 537.6, 328.6, "training"), **changes)


def test_a_line_tells_epoch_batches_loss_what_is_left_and_pace():
    assert (
        progress_line(progress(), 10, 120, ascii=True)
        == "epoch  1/10  #-------------------  42/1,422  loss 0.4321  5 min 29 s left in the epoch  4.2 batches/s"
    )
    assert "2 s/batch" in progress_line(progress(rate=0.5), 10, 120, ascii=False).replace("2.0 s", "2 s")
    assert "validating" in progress_line(progress(doing="validating", batch=1422), 10, 120, ascii=False)
    assert progress_line(progress(doing="testing"), 10, 120, ascii=False) == "epoch  1/10  testing"


@pytest.mark.parametrize("width", [1, 20, 40, 60, 80])
def test_it_fits(width: int):
    assert len(progress_line(progress(), 10, width, ascii=False)) <= width


def test_what_is_not_known_is_not_said():
    unknown = progress(batch=0, loss=math.nan, rate=math.nan, left=math.nan)
    assert progress_words(unknown) == ["0/1,422"]
    assert machine_words(unknown) == []


def test_the_machine_is_told_as_far_as_it_is_known():
    told = progress(cpu=1.987, memory=287_654_321, gpu_memory=1_420_000_000)
    assert machine_words(told) == ["CPU 199 %", "memory 288 MB", "GPU memory 1.42 GB"]
    assert [size(amount) for amount in (0, 999, 1000, 10**15)] == ["0 B", "999 B", "1 KB", "1e+03 TB"]


@pytest.mark.parametrize(
    ("width", "said"), [(60, "CPU 199 %  memory 288 MB"), (23, "CPU 199 %"), (24, "CPU 199 %  memory 288 MB"), (5, "")]
)
def test_the_line_for_the_machine_fits(width: int, said: str):
    told = progress(cpu=1.987, memory=287_654_321)
    assert plain([machine(told, width, RenderOptions(colour=True, ascii=False))]) == said


@pytest.mark.parametrize(("share", "filled"), [(0.0, 0), (0.5, 5), (1.0, 10), (2.0, 10), (-1.0, 0)])
def test_a_bar_is_as_long_as_its_share(share: float, filled: int):
    for options in (RenderOptions(colour=True, ascii=False), RenderOptions(colour=False, ascii=True)):
        drawn = plain([bar(share, 10, options)])
        assert len(drawn) == 10
        assert drawn.count(options.pick("━", "#")) == filled
