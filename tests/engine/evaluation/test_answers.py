import torch
from torch import nn

from nnlab.engine.data.schema import Image, Schema
from nnlab.engine.evaluation.answers import answer, input_of, rows_per_batch, to_input
from nnlab.engine.models.families import build
from nnlab.engine.models.modes import evaluating
from nnlab.engine.models.spec import ModelSpec


def test_stored_pixels_become_shifted_and_scaled_floats() -> None:
    x = torch.tensor([[0, 100, 255]], dtype=torch.uint8)
    assert torch.equal(to_input(x, 0.0, 1.0), torch.tensor([[0.0, 100.0, 255.0]]))
    assert torch.equal(to_input(x, 100.0, 0.5), torch.tensor([[-50.0, 0.0, 77.5]]))


def test_floats_that_need_nothing_pass_as_they_are() -> None:
    x = torch.randn(3, 2)
    assert to_input(x, 0.0, 1.0) is x


def test_a_schema_says_how_its_images_are_scaled() -> None:
    schema = Schema(task="binary", target="y", classes=["0", "1"], image=Image(shape=(1, 1, 1), shift=1.0, scale=2.0))
    assert input_of(schema)(torch.tensor([3], dtype=torch.uint8)).item() == 4.0
    assert input_of(Schema(task="regression", target="y"))(torch.tensor([3.0])).item() == 3.0


def test_answers_in_batches_are_the_answers_at_once() -> None:
    module, x = nn.Linear(3, 2), torch.randn(50, 3)
    torch.testing.assert_close(answer(module, x, torch.clone, batch=7), module(x).detach())


def test_answering_neither_drops_nor_learns_nor_draws_and_restores_every_mode() -> None:
    module = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3).eval(), nn.Dropout(0.5))
    modes, state = [part.training for part in module.modules()], torch.get_rng_state()
    outputs = answer(module, torch.randn(4, 3, generator=torch.Generator()), torch.clone)
    assert not outputs.requires_grad
    assert (outputs != 0).all()
    assert torch.equal(torch.get_rng_state(), state)
    assert [part.training for part in module.modules()] == modes


def test_modes_return_after_an_error_too() -> None:
    module = nn.Dropout()
    try:
        with evaluating(module):
            assert not module.training
            raise KeyError
    except KeyError:
        assert module.training


def test_rows_that_several_members_answer_come_in_smaller_batches() -> None:
    spec = ModelSpec(family="tabm", members=8, hidden=[4], in_features=40, out_features=1)
    x = torch.randn(2, 40)
    assert rows_per_batch(x, build(spec)) < rows_per_batch(x, nn.Linear(40, 1)) == rows_per_batch(x)
