"""A training is told in sentences: what begins, some epochs, what matters on the way, the end."""

import math
from typing import Any

from nnlab.engine.events import EpochEnded, Noted, RunFinished, RunStarted, StateChanged
from nnlab.tui.render.told import Teller

CONFIG: dict[str, Any] = {
    "training": {"epochs": 100, "batch_size": 20, "optimizer": "adam", "lr": 0.01},
    "model": {"family": "mlp", "hidden": [10, 6]},
}
STARTED = RunStarted("xor-1", "", "xor", "binary", 110, "cpu", CONFIG, {"train": 680, "valid": 120}, classes=["0", "1"])


def epoch(number: int, train: float, valid: float, **more: float) -> EpochEnded:
    return EpochEnded({"epoch": number, "loss_train": train, "loss_valid": valid, "lr": 0.01, "seconds": 0.1, **more})


def test_the_beginning_says_what_is_learnt_of_what_and_how():
    first, second = Teller().lines(STARTED)
    assert first.startswith("xor-1 trains the network mlp 10-6 on 680 rows of xor. It has 110 numbers to learn.")
    assert "120 other rows tell after each epoch how it does" in first
    assert "20 at a time, in 34 steps. In each step adam moves" in second


def test_epochs_are_told_beside_guessing_and_beside_what_was_told_before():
    teller = Teller()
    teller.lines(STARTED)
    (one,) = teller.lines(epoch(1, 0.7, 0.69, accuracy_valid=0.5))
    assert "guessing would give about 0.6931. Of the validation rows 50.0 % are right." in one
    (two,) = teller.lines(epoch(2, 0.4, 0.345))
    assert "50 % less than when it was told last" in two
    assert teller.lines(epoch(3, 0.4, 0.34))[0].endswith("about as when it was told last.")
    assert teller.lines(epoch(4, 0.4, 0.3)) == []
    assert teller.lines(epoch(5, math.nan, math.nan)) == ["Epoch 5: the loss is no number any more."]


def test_overfitting_is_told_once():
    teller = Teller()
    teller.lines(STARTED)
    said = [teller.lines(epoch(n, 1 / n, 0.3 if n == 9 else 0.9)) for n in range(1, 60)]
    told = [line for lines in said for line in lines if "it overfits" in line]
    assert len(told) == 1
    assert told[0].startswith("Epoch 14: the validation loss has risen from 0.3000 in epoch 9")


def test_notes_and_the_end_are_told():
    teller = Teller()
    teller.lines(STARTED)
    assert teller.lines(Noted("learning rate reduced to 0.001", 7)) == [
        "After epoch 7: learning rate reduced to 0.001."
    ]
    assert teller.lines(StateChanged("stopping", 7)) == ["It is stopping, and saves what was learnt."]
    metrics = {"accuracy_valid": 0.9, "accuracy_test": 0.985, "loss_test": 0.1}
    end = teller.lines(RunFinished("xor-1", "", 100, "early_stop", 80, "", "", metrics, 1.0))
    assert end[0].endswith("The best epoch was 80 of 100, and its weights are kept.")
    assert end[1] == "Of test rows, which it has never seen, 98.5 % are right."
    diverged = RunFinished("xor-1", "", 1, "diverged", 0, "", "", {"mae_test": math.nan}, 1.0, "Too fast.")
    assert Teller().lines(diverged) == ["It diverged: the numbers grew beyond all bounds. Too fast."]


def test_what_is_told_steers_no_terminal():
    assert "\x1b" not in Teller().lines(Noted("a \x1b[2J name", 0))[0]
