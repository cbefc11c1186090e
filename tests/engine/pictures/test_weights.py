"""The weights of a small network are kept with its pictures, in few bytes, and lead along the way that they took."""

from pathlib import Path
from typing import Any

import pytest
import torch

from nnlab.engine.config import merge
from nnlab.engine.events import PictureTaken, from_json, to_json
from nnlab.engine.pictures.landscape import landscape
from nnlab.engine.pictures.weights import MOST_BYTES, kept_weights, read_weights, way_of
from nnlab.engine.resolve import resolve
from nnlab.engine.runs.claim import claim
from nnlab.engine.training.session import Session, begin
from nnlab.engine.training.train import run


def begun(data: str = "xor", **tree: Any) -> Session:
    return begin(resolve(data, flags=merge({"training": {"device": "cpu", "epochs": 5, "final": "last"}}, tree)))


def test_few_weights_are_kept_exactly_more_of_them_to_three_digits_and_many_not_at_all():
    session = begun()
    kept = kept_weights(session)
    assert kept is not None
    assert kept["type"] == "float32"
    found = read_weights(kept, session)
    assert found is not None
    assert torch.equal(found, session.flat.values)
    middling = begun("digits")
    kept = kept_weights(middling)
    assert kept is not None
    assert kept["type"] == "float16"
    assert len(kept["values"]) <= 4 / 3 * MOST_BYTES + 4
    found = read_weights(kept, middling)
    assert found is not None
    assert found == pytest.approx(middling.flat.values.numpy(), rel=1e-3, abs=1e-4)
    assert kept_weights(begun("digits", model={"hidden": [128, 64]})) is None


def test_weights_of_another_network_are_none_and_those_that_are_no_numbers_are_not_kept():
    session = begun()
    kept = kept_weights(session)
    assert kept is not None
    assert read_weights(kept, begun(model={"hidden": [9]})) is None
    with torch.no_grad():
        session.flat.values.fill_(torch.nan)
    assert kept_weights(session) is None


def test_a_picture_of_weights_is_read_back_and_a_damaged_one_refused():
    kept = kept_weights(begun())
    assert kept is not None
    picture = PictureTaken("weights", 3, kept, live=True)
    body = to_json(picture)
    assert from_json(body) == picture
    for broken in ({"type": "object"}, {"values": "x"}, {"values": ""}, {"values": "AAA="}, {"values": None}):
        with pytest.raises(ValueError, match=r"cannot be|base64|bytes"):
            from_json({**body, "data": {**kept, **broken}})


def test_the_way_in_a_film_is_that_of_the_training_and_ends_where_it_is(tmp_path: Path):
    folder, session, seen = claim(out=tmp_path / "run"), begun(), dict[int, torch.Tensor]()
    for event in run(session, folder, watched=True):
        if event.event == "epoch":
            seen[session.epoch] = session.flat.values.clone()
    epochs, way = way_of(folder.film, session)
    assert epochs[0] == 0
    assert epochs[-1] == session.epoch == 5
    for epoch, weights in list(zip(epochs, way, strict=True))[1:]:
        assert torch.equal(weights, seen[epoch])
    data = landscape(session, way, None, epochs)
    assert data["epochs"] == epochs
    assert [point[3] for point in data["points"]] == [1] * (len(way) - 1) + [0]
    assert from_json(to_json(PictureTaken("landscape", 5, data))) is not None


def test_a_run_that_nobody_watched_has_no_way(tmp_path: Path):
    assert way_of(tmp_path / "film.jsonl", begun()) == ([], [])
