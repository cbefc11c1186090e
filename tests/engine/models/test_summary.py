import torch
from torch import nn

from nnlab.engine.models.families import build
from nnlab.engine.models.spec import ModelSpec
from nnlab.engine.models.summary import LayerRow, summarize, total

NOISY = ModelSpec(family="noisy-mlp", hidden=[10], noise=0.1, dropout=0.5, in_features=2, out_features=2)


def test_each_layer_has_its_output_shape_and_parameters() -> None:
    assert summarize(build(NOISY), NOISY) == [
        LayerRow("0", "NoisyLinear", (10,), 30),
        LayerRow("1", "ReLU", (10,), 0),
        LayerRow("2", "Dropout", (10,), 0),
        LayerRow("3", "Linear", (2,), 22),
    ]


def test_a_cnns_shapes_are_channels_height_width() -> None:
    spec = ModelSpec(family="cnn", hidden=[5], channels=[3], in_features=64, out_features=2, image_shape=(1, 8, 8))
    module = build(spec)
    rows = summarize(module, spec)
    assert [row.output_shape for row in rows] == [(3, 8, 8), (3, 8, 8), (3, 4, 4), (48,), (5,), (5,), (2,)]
    assert sum(row.parameters for row in rows) == total(module)


def test_embeddings_have_rows_of_their_own() -> None:
    spec = ModelSpec(family="linear", in_features=3, out_features=1, embeddings=[(4, 2)])
    rows = summarize(build(spec), spec)
    assert [(row.kind, row.output_shape, row.parameters) for row in rows] == [
        ("Embedding", (2,), 8),
        ("Linear", (1,), 5),
    ]


def test_members_without_embeddings_have_no_row_for_them() -> None:
    spec = ModelSpec(family="tabm", members=2, hidden=[4], in_features=3, out_features=1)
    rows = summarize(build(spec), spec)
    assert [row.kind for row in rows] == ["MembersInput", "Linear", "ReLU", "MembersOutput"]


def test_summarizing_leaves_generator_and_modes_alone() -> None:
    module = build(NOISY)
    module[2].eval()  # pyright: ignore
    state, modes = torch.get_rng_state(), [part.training for part in module.modules()]
    summarize(module, NOISY)
    assert torch.equal(torch.get_rng_state(), state)
    assert [part.training for part in module.modules()] == modes


def test_shared_and_unused_layers_are_counted_once() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Linear(2, 2)
            self.again = self.first
            self.unused = nn.Linear(3, 1)
            self.scale = nn.Parameter(torch.ones(2))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.again(self.first(x)) * self.scale

    module = Tied()
    rows = summarize(module, ModelSpec(family="linear", in_features=2, out_features=2))
    assert [(row.name, row.output_shape, row.parameters) for row in rows] == [
        ("", (2,), 2),
        ("first", (2,), 6),
        ("unused", (), 4),
    ]
    assert sum(row.parameters for row in rows) == total(module)
