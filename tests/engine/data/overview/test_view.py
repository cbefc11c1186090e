"""A data set as it is looked at: what its columns are, windows of its rows, and the numbers that pictures need."""

from pathlib import Path

import numpy as np
import pytest

from nnlab.engine.data.overview.view import MOST_POINTS, DatasetView, read_view
from nnlab.engine.errors import UsageError


@pytest.fixture
def houses(tmp_path: Path) -> DatasetView:
    lines = ["id,area,rooms,town,sold,note"]
    for row in range(1, 41):
        town = "" if row == 3 else "Wien" if row % 2 else "Bern"
        lines.append(f"{row},{row * 2.5},{row % 3},{town},{2000 + row}-01-01,house {row} is old and nice")
    file = tmp_path / "houses.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    return read_view(str(file))


def test_columns_are_what_data_show_takes_them_for(houses: DatasetView):
    assert {name: kind.kind for name, kind in houses.kinds.items()} == {
        **{"id": "identifier", "area": "number", "rooms": "number", "town": "category"},
        **{"sold": "date", "note": "text"},
    }
    assert houses.uses == {"id": "left out", "note": "left out"}
    assert houses.kinds["town"].missing == 1
    assert houses.numbers == ["area", "rooms", "sold"]
    assert houses.group == "town"
    assert (houses.name, houses.rows, houses.task, houses.target) == ("houses", 40, "", "")


def test_rows_are_read_by_the_window(houses: DatasetView):
    assert [row["town"] for row in houses.window(range(2, 4))] == [None, "Bern"]
    assert [row["id"] for row in houses.window(range(39, 60))] == [40]


def test_pictures_have_their_numbers(houses: DatasetView):
    assert houses.values("area")[:2].tolist() == [2.5, 5.0]
    assert houses.values("sold")[0] == pytest.approx(2001, abs=0.01)
    assert houses.tally("town") == {"Bern": 20.0, "Wien": 19.0}
    codes, names = houses.groups("town")
    assert names == ["Bern", "Wien", "missing"]
    assert codes[:4].tolist() == [1, 0, 2, 0]
    codes, names = houses.groups("rooms")
    assert names == ["0", "1", "2"]
    codes, names = houses.groups("area")
    assert len(names) == 5
    assert np.bincount(codes).tolist() == [8, 8, 8, 8, 8]
    assert houses.groups("")[1] == []
    assert houses.groups("note")[1][-1] == "others"


def test_very_many_rows_are_chosen_evenly(tmp_path: Path):
    file = tmp_path / "long.csv"
    file.write_text("x,y\n" + "\n".join(f"{row},{row % 7}.5" for row in range(30_000)), encoding="utf-8")
    dataset = read_view(str(file))
    chosen = dataset.values("x", MOST_POINTS)
    assert len(chosen) == len(dataset.groups("y")[0]) == MOST_POINTS
    assert (chosen[0], chosen[-1]) == (0, 29_999)
    assert dataset.window(range(29_998, 30_000))[1]["x"] == 29_999


@pytest.mark.parametrize(("name", "target", "kind"), [("xor", "label", "category"), ("plane", "y", "number")])
def test_data_of_nnlabs_own_have_a_target(name: str, target: str, kind: str):
    dataset = read_view(name)
    assert (dataset.target, dataset.kinds[target].kind, dataset.uses[target]) == (target, kind, "predicted")
    assert dataset.group == target
    assert dataset.numbers[:2] == ["x1", "x2"]


def test_images_are_brought_to_full_brightness():
    dataset = read_view("digits")
    assert dataset.images is not None
    assert dataset.image(0).max() > 200
    assert dataset.image(0).shape == (1, 8, 8)


def test_odd_columns_are_shown_all_the_same(tmp_path: Path):
    file = tmp_path / "odd.json"
    file.write_text('[{"a": null, "b": [1, 2], "c": true}, {"a": null, "b": [], "c": null}]', encoding="utf-8")
    dataset = read_view(str(file))
    assert dataset.window(range(1))[0]["b"] == [1, 2]
    assert dataset.numbers == []
    for name in dataset.columns:
        if dataset.kinds[name].kind != "text":
            dataset.tally(name)


def test_what_cannot_be_read_is_a_sentence(tmp_path: Path):
    for name in ("spirall", str(tmp_path / "no.csv")):
        with pytest.raises(UsageError):
            read_view(name)
