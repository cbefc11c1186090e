"""The report says what happened, fits every width, and needs nothing but events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nnlab.engine.events import EpochEnded, Event, PictureTaken, RunFinished, RunStarted
from nnlab.tui.render.blocks import plain
from nnlab.tui.render.palette import RenderOptions
from nnlab.tui.render.report import report

ASCII = RenderOptions(colour=False, ascii=True)
CONFIG: dict[str, Any] = {
    "model": {"family": "mlp", "hidden": [10, 6]},
    "training": {"optimizer": "adam", "lr": 0.015, "batch_size": 20, "seed": 1, "scheduler": "none", "final": "best"},
}


def started(first_epoch: int = 1) -> RunStarted:
    rows, classes = {"train": 680, "valid": 120}, ["0", "1"]
    return RunStarted(
        "xor-1", "/runs/xor-1", "xor", "binary", 110, "cpu", CONFIG, rows, 2, classes, first_epoch=first_epoch
    )


def finished(stopped_by: Any = "epochs", message: str = "") -> RunFinished:
    metrics = {"loss_test": 0.0791, "accuracy_test": 0.985, "loss_valid": 0.07}
    best, last = "/runs/xor-1/best.pt", "/runs/xor-1/last.pt"
    return RunFinished("xor-1", "/runs/xor-1", 100, stopped_by, 80, best, last, metrics, 8.2, message)


@pytest.fixture
def events(history: list[dict[str, float]], class_map: dict[str, Any], digits: dict[str, Any]) -> list[Event]:
    epochs = [EpochEnded(record) for record in history]
    pictures = [PictureTaken("map", 100, class_map), PictureTaken("matrix", 100, digits)]
    return [started(), *epochs, *pictures, finished()]


@pytest.mark.parametrize("width", [60, 80, 120, 160, 200])
def test_the_report_fits_and_is_plain_text_without_colour(
    events: list[Event],
    pairs: dict[str, Any],
    wrong_images: dict[str, Any],
    width: int,
    options: RenderOptions,
    holds: Callable[..., None],
) -> None:
    more = [PictureTaken("scatter", 100, pairs), PictureTaken("images", 100, wrong_images)]
    holds(report([*events[:-1], *more, events[-1]], width, options).lines, width, options)


def test_the_report_says_what_happened_and_what_to_type_next(events: list[Event]) -> None:
    text = plain(report(events, 80, ASCII).lines)
    for said in (
        "-- xor-1 ---",
        "xor (binary), 680 train, 120 valid rows",
        "mlp 10-6, 110 parameters",
        "adam, lr 0.015, batch 20, seed 1, on cpu",
        "100 epochs in 8.2 s",
        "12 of 100 epochs",
        "decision map  epoch 100",
        "confusion matrix  epoch 100",
        "best checkpoint   valid    test",
        "accuracy              -  0.9850",
        "* finished",
        "best  /runs/xor-1/best.pt (epoch 80)",
        "next  nnlab eval xor-1",
        "nnlab predict xor-1 INPUT",
    ):
        assert said in text
    assert "--resume" not in text


def test_an_interrupted_run_tells_how_to_go_on(events: list[Event]) -> None:
    assert "next  nnlab train --resume xor-1" in plain(report([*events[:-1], finished("interrupt")], 80, ASCII).lines)


def test_a_diverged_run_says_why(events: list[Event]) -> None:
    why = "The loss became NaN at epoch 3: lower lr."
    assert f"! {why}" in plain(report([*events[:-1], finished("diverged", why)], 80, ASCII).lines)


@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_a_run_that_still_goes_on_is_reported_as_far_as_it_is(
    events: list[Event], count: int, options: RenderOptions
) -> None:
    text = plain(report(events[:count], 80, options).lines)
    assert "next" not in text
    assert ("xor-1" in text) == (count > 0)


def test_a_resumed_run_counts_each_epoch_once_and_forgets_its_first_ending(events: list[Event]) -> None:
    again = [started(first_epoch=100), EpochEnded({"epoch": 100, "loss_train": 0.5, "loss_valid": 0.5})]
    text = plain(report([*events, *again], 80, ASCII).lines)
    assert "12 of 100 epochs" in text
    assert "finished" not in text


def test_curves_stand_side_by_side_where_there_is_room(events: list[Event]) -> None:
    def has_both(line: str) -> bool:
        return line.startswith("loss") and "accuracy" in line

    assert any(map(has_both, plain(report(events, 120, ASCII).lines).split("\n")))
    assert not any(map(has_both, plain(report(events, 80, ASCII).lines).split("\n")))


def test_names_cannot_steer_the_terminal(options: RenderOptions) -> None:
    evil = "\x1b[2J\x1b]0;gone\x07\n"
    start = RunStarted(evil, evil, evil, "binary", 1, evil, CONFIG, {"train": 1})
    text = plain(report([start, finished(message=evil)], 80, options).lines)
    assert "\x1b" not in text
    assert "\x07" not in text


def test_an_ensemble_tells_its_shares_and_nobodys_training() -> None:
    model = {"family": "ensemble", "parts": [{}, {}, {}], "shares": [0.5, 0.3, 0.2]}
    mixed = RunStarted("s-ensemble", "/runs/s", "xor", "binary", 330, "cpu", {**CONFIG, "model": model})
    text = plain(report([mixed, finished()], 80, ASCII).lines)
    assert "ensemble of 3, 330 parameters" in text
    assert "apart, of each network; their shares: 0.50, 0.30, 0.20" in text
    assert "adam" not in text


def test_another_programs_log_tells_of_no_network() -> None:
    log = RunStarted("theirs", "/runs/theirs", "version_0", "imported", 0, "", {})
    text = plain(report([log, EpochEnded({"epoch": 1, "loss_train": 0.5}), finished()], 80, ASCII).lines)
    assert "version_0 (imported)" in text
    assert "network" not in text
    assert "checkpoint" not in text
    assert "nnlab eval" not in text
