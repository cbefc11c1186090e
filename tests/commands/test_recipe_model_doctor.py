"""`nnlab recipe`, `nnlab model` and `nnlab doctor`: what they print, as text and as JSON."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

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


SEEN: dict[str, Any] = {"threads": 1, "auto": "cpu, since torch sees no GPU", "captured": "", "devices": ["cpu"]}
CARD = "#!/bin/sh\necho '580.65.06, NVIDIA H100 80GB HBM3, 81559'\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A machine with files of the driver, or `nvidia-smi` (a script), and a torch that says this of itself."""

    def make(smi: str = "", version: str = "", device: str = "", **said: Any) -> None:
        (tmp_path / "bin").mkdir()
        (tmp_path / "dev").mkdir()
        if smi:
            (tmp_path / "bin" / "nvidia-smi").write_text(smi, encoding="utf-8")
            (tmp_path / "bin" / "nvidia-smi").chmod(0o755)
        if version:
            (tmp_path / "version").write_text(version, encoding="utf-8")
        if device:
            (tmp_path / "dev" / device).touch()
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        monkeypatch.setattr("nnlab.commands.graphics.VERSION", tmp_path / "version")
        monkeypatch.setattr("nnlab.commands.graphics.DEVICES", tmp_path / "dev")
        monkeypatch.setattr("nnlab.commands.doctor._torch", lambda: {**SEEN, **said})

    return make


SAID = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\n"


@pytest.mark.parametrize(
    ("there", "driver"),
    [
        ({"smi": CARD}, "580.65.06"),
        ({"version": SAID}, "535.104.05"),
        ({"smi": "#!/bin/sh\nexit 9\n", "version": SAID}, "535.104.05"),
        ({"version": "NVRM\n"}, "there"),
        ({"device": "nvidia0"}, "there"),
    ],
    ids=["nvidia-smi", "proc", "broken nvidia-smi", "proc of another form", "dev"],
)
def test_doctor_says_that_a_card_has_no_build_of_torch_for_it(
    there: dict[str, str], driver: str, machine: Callable[..., None], nnlab: Call
):
    machine(**there, cuda=None)
    done = nnlab("doctor")
    assert done.returncode == 1
    assert "this torch is built without CUDA and sees no card: `" in done.stderr
    assert json.loads(nnlab("doctor", "--json").stdout)["gpu"]["driver"] == driver


def test_doctor_tells_a_cards_memory_and_who_gets_it(machine: Callable[..., None], nnlab: Call):
    machine(smi=CARD, cuda="13.0", devices=["cuda:0 NVIDIA H100 80GB HBM3", "cpu"], auto="cuda from 4 million")
    done = nnlab("doctor")
    assert done.returncode == 0, done.stderr
    assert "NVIDIA H100 80GB HBM3 (79.6 GiB), driver 580.65.06" in done.stdout
    assert "cuda from 4 million" in done.stdout


def test_doctor_says_why_a_build_with_cuda_may_see_no_card(
    machine: Callable[..., None], nnlab: Call, monkeypatch: pytest.MonkeyPatch
):
    machine(smi=CARD, cuda="13.0")
    assert "built for CUDA 13.0, sees no card: the driver 580.65.06 may be older" in nnlab("doctor").stderr
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    done = nnlab("doctor")
    assert done.returncode == 0
    assert "of which torch is shown CUDA_VISIBLE_DEVICES=''" in " ".join(done.stdout.split())


def test_doctor_says_that_a_build_with_cuda_has_no_card_and_that_this_is_no_fault(
    machine: Callable[..., None], nnlab: Call
):
    machine(cuda="13.0")
    done = nnlab("doctor")
    assert done.returncode == 0
    assert "torch is built for CUDA 13.0" in done.stdout


def test_doctor_says_why_steps_are_not_captured(machine: Callable[..., None], nnlab: Call):
    machine(cuda=None, captured="cannot be taken: torch 9 has no interpreter of TorchScript; slower so")
    assert "torch 9 has no interpreter of TorchScript" in nnlab("doctor").stdout


def test_torch_says_in_the_child_what_the_doctor_asks(nnlab: Call):
    found = json.loads(nnlab("doctor", "--json").stdout)
    assert {"devices", "threads", "cuda", "auto", "captured", "gpu"} <= found.keys()
    assert found["auto"].startswith("cpu")
    assert found["captured"] == ""
