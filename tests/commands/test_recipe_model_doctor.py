"""`nnlab recipe`, `nnlab model` and `nnlab doctor`: what they print, as text and as JSON."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from nnlab.engine import recipes
from nnlab.engine.options import FAMILIES

Call = Callable[..., CompletedProcess[str]]


def test_recipe_list_has_them_all(nnlab: Call):
    listed = json.loads(nnlab("recipe", "list", "--json").stdout)
    assert [entry["name"] for entry in listed] == recipes.names()
    assert all(entry["description"] for entry in listed)
    assert "tutorial/xor-noisy" in nnlab("recipe", "list").stdout


def test_recipe_show_prints_toml_that_can_be_trained_from(nnlab: Call, tmp_path: Path):
    text = nnlab("recipe", "show", "tutorial/mnist").stdout
    assert tomllib.loads(text) == recipes.read("tutorial/mnist")
    assert json.loads(nnlab("recipe", "show", "tutorial/mnist", "--json").stdout) == tomllib.loads(text)
    mine = tmp_path / "mine.toml"
    mine.write_text(text, encoding="utf-8")
    resolved = tomllib.loads(nnlab("train", "--config", mine, "--dry-run").stdout)
    assert resolved["model"]["hidden"] == [32, 16]
    assert resolved["training"]["patience"] == 10


@pytest.mark.parametrize("name", ["../config", "/etc/passwd", "tutorial/../xor"])
def test_a_recipe_cannot_lead_out_of_its_folder(nnlab: Call, name: str):
    done = nnlab("recipe", "show", name)
    assert done.returncode == 2
    assert "There is no recipe" in done.stderr


def test_model_list(nnlab: Call):
    assert [entry["name"] for entry in json.loads(nnlab("model", "list", "--json").stdout)] == list(FAMILIES)
    assert "noisy-mlp" in nnlab("model", "list").stdout


def test_model_show_prints_as_pytorch_does_and_counts(nnlab: Call):
    said = nnlab("model", "show", "mlp", "--data", "xor", "--hidden", "10,6", "--activation", "sigmoid").stdout
    assert "(0): Linear(in_features=2, out_features=10, bias=True)" in said
    assert "(3): Sigmoid()" in said
    assert said.splitlines()[-1].split() == ["in", "all", "110"]


def test_model_show_as_json(nnlab: Call):
    shown = json.loads(nnlab("model", "show", "noisy-mlp", "--hidden", "4", "--json").stdout)
    assert shown["parameters"] == 2 * 4 + 4 + 4 * 2 + 2
    assert [layer["kind"] for layer in shown["layers"]] == ["NoisyLinear", "Tanh", "Linear"]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["nosy-mlp"], "did you mean 'noisy-mlp'?"),
        (["cnn", "--data", "xor"], "A cnn needs images"),
        (["mlp", "--data", "iriss"], "There is no data set 'iriss': did you mean 'iris'?"),
        (["mlp", "--hidden", "wide"], "--hidden"),
        (["mlp", "--dropout", "1.5"], "--dropout"),
        (["nothing.pt"], "There is no file nothing.pt"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_model_show_refuses_in_a_sentence(nnlab: Call, argv: list[str], said: str):
    done = nnlab("model", "show", *argv)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr


def test_doctor_finds_nothing_missing_here(nnlab: Call, own_world: Path):
    done = nnlab("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Nothing is missing." in done.stdout
    found = json.loads(nnlab("doctor", "--json").stdout)
    assert found["packages"]["torch"].startswith("2.")
    assert "cpu" in found["devices"]
    assert found["folders"]["runs"]["path"] == str(own_world)
    assert found["problems"] == []


def test_doctor_names_what_mends_a_missing_package(nnlab: Call, monkeypatch: pytest.MonkeyPatch):
    def requires(distribution: str) -> list[str]:
        return ["no-such-package>=1", "other; extra == 'dev'"]

    monkeypatch.setattr("importlib.metadata.requires", requires)
    done = nnlab("doctor")
    assert done.returncode == 1
    assert "pip install 'no-such-package>=1'" in done.stderr
    assert "other" not in done.stdout


def test_doctor_tells_of_a_torch_that_cannot_be_used(nnlab: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "torch.py").write_text("raise ImportError('libcudart.so: no such file')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    done = nnlab("doctor")
    assert done.returncode == 1
    assert "PyTorch cannot be used (ImportError: libcudart.so: no such file): `" in done.stderr
    assert json.loads(nnlab("doctor", "--json").stdout)["devices"] == []
