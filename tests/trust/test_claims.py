"""A file may claim anything: what it claims is compared with what it holds, by arithmetic, before anything is built."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import forging
import numpy as np
import pytest
import torch
from forging import Body, changed
from pydantic import BaseModel

from nnlab.engine import checkpoint as checkpoints
from nnlab.engine import plain_pickle
from nnlab.engine.config import Config
from nnlab.engine.data.schema import Schema
from nnlab.engine.errors import UsageError
from nnlab.engine.models import families
from nnlab.engine.models.spec import ModelSpec
from nnlab.engine.plain_pickle import PickleError, Storage
from nnlab.engine.training.session import begin

MODELS: list[type[BaseModel]] = [Config, Schema, ModelSpec]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return forging.real(tmp_path_factory.mktemp("real"))


def unbounded(node: Any, place: str = "") -> Iterator[str]:
    """Every number, text, list and dict in a JSON schema that may be of any size; numbers may be as large as floats."""
    if isinstance(node, list):
        for number, item in enumerate(node):
            yield from unbounded(item, f"{place}[{number}]")
    if not isinstance(node, dict):
        return
    closed = {"enum", "const"} & node.keys()
    kind = node.get("type")
    if kind == "integer" and not closed:
        ends = ({"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"})
        yield from (f"{place}: {end}" for end in ends if not end & node.keys())
    if kind == "string" and not closed and "maxLength" not in node and "{" not in node.get("pattern", ""):
        yield f"{place}: maxLength"
    if kind == "array" and "maxItems" not in node:
        yield f"{place}: maxItems"
    if kind == "object" and "properties" not in node and "maxProperties" not in node:
        yield f"{place}: maxProperties"
    for key, value in node.items():
        yield from unbounded(value, f"{place}.{key}")


def test_what_has_no_bound_is_found():
    class Loose(BaseModel):
        numbers: dict[str, list[int]]

    assert len(list(unbounded(Loose.model_json_schema()))) == 4


@pytest.mark.parametrize("model", MODELS)
def test_every_number_text_and_list_of_a_file_has_a_bound(model: type[BaseModel]):
    assert not list(unbounded(model.model_json_schema()))


def patient(node: Any) -> Iterator[Any]:
    """Every long list in a model's core schema of which all wrong items would be told."""
    if isinstance(node, dict):
        if node.get("type") == "list" and node.get("max_length", 0) > 1_000 and not node.get("fail_fast"):
            yield node
        node = [value for key, value in node.items() if key != "metadata"]
    if isinstance(node, list):
        for item in node:
            yield from patient(item)


@pytest.mark.parametrize("model", MODELS)
def test_of_a_long_list_only_the_first_wrong_item_is_told(model: type[BaseModel]):
    assert not list(patient(model.__pydantic_core_schema__))


def hashed(body: Body) -> None:
    body["schema"]["columns"] = [{"kind": "hashed", "name": "x", "width": 65_536}] * 2_000


def named(body: Body) -> None:
    hashed(body)
    body["spec"]["columns"] = ["x"] * 100_000


def many_embeddings(body: Body) -> None:
    column = {"kind": "embedding", "name": "x", "categories": [], "width": 1}
    body["schema"]["columns"] = [column] * 9_999
    body["spec"].update(in_features=9_999, embeddings=[(1, 1)] * 9_999)


def held_twice(body: Body) -> None:
    large = torch.zeros(100_000)
    body["weights"] = {str(number): large for number in range(15_000)}


