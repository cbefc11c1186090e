"""All of MNIST in Lightning, a whole process: `python -m benchmarks.peers.mnist_lightning DIGITS EPOCHS THREADS`.

The network, optimiser, schedule, batch size and metrics of nnlab's recipe `mnist`. Prints each epoch's seconds.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import lightning  # pyright: ignore[reportMissingImports]
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from .digits import read
from .lightning_loop import QUIET, Clock

BATCH = 128


class Digits(lightning.LightningModule):  # pyright: ignore[reportUntypedBaseClass]
    def __init__(self, steps: int) -> None:
        super().__init__()
        first, second = nn.Linear(784, 256), nn.Linear(256, 128)
        between = (nn.ReLU(), nn.Dropout(0.3))
        self.module = nn.Sequential(first, *between, second, *between, nn.Linear(128, 10))
        self.steps = steps
        self.sums = {part: torch.zeros(3) for part in ("train", "valid", "test")}

    def measure(self, batch: tuple[Tensor, Tensor], part: str) -> Tensor:
        x, y = batch
        outputs = self.module(x)
        loss = cross_entropy(outputs, y)
        self.sums[part] += torch.stack([loss.detach(), (outputs.argmax(1) == y).sum() / len(y), torch.ones(())])
        return loss

    def report(self, part: str) -> None:
        loss, right, steps = self.sums[part].tolist()
        self.log_dict({f"loss_{part}": loss / steps, f"accuracy_{part}": right / steps})
        self.sums[part].zero_()

    def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        return self.measure(batch, "train")

    def validation_step(self, batch: tuple[Tensor, Tensor]) -> None:
        self.measure(batch, "valid")

    def test_step(self, batch: tuple[Tensor, Tensor]) -> None:
        self.measure(batch, "test")

    def on_train_epoch_end(self) -> None:
        self.report("train")

    def on_validation_epoch_end(self) -> None:
        self.report("valid")

    def on_test_epoch_end(self) -> None:
        self.report("test")

    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.AdamW(self.parameters(), lr=0.002, weight_decay=0.1)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.002, total_steps=self.steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


class Clocks(Clock):
    """The seconds of every epoch, validation included."""

    def __init__(self) -> None:
        self.epochs: list[float] = []

    def on_train_epoch_end(self, *_: Any) -> None:
        super().on_train_epoch_end()
        self.epochs.append(self.seconds)


def main(path: str, epochs: int, threads: int) -> None:
    torch.set_num_threads(threads)
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    torch.manual_seed(1)
    sets = {name: TensorDataset(*map(torch.from_numpy, part)) for name, part in read(path).items()}
    batches: Any = DataLoader(sets["train"], BATCH, shuffle=True)
    valid, test = (DataLoader(sets[name], 1000) for name in ("valid", "test"))
    model, clocks = Digits(epochs * len(batches)), Clocks()
    trainer = lightning.Trainer(max_epochs=epochs, num_sanity_val_steps=0, callbacks=[clocks], **QUIET)
    trainer.fit(model, batches, valid)
    accuracy = trainer.test(model, test, verbose=False)[0]["accuracy_test"]
    print(json.dumps({"epochs": clocks.epochs, "accuracy": accuracy}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
