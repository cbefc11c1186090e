"""`nnlab lr` draws the loss over a rising rate and names a band; it sets nothing and keeps nothing."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

Call = Callable[..., CompletedProcess[str]]


def test_a_band_is_drawn_and_the_last_line_is_a_command_that_trains(nnlab: Call, own_world: Path):
    done = nnlab("lr", "iris", "--hidden", "8", "--batch-size", "10")
    assert done.returncode == 0
    assert "learning rate" in done.stdout
    assert "The loss fell quickly between" in done.stdout
    assert not own_world.exists()
    *_, command = done.stdout.splitlines()
    assert command.startswith("nnlab train iris --hidden 8 --batch-size 10 --lr 0.0")
    assert nnlab(*shlex.split(command)[1:], "--epochs", "1", "--quiet").returncode == 0


def test_it_says_so_where_there_is_no_band(nnlab: Call):
    done = nnlab("lr", "xor", "--optimizer", "sgd")
    assert done.returncode == 0
    assert "With no rate did the loss fall clearly" in done.stdout.replace("\n", " ")
    assert "nnlab train" not in done.stdout
    told = json.loads(nnlab("lr", "xor", "--optimizer", "sgd", "--json").stdout)
    assert (told["band"], told["middle"], told["command"]) == (None, None, None)


def test_json_has_every_step(nnlab: Call):
    told = json.loads(nnlab("lr", "iris", "--json").stdout)
    assert told["tried"][0]["rate"] == 1e-6
    assert told["band"][0] < told["middle"] < told["band"][1]
    assert told["command"] == f"nnlab train iris --lr {told['middle']:g}"


def test_what_cannot_be_searched_for_is_refused_in_a_sentence(nnlab: Call):
    for words, said in (
        ([], "Which data set?"),
        (["irsi"], "iris"),
        (["iris", "--lr", "3"], "No such option: --lr"),
        (["iris", "--momentum", "0.9"], "has no effect on the optimizer"),
    ):
        done = nnlab("lr", *words)
        assert done.returncode == 2
        assert said in done.stderr