CLAIMS: dict[str, Callable[[Body], object]] = {
    "wide columns": hashed,
    "wide columns with names": named,
    "wide columns of an own network": lambda body: (named(body), body["spec"].update(family="custom")),
    "embeddings": many_embeddings,
    "layers": lambda body: body["spec"].update(hidden=[10**12] * 1_000),
    "one tensor in many places": held_twice,
    "a picture": lambda body: body["schema"].update(image={"shape": (1, 65_536, 65_536)}, columns=[]),
    "a text for a number": lambda body: body["config"]["training"].update(lr="9" * 20_000_000),
    "a text for a key": lambda body: body["config"].update({"x" * 20_000_000: 1}),
    "a text for a name": lambda body: body["weights"].update({"x" * 20_000_000: torch.zeros(1)}),
    "a list for a number": lambda body: body["config"]["training"].update(lr=[1] * 1_000_000),
    "numbers for categories": lambda body: body["schema"].update(classes=[1] * 1_000_000),
    "texts for class weights": lambda body: body["config"]["training"].update(class_weights=["x"] * 200_000),
    "empty columns": lambda body: body["schema"].update(columns=[{"kind": "number"}] * 100_000),
    "names for tensors": lambda body: body["weights"].update(dict.fromkeys(map(str, range(300_000)), 1)),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_what_a_file_claims_beyond_what_it_holds_is_refused_before_anything_is_built(
    name: str, original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def build(_: ModelSpec) -> None:
        raise AssertionError("a network was built")

    monkeypatch.setattr(families, "build", build)
    monkeypatch.setattr(Schema, "owners", property(lambda _: pytest.fail("the columns' names were listed")))
    path = changed(original, tmp_path / "x.pt", CLAIMS[name])
    with pytest.raises(UsageError) as caught:
        checkpoints.load(path)
    assert len(str(caught.value)) < 1_000
    assert "\n" not in str(caught.value)


MEASURED = """
import resource, sys
from pathlib import Path
from nnlab.engine import checkpoint, errors

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

checkpoint.load(Path(sys.argv[1]))
before = peak()
for path in sys.argv[2:]:
    try:
        checkpoint.load(Path(path))
    except errors.UsageError:
        pass
print(peak() - before)
"""


def test_no_claim_takes_more_memory_than_the_files_and_their_values(original: Path, tmp_path: Path):
    """In a process of its own, whose memory is measured: the largest file here has 20 MB."""
    paths = [changed(original, tmp_path / f"{number}.pt", change) for number, change in enumerate(CLAIMS.values())]
    words = [sys.executable, "-c", MEASURED, original, *paths]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 150_000_000


EMPTY: tuple[Any, ...] = (None, True, -1, 2**53, 0.5, float("nan"), "", "x", (), [], {}, (3, (), None), [None])
TENSORS = (torch.zeros(0), torch.zeros(()), torch.zeros(624), torch.zeros(5056).byte(), torch.full((624,), 2**40))


def replace(at: tuple[Any, ...], value: Any) -> Callable[[Body], None]:
    """A change that puts a value at a place of a body; tuples on the way are made anew."""

    def changed_at(holder: Any, way: tuple[Any, ...]) -> Any:
        if not way:
            return value
        if isinstance(holder, tuple):
            items: list[Any] = list(holder)  # pyright: ignore[reportUnknownArgumentType]
            items[way[0]] = changed_at(items[way[0]], way[1:])
            return tuple(items)
        holder[way[0]] = changed_at(holder[way[0]], way[1:])
        return holder

    return lambda body: changed_at(body, at)


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a state; of long tuples the first few."""
    for key in list(value) if isinstance(value, dict) else range(min(3, len(value))):
        yield (*way, key)
        if isinstance(value[key], dict | tuple | list):
            yield from places(value[key], (*way, key))


@pytest.mark.parametrize("within", [False, True], ids=["between epochs", "within an epoch"])
def test_a_state_with_empty_or_malformed_parts_is_refused_or_resumes(within: bool, original: Path, tmp_path: Path):
    """Whatever part of it is malformed, nothing but a sentence comes of it, and it comes before the first step."""
    if within:
        original = changed(original, tmp_path / "within.pt", half_way)
    state: Body = torch.load(original, weights_only=True)["state"]
    refused = 0
    for way in places(state):
        for value in (*EMPTY, *TENSORS):
            path = changed(original, tmp_path / "x.pt", replace(("state", *way), value))
            try:
                checkpoint = checkpoints.load(path)
                begin(checkpoint.config, resume=checkpoint).begin_epoch()
            except UsageError as error:
                refused += "\n" not in str(error) and len(str(error)) < 1_000
    assert refused > 400


def half_way(body: Body) -> None:
    """As if the run had been stopped after the first step of its third epoch."""
    state = body["state"]
    body["config"]["training"]["epochs"] = 9
    steps = len(begin(checkpoints.Config.model_validate(body["config"])).steps.losses)
    state.update(step=1, right=3, losses=torch.zeros(steps), epoch_rng=dict(state["rng"]))


def test_absurd_values_at_random_are_refused_in_a_sentence_or_read(original: Path, tmp_path: Path):
    data, rng, sentences = original.read_bytes(), random.Random(1), list[str]()
    for _ in range(150):
        (tmp_path / "x.pt").write_bytes(forging.with_absurd_value(data, rng))
        try:
            checkpoints.load(tmp_path / "x.pt")
        except UsageError as error:
            sentences.append(str(error))
    assert len(sentences) > 75
    assert all("\n" not in sentence and len(sentence) < 1_000 for sentence in sentences)


@pytest.mark.parametrize("shape", [(0, 2**70), (0, 2**61, 2**61), (2**70,)])
def test_a_tensor_of_a_shape_that_no_memory_holds_is_refused(shape: tuple[int, ...]):
    with pytest.raises(PickleError):
        plain_pickle._tensor(Storage(np.zeros(64, np.uint8), np.dtype(np.float32)), 0, shape, (1,) * len(shape))


def test_a_tensor_in_the_place_of_a_stride_is_refused():
    with pytest.raises(PickleError):
        plain_pickle._tensor(Storage(np.zeros(64, np.uint8), np.dtype(np.float32)), 0, (4,), (torch.ones(4),))
