"""A training step of effunet against plain smp and Lightning in float32.

``python -m benchmarks.train_step``: the same network, weights, batches and threads on both sides,
each under its own Lightning trainer and in its own process, a few steps of one and then of the
other. ``--isa avx2`` and ``--isa avx512`` measure what a processor with no more than that gains,
``--clock cpu`` counts the processor's seconds, which other work beside it changes less, and
``--profile true`` prints where effunet's step spends them.
"""

import argparse
import itertools
import logging
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
from .sides import ISAS, side
from .step_profile import print_profile

SPACE = LABEL_SPACES["idd_lite"]
CPU = torch.device("cpu")
CLOCKS: dict[str, Callable[[], float]] = {"wall": time.perf_counter, "cpu": time.process_time}


@dataclass(frozen=True)
class Step:
    """What is measured, and how."""

    variant: str
    batch_size: int
    crop_size: tuple[int, int]
    steps: int
    isa: str | None
    clock: str

    def segmenter(self) -> Segmenter:
        """The same weights in each process."""
        torch.manual_seed(0)
        segmenter, _ = build_model(self.model, label_space=SPACE, input_scale=1.0)
        return segmenter

    @property
    def model(self) -> ModelConfig:
        """The network of both sides."""
        return ModelConfig(variant=self.variant, weights="none")

    @property
    def precision(self) -> Precision:
        """What effunet chooses; the processor's flags do not know that ``isa`` leaves some out."""
        return choose_precision(CPU, "32" if self.isa else "auto")

    def batches(self) -> DataLoader[Batch]:
        """One more than is counted, as the first warms up."""
        drawn = DrawnBatches(self.steps + 1, self.batch_size, self.crop_size)
        return DataLoader(drawn, batch_size=None)


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

    def __init__(self, clock: str) -> None:
        self.clock = CLOCKS[clock]
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
        self.ends.append(self.clock())

    def step(self) -> float:
        """Median seconds of a step; the first, which warms up, is left out."""
        return statistics.median(later - end for end, later in itertools.pairwise(self.ends))


def plain_steps(step: Step) -> Callable[[], float]:
    """Seconds of a step under the trainer that the tutorials make."""
    quieten()
    segmenter, loader = step.segmenter(), step.batches()
    network = plain_network(segmenter, step.model)
    task = PlainTask(network, mean=segmenter.mean, std=segmenter.std)

    def measure() -> float:
        clock = StepClock(step.clock)
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

    return measure


def effunet_steps(step: Step) -> Callable[[], float]:
    """Seconds of a step under the trainer that ``effunet train`` makes."""
    quieten()
    task = build_task(step.segmenter().use_precision(step.precision))
    loader = step.batches()

    def measure() -> float:
        clock = StepClock(step.clock)
        with tempfile.TemporaryDirectory() as runs:
            trainer = build_trainer(
                TrainerConfig(epochs=1),
                RunFolder(Path(runs)),
                device=CPU,
                precision=step.precision,
                callbacks=[clock],
            )
            trainer.fit(task, loader)
        return clock.step()

    return measure


def profiled_step(step: Step) -> Callable[[], float]:
    """Prints where a step of effunet spends its time; its own seconds would be the profiler's."""
    measure = effunet_steps(step)
    measure()  # warms up, and sets the allocator as a run does
    task = build_task(step.segmenter().use_precision(step.precision)).train()
    optimizer = torch.optim.AdamW(task.parameters(), lr=1e-4)
    batch = DrawnBatches(1, step.batch_size, step.crop_size)[0]

    def one() -> None:
        optimizer.zero_grad()
        loss = task.loss(task.segmenter.forward_train(batch["image"]), batch["mask"])
        loss.backward()
        optimizer.step()

    def profile() -> float:
        print_profile(one, steps=step.steps)
        return 0.0

    return profile


def quieten() -> None:
    """Leave out Lightning's advice on loaders and loggers."""
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module="pytorch_lightning")


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
    parser.add_argument("--isa", choices=sorted(ISAS), help="use no newer instructions than these")
    parser.add_argument("--clock", choices=sorted(CLOCKS), default="wall")
    parser.add_argument("--profile", choices=("true", "false"), default="false")
    arguments = parser.parse_args()

    step = Step(
        variant=arguments.variant,
        batch_size=arguments.batch_size,
        crop_size=tuple(arguments.crop_size),
        steps=arguments.steps,
        isa=arguments.isa,
        clock=arguments.clock,
    )
    print_machine()
    chosen = f"at most {step.isa}" if step.isa else step.precision.reason
    print(f"precision  effunet {step.precision.name}, {chosen}; plain 32")
    if arguments.profile == "true":
        with side(profiled_step, step, isa=step.isa) as profile:
            profile()
        return
    with (
        side(plain_steps, step, isa=step.isa) as plain,
        side(effunet_steps, step, isa=step.isa) as ours,
    ):
        seconds = compare(plain, ours, rounds=arguments.rounds)
    size = f"{step.batch_size}x{step.crop_size[0]}x{step.crop_size[1]}"
    print_comparison(f"training step, {step.variant} {size}, {step.clock} clock", seconds)


if __name__ == "__main__":
    main()
