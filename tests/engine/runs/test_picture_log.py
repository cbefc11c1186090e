"""The film holds the newest picture of each epoch, stays small, and covers the whole training."""

from itertools import pairwise
from pathlib import Path
from typing import Literal

import pytest

from nnlab.engine.events import PictureTaken
from nnlab.engine.runs import picture_log as films
from nnlab.engine.runs.picture_log import PictureLog, frames_in
from nnlab.engine.runs.picture_log_reader import PictureLogReader as Reader


def picture(epoch: int, kind: Literal["scatter", "matrix"] = "scatter", text: str = "x") -> PictureTaken:
    matrix = {"classes": [text], "counts": [[1]]}
    return PictureTaken(kind, epoch, {"target": text} if kind == "scatter" else matrix, live=True)


def text_of(shown: PictureTaken) -> str:
    return shown.data["target"] if shown.kind == "scatter" else shown.data["classes"][0]


def epochs_in(path: Path) -> list[int]:
    return list(frames_in(path))


@pytest.fixture
def film(tmp_path: Path) -> PictureLog:
    return PictureLog(tmp_path / "film.jsonl")


def test_a_film_that_is_too_long_keeps_early_frames_and_even_ones_to_the_newest(
    film: PictureLog, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(films, "MOST_FRAMES", 32)
    for epoch in range(1, 101):
        film.add(picture(epoch))
    kept = epochs_in(film.path)
    assert kept[:5] == [1, 2, 3, 5, 8]
    assert kept[-1] == 100
    assert len(kept) <= 32
    assert max(b - a for a, b in pairwise(kept)) <= 30


def test_pictures_of_one_epoch_taken_again_and_again_do_not_pile_up(film: PictureLog, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(films, "MOST_BYTES", 2000)
    for number in range(1000):
        film.add(picture(1, text=f"{number}"))
        film.add(picture(1, "matrix", text=f"{number}"))
    assert film.path.stat().st_size <= 2000 + 200
    reader = Reader(film.path)
    reader.poll()
    assert {kind: text_of(shown) for kind, shown in reader.frame(1).items()} == {"scatter": "999", "matrix": "999"}


def test_epochs_that_are_trained_again_lose_their_frames(film: PictureLog):
    for epoch in range(1, 10):
        film.add(picture(epoch))
    film.cut(5)
    film.add(picture(5, text="new"))
    assert epochs_in(film.path) == [1, 2, 3, 4, 5]


def test_a_torn_line_is_passed_over_by_both_ends(film: PictureLog):
    film.add(picture(1))
    with film.path.open("ab") as file:
        file.write(b'{"event":"picture","kind":"scatter","epoch":2,"da')
    film.add(picture(3))  # it continues the torn line, as after a crash
    film.add(picture(4))
    assert epochs_in(film.path) == [1, 4]
    reader = Reader(film.path)
    assert [shown.epoch for shown in reader.poll()] == [4]
    assert reader.frame(2) == {}


@pytest.mark.parametrize(
    "line",
    [
        b'{"event":"picture","kind":"scatter","epoch":' + b"9" * 5000 + b',"data":{}}',
        b'{"event":"picture","kind":"scatter","epoch":7,"data":' + b"[" * 100_000 + b"}",
        b'{"event":"picture","kind":"matrix","epoch":7,"data":{"classes":["a"],"counts":[[1,2]]}}',
        b'{"event":"picture","kind":"map","epoch":7,"data":{"width":1000000000,"height":1000000000}}',
        bytes(range(11, 256)) * 40,
        b'{"event":"picture","kind":"scatter","epoch":7,"data":{"target":"' + b"x" * 9_000_000 + b'"}}',
    ],
    ids=["digits", "nesting", "matrix", "size", "bytes", "length"],
)
def test_what_is_no_picture_is_passed_over_by_both_ends_and_goes(line: bytes, film: PictureLog):
    film.path.write_bytes(line + b"\n")
    film.cut(100)
    film.path.write_bytes(line + b"\n")
    film.add(picture(1))
    reader = Reader(film.path)
    assert [(shown.kind, shown.epoch) for shown in reader.poll()] == [("scatter", 1)]
    assert not reader.frame(7)
    film.cut(2)
    assert epochs_in(film.path) == [1]
    assert film.path.stat().st_size < 200


def test_a_film_that_is_much_too_long_is_read_in_part(film: PictureLog, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(films, "READ_BYTES", 2**20)
    monkeypatch.setattr("nnlab.engine.runs.picture_log_reader.MOST_BYTES", 2**20)
    line = b'{"event":"picture","kind":"scatter","epoch":%d,"data":{"target":"x"}}\n'
    film.path.write_bytes(b"".join(line % (number % 1000) for number in range(50_000)))
    reader = Reader(film.path)
    reader.poll()
    assert reader.poll() == []
    assert reader.lines.offset < 2**21
    film.cut(2)
    assert epochs_in(film.path) == [0, 1]


def test_a_reader_gets_the_newest_picture_of_each_kind_and_any_frame_when_it_asks(film: PictureLog):
    reader = Reader(film.path)
    assert reader.poll() == []
    for epoch in (1, 2, 3):
        film.add(picture(epoch))
        film.add(picture(epoch, "matrix"))
    assert [(shown.kind, shown.epoch) for shown in reader.poll()] == [("scatter", 3), ("matrix", 3)]
    assert reader.poll() == []
    film.add(picture(4))
    assert [(shown.kind, shown.epoch) for shown in reader.poll()] == [("scatter", 4)]
    assert reader.epochs == [1, 2, 3, 4]
    assert set(reader.frame(2)) == {"scatter", "matrix"}
    assert reader.frame(9) == {}


def test_a_reader_notices_that_the_film_was_thinned(film: PictureLog, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(films, "MOST_FRAMES", 4)
    reader = Reader(film.path)
    for epoch in range(1, 30):
        film.add(picture(epoch))
        news = reader.poll()
        assert [shown.epoch for shown in news] == [epoch]
        assert reader.epochs == epochs_in(film.path)
        assert all(reader.frame(each)["scatter"].epoch == each for each in reader.epochs)
