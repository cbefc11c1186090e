import pytest
import torch
from torch import nn

from nnlab.engine.models.layers import Dropout, LazyNoisyLinear, NoisyLinear, TableInput


def test_noisy_linear_prints_the_tutorials_numbers() -> None:
    torch.manual_seed(1)
    layer = NoisyLinear(2, 3, noise_stddev=0.1)
    x = torch.zeros((1, 2))
    outputs = [layer(x), layer(x), layer.eval()(x)]
    expected = [[-0.0235, 0.0468, 0.0170], [0.0144, 0.0180, -0.0422], [0.0, 0.0, 0.0]]
    torch.testing.assert_close(torch.cat(outputs), torch.tensor(expected), atol=5e-5, rtol=0)


def test_noisy_linear_equals_the_formula_written_out() -> None:
    layer = NoisyLinear(4, 3, 0.5)
    x = torch.randn(6, 4)
    torch.manual_seed(3)
    noise = torch.normal(0.0, 0.5, x.shape)
    torch.manual_seed(3)
    assert torch.equal(layer(x), torch.add(torch.mm(x + noise, layer.w.t()), layer.b))


def test_noisy_linear_takes_inputs_of_any_leading_shape() -> None:
    assert NoisyLinear(4, 3).eval()(torch.zeros(2, 5, 4)).shape == (2, 5, 3)
    assert NoisyLinear(4, 3)(torch.zeros(4)).shape == (3,)


def test_noisy_linear_has_two_parameters_and_prints_as_pytorch_does() -> None:
    layer = NoisyLinear(2, 10, 0.07)
    assert [name for name, _ in layer.named_parameters()] == ["w", "b"]
    assert repr(layer) == "NoisyLinear(in_features=2, out_features=10, bias=True)"


@pytest.mark.filterwarnings("ignore:Lazy modules:UserWarning")
def test_the_lazy_variant_learns_its_width_and_becomes_the_layer_itself() -> None:
    torch.manual_seed(1)
    lazy = LazyNoisyLinear(3, noise_stddev=0.1)
    assert repr(lazy) == "LazyNoisyLinear(in_features=?, out_features=3, bias=True)"
    lazy(torch.zeros(1, 2))
    assert type(lazy) is NoisyLinear
    assert repr(lazy) == "NoisyLinear(in_features=2, out_features=3, bias=True)"
    torch.manual_seed(1)
    assert torch.equal(lazy.w, NoisyLinear(2, 3).w)
    assert isinstance(lazy.w, nn.Parameter)
    assert lazy.noise_stddev == 0.1


@pytest.mark.filterwarnings("ignore:Lazy modules:UserWarning")
def test_the_lazy_variant_takes_the_weights_of_a_saved_layer() -> None:
    saved = NoisyLinear(5, 3).state_dict()
    lazy = LazyNoisyLinear(3)
    lazy.load_state_dict(saved)
    lazy(torch.zeros(1, 5))
    assert torch.equal(lazy.w, saved["w"])


def test_table_input_passes_numbers_and_looks_up_categories() -> None:
    layer = TableInput(2, [(3, 2), (4, 1)])
    x = torch.tensor([[0.5, -1.0, 2.0, 0.0], [1.5, 2.0, 0.0, 3.0]])
    output = layer(x)
    first, second = layer.embeddings.parameters()
    assert layer.out_features == output.shape[1] == 5
    assert torch.equal(output[0], torch.cat([x[0, :2], first[2], second[0]]))
    assert torch.equal(output[1], torch.cat([x[1, :2], first[0], second[3]]))


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_dropout_drops_its_share_at_every_place_and_keeps_the_mean(p: float):
    x = torch.ones(100_003, requires_grad=True)
    y = Dropout(p)(x)
    for lane in range(4):
        assert (y[lane::4] == 0).double().mean().item() == pytest.approx(p, abs=0.01)
    assert y.unique().tolist() == pytest.approx([0.0, 1 / (1 - p)], rel=1e-3)
    y.sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, y.detach())


@pytest.mark.parametrize("shape", [(3, 5), (7,), (2, 3, 4), (0, 4), ()])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_dropout_keeps_shape_and_type_and_draws_anew_from_torchs_generator(shape: tuple[int, ...], dtype: torch.dtype):
    layer, x = Dropout(0.5), torch.ones(shape, dtype=dtype)
    torch.manual_seed(3)
    first, second = layer(x), layer(x)
    torch.manual_seed(3)
    assert torch.equal(layer(x), first)
    assert torch.equal(layer(x), second)
    assert (first.shape, first.dtype) == (x.shape, dtype)


def test_dropout_does_nothing_in_evaluation_and_without_a_share():
    x = torch.randn(4, 5)
    assert Dropout(0.5).eval()(x) is x
    assert Dropout(0.0)(x) is x
