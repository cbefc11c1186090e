"""What the lab looks like, as SVG files (see `snapshot.py`)."""

from pathlib import Path

import pytest
from networks_drawn import maps
from snapshot import LOOKS, compare, pinned, svg
from stage import play, see
from textual.pilot import Pilot
from trainers import Trainers, a_map

from nnlab.engine.events import PictureTaken
from nnlab.tui.lab.screen import LabScreen

HERE = Path(__file__).parent / "snapshots"


@pinned
@pytest.mark.parametrize("case", LOOKS)
def test_the_lab_looks_as_in_the_picture(trainers: Trainers, case: str):
    look, drawn = LOOKS[case], list[str]()

    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        look.wear(pilot)
        trainers.newest.begin(epochs=12, film=[4, 12])
        trainers.newest.write(PictureTaken("network", 12, maps([4, 3])))
        await pilot.press(*["down"] * 3)
        await see(screen, pilot)
        drawn.append(svg(pilot))

    play(trainers, script, look.size, look.options)
    compare(drawn[0], HERE / f"{case}.svg")


@pinned
@pytest.mark.parametrize("case", LOOKS)
def test_the_split_lab_looks_as_in_the_picture(trainers: Trainers, case: str):
    look, drawn = LOOKS[case], list[str]()

    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        look.wear(pilot)
        await pilot.press(*["down"] * 3, "c")
        for trainer, epochs in zip(trainers.started[-2:], (12, 14), strict=True):
            trainer.begin(epochs=epochs, film=[4, 12])
            trainer.write(PictureTaken("map", 12, a_map(12), live=True))
        await see(pilot.app.screen, pilot)
        await see(pilot.app.screen, pilot)
        drawn.append(svg(pilot))

    play(trainers, script, look.size, look.options)
    compare(drawn[0], HERE / f"pair-{case}.svg")
