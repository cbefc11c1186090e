"""Where a training computes: asked for by name, or chosen by the work where there is a GPU."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from nnlab.engine.config import Config, merge, validate
from nnlab.engine.errors import NnlabError, UsageError
from nnlab.engine.events import Noted
from nnlab.engine.models.families import build
from nnlab.engine.models.spec import ModelSpec
from nnlab.engine.training.captured import compiler
from nnlab.engine.training.device import choose_device, describe_auto, determinism, find_device
from nnlab.engine.training.train import train

XOR = ModelSpec(family="mlp", hidden=[10, 6], in_features=2, out_features=2)
DIGITS = ModelSpec(family="mlp", hidden=[256, 128], in_features=784, out_features=10)
IMAGES = ModelSpec(
    family="cnn", hidden=[32], channels=[32, 64], in_features=784, out_features=10, image_shape=(1, 28, 28)
)


def config(**training: Any) -> Config:
    base = {"data": {"name": "xor", "samples": 100}, "training": {"epochs": 2, "batch_size": 10}}
    return validate(merge(base, {"training": training}), source="test")


@pytest.fixture
def a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)


@pytest.mark.usefixtures("a_gpu")
@pytest.mark.parametrize(
    ("spec", "rows", "training", "chosen"),
    [
        (XOR, 680, {"epochs": 50, "batch_size": 20}, "cpu"),
        (XOR, 680, {"epochs": 1_000_000, "batch_size": 20}, "cpu"),
        (DIGITS, 54_000, {"epochs": 50, "batch_size": 128}, "cuda"),
        (DIGITS, 54_000, {"epochs": 50, "batch_size": 1}, "cpu"),
        (DIGITS, 100, {"epochs": 5, "batch_size": 128}, "cpu"),
        (IMAGES, 54_000, {"epochs": 1, "batch_size": 128}, "cuda"),
        (IMAGES, 54_000, {"epochs": 50, "batch_size": 2}, "cuda"),
    ],
)
def test_the_device_is_chosen_by_the_work(spec: ModelSpec, rows: int, training: dict[str, Any], chosen: str):
    device, told = choose_device(config(**training), build(spec), spec, rows)
    assert device.type == chosen
    assert ("--device cuda" in told) == (chosen == "cpu")


def test_where_there_is_no_gpu_nothing_is_told():
    assert choose_device(config(), build(DIGITS), DIGITS, 54_000) == (torch.device("cpu"), "")


@pytest.mark.usefixtures("a_gpu")
def test_a_training_says_that_it_leaves_the_gpu():
    notes = [event.text for event in train(config()) if isinstance(event, Noted)]
    assert any("--device cuda" in text for text in notes)


@pytest.mark.parametrize("name", ["cpu", "auto"])
def test_a_device_is_found_by_its_name(name: str):
    assert find_device(name) == (None if name == "auto" else torch.device("cpu"))


@pytest.mark.parametrize(("name", "error"), [("gpu", UsageError), ("cuda:x", UsageError), ("cuda", NnlabError)])
def test_a_device_that_is_none_is_refused(name: str, error: type[Exception]):
    with pytest.raises(error):
        find_device(name)


def test_determinism_is_over_after_the_block():
    with determinism(True):
        assert torch.are_deterministic_algorithms_enabled()
        assert not torch.backends.cuda.matmul.allow_tf32
    assert not torch.are_deterministic_algorithms_enabled()
    with determinism(False):
        assert not torch.are_deterministic_algorithms_enabled()


def test_a_deterministic_training_ends_as_the_plain_one_on_a_cpu():
    plain, other = (list(train(config(deterministic=wanted)))[-1] for wanted in (False, True))
    assert plain.metrics == other.metrics  # pyright: ignore[reportAttributeAccessIssue]


@pytest.fixture
def no_interpreter(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    compiler.missing.cache_clear()
    monkeypatch.delattr(torch.jit, "CompilationUnit")
    yield
    compiler.missing.cache_clear()


@pytest.mark.usefixtures("no_interpreter")
def test_what_is_missing_is_said():
    assert compiler.missing() == f"torch {torch.__version__} has no interpreter of TorchScript"
    assert not compiler.works()


@pytest.mark.parametrize(
    ("cuda", "mps", "said"),
    [
        (True, False, "cuda from 4 million multiply-adds a step and 100 billion a training on, else cpu"),
        (False, True, "cpu; --device mps takes Apple's GPU"),
        (False, False, "cpu, since torch sees no GPU"),
    ],
)
def test_the_rule_of_auto_is_told(cuda: bool, mps: bool, said: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert describe_auto().startswith(said)


@pytest.mark.usefixtures("no_interpreter")
def test_a_torch_that_replays_nothing_trains_as_well_and_says_so_once():
    events = list(train(config(epochs=3)))
    told = [event.text for event in events if isinstance(event, Noted) and "one operator at a time" in event.text]
    assert len(told) == 1
    assert str(torch.__version__) in told[0]


def test_the_numbers_are_those_of_captured_steps(request: pytest.FixtureRequest):
    captured = list(train(config(epochs=3)))[-1]
    request.getfixturevalue("no_interpreter")
    assert list(train(config(epochs=3)))[-1].metrics == captured.metrics  # pyright: ignore[reportAttributeAccessIssue]


def test_a_torch_that_can_replay_says_so():
    compiler.missing.cache_clear()
    assert compiler.works()


@pytest.mark.parametrize("source", ["def run(", "def run(x: Tensor):\n    torch.no_such_operator(x)\n"])
def test_a_program_that_torch_refuses_is_no_crash(source: str):
    with pytest.raises(compiler.CannotCaptureError):
        compiler.compiled(source)
