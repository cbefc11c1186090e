"""Whole trainings with Lightning: `python -m benchmarks.peers.whole_lightning xor`, or `table CSV KEPT`."""

from __future__ import annotations

import logging
import sys
from typing import Any

import lightning  # pyright: ignore[reportMissingImports]
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from . import whole_rows as rows
from .lightning_loop import QUIET
from .whole_torch import module_of, save, scaled, tell


class Whole(lightning.LightningModule):  # pyright: ignore[reportUntypedBaseClass]
    def __init__(self, module: torch.nn.Module) -> None:
        super().__init__()
        self.module = module

    def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        return cross_entropy(self.module(batch[0]), batch[1])

    def validation_step(self, batch: tuple[Tensor, Tensor]) -> None:
        x, y = batch
        outputs = self.module(x)
        self.log_dict({"loss": cross_entropy(outputs, y), "accuracy": (outputs.argmax(1) == y).float().mean()})

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=0.01)


def trained(name: str, parts: rows.Parts) -> torch.nn.Module:
    """The network after its epochs, each judged on the rows that validate."""

    def loader(part: rows.Rows, batch: int, *, shuffle: bool) -> Any:
        return DataLoader(TensorDataset(*map(torch.from_numpy, part)), batch, shuffle=shuffle)

    model = Whole(module_of(name))
    trainer = lightning.Trainer(max_epochs=rows.EPOCHS[name], **QUIET)
    train, valid = loader(parts.train, rows.BATCH[name], shuffle=True), loader(parts.valid, 4096, shuffle=False)
    trainer.fit(model, train, valid)
    tell(model.module, parts.test)
    return model.module


def main(task: str, *words: str) -> None:
    torch.set_num_threads(1)
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    if task == "xor":
        trained("xor", rows.xor())
    else:
        path, kept = words
        parts, scale = scaled(rows.divided(*rows.read(path)))
        save(trained("table", parts), scale, kept)


if __name__ == "__main__":
    main(*sys.argv[1:])
