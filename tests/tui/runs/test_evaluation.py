"""The evaluation of a run on the runs page comes while the page is used, and never under another run's name."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from judging import CLASSES, NUMBERS, Court
from runs_page import MakeRun, current, play, text
from textual.pilot import Pilot

from nnlab.engine.errors import NnlabError
from nnlab.engine.events import EpochEnded, to_line
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.runs.evaluation_pane import EvaluationPane
from nnlab.tui.runs.screen import RunsScreen

SMALL, WIDE, LARGE = (80, 24), (120, 40), (200, 60)


@pytest.fixture
def runs(make_run: MakeRun) -> Path:
    """Two runs that have networks, and one that has none; the folder of the first."""
    make_run("moons-1", data="moons", checkpoints=[])
    make_run("spiral-1", data="spiral")
    return make_run("xor-1")


async def at(screen: RunsScreen, pilot: Pilot[None], name: str) -> None:
    """Put the cursor on a run."""
    screen._go("runs")
    screen.action_step([run.name for run in screen.list.shown].index(name) - screen.list.place)
    await pilot.pause()
    assert current(screen) == name


async def settled(screen: RunsScreen, pilot: Pilot[None]) -> None:
    """Wait for all that was answered."""
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    screen.tick()
    await pilot.pause()


def told(screen: RunsScreen) -> str:
    """What the pane shows."""
    return "\n".join(strip.text.rstrip() for strip in screen.query_one(EvaluationPane)._lines)


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("size", [SMALL, WIDE, LARGE])
def test_a_key_evaluates_the_run_under_the_cursor_and_shows_it(size: tuple[int, int]):
    court = Court()

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await at(screen, pilot, "xor-1")
        await pilot.press("E")
        await pilot.pause()
        assert [one.checkpoint.name for one in court.begun] == ["best.pt"]
        assert court.begun[0].checkpoint.parent.name == "xor-1"
        assert "evaluating it on its test rows" in text(screen)
        court.begun[0].answer(CLASSES)
        await settled(screen, pilot)
        shown = text(screen)
        assert "400 rows of test of clinic.csv   weights of epoch 12" in shown
        assert "13 of these 400 rows were trained on" in shown
        assert "most frequent" in shown
        assert court.begun[0].closed

    play(script, size, evaluates=court)


@pytest.mark.usefixtures("runs")
def test_a_large_screen_shows_all_of_it_at_once():
    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await at(screen, pilot, "xor-1")
        await pilot.press("E")
        await settled(screen, pilot)
        shown = text(screen)
        for said in ("macro F1", "precision", "predicted", "Brier", "interval", "threshold for ill", "blood pressure"):
            assert said in shown
        assert screen.query_one("#runs").display
        assert screen.query_one("#details").display
        assert not screen.query_one("#curves").display

    play(script, LARGE)


@pytest.mark.usefixtures("runs")
def test_whoever_moves_the_cursor_finds_the_result_with_its_run():
    court = Court()

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await at(screen, pilot, "xor-1")
        await pilot.press("E", "tab")
        await at(screen, pilot, "spiral-1")
        await pilot.pause()
        assert "xor-1 is being evaluated; E leaves that for this one." in told(screen)
        court.begun[0].answer(CLASSES)
        await settled(screen, pilot)
        assert "spiral-1" in told(screen)
        assert "clinic.csv" not in told(screen)
        await at(screen, pilot, "xor-1")
        screen.tick()
        assert "xor-1" in told(screen)
        assert "clinic.csv" in told(screen)

    play(script, WIDE, evaluates=court)


@pytest.mark.usefixtures("runs")
def test_one_run_at_a_time_is_evaluated_and_what_comes_too_late_is_nobodys():
    court = Court()

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await at(screen, pilot, "xor-1")
        await pilot.press("E")
        await at(screen, pilot, "spiral-1")
        await pilot.press("E")
        first, second = court.begun
        assert (first.closed, second.closed) == (True, False)
        first.answer(CLASSES)
        second.answer(NUMBERS)
        await settled(screen, pilot)
        assert "houses.csv" in told(screen)
        await at(screen, pilot, "xor-1")
        screen.tick()
        assert "E evaluates it on its test rows" in told(screen)

    play(script, WIDE, evaluates=court)


@pytest.mark.usefixtures("runs")
def test_what_is_wrong_is_one_sentence_in_the_pane_and_can_be_tried_again():
    court = Court()

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await at(screen, pilot, "xor-1")
        await pilot.press("E")
        court.begun[0].answer(NnlabError("There is no file clinic.csv."))
        await settled(screen, pilot)
        assert "There is no file clinic.csv." in told(screen)
        await pilot.press("E")
        court.begun[1].answer(CLASSES)
        await settled(screen, pilot)
        assert "clinic.csv   weights" in told(screen)

    play(script, SMALL, evaluates=court)


@pytest.mark.usefixtures("runs")
def test_what_is_known_is_shown_at_once_and_evaluated_anew_when_asked_twice():
    court = Court()

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await at(screen, pilot, "xor-1")
        await pilot.press("E")
        await pilot.press("E")
        assert len(court.begun) == 1
        court.begun[0].answer(CLASSES)
        await settled(screen, pilot)
        await at(screen, pilot, "xor-1")
        await pilot.press("E")
        assert len(court.begun) == 1
        assert "clinic.csv" in told(screen)
        await pilot.press("E")
        assert len(court.begun) == 2

    play(script, SMALL, evaluates=court)


def test_a_run_that_has_trained_on_says_so(runs: Path):
    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await at(screen, pilot, "xor-1")
        await pilot.press("E")
        await settled(screen, pilot)
        assert "epochs, of which" not in told(screen)
        with (runs / "events.jsonl").open("a", encoding="utf-8") as log:
            record = {"epoch": 4, "loss_train": 0.2, "loss_valid": 0.1, "lr": 0.1, "seconds": 0.1}
            log.write(to_line(EpochEnded(record)) + "\n")
        screen.read()
        await settled(screen, pilot)
        assert "evaluated after 3 epochs, of which it has 4 now: E evaluates it anew" in told(screen)

    play(script, WIDE)


def test_another_run_of_the_same_name_is_not_the_one_that_was_evaluated(runs: Path, make_run: MakeRun):
    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await at(screen, pilot, "xor-1")
        await pilot.press("E")
        await settled(screen, pilot)
        assert "clinic.csv" in told(screen)
        shutil.rmtree(runs)
        screen.read()
        await settled(screen, pilot)
        make_run("xor-1")
        screen.read()
        await settled(screen, pilot)
        await at(screen, pilot, "xor-1")
        screen.tick()
        assert "E evaluates it on its test rows" in told(screen)

    play(script, WIDE)


@pytest.mark.usefixtures("runs")
def test_a_run_begun_anew_in_its_folder_is_not_the_one_that_was_evaluated():
    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await at(screen, pilot, "xor-1")
        await pilot.press("E")
        await settled(screen, pilot)
        run = screen.list.current
        assert run is not None
        known = screen.query_one(EvaluationPane).evaluations
        assert known.of(replace(run, epochs=run.epochs + 1)) is not None
        assert known.of(replace(run, epochs=run.epochs - 1)) is None

    play(script, WIDE)


@pytest.mark.usefixtures("runs")
def test_it_is_read_by_lines_pages_and_parts():
    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await at(screen, pilot, "xor-1")
        await pilot.press("E")
        await settled(screen, pilot)
        first = told(screen).splitlines()
        await pilot.press("down")
        assert told(screen).splitlines()[0] == first[1]
        await pilot.press("home")
        assert told(screen).splitlines() == first
        seen = list[str]()
        for _ in range(6):
            await pilot.press("right")
            seen.append(told(screen).splitlines()[0].strip().split("  ")[0])
        assert seen[:4] == ["class", "predicted →", "probabilities", "interval"]
        assert seen[4].startswith("threshold for ill")
        await pilot.press("end")
        assert told(screen).splitlines()[-1].endswith("the end")
        assert "much alike" in told(screen)
        await pilot.press("left")
        assert told(screen).splitlines()[0].startswith("surely worse than the others")
        await pilot.press("home", "pagedown", "pageup")
        assert told(screen).splitlines() == first

    play(script, SMALL)


@pytest.mark.usefixtures("runs")
def test_a_run_without_a_network_has_none_to_evaluate():
    court = Court()

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await at(screen, pilot, "moons-1")
        assert not screen.judgeable
        await pilot.press("E")
        assert not court.begun
        screen._go("evaluation")
        await pilot.pause()
        screen.tick()
        assert "no checkpoint yet" in told(screen)

    play(script, SMALL, evaluates=court)


@pytest.mark.usefixtures("runs")
def test_nothing_is_evaluated_for_a_page_that_is_gone():
    court = Court()

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await at(screen, pilot, "xor-1")
        await pilot.press("E")

    play(script, SMALL, evaluates=court)
    assert court.begun[0].closed


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("options", [RenderOptions(), RenderOptions(colour=False, ascii=True)], ids=["colour", "ascii"])
@pytest.mark.parametrize("size", [(60, 16), SMALL, WIDE, (160, 36), LARGE])
@pytest.mark.parametrize("body", [CLASSES, NUMBERS], ids=["classes", "numbers"])
def test_no_line_is_cut_at_any_size(body: dict[str, object], size: tuple[int, int], options: RenderOptions):
    court = Court()

    async def script(screen: RunsScreen, pilot: Pilot[None]) -> None:
        await at(screen, pilot, "xor-1")
        await pilot.press("E")
        court.begun[0].answer(body)
        await settled(screen, pilot)
        for _ in range(6):
            assert not {"…", "~"} & set(told(screen))
            await pilot.press("right")

    play(script, size, options, evaluates=court)
