"""Numbers that are not finite, put where a run comes across them."""

import copy
from collections.abc import Callable, Collection
from typing import Any, cast

import pytest
import torch
from torch import Tensor

from effunet.datasets import Batch
from effunet.training.learning.ema import Ema
from effunet.training.learning.task import SegmentationTask

Places = Collection[tuple[int, int]]  # epoch and batch, zero-based


def nan_pixels(monkeypatch: pytest.MonkeyPatch, at: Places) -> None:
    """One NaN in the first picture of each of these batches."""

    def change(batch: Batch) -> Batch:
        image = batch["image"].float()
        image[0, 0, 0, 0] = torch.nan
        return Batch(image=image, mask=batch["mask"], path=batch["path"])

    _change_batches(monkeypatch, at, change)


def void_masks(monkeypatch: pytest.MonkeyPatch, at: Places) -> None:
    """These batches hold no class."""

    def change(batch: Batch) -> Batch:
        mask = torch.full_like(batch["mask"], 255)
        return Batch(image=batch["image"], mask=mask, path=batch["path"])

    _change_batches(monkeypatch, at, change)


def bad_gradients(monkeypatch: pytest.MonkeyPatch, at: Places, value: float) -> None:
    """Finite losses of these batches have such a gradient."""
    step = SegmentationTask.training_step

    def changed(task: SegmentationTask, batch: Batch, batch_idx: int) -> dict[str, Tensor]:
        output = step(task, batch, batch_idx)
        if (task.current_epoch, batch_idx) in at:
            output["loss"].register_hook(lambda gradient: gradient * value)
        return output

    monkeypatch.setattr(SegmentationTask, "training_step", changed)


def states(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[int, int], Any]:
    """Weights, statistics and optimiser as they are before each batch of a run."""
    seen: dict[tuple[int, int], Any] = {}
    start = SegmentationTask.on_train_batch_start

    def noted(task: SegmentationTask, batch: Batch, batch_idx: int) -> None:
        optimizer = task.trainer.optimizers[0].state_dict()["state"]
        callbacks = cast(Any, task.trainer).callbacks
        averages = [part for part in callbacks if isinstance(part, Ema)]
        seen[task.current_epoch, batch_idx] = copy.deepcopy(
            {
                "weights": task.segmenter.state_dict(),
                "optimiser": {
                    f"{n}.{k}": v for n, one in optimizer.items() for k, v in one.items()
                },
                "average": averages[0]._average if averages else {},
            }
        )
        start(task, batch, batch_idx)

    monkeypatch.setattr(SegmentationTask, "on_train_batch_start", noted)
    return seen


def _change_batches(
    monkeypatch: pytest.MonkeyPatch, at: Places, change: Callable[[Batch], Batch]
) -> None:
    step = SegmentationTask.training_step

    def changed(task: SegmentationTask, batch: Batch, batch_idx: int) -> dict[str, Tensor]:
        changes = (task.current_epoch, batch_idx) in at
        return step(task, change(batch) if changes else batch, batch_idx)

    monkeypatch.setattr(SegmentationTask, "training_step", changed)
