"""From pairs to samples: caching, augmentation by (seed, epoch, index), evaluation in step."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypedDict

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from ..labels import IGNORE_INDEX, LabelMap
from ..transforms import TrainTransform
from .cache import DecodeCache
from .pairs import SegmentationPair
from .reading import load_pair


class Sample(TypedDict):
    """One picture with its mask."""

    image: NDArray[np.uint8]
    """``(h, w, 3)`` RGB."""
    mask: NDArray[np.uint8]
    """``(h, w)`` train ids, void 255."""
    path: str
    """Key of the pair."""


class Batch(TypedDict):
    """Samples of one size."""

    image: Tensor
    """``(n, 3, h, w)`` uint8, channels last in memory; the segmenter normalises."""
    mask: Tensor
    """``(n, h, w)`` uint8 train ids, void 255: an eighth of what losses and scores count in."""
    path: list[str]
    """Keys of the pairs."""


class TrainDataset(Dataset[Sample]):
    """Augmented training crops, each a function of seed, epoch and picture alone.

    Index ``epoch * n + i`` is picture ``i`` of ``n`` as augmented in ``epoch``. The epoch rides in
    the index because workers that outlive an epoch would not see an attribute change.

    Args:
        pairs: What to read.
        label_map: What the label files mean.
        transform: Augmentation.
        seed: Seed of the run.
        cache: Keeps decoded pictures; None decodes them every time.
    """

    def __init__(
        self,
        pairs: Sequence[SegmentationPair],
        label_map: LabelMap,
        transform: TrainTransform,
        *,
        seed: int,
        cache: DecodeCache | None = None,
    ) -> None:
        self.pairs = list(pairs)
        self.label_map = label_map
        self.transform = transform
        self.seed = seed
        self.cache = cache

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> Sample:
        epoch, position = divmod(index, len(self.pairs))
        image, mask = self._decoded(position)
        entropy = np.random.SeedSequence((self.seed, epoch, position))
        (seed,) = entropy.generate_state(1, np.uint64)
        image, mask = self.transform(image, mask, seed=int(seed))
        return {"image": image, "mask": mask, "path": self.pairs[position].key}

    def _decoded(self, position: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        pair = self.pairs[position]
        if self.cache is None:
            return load_pair(pair, self.label_map)
        kept = self.cache.read(position)
        if kept is None:
            kept = load_pair(pair, self.label_map)
            self.cache.write(position, *kept)
        return kept


class EvalDataset(Dataset[Sample]):
    """Pictures and masks at their own size.

    Index ``n + i`` is picture ``i`` with a mask of nothing but void: it keeps the ranks of a
    distributed run in step and counts nothing.
    """

    def __init__(self, pairs: Sequence[SegmentationPair], label_map: LabelMap) -> None:
        self.pairs = list(pairs)
        self.label_map = label_map

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> Sample:
        pair = self.pairs[index % len(self.pairs)]
        image, mask = load_pair(pair, self.label_map)
        if index >= len(self.pairs):
            mask = np.full_like(mask, IGNORE_INDEX)
        return {"image": image, "mask": mask, "path": pair.key}


class SizeGroupedBatchSampler(Sampler[list[int]]):
    """Batches of equally large pictures, each picture once over all ranks.

    Every rank gets the same number of batches; where they do not divide, the last ranks get
    a void repeat (see :class:`EvalDataset`).

    Args:
        sizes: ``(height, width)`` of each picture.
        limit: (height, width) of pictures → the most of them a batch.
        rank: Which process this is.
        world_size: How many there are.
    """

    def __init__(
        self,
        sizes: Sequence[tuple[int, int]],
        *,
        limit: Callable[[tuple[int, int]], int],
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        by_size: dict[tuple[int, int], list[int]] = {}
        for index, size in enumerate(sizes):
            by_size.setdefault(size, []).append(index)
        batches = [
            indices[start : start + limit(size)]
            for size, indices in by_size.items()
            for start in range(0, len(indices), limit(size))
        ]
        missing = -len(batches) % world_size
        batches += [[len(sizes)]] * missing  # one void repeat of the first picture
        self._batches = batches[rank::world_size]

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[list[int]]:
        return iter(self._batches)


def collate(samples: Sequence[Sample]) -> Batch:
    """Stack samples of one size into a batch."""
    images = torch.from_numpy(np.stack([sample["image"] for sample in samples]))
    masks = torch.from_numpy(np.stack([sample["mask"] for sample in samples]))
    return {
        "image": images.permute(0, 3, 1, 2),  # a view: memory stays channels last
        "mask": masks,
        "path": [sample["path"] for sample in samples],
    }


def batch_bytes(size: tuple[int, int], *, pictures: int) -> int:
    """Of a batch of ``pictures`` of ``(height, width)``, masks included."""
    height, width = size
    return pictures * height * width * 4
