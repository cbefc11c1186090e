"""Every lesson that is played in the lab is played to its end, by its keys."""

from typing import Any

import pytest
from stage import play, see
from textual.pilot import Pilot
from trainers import Clock, Trainers

from nnlab.engine.config import Config
from nnlab.engine.events import EpochEnded
from nnlab.engine.lessons.lessons import find, missing, names
from nnlab.engine.lessons.progress import come
from nnlab.engine.training.session import begin
from nnlab.engine.training.train import run
from nnlab.tui.lab.lesson import LabLesson
from nnlab.tui.lab.screen import LabScreen
from nnlab.tui.lab.session import SETTLED

IN_LAB = [name for name in names() if find(name)[1].lab]


async def put(screen: LabScreen, pilot: Pilot[None], key: tuple[str, str], value: Any) -> None:
    """Move to a setting and type its value."""
    assert screen.session is not None
    settings = screen.session.lab.settings
    place = next(at for at, one in enumerate(settings) if one.key == key)
    await pilot.press("home", *["down"] * place)
    assert screen.session.lab.current.key == key
    await pilot.press("enter")
    typed = screen.query_one("#value")
    typed.value = ",".join(map(str, value)) if isinstance(value, list) else f"{value}"  # pyright: ignore
    await pilot.press("enter")


def trained(config: Config) -> list[dict[str, float]]:
    """The epochs of a run with these settings."""
    session = begin(config)
    return [event.record for event in run(session, tested=False) if isinstance(event, EpochEnded)]


@pytest.mark.parametrize("name", IN_LAB)
def test_a_lesson_is_played_to_its_end(trainers: Trainers, name: str):
    lesson, clock = find(name)[1], Clock()

    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        assert screen.session is not None
        assert lesson.title in await see(screen, pilot)
        seen = ""
        for _ in range(len(lesson.steps)):
            seen += await see(screen, pilot)
            await pilot.press("L")
        for step in lesson.steps:
            assert step[:40] in seen
        assert "Goal:" in await see(screen, pilot)
        for section, part in lesson.solution.items():
            for key, value in part.items():
                await put(screen, pilot, (section, key), value)
        clock.now += 2 * SETTLED
        await see(screen, pilot)
        records = trained(screen.session.lab.config)
        trainers.newest.begin()
        assert "Reached." not in await see(screen, pilot)
        trainers.newest.write(*(EpochEnded(record) for record in records))
        assert "Reached." in await see(screen, pilot)
        assert come(name).done

    play(trainers, script, (120, 40), clock=clock, lesson=LabLesson.named(name))


def test_a_lesson_goes_on_where_it_was_left(trainers: Trainers):
    async def on(screen: LabScreen, pilot: Pilot[None]) -> None:
        await pilot.press("L", "L")
        assert "3/4" in await see(screen, pilot)

    async def later(screen: LabScreen, pilot: Pilot[None]) -> None:
        assert "3/4" in await see(screen, pilot)

    play(trainers, on, lesson=LabLesson.named("a-line-cannot"))
    assert not come("a-line-cannot").done
    play(trainers, later, lesson=LabLesson.named("a-line-cannot"))


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (200, 60)])
@pytest.mark.parametrize("name", IN_LAB)
def test_every_step_has_room(trainers: Trainers, name: str, size: tuple[int, int]):
    lesson = LabLesson.named(name)

    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        for page in lesson.pages:
            seen = " ".join((await see(screen, pilot)).split())
            assert size[0] < 80 or page in seen
            await pilot.press("L")

    play(trainers, script, size, lesson=lesson)


def test_the_lab_without_a_lesson_has_neither_its_pane_nor_its_key(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        assert not screen.query("#lesson")
        await pilot.press("L")
        assert "lesson" not in [action.name for action in screen.offered]

    play(trainers, script)


def test_the_settings_of_another_lesson_do_not_pass():
    lesson = find("depth")[1]
    assert missing(lesson, find("hidden-units")[1].config(), begin(lesson.config()).history)
