"""Members of one network do what single ones would, embeddings follow their formulas, and answers are means."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch import Tensor, nn

from nnlab.engine.models.families import build
from nnlab.engine.models.members import (
    MemberLinear,
    MembersInput,
    MembersOutput,
    Periodic,
    Piecewise,
    members_of,
    members_output,
)
from nnlab.engine.models.modes import apart
from nnlab.engine.models.spec import ModelSpec

BINS = [[-1.0, 0.0, 0.5, 2.0], [0.0, 1.0]]


def tabm(**choices: Any) -> ModelSpec:
    return ModelSpec.model_validate(
        {
            "family": "tabm",
            "members": 3,
            "hidden": [8, 6],
            "in_features": 5,
            "out_features": 2,
            "embeddings": [(4, 2)],
            "numbers": 2,
            "embedding": "periodic",
            **choices,
        }
    )


def rows(count: int) -> Tensor:
    x = torch.randn(count, 5)
    x[:, 4] = torch.randint(0, 4, (count,)).float()
    return x


def test_a_periodic_embedding_is_the_number_and_mixes_of_cosines():
    torch.manual_seed(1)
    embed, x = Periodic(2, 3), torch.randn(2, 7, 3)
    found = embed(x)
    assert found.shape == (2, 7, 3, 4)
    for group, row, number in np.ndindex(2, 7, 3):
        value = x[group, row, number]
        waves = torch.cos(2 * math.pi * embed.frequency[group, number, 0] * value + embed.phase[group, number, 0])
        mixes = waves @ embed.weight[group, number] + embed.bias[group, number, 0]
        torch.testing.assert_close(found[group, row, number], torch.cat([value[None], mixes]))


def test_a_piecewise_embedding_is_a_line_and_a_bent_line_that_starts_at_zero():
    torch.manual_seed(1)
    embed = Piecewise(1, BINS)
    x = torch.tensor([[-5.0, -2.0], [-1.0, 0.0], [-0.3, 0.4], [0.5, 1.0], [1.7, 3.0], [9.0, 0.9]])[None]
    line = x[..., None] * embed.linear[:, :, 0] + embed.bias[:, :, 0]
    torch.testing.assert_close(embed(x), line)
    nn.init.normal_(embed.weight)
    bent = (embed(x) - line)[0].detach().numpy()
    for place, edges in enumerate(BINS):
        heights = np.concatenate(
            [[[0.0] * 16], np.cumsum(embed.weight[0, place, : len(edges) - 1].detach().numpy(), 0)]
        )
        for row, value in enumerate(x[0, :, place].tolist()):
            piece = min(max(int(np.searchsorted(edges, value, side="right")) - 1, 0), len(edges) - 2)
            share = (value - edges[piece]) / (edges[piece + 1] - edges[piece])
            expected = heights[piece] + share * (heights[piece + 1] - heights[piece])
            np.testing.assert_allclose(bent[row, place], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("bins", [[[0.0]], [[0.0, 0.0]], [[1.0, 0.0]], [[0.0, 1.0]], []])
def test_a_spec_refuses_bins_that_are_no_rising_edges_of_each_number(bins: list[list[float]]):
    with pytest.raises(ValidationError, match="bins are not"):
        tabm(embedding="piecewise", bins=bins)


@pytest.mark.parametrize("odd", [[1e39, 2e39], [0.0, 1e-320], [-1e308, 1e308]])
def test_a_spec_refuses_bins_that_are_none_in_the_networks_precision(odd: list[float]):
    """What such a network answers to everything would be no number."""
    sound = tabm(embedding="piecewise", bins=BINS)
    with pytest.raises(ValidationError, match="bins are not"):
        ModelSpec.model_validate({**sound.model_dump(), "bins": [odd for _ in sound.bins]})


def test_a_spec_refuses_more_numbers_than_columns_and_limits_that_fall():
    with pytest.raises(ValidationError, match="more numbers than in_features"):
        tabm(numbers=5)
    with pytest.raises(ValidationError, match="limits do not rise"):
        tabm(limits=(1.0, 0.0))


@pytest.mark.parametrize(
    "choices",
    [{}, {"own_weights": True}, {"embedding": "piecewise", "bins": BINS}, {"embedding": "both", "bins": BINS}],
)
def test_members_answer_together_the_mean_of_what_each_answers(choices: dict[str, Any]):
    torch.manual_seed(1)
    module, x = build(tabm(**choices)), rows(11)
    each = module.train()(x.repeat(3, 1)).unflatten(0, (3, 11))
    together = module.eval()(x)
    torch.testing.assert_close(torch.softmax(together, 1), torch.softmax(each, 2).mean(0))
    assert members_of(module) == 3


def test_halves_with_either_embedding_are_two_networks_and_answer_as_all_members_do():
    torch.manual_seed(1)
    module, x = build(tabm(members=3, embedding="both", bins=BINS)), rows(7)
    halves = list(module[0].parts)  # pyright: ignore
    assert [members_of(half) for half in halves] == [2, 1]
    assert [type(half[0].numbers) for half in halves] == [Periodic, Piecewise]
    each = module.train()(x.repeat(3, 1)).unflatten(0, (3, 7))
    alone = [half(x.repeat(count, 1)).unflatten(0, (count, 7)) for half, count in zip(halves, (2, 1), strict=True)]
    torch.testing.assert_close(each, torch.cat(alone))
    last = members_output(module)
    assert last is not None
    with apart(last):
        torch.testing.assert_close(module.eval()(x), each.flatten(0, 1))
    torch.testing.assert_close(last.together(each.flatten(0, 1)), module(x))
    with pytest.raises(ValidationError, match="one member"):
        tabm(members=1, embedding="both", bins=BINS)


def test_values_are_averaged_and_kept_within_the_train_targets():
    torch.manual_seed(1)
    module, x = build(tabm(out_features=1, limits=(-0.05, 0.1))), rows(40)
    each = module.train()(x.repeat(3, 1)).unflatten(0, (3, 40))
    assert each.abs().max() > 0.1  # what is trained on is not kept within
    torch.testing.assert_close(module.eval()(x), each.mean(0).clamp(-0.05, 0.1))


def single(module: nn.Module, member: int) -> nn.Module:
    """The network of one member that shares nothing."""
    first, *inner, last = module.children()
    assert isinstance(first, MembersInput)
    assert isinstance(last, MembersOutput)
    alone = build(tabm(members=1, hidden=[8, 6], own_weights=True, embeddings=[], in_features=4))
    for mine, theirs in zip(alone.parameters(), module.parameters(), strict=True):
        mine.data = theirs.data[member : member + 1].clone()
    assert any(isinstance(layer, MemberLinear) for layer in inner)
    return alone


def test_members_that_share_nothing_train_as_single_networks_do():
    torch.manual_seed(1)
    module = build(tabm(own_weights=True, embeddings=[], in_features=4)).train()
    alone = [single(module, member).train() for member in range(3)]
    x, y = torch.randn(3, 20, 4), torch.randint(0, 2, (3, 20))
    for _ in range(5):
        loss = nn.functional.cross_entropy(module(x.flatten(0, 1)), y.flatten())
        losses = [nn.functional.cross_entropy(net(x[k]), y[k]) for k, net in enumerate(alone)]
        torch.testing.assert_close(loss, torch.stack(losses).mean())
        for network, value, rate in ((module, loss, 0.3), *zip(alone, losses, (0.1,) * 3, strict=True)):
            parameters = list(network.parameters())
            for parameter, grad in zip(parameters, torch.autograd.grad(value, parameters), strict=True):
                parameter.data -= rate * grad  # a mean over three members is a third of each one's
    for member, net in enumerate(alone):
        for mine, theirs in zip(net.parameters(), module.parameters(), strict=True):
            torch.testing.assert_close(mine[0], theirs[member])


def test_scales_begin_so_that_members_that_share_layers_differ():
    torch.manual_seed(1)
    assert build(tabm())[0].scale.std() > 0.5  # pyright: ignore
    assert set(build(tabm(numbers=0, embedding="none"))[0].scale.flatten().tolist()) == {-1.0, 1.0}  # pyright: ignore
    assert set(build(tabm(own_weights=True))[0].scale.flatten().tolist()) == {1.0}  # pyright: ignore
