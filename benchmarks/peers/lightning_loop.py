"""Lightning with a DataLoader: no logger, no progress bar, no checkpoints.

Loss and accuracy are summed in tensors and logged once an epoch: `self.log` in every step would double its time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import perf_counter
from typing import Any

import lightning  # pyright: ignore[reportMissingImports]
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from ..networks import BATCH, NETWORKS, module_of, rows_of

QUIET = {
    "logger": False,
    "enable_progress_bar": False,
    "enable_model_summary": False,
    "enable_checkpointing": False,
    "accelerator": "cpu",
}


class Clock(lightning.Callback):  # pyright: ignore[reportUntypedBaseClass]
    """Says how long the last epoch of steps took, without what `fit` does before and after."""

    began = seconds = 0.0

    def on_train_epoch_start(self, *_: Any) -> None:
        self.began = perf_counter()

    def on_train_epoch_end(self, *_: Any) -> None:
        self.seconds = perf_counter() - self.began


class Small(lightning.LightningModule):  # pyright: ignore[reportUntypedBaseClass]
    def __init__(self, module: torch.nn.Module) -> None:
        super().__init__()
        self.module = module
        self.losses, self.right = torch.zeros(()), torch.zeros(())

    def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        x, y = batch
        outputs = self.module(x)
        loss = cross_entropy(outputs, y)
        self.losses += loss.detach()
        self.right += (outputs.argmax(1) == y).sum()
        return loss

    def on_train_epoch_end(self) -> None:
        steps = self.trainer.num_training_batches
        self.log_dict({"loss": self.losses / steps, "accuracy": self.right / (steps * BATCH)})
        self.losses.zero_()
        self.right.zero_()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters())


def small(name: str) -> Callable[[], float]:
    torch.set_num_threads(1)
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    network = NETWORKS[name]
    x, y = rows_of(network)
    batches: Any = DataLoader(TensorDataset(torch.from_numpy(x), torch.from_numpy(y)), BATCH, shuffle=True)
    model, clock = Small(module_of(network)), Clock()
    trainer = lightning.Trainer(max_epochs=0, callbacks=[clock], **QUIET)

    def epoch() -> float:
        trainer.fit_loop.max_epochs += 1
        trainer.fit(model, batches)
        return clock.seconds

    return epoch
