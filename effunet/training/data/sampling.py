"""The order in which pictures are trained on: a function of seed and epoch, nothing else."""

from collections.abc import Iterator

import torch
from torch.utils.data import Sampler


class EpochSampler(Sampler[list[int]]):
    """Batches of ``epoch * size + index``, from which the data set derives its augmentation.

    Each rank takes every ``world_size``-th entry of one common permutation; an incomplete last
    batch is dropped, as batch norm should not see a batch of one. A split smaller than one batch
    of all ranks is repeated until it fills one.

    Args:
        size: Pictures in the split.
        batch_size: Pictures a batch and rank.
        rank: Of this process.
        world_size: How many processes share the split.
        seed: Of the run.
        epoch: The first epoch this sampler is iterated in.
        first_batch: Batches of that epoch that an interrupted run has behind it.
    """

    def __init__(
        self,
        size: int,
        *,
        batch_size: int,
        seed: int,
        rank: int = 0,
        world_size: int = 1,
        epoch: int = 0,
        first_batch: int = 0,
    ) -> None:
        self.size = size
        self.batch_size = batch_size
        self.rank = rank
        self.world_size = world_size
        self.seed = seed
        self.epoch = epoch
        self.start = epoch, first_batch
        self.sampler = self  # Lightning calls batch_sampler.sampler.set_epoch()

    def set_epoch(self, epoch: int) -> None:
        """Called by Lightning before each epoch, and with others before a resumed run begins."""
        self.epoch = epoch

    def __len__(self) -> int:
        return max(1, self.size // (self.batch_size * self.world_size))

    def __iter__(self) -> Iterator[list[int]]:
        generator = torch.Generator().manual_seed(hash((self.seed, self.epoch)))
        needed = len(self) * self.batch_size * self.world_size
        order = torch.randperm(self.size, generator=generator).repeat(-(-needed // self.size))
        mine = order[self.rank : needed : self.world_size] + self.epoch * self.size
        start_epoch, first_batch = self.start
        batches = mine.view(-1, self.batch_size).tolist()
        yield from batches[first_batch if self.epoch == start_epoch else 0 :]
