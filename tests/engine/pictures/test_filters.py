"""The filters of a convolutional network are its weights, and their maps what comes out of them for one image."""

import base64
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from nnlab.engine.config import merge
from nnlab.engine.events import PictureTaken, from_json, to_json
from nnlab.engine.pictures.filters import filters_picture
from nnlab.engine.resolve import resolve
from nnlab.engine.training.session import Session, begin


def begun(data: str = "digits", **tree: Any) -> Session:
    return begin(resolve(data, flags=merge({"training": {"device": "cpu"}, "model": {"family": "cnn"}}, tree)))


def values(unit: dict[str, Any], limits: str, cells: str, shape: tuple[int, int]) -> np.ndarray:
    low, high = unit[limits]
    return low + np.frombuffer(base64.b64decode(unit[cells]), np.uint8).reshape(shape) / 255 * (high - low)


def test_maps_and_filters_are_those_of_plain_pytorch():
    session = begun(model={"channels": [5, 20], "activation": "relu"})
    before = torch.get_rng_state()
    data = filters_picture(session, "valid", 7)
    assert data is not None
    assert torch.equal(before, torch.get_rng_state())
    assert (data["row"], data["shape"]) == (8, [1, 8, 8])
    assert [(len(one["units"]), one["more"]) for one in data["layers"]] == [(5, 0), (16, 4)]
    rows = session.prepared.splits["valid"].take(torch.tensor([7]))
    first = next(part for part in session.module.modules() if isinstance(part, nn.Conv2d))
    heard = list[torch.Tensor]()

    def note(_: nn.Module, __: Any, output: torch.Tensor) -> None:
        heard.append(output)

    hook = first.register_forward_hook(note)
    with torch.no_grad():
        answer = session.module.eval()(session.to_input(rows.x[:]))
    hook.remove()
    assert data["answer"] == session.prepared.schema.classes[int(answer.argmax())]
    assert data["probability"] == pytest.approx(torch.softmax(answer, 1).max().item(), rel=1e-4)
    layer = data["layers"][0]
    for place, unit in enumerate(layer["units"]):
        found = values(unit, "range", "cells", (layer["height"], layer["width"]))
        assert found == pytest.approx(heard[0][0, place].relu().numpy(), abs=0.02)
        kernel = values(unit, "weight_range", "weights", (layer["down"], layer["across"]))
        assert kernel == pytest.approx(first.weight[place].detach().mean(0).numpy(), abs=0.01)


def test_images_begin_anew_behind_the_last_one():
    session = begun()
    count = len(session.prepared.splits["valid"])
    first, again = filters_picture(session, "valid", 0), filters_picture(session, "valid", count)
    assert first is not None
    assert first == again


def test_a_picture_is_read_back_and_a_damaged_one_refused():
    taken = filters_picture(begun(), "valid")
    assert taken is not None
    picture = PictureTaken("filters", 1, taken, live=True)
    body = to_json(picture)
    assert from_json(body) == picture
    layer = body["data"]["layers"][0]
    broken: list[dict[str, Any]] = [{"layers": []}, {"shape": [1]}, {"pixels": ""}, {"row": -1}]
    broken += [{"layers": [{**layer, "units": []}]}, {"layers": [{**layer, "across": 900}]}]
    for one in broken:
        with pytest.raises(ValueError, match=r"cannot|base64|no layers|no units"):
            from_json({**body, "data": {**body["data"], **one}})


def test_other_networks_have_none():
    assert filters_picture(begun(model={"family": "mlp"}), "valid") is None
    assert filters_picture(begun("iris", model={"family": "mlp"}), "valid") is None
