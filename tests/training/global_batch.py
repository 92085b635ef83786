"""Trains a few steps in float64 and writes each step's loss: alone, or as one of several processes.

Batch norm is frozen and nothing is dropped, so that only the batches count.
"""

import json
import sys
from pathlib import Path
from typing import cast

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import STEP_OUTPUT

from effunet.config import DataConfig, LossConfig, ModelConfig, TrainConfig, TrainerConfig
from effunet.datasets import Batch
from effunet.training.learning.task import SegmentationTask
from effunet.training.parts import build_parts
from effunet.training.state.course import Course
from effunet.training.state.resume import FRESH
from effunet.training.trainer import without_noise


class _Losses(pl.Callback):
    """Each step's loss and share of void, over all processes."""

    def __init__(self) -> None:
        self.losses: list[float] = []
        self.valid: list[list[int]] = []

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        cast(SegmentationTask, pl_module).segmenter.network.eval()

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: STEP_OUTPUT,
        batch: Batch,
        batch_idx: int,
    ) -> None:
        loss, valid = (
            cast(dict[str, torch.Tensor], outputs)["loss"].detach(),
            (batch["mask"] != 255).sum(),
        )
        self.losses.append(float(trainer.strategy.reduce(loss, reduce_op="mean")))
        self.valid.append(trainer.strategy.all_gather(valid).flatten().tolist())


def run(root: Path, term: str, *, processes: int, batch_size: int, out: Path) -> None:
    config = TrainConfig(
        data=DataConfig(root=str(root), crop_size=(32, 32)),
        model=ModelConfig(weights="none", decoder_channels=(8, 8, 8, 8, 8)),
        loss=LossConfig(terms={term: 1.0}),
        trainer=TrainerConfig(epochs=5, precision="32"),
        batch_size=batch_size,
        num_workers=0,
        device="cpu",
    )
    parts = build_parts(config, start=FRESH, course=Course(), load=False, progress=None)
    noted = _Losses()
    trainer = pl.Trainer(
        accelerator="cpu",
        devices=processes,
        strategy="ddp" if processes > 1 else "auto",
        precision="64-true",
        max_steps=20,
        limit_val_batches=0,
        callbacks=[noted],
        use_distributed_sampler=False,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    with without_noise():
        trainer.fit(parts.task, parts.data)
    if trainer.is_global_zero:
        out.write_text(json.dumps({"losses": noted.losses, "valid": noted.valid}))


if __name__ == "__main__":
    root, term, processes, batch_size, out = sys.argv[1:]
    torch.set_num_threads(1)
    run(Path(root), term, processes=int(processes), batch_size=int(batch_size), out=Path(out))
