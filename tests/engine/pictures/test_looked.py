"""What an answer rests on is what plain PyTorch finds when a patch is grey, and the nearest rows by the last layer."""

from typing import Any

import pytest
import torch
from torch import nn

from nnlab.engine.config import merge
from nnlab.engine.errors import UsageError
from nnlab.engine.pictures.looked import looked
from nnlab.engine.resolve import resolve
from nnlab.engine.training.session import Session, begin
from nnlab.engine.training.train import run


def trained(data: str, **tree: Any) -> Session:
    session = begin(resolve(data, flags=merge({"training": {"epochs": 3, "device": "cpu"}}, tree)))
    for _ in run(session, tested=False):
        pass
    return session


def test_what_an_image_needs_is_by_how_much_the_answer_falls_where_it_is_grey():
    session = trained("digits")
    data, rows = looked(session, 5), session.prepared.splits["test"]
    pixels = rows.x[:][4:5]
    needs = torch.tensor(data["image"]["needs"])
    assert needs.shape == pixels.shape[2:]
    session.module.eval()
    with torch.no_grad():
        grey = (
            session.prepared.train.x[:][torch.arange(256) * len(session.prepared.train) // 256].double().mean().round()
        )
        shares = session.module(session.to_input(pixels)).softmax(1)[0]
        covered = pixels.clone()
        covered[:, :, :2, :2] = grey  # the corner is covered by this patch alone
        fallen = shares.max() - session.module(session.to_input(covered)).softmax(1)[0, shares.argmax()]
    assert needs[0, 0].item() == pytest.approx(fallen.item(), abs=1e-5)
    assert data["answer"] == session.prepared.schema.classes[int(shares.argmax())]
    assert data["probability"] == pytest.approx(shares.max().item(), abs=1e-5)


@pytest.mark.parametrize("data", ["iris", "digits"])
def test_the_nearest_rows_are_those_of_the_last_layer(data: str):
    session = trained(data)
    found = looked(session, 2)
    last = [part for part in session.module.modules() if isinstance(part, nn.Linear)][-1]
    given = list[torch.Tensor]()
    hook = last.register_forward_pre_hook(lambda _, inputs: given.append(inputs[0]))
    session.module.eval()
    with torch.no_grad():
        for rows in (session.prepared.splits["test"].take(torch.tensor([1])), session.prepared.train):
            session.module(session.to_input(rows.x[:]))
    hook.remove()
    distances = (given[1].double() - given[0].double()).norm(dim=1)
    assert [one["row"] - 1 for one in found["nearest"]] == distances.argsort(stable=True)[:6].tolist()
    assert found["nearest"][0]["distance"] == pytest.approx(distances.min().item(), rel=1e-3)


def test_a_train_row_is_not_its_own_neighbour():
    session = trained("iris")
    assert 7 not in [one["row"] for one in looked(session, 7, "train")["nearest"]]


@pytest.mark.parametrize("family", ["linear", "tabm", "noisy-mlp"])
def test_every_family_can_be_looked_into(family: str):
    found = looked(trained("iris", model={"family": family}), 1)
    assert len(found["nearest"]) == 6
    assert found["inputs"]


def test_a_value_is_told_in_its_own_units():
    found = looked(trained("auto-mpg"), 3)
    assert 5 < float(found["answer"]) < 50
    assert found["probability"] is None
    assert all(5 < float(one["truth"]) < 50 for one in found["nearest"])


def test_a_cnn_can_be_looked_into():
    session = begin(resolve("digits", flags={"model": {"family": "cnn"}, "training": {"device": "cpu"}}))
    assert len(looked(session, 1)["nearest"]) == 6


def test_rows_that_there_are_not_are_refused():
    session = begin(resolve("iris", flags={}))
    with pytest.raises(UsageError, match="no test row 0"):
        looked(session, 0)
    with pytest.raises(UsageError, match="There are no valid rows"):
        looked(begin(resolve("iris", flags={"data": {"valid_split": "none"}})), 1, "valid")
