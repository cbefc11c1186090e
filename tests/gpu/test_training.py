"""On a GPU: a captured step is the eager one, runs resume where they were, and what cannot be is said."""

from pathlib import Path
from typing import Any

import pytest
import torch

from nnlab.engine.config import Config, merge, validate
from nnlab.engine.errors import NnlabError
from nnlab.engine.events import Event, Noted
from nnlab.engine.runs.claim import claim
from nnlab.engine.runs.folder import RunFolder
from nnlab.engine.runs.log import history_of
from nnlab.engine.training.captured import graph
from nnlab.engine.training.device import WORKSPACE
from nnlab.engine.training.interrupt import StopRequest
from nnlab.engine.training.session import begin
from nnlab.engine.training.train import go_on, run, train

pytestmark = pytest.mark.gpu

BASE: dict[str, Any] = {
    "data": {"name": "xor", "samples": 400, "noise": 0.1},
    "model": {"family": "mlp", "hidden": [10, 6], "activation": "tanh", "dropout": 0.1},
    "training": {"epochs": 4, "batch_size": 16, "lr": 0.01, "device": "cuda"},
}
DIGITS = {"data": {"name": "digits", "samples": None, "noise": None}}
FAMILIES: dict[str, dict[str, Any]] = {
    "linear": {"model": {"family": "linear", "hidden": [], "dropout": 0.0}},
    "mlp": {},
    "noisy-mlp": {"model": {"family": "noisy-mlp", "noise": 0.05}},
    "tabm periodic": {"model": {"family": "tabm", "members": 4, "embedding": "periodic"}},
    "tabm piecewise": {"model": {"family": "tabm", "members": 4, "embedding": "piecewise"}},
    "cnn": merge(DIGITS, {"model": {"family": "cnn", "hidden": [16], "channels": [4, 8]}}),
}
LOSSES: dict[str, dict[str, Any]] = {
    "smoothed": {"training": {"label_smoothing": 0.1}},
    "weighted": {"training": {"class_weights": "balanced"}},
    **{loss: {"data": {"name": "plane", "noise": 0.0}, "training": {"loss": loss}} for loss in ("mse", "mae", "huber")},
}
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {"training": {"optimizer": "sgd", "momentum": 0.9, "nesterov": True}},
    "adamw": {"training": {"optimizer": "adamw", "weight_decay": 0.1, "clip": 1.0}},
    "rmsprop": {"training": {"optimizer": "rmsprop", "momentum": 0.5}},
    "one-cycle": {"training": {"scheduler": "one-cycle"}},
}


def config(*changes: dict[str, Any], **training: Any) -> Config:
    return validate(merge(BASE, *changes, {"training": training}), source="test")


def losses(events: list[Event]) -> list[float]:
    return [row["loss_train"] for row in history_of(events)]


@pytest.mark.parametrize("changes", [*FAMILIES.values(), *LOSSES.values(), *OPTIMIZERS.values()], ids=str)
def test_a_graph_trains_as_eager_steps_do(changes: dict[str, Any]):
    chosen = {"deterministic": True}
    graph_events = list(train(config(changes, step="auto", **chosen)))
    assert not any("cannot be captured" in event.text for event in graph_events if isinstance(event, Noted))
    eager = losses(list(train(config(changes, step="eager", **chosen))))
    assert losses(graph_events) == pytest.approx(eager, rel=1e-4)


def test_steps_in_bfloat16_train_too():
    found = losses(list(train(config(precision="bfloat16", epochs=20))))
    assert found[-1] < found[0]


def stopped_and_resumed(folder: RunFolder, wanted: Config) -> list[Event]:
    stop = StopRequest()
    for event in run(begin(wanted), folder, stop):
        if event.event == "epoch":
            stop.reason = "interrupt"
    return list(go_on(folder, lambda last: begin(wanted, resume=last)))


@pytest.mark.parametrize(
    ("changes", "chosen"),
    [(FAMILIES["mlp"], {}), (FAMILIES["tabm piecewise"], {}), (FAMILIES["cnn"], {"deterministic": True})],
    ids=["mlp", "tabm", "cnn, deterministic"],
)
@pytest.mark.parametrize("step", ["auto", "eager"])
def test_a_resumed_run_ends_as_an_untouched_one(
    tmp_path: Path, changes: dict[str, Any], chosen: dict[str, Any], step: str
):
    wanted = config(changes, step=step, **chosen)
    untouched = list(run(begin(wanted), claim(out=tmp_path / "whole")))
    folder = claim(out=tmp_path / "stopped")
    stopped_and_resumed(folder, wanted)
    assert (folder.path / "history.csv").read_text().splitlines()[-1].split(",")[:3] == (
        tmp_path / "whole" / "history.csv"
    ).read_text().splitlines()[-1].split(",")[:3]
    assert untouched


def test_a_convolution_is_repeatable_where_that_is_wanted():
    wanted = config(FAMILIES["cnn"], deterministic=True)
    assert losses(list(train(wanted))) == losses(list(train(wanted)))
    assert not torch.are_deterministic_algorithms_enabled()
    assert WORKSPACE[1] == ":4096:8"


def test_memory_that_is_not_there_is_a_sentence():
    torch.cuda.set_per_process_memory_fraction(0.0001)
    try:
        with pytest.raises(NnlabError, match="--batch-size"):
            list(train(config({"model": {"hidden": [4096, 4096, 4096]}})))
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
        torch.cuda.empty_cache()


@pytest.mark.parametrize(("first", "then"), [("cuda", "cpu"), ("cpu", "cuda")])
def test_a_run_goes_on_on_another_device(tmp_path: Path, first: str, then: str):
    folder = claim(out=tmp_path / "run")
    stop = StopRequest()
    for event in run(begin(config(device=first)), folder, stop):
        if event.event == "epoch":
            stop.reason = "interrupt"
    events = list(go_on(folder, lambda last: begin(config(device=then), resume=last)))
    assert history_of(events)[-1]["epoch"] == 4


def test_a_capture_that_fails_midway_leaves_the_generator_as_it_was(monkeypatch: pytest.MonkeyPatch):
    eager = losses(list(train(config(step="eager", deterministic=True))))

    def torn(self: graph._BatchBuffers, count: int) -> None:
        for _ in range(count):
            self.take_step()
        if torch.cuda.is_current_stream_capturing():
            self.right.item()  # which no graph can hold

    monkeypatch.setattr(graph._BatchBuffers, "_take", torn)
    events = list(train(config(step="captured", deterministic=True)))
    assert any("cannot be captured" in event.text for event in events if isinstance(event, Noted))
    assert losses(events) == pytest.approx(eager, rel=1e-6)


def test_a_small_network_trains_on_the_cpu_and_says_so():
    events = list(train(config(device="auto")))
    assert events[0].device == "cpu"  # pyright: ignore[reportAttributeAccessIssue]
    assert any("--device cuda" in event.text for event in events if isinstance(event, Noted))
