"""What tests of the screens share: a clock that lets panes draw whatever is new, a table to look at."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from nnlab.engine.events import EpochEnded, Event, RunFinished, RunStarted, to_line

sys.path.insert(0, str(Path(__file__).parent))  # for what lies beside the tests, as `chosen.py`

MakeRun = Callable[..., Path]


@pytest.fixture
def make_run(own_world: Path) -> MakeRun:
    """Write a run's folder: `make_run("xor-1", data="xor", lr=0.1, accuracies=[0.5, 0.9], stopped="epochs")`. Without
    `stopped` nobody trains it and it has not ended."""

    def make(
        name: str,
        *,
        data: str = "xor",
        lr: float = 0.1,
        accuracies: Sequence[float] = (0.5, 0.75, 0.9),
        stopped: Any = "epochs",
        checkpoints: Sequence[str] = ("best.pt", "last.pt"),
    ) -> Path:
        folder = own_world / name
        folder.mkdir(parents=True)
        training = {"epochs": 50, "lr": lr, "optimizer": "adam"}
        config = {"data": {"name": data}, "model": {"family": "mlp", "hidden": [10, 6]}, "training": training}
        events: list[Event] = [RunStarted(name, str(folder), data, "binary", 108, "cpu", config, {"train": 680})]
        for number, accuracy in enumerate(accuracies, start=1):
            record = {"epoch": number, "loss_train": 1 / number, "loss_valid": 1 - accuracy}
            events.append(EpochEnded({**record, "accuracy_valid": accuracy, "lr": lr, "seconds": 0.01}))
        if stopped:
            best = max(accuracies, default=0.0)
            reached = {"accuracy_valid": best, "accuracy_test": best}
            best_epoch = list(accuracies).index(best) + 1 if accuracies else 0
            events.append(RunFinished(name, str(folder), len(accuracies), stopped, best_epoch, "", "", reached, 1.0))
        (folder / "events.jsonl").write_text("".join(to_line(event) + "\n" for event in events), encoding="utf-8")
        for checkpoint in checkpoints:
            (folder / checkpoint).touch()
        return folder

    return make
