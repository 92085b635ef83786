"""From pairs to batches: caching, augmentation by (seed, epoch, index), evaluation in step."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypedDict

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler, get_worker_info

from ..errors import InputError
from ..labels import IGNORE_INDEX, LabelMap
from ..system_faults import system_fault
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
    """``(n, h, w)`` int64 train ids, void 255."""
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
        "mask": masks.long(),
        "path": [sample["path"] for sample in samples],
    }


class BatchLoader(DataLoader[Sample | Exception]):
    """Batches, in loader processes or without; what goes wrong with a picture is raised here.

    From a loader process an error returns as a value: torch would send it as text, behind a
    traceback.

    Args:
        dataset: Train or val.
        batch_sampler: Indices of each batch.
        num_workers: Processes that load.
        persistent_workers: Whether they outlive an epoch.
        pin_memory: For a faster way to a GPU.
    """

    def __init__(
        self,
        dataset: Dataset[Sample],
        *,
        batch_sampler: Iterable[list[int]],
        num_workers: int,
        persistent_workers: bool = False,
        pin_memory: bool = False,
    ) -> None:
        super().__init__(
            _FaultsAsValues(dataset),
            batch_sampler=batch_sampler,
            num_workers=num_workers,
            collate_fn=_collate_sound,
            persistent_workers=persistent_workers,
            pin_memory=pin_memory,
        )

    # torch promises its own iterator's class, which nobody here asks for
    def __iter__(self) -> Iterator[Batch]:  # type: ignore[override]
        """Every batch once.

        Raises:
            InputError: A picture or label file cannot be read.
            Exception: What the machine refused, as it was raised.
        """
        for batch in super().__iter__():
            if isinstance(batch, Exception):
                raise batch
            yield batch


class _FaultsAsValues(Dataset[Sample | Exception]):
    def __init__(self, dataset: Dataset[Sample]) -> None:
        self.dataset = dataset

    def __getitem__(self, index: int) -> Sample | Exception:
        try:
            return self.dataset[index]
        except Exception as error:
            return _of_user_or_machine(error)


def _collate_sound(samples: Sequence[Sample | Exception]) -> Batch | Exception:
    """A batch, or the first fault among its samples."""
    sound: list[Sample] = []
    for sample in samples:
        if isinstance(sample, Exception):
            return sample
        sound.append(sample)
    try:
        batch = collate(sound)
        if get_worker_info() is not None:
            # torch would do so in a thread of its own, where an error leaves the reader waiting
            batch["image"].share_memory_()
            batch["mask"].share_memory_()
        return batch
    except Exception as error:
        return _of_user_or_machine(error)


def _of_user_or_machine(error: Exception) -> Exception:
    """``error``, where its message says all; any other is raised, for its traceback."""
    if isinstance(error, InputError) or system_fault(error) is not None:
        return error
    raise error
