"""`nnlab doctor RUN` tells how a run's layers fare, of what its last checkpoint holds."""

import json
from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

from nnlab.engine import recipes

Call = Callable[..., CompletedProcess[str]]
USED_FOR = {"default": "auto-mpg", "default-cnn": "digits", "default-tabm": "auto-mpg"}
"""What recipes that are for any data set are tried on."""
RAW = "The pixels go up to 255, and a layer expects numbers of about 1; try --pixels standard."
SHORTER = {
    "mnist": ("--epochs", "2", "--train-split", "train[:6000]"),
    "mnist-cnn": ("--epochs", "2", "--train-split", "train[:2000]"),
    "tutorial/mnist": ("--epochs", "2", "--train-split", "train[:6000]"),
    "default-cnn": ("--epochs", "3"),
    "digits-cnn": ("--epochs", "5"),
}


def test_a_run_is_looked_into(nnlab: Call):
    assert nnlab("train", "xor", "--epochs", "3", "--name", "one", "--quiet").returncode == 0
    done = nnlab("doctor", "one")
    assert done.returncode == 0
    assert "one, 3 epochs" in done.stdout
    assert "The layers fare well." in done.stdout
    assert "layer 1 Tanh" in done.stdout
    told = json.loads(nnlab("doctor", "latest", "--json").stdout)
    assert (told["run"], told["epoch"], told["findings"]) == ("one", 3, [])


def test_a_run_that_diverged_says_so_and_what_to_try(nnlab: Call):
    nnlab("train", "auto-mpg", "--optimizer", "sgd", "--lr", "30", "--name", "boom", "--quiet")
    assert "The training diverged: the loss is no longer a number" in nnlab("doctor", "boom").stdout.replace("\n ", "")


def test_what_cannot_be_looked_into_is_refused_in_a_sentence(nnlab: Call):
    nnlab("train", "xor", "--epochs", "1", "--name", "one", "--quiet")
    for words, said in (
        (["nowhere"], "There is no run 'nowhere'"),
        (["one", "--model", "net.py:Net"], "leave out --model"),
        (["--model", "net.py:Net"], "name the run, as in `nnlab doctor latest`"),
    ):
        done = nnlab("doctor", *words)
        assert done.returncode == 2
        assert said in done.stderr


def told_of(nnlab: Call, *words: str) -> list[str]:
    """What `nnlab doctor` finds in a run of these words of `nnlab train`."""
    done = nnlab("train", *words, "--quiet")
    assert done.returncode == 0, done.stderr
    return json.loads(nnlab("doctor", "latest", "--json").stdout)["findings"]


@pytest.mark.long
@pytest.mark.parametrize("name", recipes.names())
def test_a_run_of_a_recipe_of_nnlabs_own_is_told_that_nothing_is_off(nnlab: Call, name: str):
    data = recipes.read(name).get("data", {}).get("name") or USED_FOR[name]
    said = [RAW] if name == "tutorial/mnist" else []  # which gives the network its pixels as they are
    assert told_of(nnlab, data, "--recipe", name, *SHORTER.get(name, ())) == said


def test_what_a_schedule_makes_of_a_rate_is_not_taken_for_a_rate_that_is_too_small(nnlab: Call):
    assert told_of(nnlab, "digits", "--scheduler", "one-cycle", "--epochs", "3") == []
    said = " ".join(nnlab("doctor", "latest").stdout.split())
    assert "usually about -3, and less at a rate of 1.2e-08, which the schedule makes of 0.003." in said
    learns_nothing = told_of(nnlab, "xor", "--model", "linear", "--scheduler", "cosine", "--epochs", "4")
    assert not any("too small" in one for one in learns_nothing)
