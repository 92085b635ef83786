"""Loaders of the training crops and of whole validation pictures."""

import os
from collections.abc import Callable

import pytorch_lightning as pl

from ...config import TrainConfig
from ...datasets import (
    BatchLoader,
    DecodeCache,
    EvalDataset,
    SizeGroupedBatchSampler,
    TrainDataset,
    batch_bytes,
    processes_that_fit,
)
from ...errors import InputError
from ...models import TorchBackend, pictures_at_once
from ...transforms import TrainTransform
from ..setup import Prepared
from ..state.resume import FRESH, Position
from .sampling import EpochSampler


class RoadDataModule(pl.LightningDataModule):
    """Train and val loaders whose content does not depend on the number of workers.

    Attributes:
        num_workers: As many as asked for, or as the shared memory has room for.
        fewer: Why there are not as many as asked for.
        on_loss: See :class:`BatchLoader`.
    """

    def __init__(self, config: TrainConfig, prepared: Prepared, *, start: Position) -> None:
        super().__init__()
        self.batch_size = config.batch_size
        self.seed = config.seed
        self.start = start
        self.val_sizes = prepared.val.facts.sizes
        self.backend = TorchBackend(prepared.segmenter)
        self.on_loss: Callable[[InputError], None] | None = None
        wanted = default_workers() if config.num_workers is None else config.num_workers
        self.num_workers, self.fewer = processes_that_fit(
            wanted,
            batch_bytes=max(
                batch_bytes(prepared.crop_size, pictures=self.batch_size),
                *(
                    batch_bytes(size, pictures=self._val_limit(size))
                    for size in set(self.val_sizes)
                ),
            ),
            sharers=prepared.processes_here,
        )
        transform = TrainTransform(
            prepared.crop_size,
            input_scale=prepared.segmenter.input_scale,
            scale_range=config.data.scale_range,
            flip=config.data.flip,
            color_jitter=config.data.color_jitter,
        )
        self.train_dataset = TrainDataset(
            prepared.train.pairs,
            prepared.train.facts.label_map,
            transform,
            seed=config.seed,
            cache=DecodeCache(prepared.train.facts.sizes, budget=round(config.data.cache_gb * 1e9)),
        )
        self.val_dataset = EvalDataset(prepared.val.pairs, prepared.val.facts.label_map)

    def train_dataloader(self) -> BatchLoader:
        """Shuffled, augmented crops."""
        return self._train_loader(self.start)

    def timed_dataloader(self) -> BatchLoader:
        """Batches to measure by: a resumed run may have no other left in its epoch."""
        return self._train_loader(FRESH)

    def _train_loader(self, start: Position) -> BatchLoader:
        rank, world_size = self._rank()
        sampler = EpochSampler(
            len(self.train_dataset),
            batch_size=self.batch_size,
            seed=self.seed,
            rank=rank,
            world_size=world_size,
            epoch=start.epoch,
            first_batch=start.batch,
        )
        return BatchLoader(
            self.train_dataset,
            batch_sampler=sampler,
            num_workers=self.num_workers,
            persistent_workers=self.num_workers > 0,
            pin_memory=self._on_gpu(),
            on_loss=self.on_loss,
        )

    def val_dataloader(self) -> BatchLoader:
        """Every picture once over all ranks, at its own size."""
        rank, world_size = self._rank()
        sampler = SizeGroupedBatchSampler(
            self.val_sizes,
            limit=self._val_limit,
            rank=rank,
            world_size=world_size,
        )
        return BatchLoader(
            self.val_dataset,
            batch_sampler=sampler,
            num_workers=self.num_workers,
            pin_memory=self._on_gpu(),
            on_loss=self.on_loss,
        )

    def _val_limit(self, size: tuple[int, int]) -> int:
        return min(self.batch_size, pictures_at_once(self.backend, size))

    def _rank(self) -> tuple[int, int]:
        if self.trainer is None:
            return 0, 1
        return self.trainer.global_rank, self.trainer.world_size

    def _on_gpu(self) -> bool:
        return self.trainer is not None and self.trainer.strategy.root_device.type == "cuda"


def default_workers() -> int:
    """One loader process for two cores past the first two, which are best left to computing."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(0, min(8, (cores or 1) // 2 - 1))
