"""A unit that is switched off stays off while it trains, whatever takes the steps, and comes back as it was."""

from pathlib import Path
from typing import Any

import pytest
import torch

from nnlab.engine.config import validate
from nnlab.engine.events import Noted
from nnlab.engine.runs.claim import claim
from nnlab.engine.runs.control import Inbox, send
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.training.controller import Controller
from nnlab.engine.training.interrupt import StopRequest
from nnlab.engine.training.saving import Saver
from nnlab.engine.training.session import Session, begin


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return claim(out=tmp_path / "run")


def made(**training: Any) -> Session:
    tree = {
        "data": {"name": "xor", "samples": 200},
        "model": {"hidden": [4, 3], "activation": "tanh"},
        "training": training,
    }
    return begin(validate(tree, source="test"))


def do(session: Session, folder: RunFolder, request: str, **values: object) -> list[str]:
    """What is said of a request."""
    controller = Controller(Inbox.from_now_on(folder), StopRequest(), Saver(folder, "1e"))
    send(folder, request, **values)
    return [event.text for event in controller.look(session) if isinstance(event, Noted)]


def train(session: Session, epochs: int = 2) -> None:
    for _ in range(epochs):
        session.begin_epoch()
        session.steps.run(0, [0.01] * session.total_steps)


def onward(session: Session, layer: int) -> torch.Tensor:
    """The weights that lead on from each unit of a layer, as rows."""
    linear = [part.weight.detach() for part in session.module.modules() if isinstance(part, torch.nn.Linear)]
    return linear[layer].T


@pytest.mark.parametrize("step", ["eager", "captured"])
@pytest.mark.parametrize(
    "training",
    [
        {"optimizer": "sgd", "momentum": 0.9},
        {"optimizer": "adam", "l1": 0.01},
        {"optimizer": "adamw", "weight_decay": 0.1, "decay": "weights"},
        {"optimizer": "rmsprop", "clip": 0.1},
    ],
)
@pytest.mark.parametrize(("layer", "unit", "said"), [(0, 1, "input 2"), (1, 2, "unit 1.3"), (2, 0, "unit 2.1")])
def test_it_stays_off_and_the_others_learn(
    folder: RunFolder, step: str, training: dict[str, Any], layer: int, unit: int, said: str
):
    session = made(step=step, **training)
    train(session)
    before = onward(session, layer).clone()
    assert do(session, folder, "unit", layer=layer, unit=unit, on=False) == [f"{said} switched off by hand"]
    others = [place for place in range(len(before)) if place != unit]
    for change in ({}, {"lr": 0.02}, {"batch_size": 7}):
        if change:
            do(session, folder, "set", **change)
        train(session)
        now = onward(session, layer)
        assert (now[unit] == 0).all(), change
        assert not torch.equal(now[others], before[others])
    assert (session.steps.replay is not None) == (step == "captured")
    assert do(session, folder, "unit", layer=layer, unit=unit, on=True) == [f"{said} switched on by hand"]
    assert torch.equal(onward(session, layer)[unit], before[unit])
    train(session)
    assert not torch.equal(onward(session, layer)[unit], before[unit])


def test_a_captured_step_and_an_eager_one_train_the_same_without_the_unit(folder: RunFolder):
    values: list[torch.Tensor] = []
    for step in ("eager", "captured"):
        session = made(step=step)
        do(session, folder, "unit", layer=1, unit=0, on=False)
        do(session, folder, "unit", layer=2, unit=1, on=False)
        train(session, 3)
        values.append(session.flat.values)
    assert torch.allclose(*values, rtol=1e-4, atol=1e-6)


def test_it_is_off_in_a_checkpoint_and_after_a_restart(folder: RunFolder):
    session = made()
    kept = session.checkpoint(best=False)
    do(session, folder, "unit", layer=1, unit=0, on=False)
    assert (session.checkpoint(best=False).weights[_second(session)][:, 0] == 0).all()
    session.restore(kept)
    session.change(session.config)
    assert (onward(session, 1)[0] == 0).all()


def _second(session: Session) -> str:
    return [name for name in session.module.state_dict() if name.endswith("weight")][1]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"layer": 3, "unit": 0, "on": False}, "no layer of weights is at place 3"),
        ({"layer": 1, "unit": 9, "on": False}, "there is no unit 10: the layer has 4"),
        ({"layer": 1, "unit": None, "on": False}, "are no layer, unit and whether it is on"),
        ({"layer": 1, "unit": 0}, "are no layer, unit and whether it is on"),
        ({"layer": 1, "unit": 0, "on": 1}, "are no layer, unit and whether it is on"),
    ],
)
def test_what_is_no_unit_is_told(folder: RunFolder, asked: dict[str, Any], why: str):
    session = made()
    before = session.flat.values.clone()
    (said,) = do(session, folder, "unit", **asked)
    assert why in said
    assert torch.equal(before, session.flat.values)
