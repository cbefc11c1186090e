"""At every size all panes can be reached, the large one is the one chosen, and nothing is cut without an ellipsis."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from networks_drawn import filters, maps, packed
from rich.segment import Segment
from scripted import CONFIG, MAP, begin, film, play, see, text, write
from textual.content import Content
from textual.pilot import Pilot
from textual.strip import Strip

from nnlab.engine.events import EpochEnded, PictureTaken, RunFinished, RunStarted
from nnlab.engine.runs.folder import RunFolder
from nnlab.tui.live.screen import HIGH, PANES, WIDE, LiveScreen
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.widgets.pane import Pane

SIZES = [(60, 16), (66, 20), (80, 24), (80, 50), (99, 31), (100, 32), (100, 24), (120, 40), (160, 48), (200, 60)]
ASCII = RenderOptions(colour=False, ascii=True)
LOOKS = {
    **{f"{width}x{height}": ((width, height), RenderOptions()) for width, height in SIZES},
    **{f"{width}x{height}-ascii": ((width, height), ASCII) for width, height in ((60, 16), (120, 40))},
}
LONG = "a class whose name is very long indeed"
ITEM = {"pixels": packed(np.eye(8) * 255), "truth": "3", "answer": LONG, "probability": 0.931}
PICTURES = {
    "map": {**MAP, "classes": [LONG, "1"], "x": LONG, "y": LONG},
    "network": maps([32, 32], more=4, names=(LONG, "x2")),
    "matrix": {"classes": [LONG, *map(str, range(9))], "counts": (1200 * np.eye(10, dtype=int) + 7).tolist()},
}
IMAGES = {
    "images": {"shape": [1, 8, 8], "what": "worst mistakes", "items": [{**ITEM, "truth": LONG}, *[ITEM] * 11]},
    "network": filters(24, 28, 28, more=100),
    "matrix": PICTURES["matrix"],
}
VALUES = {"scatter": {"target": LONG, "points": [[each, each + each % 3] for each in range(50)]}}


def take_long(folder: RunFolder, pictures: dict[str, Any]) -> None:
    """A run with long names, many epochs and every change of the rate."""
    training = {**CONFIG["training"], "epochs": 1_000_000, "optimizer": "adam", "batch_size": 20, "seed": 1}
    config = {"training": training, "model": {"family": "mlp", "hidden": [64] * 8}}
    name, data = "a-run-with-a-long-name" * 3, "a-table-" * 6
    write(folder, RunStarted(name, "", data, "binary", 108, "cpu", config, {"train": 9}))
    for number in range(1, 400):
        losses = {"loss_train": 1 / number, "loss_valid": 1.1 / number, "accuracy_train": 1 - 1 / number}
        more = {"accuracy_valid": 1 - 1.1 / number, "lr": 0.1 / (1 + number // 50), "seconds": 123.4}
        write(folder, EpochEnded({"epoch": number, **losses, **more}))
    write(folder, *(PictureTaken(kind, 399, data) for kind, data in pictures.items()))  # pyright: ignore[reportArgumentType]
    if "images" not in pictures:
        film(folder, 1, 200, 399)


@pytest.fixture
def cuts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that are cut while the test runs, but for those that end with an ellipsis."""
    found: list[str] = []
    adjust_line, adjust_strip = Segment.adjust_line_length, Strip.adjust_cell_length

    def note(whole: str, kept: str) -> None:
        if whole.rstrip() != kept.rstrip() and not kept.rstrip().endswith(("…", "~")):
            found.append(f"{whole!r} is cut to {kept!r}")

    def line(segments: list[Segment], length: int, *args: Any, **more: Any) -> list[Segment]:
        cut = adjust_line(segments, length, *args, **more)
        note("".join(one.text for one in segments), "".join(one.text for one in cut))
        return cut

    def strip(self: Strip, *args: Any, **more: Any) -> Strip:
        cut = adjust_strip(self, *args, **more)
        note(self.text, cut.text)
        return cut

    monkeypatch.setattr(Segment, "adjust_line_length", line)
    monkeypatch.setattr(Strip, "adjust_cell_length", strip)
    return found


def check(screen: LiveScreen, cuts: Sequence[str]) -> None:
    """Every pane's lines and titles have room."""
    assert cuts == []
    for pane in screen.query(Pane):
        if not pane.display or not pane.size.width:
            continue
        width, height = pane.content_size
        assert len(pane._draw(width, height)) <= height, pane.id
        for title in (pane.border_title, pane.border_subtitle):
            assert Content.from_markup(str(title or "")).cell_length <= width, (pane.id, title)


@pytest.mark.parametrize("pictures", [PICTURES, IMAGES, VALUES], ids=["map", "images", "values"])
@pytest.mark.parametrize(("size", "options"), LOOKS.values(), ids=LOOKS)
def test_nothing_is_cut_without_an_ellipsis(
    folder: RunFolder, size: tuple[int, int], options: RenderOptions, pictures: dict[str, Any], cuts: list[str]
):
    take_long(folder, pictures)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        for key in ("tab", "m", "m", "tab", "left", "comma", "g", "e", "z", "o", "up", "o", "l"):
            await pilot.press(key)
            await see(screen, pilot)
            check(screen, cuts)
        assert not options.ascii or text(screen).isascii()

    play(folder, script, size, options, owned=True)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_tab_makes_one_pane_after_the_other_the_large_one(folder: RunFolder, size: tuple[int, int]):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        shown: dict[str, list[Pane]] = {}
        areas: dict[str, int] = {}
        for name in PANES:
            await pilot.pause()
            shown[name] = [one for one in screen.query(Pane) if one.display and one.id in PANES]
            current = screen.query_one(f"#{name}", Pane)
            assert current in shown[name]
            assert current.has_class("-current")
            areas[name] = current.region.area
            await pilot.press("tab")
        await pilot.pause()
        wide, high = size[0] >= WIDE, size[1] >= HIGH
        assert {len(panes) for panes in shown.values()} == {1 + wide + high if wide else 1 + high}
        for name in PANES:
            resting = screen.query_one(f"#{name}", Pane)
            if resting.display and not resting.has_class("-current"):
                assert resting.region.area <= areas[name]

    play(folder, script, size)


def test_the_log_is_one_line_that_opens_and_tells_all(folder: RunFolder):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        for number in range(60):
            screen.state.note(f"note {number} " + "that is long " * 12 + "to its end")
        await see(screen, pilot)
        log = screen.query_one("#log", Pane)
        assert log.region.height == 1
        assert "note 59" in text(screen)
        assert "…" in text(screen).splitlines()[-2]
        await pilot.press("o")
        await see(screen, pilot)
        assert log.region.height > 6
        assert "to its end" in text(screen)
        for _ in range(120):
            await pilot.press("up")
        await see(screen, pilot)
        assert "108 parameters" in text(screen)
        assert screen.view.back == 0
        await pilot.press("o", "up", "up")  # the first one brings the table into sight
        await see(screen, pilot)
        assert log.region.height == 1
        assert screen.view.back == 5

    play(folder, script, (80, 24))


def test_a_run_that_is_over_offers_no_picture_that_never_comes(folder: RunFolder):
    begin(folder)

    async def script(screen: LiveScreen, pilot: Pilot[None]) -> None:
        assert " net " in text(screen)
        assert " health " in text(screen)
        write(folder, RunFinished("xor-1", "", 12, "epochs", 12, "", "", {}, 1.0))
        await see(screen, pilot)
        assert " net " not in text(screen)
        assert " health " not in text(screen)

    play(folder, script, (200, 60))
