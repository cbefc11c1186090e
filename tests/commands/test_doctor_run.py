"""`nnlab doctor RUN` tells how a run's layers fare, of what its last checkpoint holds."""

import json
from collections.abc import Callable
from subprocess import CompletedProcess

Call = Callable[..., CompletedProcess[str]]


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
