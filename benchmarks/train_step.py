"""A training step of effunet against plain smp and Lightning in float32.

``python -m benchmarks.train_step``: the same network, weights, batches and threads on both sides,
each under its own Lightning trainer, a few steps of one and then of the other.
"""

import argparse
import itertools
import logging
import statistics
import tempfile
import time
import warnings
from collections.abc import Mapping
from pathlib import Path

import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, Dataset

from effunet.config import LossConfig, ModelConfig, OptimConfig, TrainerConfig
from effunet.datasets import Batch
from effunet.labels import LABEL_SPACES
from effunet.losses import build_loss
from effunet.models import Precision, Segmenter, build_model, choose_precision
from effunet.run_folder import RunFolder
from effunet.training.learning.task import SegmentationTask
from effunet.training.trainer import build_trainer

from .alternating import compare, print_comparison, print_machine
from .plain import PlainTask, plain_network

SPACE = LABEL_SPACES["idd_lite"]
CPU = torch.device("cpu")


class DrawnBatches(Dataset[Batch]):
    """Batches that lie ready in memory: both sides load the same, at no cost."""

    def __init__(self, count: int, batch_size: int, crop_size: tuple[int, int]) -> None:
        generator = torch.Generator().manual_seed(0)
        size = (batch_size, *crop_size)
        masks = torch.randint(SPACE.num_classes, (count, *size), generator=generator)
        images = torch.randint(
            256, (count, batch_size, 3, *crop_size), generator=generator, dtype=torch.uint8
        )
        self.batches: list[Batch] = [
            {"image": image, "mask": mask, "path": [""] * batch_size}
            for image, mask in zip(images, masks, strict=True)
        ]

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int) -> Batch:
        return self.batches[index]


class StepClock(pl.Callback):
    """Seconds between the ends of neighbouring steps, whatever happens between them."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: torch.Tensor | Mapping[str, object] | None,
        batch: Batch,
        batch_idx: int,
    ) -> None:
        """Note the time."""
        self.ends.append(time.perf_counter())

    def step(self) -> float:
        """Median seconds of a step; the first, which warms up, is left out."""
        return statistics.median(later - end for end, later in itertools.pairwise(self.ends))


def plain_step(task: PlainTask, loader: DataLoader[Batch]) -> float:
    """Seconds of a step under the trainer that the tutorials make."""
    clock = StepClock()
    trainer = pl.Trainer(
        accelerator="cpu",
        max_epochs=1,
        callbacks=[clock],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(task, loader)
    return clock.step()


def effunet_step(
    task: SegmentationTask, loader: DataLoader[Batch], precision: Precision, runs: Path
) -> float:
    """Seconds of a step under the trainer that ``effunet train`` makes."""
    clock = StepClock()
    trainer = build_trainer(
        TrainerConfig(epochs=1),
        RunFolder(runs),
        device=CPU,
        precision=precision,
        callbacks=[clock],
    )
    trainer.fit(task, loader)
    return clock.step()


def build_task(segmenter: Segmenter) -> SegmentationTask:
    """The task of ``effunet train`` with its default loss and rates."""
    loss = build_loss(LossConfig(), ignore_index=SPACE.ignore_index, class_weights=None)
    return SegmentationTask(segmenter, loss, SPACE, OptimConfig(), seed=0)


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variant", default="lite0")
    parser.add_argument("--batch_size", type=int, default=8)
    parser.add_argument("--crop_size", type=int, nargs=2, default=(224, 320))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=4, help="in a row, before the other's turn")
    arguments = parser.parse_args()
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning")  # advice on loaders and loggers

    model = ModelConfig(variant=arguments.variant, weights="none")
    segmenter, _ = build_model(model, label_space=SPACE, input_scale=1.0)
    network = plain_network(segmenter, model)
    precision = choose_precision(CPU)
    plain = PlainTask(network, mean=segmenter.mean, std=segmenter.std)
    ours = build_task(segmenter.use_precision(precision))
    crop_size = tuple(arguments.crop_size)
    batches = DrawnBatches(arguments.steps + 1, arguments.batch_size, crop_size)
    loader = DataLoader(batches, batch_size=None)

    print_machine()
    print(f"precision  effunet {precision.name}, {precision.reason}; plain 32")
    with tempfile.TemporaryDirectory() as runs:
        seconds = compare(
            lambda: plain_step(plain, loader),
            lambda: effunet_step(ours, loader, precision, Path(runs)),
            rounds=arguments.rounds,
        )
    size = f"{arguments.batch_size}x{crop_size[0]}x{crop_size[1]}"
    print_comparison(f"training step, {arguments.variant} {size}", seconds)


if __name__ == "__main__":
    main()
