"""`nnlab train --explain` tells a run in sentences."""

from collections.abc import Callable
from subprocess import CompletedProcess

Call = Callable[..., CompletedProcess[str]]


def test_a_run_is_told_in_sentences(nnlab: Call):
    done = nnlab("train", "xor", "--epochs", "20", "--explain")
    said = done.stdout.replace("\n", " ")
    assert done.returncode == 0
    assert "trains the network mlp 10-6 on 680 rows of xor" in said
    assert "Epoch 1: the loss is" in said
    assert "Of test rows, which it has never seen," in said
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_it_cannot_be_told_and_printed_otherwise_at_once(nnlab: Call):
    for words, said in (
        (["--json"], "leave out --json"),
        (["--quiet"], "leave out --quiet"),
        (["--seeds", "2"], "leave out --seeds"),
    ):
        done = nnlab("train", "xor", "--explain", *words)
        assert done.returncode == 2
        assert said in done.stderr


def test_doctor_says_that_a_run_overfits(nnlab: Call):
    words = ["--samples", "120", "--data-noise", "0.35", "--hidden", "64,64", "--activation", "relu", "--lr", "0.01"]
    nnlab("train", "moons", *words, "--epochs", "80", "--early-stop", "500", "--name", "one", "--quiet")
    assert "it overfits" in nnlab("doctor", "one").stdout.replace("\n  ", " ")
