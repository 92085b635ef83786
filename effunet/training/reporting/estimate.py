"""How long a run will take, measured before its first epoch."""

import copy
import time
from collections.abc import Callable, Iterable

import pytorch_lightning as pl
import torch

from ...config import OptimConfig, TrainConfig
from ...datasets import Batch
from ...durations import format_duration
from ...models import TorchBackend, for_inference, preds_from_logits
from ..data.data_module import RoadDataModule
from ..learning.optimisation import build_optimizer
from ..learning.task import SegmentationTask

_WARM_UP = 4  # the first steps allocate memory and choose kernels
_TIMED = 4
_ENOUGH = 20.0  # seconds of measuring; a slow machine then answers from fewer steps


def estimate_run(
    task: SegmentationTask,
    data: RoadDataModule,
    trainer: pl.Trainer,
    config: TrainConfig,
) -> str:
    """``about 1 h 40 min``, from a few steps on a copy of the model."""
    device = trainer.strategy.root_device
    data.trainer = trainer  # so that its loaders know how many processes share the work
    train_batch, val_batch = batch_seconds(task, data, config.optim, device)
    train, val = len(data.timed_dataloader()), len(data.val_dataloader())
    limits = config.trainer
    epoch = train_batch * min(train, limits.limit_train_batches or train)
    epoch += val_batch * min(val, limits.limit_val_batches or val)
    epochs = limits.epochs - data.start.epoch
    each = f"{epochs} epoch{'s' * (epochs > 1)} of {format_duration(epoch)}"
    return f"about {format_duration(epoch * epochs)}: {each}"


def batch_seconds(
    task: SegmentationTask, data: RoadDataModule, optim: OptimConfig, device: torch.device
) -> tuple[float, float]:
    """What a batch to train on and one to validate on take here, loading included."""
    with torch.random.fork_rng(devices=[]):  # measuring does not change the run it measures
        train_step, val_step = _steps(task, optim, device)
        return (
            _median_seconds(data.timed_dataloader(), train_step, device),
            _median_seconds(data.val_dataloader(), val_step, device),
        )


def _steps(
    task: SegmentationTask, optim: OptimConfig, device: torch.device
) -> tuple[Callable[[Batch], None], Callable[[Batch], None]]:
    segmenter = copy.deepcopy(task.segmenter).to(device).train()
    loss = copy.deepcopy(task.loss).to(device)
    optimizer = build_optimizer(segmenter, optim)
    scoring = TorchBackend(for_inference(segmenter).segmenter)

    def train_step(batch: Batch) -> None:
        logits = segmenter.forward_train(batch["image"].to(device))
        loss(logits, batch["mask"].to(device)).backward()
        optimizer.step()
        optimizer.zero_grad()

    def val_step(batch: Batch) -> None:
        preds_from_logits(scoring(batch["image"]))

    return train_step, val_step


def _median_seconds(
    loader: Iterable[Batch],
    step: Callable[[Batch], None],
    device: torch.device,
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Of a batch, loading included; from at least one."""
    seconds: list[float] = []
    began = clock()
    for number, batch in enumerate(loader):
        if number == _WARM_UP + _TIMED or sum(seconds) > _ENOUGH:
            break
        step(batch)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        now = clock()
        seconds.append(now - began)
        began = now
    timed = sorted(seconds[_WARM_UP:] or seconds[1:] or seconds)
    return timed[len(timed) // 2]
