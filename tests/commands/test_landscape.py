"""`nnlab landscape` draws the loss around a run's weights."""

import json
from collections.abc import Callable
from subprocess import CompletedProcess

Call = Callable[..., CompletedProcess[str]]


def test_the_loss_is_drawn_around_a_run_and_along_its_path(nnlab: Call):
    nnlab("train", "xor", "--epochs", "4", "--name", "one", "--quiet")
    said = nnlab("landscape", "one").stdout
    assert "one direction" in said
    assert "where the weights are" in said
    done = nnlab("landscape", "one", "--path")
    assert "first component" in done.stdout
    assert "where the weights were after an epoch" in done.stdout
    assert not done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert len(json.loads(nnlab("landscape", "one", "--path", "--json").stdout)["points"]) == 5


def test_a_path_that_is_too_short_is_told(nnlab: Call):
    nnlab("train", "auto-mpg", "--hidden", "4", "--lr", "1e12", "--optimizer", "sgd", "--name", "off", "--quiet")
    done = nnlab("landscape", "off", "--path")
    assert "one direction" in done.stdout
    assert "too short to be drawn" in " ".join(done.stderr.split())


def test_a_run_that_there_is_not_is_refused(nnlab: Call):
    done = nnlab("landscape", "nowhere")
    assert done.returncode == 2
    assert "There is no run 'nowhere'" in done.stderr
