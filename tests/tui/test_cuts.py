"""No text ends at the edge of its pane without an ellipsis that tells that there is more."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from rich.segment import Segment
from textual.pilot import Pilot
from trainers import Trainers
from whole_session import play, settle

from nnlab.tui.page import Page
from nnlab.tui.render.blocks import fit, plain, words
from nnlab.tui.widgets.pane import Pane

MakeRun = Callable[..., Path]
SIZES = [(60, 16), (80, 24), (100, 30), (120, 40), (200, 60)]
WIDER = 60  # cells that a pane is drawn wider by, to see what it left out
STEPS = (
    "1",
    "n",
    "tab",
    "tab",
    "2",
    "c",
    "tab",
    "enter",
    "tab",
    "tab",
    "q",
    "3",
    "tab",
    "tab",
    "tab",
    "4",
    "enter",
    "tab",
)


def texts(pane: Pane, wider: int = 0) -> list[str]:
    """The lines of a pane if it were so much wider, as they are sent."""
    width, height = pane.content_size
    return plain([list(line) for line in pane.drawn(width + wider, height)]).split("\n")


def cut(pane: Pane) -> list[str]:
    """The lines that go on where the pane ends, and neither tell nor go on in the line below."""
    width, narrow, wide = pane.content_size.width, texts(pane), texts(pane, WIDER)
    found: list[str] = []
    for line, below in pairwise([*narrow, ""]):
        if len(line) == width and line[-1].isalnum():
            rests = [one[width:] for one in wide if one.startswith(line) and one[width : width + 1].strip()]
            found += [line for rest in rests if not (below.strip() and rest.startswith(below.strip()))]
    return found


@pytest.mark.parametrize("size", SIZES)
def test_no_text_is_cut_without_an_ellipsis(size: tuple[int, int], trainers: Trainers, make_run: MakeRun):
    for number in range(3):
        make_run(f"a-run-with-a-rather-long-name-{number}", accuracies=[0.1 * number, 0.5, 0.75])

    async def script(pilot: Pilot[None]) -> None:
        for step in STEPS:
            await pilot.press(step)
            await settle(pilot)
            assert isinstance(pilot.app.screen, Page)
            for pane in pilot.app.screen.query(Pane):
                if pane.display and pane.content_size.width:
                    assert cut(pane) == [], (step, pane.id)

    play(trainers, script, size=size)


def test_a_line_that_is_cut_says_so():
    line = words("the rate ", "is doubled")
    assert plain([fit(line, 12)]) == "the rate is…"
    assert plain([fit(line, 19)]) == "the rate is doubled"
    assert plain([fit([*line, Segment("   ")], 19)]) == "the rate is doubled"
    assert plain([fit(line, 1)]) == "…"
    assert plain([fit(line, 0)]) == ""
    assert plain([fit(words("数据数据"), 5)]) == "数据…"
    assert plain([fit(words("数据数据"), 4)]) == "数 …"
