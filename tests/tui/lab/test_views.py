"""How the lab shows its run: the film, only what is in sight, every size, without colour."""

import pytest
from networks_drawn import maps
from stage import SIZES, play, see, text
from textual.pilot import Pilot
from trainers import Clock, Trainers, a_map

from nnlab.engine.events import EpochProgress, PictureTaken, RunFinished, StateChanged, to_line
from nnlab.tui.lab.screen import LabScreen
from nnlab.tui.lab.session import SETTLED
from nnlab.tui.live.looking import in_sight
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.widgets.pane import Pane


@pytest.mark.parametrize("options", [RenderOptions(colour=False, ascii=False), RenderOptions(colour=False, ascii=True)])
def test_it_is_drawn_without_colour(trainers: Trainers, options: RenderOptions):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin(epochs=3, film=[1, 3])
        await pilot.press("plus")
        seen = await see(screen, pilot)
        assert "*10,6,6" in seen
        if options.ascii:
            assert seen.isascii()
            assert "x1^2" in seen

    play(trainers, script, options=options)


def test_the_film_goes_back_and_on_and_a_new_play_goes_to_now(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        await pilot.press("comma", "f")
        trainers.newest.begin(epochs=300, film=range(1, 301))
        assert "at300" in await see(screen, pilot)
        await pilot.press("comma", "comma")
        seen = await see(screen, pilot)
        assert "at299" in seen
        assert "epoch 299 of 300" in seen
        await pilot.press("less_than_sign", "less_than_sign", "full_stop")
        assert "epoch 280 of 300" in await see(screen, pilot)
        await pilot.press("greater_than_sign", "greater_than_sign", "greater_than_sign", "f")
        await see(screen, pilot)
        assert screen.view.slider.playing
        assert 1 < (screen.view.slider.at or 0) < 300
        await pilot.press("f")
        assert not screen.view.slider.playing
        await pilot.press("space")
        assert "at300" in await see(screen, pilot)
        assert "now, epoch 300" in text(screen)

    play(trainers, script)


def test_at_a_step_a_second_each_step_is_told_and_a_pause_is_one(trainers: Trainers):
    """A pause within the first epoch is no start: weights have changed by then."""

    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin()
        assert "ready; space: play" in await see(screen, pilot)
        await pilot.press("V", "V")
        step = EpochProgress(1, 5, 28, 0.7, float("nan"), float("nan"), float("nan"), "training", batch_loss=0.625)
        trainers.newest.folder.progress.write_text(to_line(step) + "\n", encoding="utf-8")
        taken = PictureTaken("map", 0, a_map(0), live=True, split="valid", rows=2, of=2, step=5)
        trainers.newest.write(taken, StateChanged("paused", 0))
        seen = await see(screen, pilot)
        assert "epoch 1  step 5 of 28  batch loss 0.6250  1 step/s" in seen
        assert "paused" in seen
        assert "ready" not in seen
        assert "epoch 1, step 5, 2 valid rows" in seen
        await pilot.press("h")
        assert "epoch 1, step 5, train rows" in await see(screen, pilot)

    play(trainers, script)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_what_the_trainer_takes_of_the_machine_is_told_while_it_trains(trainers: Trainers, size: tuple[int, int]):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin(epochs=2)
        told = EpochProgress(3, 0, 28, 0.7, 9.0, 9.0, 1.0, "training", cpu=0.93, memory=312_000_000)
        trainers.newest.folder.progress.write_text(to_line(told) + "\n", encoding="utf-8")
        trainers.newest.write(StateChanged("running", 2))
        await pilot.press("space")  # the hint of the beginning goes away
        assert "CPU 93 %  memory 312 MB" in await see(screen, pilot)
        trainers.newest.write(StateChanged("paused", 2))
        assert "CPU" not in await see(screen, pilot)

    play(trainers, script, size)


def test_only_pictures_in_sight_are_wished_for(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin()
        await see(screen, pilot)
        assert "network" not in trainers.newest.wishes[-1]["kinds"]
        await pilot.press("tab")
        await see(screen, pilot)
        assert trainers.newest.wishes[-1]["kinds"] == ["network"]
        wishes = len(trainers.newest.wishes)
        await pilot.press("tab")
        await see(screen, pilot)
        assert len(trainers.newest.wishes) == wishes
        await pilot.resize_terminal(200, 60)
        await see(screen, pilot)
        assert {"map", "network"} <= set(trainers.newest.wishes[-1]["kinds"])

    play(trainers, script, (80, 24))


def test_keys_that_look_send_nothing(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin(epochs=5, film=[1, 5])
        await see(screen, pilot)
        await pilot.press("g", "m", "x", "tab", "f", "comma")
        await see(screen, pilot)
        assert screen.view.log
        assert trainers.newest.requests == []

    play(trainers, script)


@pytest.mark.parametrize("size", SIZES)
def test_units_that_have_no_room_are_scrolled_to(trainers: Trainers, size: tuple[int, int]):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        await pilot.press("u")
        trainers.newest.begin(epochs=1)
        trainers.newest.write(PictureTaken("network", 1, maps([16])))
        await see(screen, pilot)
        while not screen.query_one("#network").display:
            await pilot.press("tab")
        assert "1.1\n" in alone(await see(screen, pilot))
        seen = ""
        for _ in range(16):
            await pilot.press("u")
            seen += alone(await see(screen, pilot))
        assert all(f"1.{number}\n" in seen for number in range(2, 17))
        screen.view.unit = 0
        await pilot.press("U")
        assert "1.16\n" in alone(await see(screen, pilot))
        await pilot.press("u")
        assert "1.1\n" in alone(await see(screen, pilot))
        assert trainers.newest.requests == []

    play(trainers, script, size)


def alone(drawn: str) -> str:
    """Every word on a line of its own."""
    return "\n".join([*drawn.split(), ""])


def test_it_is_resized_at_any_moment(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin(epochs=5, film=[1, 5])
        for size in ((200, 60), (80, 24), (40, 12), (66, 20), (160, 24), (120, 40)):
            await pilot.resize_terminal(*size)
            assert "epoch 5" in await see(screen, pilot)
        await pilot.resize_terminal(40, 12)
        assert "60x16" in await see(screen, pilot)

    play(trainers, script)


def test_a_narrow_terminal_shows_settings_and_panes_one_at_a_time(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin(epochs=5, film=[1, 5])
        seen = await see(screen, pilot)
        assert "data set" in seen
        assert "at5" not in seen
        await pilot.press("tab")
        seen = await see(screen, pilot)
        assert "data set" not in seen
        assert "at5" in seen
        await pilot.press("down")
        assert "data set" in await see(screen, pilot)

    play(trainers, script, (64, 20))


@pytest.mark.parametrize("data", ["spiral", "auto-mpg", "mnist", "iris"])
@pytest.mark.parametrize("over", [False, True])
def test_what_is_shown_is_of_the_run_of_the_settings_alone(trainers: Trainers, data: str, over: bool):
    clock = Clock()

    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin(epochs=7, film=[1, 7])
        trainers.newest.write(PictureTaken("matrix", 7, {"classes": ["old", "older"], "counts": [[1, 2], [3, 4]]}))
        trainers.newest.write(PictureTaken("network", 7, maps([4, 3])))
        if over:
            trainers.newest.write(RunFinished("lab-1", "", 7, "epochs", 7, "", "", {}, 1.0))
        await see(screen, pilot)
        await pilot.press("m")
        assert "older" in await see(screen, pilot)
        screen.choose(data)
        for _ in range(2):  # before the next run has begun, and after that
            seen = await see(screen, pilot)
            assert not [old for old in ("at7", "older", "1.1", "epoch 7", "lab-1: xor") if old in seen.split("╭", 1)[1]]
            assert "not trained yet" in seen or data == "mnist"
            clock.now += SETTLED
        trainers.newest.begin(epochs=1)
        trainers.newest.write(PictureTaken("scatter", 1, {"target": "new", "points": [[1.0, 2.0]]}))
        seen = await see(screen, pilot)
        assert "new" in seen
        assert "matrix" not in seen

    play(trainers, script, clock=clock)


def test_points_are_shown_and_hidden(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin(epochs=1)
        await pilot.press("h")
        assert screen.view.points == 0  # there is no map yet
        rows = {"points": [[0.5, 0.5, 1, 1], [-0.5, 0.5, 0, 1]], "train_points": [[-0.5, -0.5, 1, 1]]}
        trainers.newest.write(PictureTaken("map", 1, {**a_map(1), **rows}))
        counts: list[int] = []
        for _ in range(4):
            seen = await see(screen, pilot)
            counts.append(sum(seen.count(mark) for mark in "●▲○△"))
            await pilot.press("h")
        held_out, train, both, none = (count - counts[-1] for count in counts)
        assert (held_out, train, both, none) == (2, 1, 3, 0)

    play(trainers, script)


def test_the_mouse_chooses_changes_scrolls_and_seeks(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        assert screen.session is not None
        lab = screen.session.lab
        trainers.newest.begin(epochs=9, film=[1, 5, 9])
        trainers.newest.write(PictureTaken("matrix", 9, {"classes": ["a", "b"], "counts": [[1, 2], [3, 4]]}))
        lines = (await see(screen, pilot)).splitlines()
        row = next(at for at, line in enumerate(lines) if "samples" in line)
        await pilot.click(offset=(5, row))
        assert lab.current.label == "samples"
        line = (await see(screen, pilot)).splitlines()[row]
        await pilot.click(offset=(line.index("▸"), row))
        assert lab.config.data.samples == 2000
        await pilot.click(offset=(line.index("◂"), row))
        assert lab.value(("data", "samples")) == 1000
        await pilot.click(offset=(line.index("1000"), row))
        assert screen.query_one("#value").display
        await pilot.press("escape")
        screen.session.due = None
        await see(screen, pilot)
        film = next(at for at, line in enumerate(text(screen).splitlines()) if "now, epoch" in line)
        await pilot.click(offset=(1, film))
        assert screen.view.slider.at == 1
        curves = screen.query_one("#curves").region
        await pilot.click(offset=(curves.x + 10, curves.y + 3))
        assert screen.query_one("#curves").has_class("-current")
        await pilot.hover(offset=(curves.x + curves.width // 2, curves.y + 4))
        assert 2 <= (screen.view.cursor or 0) <= 8
        await pilot.hover(offset=(1, 1))
        assert screen.view.cursor is None
        title = text(screen).splitlines()[2]
        await pilot.click(offset=(title.index("matrix") + 3, 2))
        await see(screen, pilot)
        assert screen.view.picture == 1

    play(trainers, script)


def test_curves_are_looked_at_as_in_the_live_screen(trainers: Trainers):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin(epochs=40)
        await see(screen, pilot)
        await pilot.press("g", "e", "z", "left_square_bracket", "left_square_bracket")
        view = screen.view
        assert (view.log, view.smoothing, view.zoomed, view.cursor) == (True, 1, 1, 39)
        await pilot.press("right_square_bracket", "right_square_bracket")
        assert view.cursor is None
        assert trainers.newest.requests == []

    play(trainers, script)


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (80, 40), (120, 24), (120, 40), (200, 60)])
def test_tab_makes_each_pane_the_large_one(trainers: Trainers, size: tuple[int, int]):
    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin(epochs=12, film=[4, 12])
        for _ in range(4):
            await pilot.press("tab")
            await see(screen, pilot)
            shown = [one for one in screen.query("#panes > Pane") if one.display and one.region.width]
            areas = {one.id: one.region.area for one in shown}
            current = [one for one in screen.query(Pane) if one.has_class("-current") and one.region.width]
            assert len(current) == 1
            below = screen.query_one("#curves")
            if current[0].id not in ("settings", "curves"):
                rest = [area for name, area in areas.items() if name not in (current[0].id, below.id)]
                assert all(areas[str(current[0].id)] >= area for area in rest)
            regions = [one.region for one in screen.query(Pane) if one.display and one.region.area]
            assert not [(a, b) for a in regions for b in regions if a is not b and a.overlaps(b)]

    play(trainers, script, size)


def test_a_key_brings_what_it_changes_into_sight_and_changes_it_from_then_on(trainers: Trainers):
    """Where one pane at a time has room, a key must not change what nobody sees."""
    brings = {"m": "picture", "x": "picture", "h": "picture", "u": "network", "i": "network"}
    brings |= dict.fromkeys(("g", "e", "z", "left_square_bracket"), "curves")

    async def script(screen: LabScreen, pilot: Pilot[None]) -> None:
        trainers.newest.begin(epochs=9, film=[1, 9])
        matrix = {"classes": ["0", "1"], "counts": [[5, 1], [2, 7]]}
        columns = {**a_map(9), "columns": ["x1", "x2", "x3"]}
        trainers.newest.write(PictureTaken("map", 9, columns), PictureTaken("matrix", 9, matrix))
        await see(screen, pilot)
        for key, name in brings.items():
            screen.action_show_pane("curves" if name != "curves" else "picture")
            await see(screen, pilot)
            before = repr(screen.view)
            await pilot.press(key)
            await see(screen, pilot)
            assert in_sight(screen, name), key
            assert repr(screen.view) == before, key
        await pilot.press("g")
        assert screen.view.log

    play(trainers, script, (80, 24))
