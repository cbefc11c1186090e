"""What stands beside an answer on the predict page: how far it can be off, the threshold, what is unusual."""

from collections.abc import Callable
from typing import Any

import pytest

from nnlab.tui.predict.form import Field, Form
from nnlab.tui.predict.screen import PredictScreen

Play = Callable[..., PredictScreen]
BORN = {"name": "born", "kind": "date", "values": ["1980-01-01"], "typical": "1980-01-01"}
DAYS = {"low": "1945-05-08", "high": "1999-12-31"}


def test_an_interval_of_a_chosen_level_stands_beside_a_number(play: Play):
    async def script(page: Any) -> None:
        talk = page.screen.conversation
        assert "90 % interval  76000 to 84000" in page.text()
        await page.pilot.press("i")
        await page.see()
        assert "95 % interval  75500 to 84500" in page.text()
        assert talk.command().startswith("nnlab predict a-run --interval 95 --row")
        await page.pilot.press("i")
        await page.see()
        assert "interval" not in page.text().partition("q quit")[0].replace("i interval", "")
        assert "--interval" not in talk.command()
        await page.pilot.press("i")
        await page.see()
        assert "80 % interval  77000 to 83000" in page.text()

    play("flats", script, (120, 40))


def test_a_set_stands_beside_a_class_and_the_answer_is_by_the_threshold(play: Play):
    async def script(page: Any) -> None:
        assert "90 % set  no, yes" in page.text()
        assert "threshold  yes from 30.0 % on" in page.text()
        for _ in range(5):
            await page.pilot.press("left")
        await page.see()
        told = page.screen.conversation.prediction
        assert told.answer == "yes"
        assert told.probabilities["yes"] < 0.5
        lines = page.text().splitlines()
        large = next(line for line in lines if f"yes  {100 * told.probabilities['yes']:.1f} %" in line)
        assert "no" not in large.rpartition("│")[0].rpartition("│")[2]

    play("ward", script, (120, 40))


def test_a_network_without_intervals_offers_none(play: Play):
    async def script(page: Any) -> None:
        assert not page.screen.has_intervals
        before = page.text()
        await page.pilot.press("i")
        await page.see()
        assert page.text() == before
        assert "--interval" not in page.screen.conversation.command()

    play("houses", script)


def test_intervals_come_with_the_last_weights_of_a_training(play: Play):
    async def script(page: Any) -> None:
        talk = page.screen.conversation
        assert talk.level is None
        talk.client.told = {**talk.client.told, "margins": [100.0] * 41}
        talk.client.send("reload", "reload")
        await page.see()
        assert talk.levels == [None, 80, 90]
        assert "90 % interval  79900 to 80100" in page.text()
        talk.next_level()
        talk.client.send("reload", "reload")
        await page.see()
        assert talk.level is None  # as it was chosen

    play("houses", script, (120, 40))


def test_a_line_names_the_columns_whose_values_are_outside_of_what_is_usual(play: Play):
    said = "Outside of what is usual in the training"

    async def script(page: Any) -> None:
        form = page.screen.conversation.form
        assert said not in page.text()
        form.values[:] = ["7", "0", "Rom", "2019-03-01"]
        page.screen.conversation.changed()
        await page.see()
        told = " ".join(line.rpartition("│ ")[2].strip(" │") for line in page.text().splitlines())
        assert f"{said}: x1, town, born" in " ".join(told.split())

    play("ward", script, (200, 60))


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("name", ["ward", "flats"])
def test_it_is_seen_at_every_size(play: Play, name: str, size: tuple[int, int]):
    async def script(page: Any) -> None:
        assert f"90 % {'set' if name == 'ward' else 'interval'}" in page.text()

    play(name, script, size)


@pytest.mark.parametrize(
    ("told", "text", "wanted"),
    [
        (DAYS, "1945-05-08", ""),
        (DAYS, "1999-12-31T23:59:59", ""),
        (DAYS, "2000-01-01", "unusual"),
        (DAYS, "1945-05-07", "unusual"),
        (DAYS, "01.01.2000", ""),
        (DAYS, "soon", ""),
        ({}, "2000-01-01", ""),
        ({"low": "-4000-01-01", "high": "1999-12-31"}, "2000-01-01", ""),
    ],
)
def test_a_date_is_unusual_beyond_most_of_the_training(told: dict[str, str], text: str, wanted: str):
    field = Field.of({**BORN, **told})
    assert field.remark(text) == wanted
    assert Form([field], [text]).outside == (["born"] if wanted else [])
