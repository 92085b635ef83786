"""Loaders of the training crops and of whole validation pictures."""

import os

import pytorch_lightning as pl

from ...config import TrainConfig
from ...datasets import (
    BatchLoader,
    DecodeCache,
    EvalDataset,
    SizeGroupedBatchSampler,
    TrainDataset,
)
from ...models import TorchBackend, pictures_at_once
from ...transforms import TrainTransform
from ..setup import Prepared
from ..state.resume import Position
from .sampling import EpochSampler


class RoadDataModule(pl.LightningDataModule):
    """Train and val loaders whose content does not depend on the number of workers."""

    def __init__(self, config: TrainConfig, prepared: Prepared, *, start: Position) -> None:
        super().__init__()
        self.batch_size = config.batch_size
        self.num_workers = default_workers() if config.num_workers is None else config.num_workers
        self.seed = config.seed
        self.start = start
        self.val_sizes = prepared.val.facts.sizes
        self.backend = TorchBackend(prepared.segmenter)
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
        rank, world_size = self._rank()
        sampler = EpochSampler(
            len(self.train_dataset),
            batch_size=self.batch_size,
            seed=self.seed,
            rank=rank,
            world_size=world_size,
            epoch=self.start.epoch,
            first_batch=self.start.batch,
        )
        return BatchLoader(
            self.train_dataset,
            batch_sampler=sampler,
            num_workers=self.num_workers,
            persistent_workers=self.num_workers > 0,
            pin_memory=self._on_gpu(),
        )

    def val_dataloader(self) -> BatchLoader:
        """Every picture once over all ranks, at its own size."""
        rank, world_size = self._rank()
        sampler = SizeGroupedBatchSampler(
            self.val_sizes,
            limit=lambda size: min(self.batch_size, pictures_at_once(self.backend, size)),
            rank=rank,
            world_size=world_size,
        )
        return BatchLoader(
            self.val_dataset,
            batch_sampler=sampler,
            num_workers=self.num_workers,
            pin_memory=self._on_gpu(),
        )

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
