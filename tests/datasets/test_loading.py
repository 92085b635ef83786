import errno
import resource
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import BatchSampler, Dataset, Sampler

from effunet.datasets import (
    Batch,
    BatchLoader,
    DecodeCache,
    EvalDataset,
    RoadDataset,
    Sample,
    SizeGroupedBatchSampler,
    TrainDataset,
    check_split,
    collate,
    load_pair,
    open_dataset,
)
from effunet.errors import InputError
from effunet.transforms import TrainTransform


@pytest.fixture
def dataset(idd_lite_root: Path) -> RoadDataset:
    return open_dataset("idd_lite", idd_lite_root)


def _train(dataset: RoadDataset, *, seed: int = 0, budget: int | None = None) -> TrainDataset:
    pairs = dataset.pairs("train")
    sizes = check_split(pairs, dataset.label_space, dataset.label_map).sizes
    cache = None if budget is None else DecodeCache(sizes, budget=budget)
    transform = TrainTransform((32, 64))
    return TrainDataset(pairs, dataset.label_map, transform, seed=seed, cache=cache)


def _digest(batches: Iterable[Batch]) -> list[tuple[int, int]]:
    """Something that differs when a pixel does."""
    return [
        (hash(batch["image"].numpy().tobytes()), hash(batch["mask"].numpy().tobytes()))
        for batch in batches
    ]


class _Epochs(Sampler[int]):
    """Two epochs of four pictures, one after the other."""

    def __iter__(self) -> Iterator[int]:
        return iter(range(8))

    def __len__(self) -> int:
        return 8


@pytest.mark.filterwarnings("ignore:This DataLoader will create")  # of more than there are cores
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("budget", [None, 30_000, 10**6])
def test_workers_and_cache_change_nothing(
    dataset: RoadDataset, workers: int, budget: int | None
) -> None:
    def load(num_workers: int, cache: int | None) -> list[tuple[int, int]]:
        train = _train(dataset, budget=cache)
        batches = BatchSampler(_Epochs(), batch_size=2, drop_last=False)
        return _digest(BatchLoader(train, batch_sampler=batches, num_workers=num_workers))

    assert load(workers, budget) == load(0, None)


def test_epochs_seeds_and_pictures_differ(dataset: RoadDataset) -> None:
    train = _train(dataset)
    crops = {train[index]["image"].tobytes() for index in range(40)}
    crops |= {_train(dataset, seed=1)[index]["image"].tobytes() for index in range(40)}
    assert len(crops) == 80
    assert train[41]["path"] == train[1]["path"]


def test_the_cache_is_read_after_the_first_epoch(dataset: RoadDataset) -> None:
    train = _train(dataset, budget=10**6)
    first = [train[index]["image"] for index in range(8)]
    for pair in train.pairs:
        pair.image.unlink()
    np.testing.assert_array_equal(first, [train[index]["image"] for index in range(8)])


def test_pictures_past_the_budget_are_decoded_again(dataset: RoadDataset) -> None:
    train = _train(dataset, budget=2 * (1 + 4 * 48 * 64))
    for index in range(4):
        train[index]
    for pair in train.pairs:
        pair.image.unlink()
    train[1]
    with pytest.raises(InputError, match="not there"):
        train[2]


def test_evaluation_sees_whole_pictures(dataset: RoadDataset) -> None:
    pairs = dataset.pairs("val")
    evaluation = EvalDataset(pairs, dataset.label_map)
    image, mask = load_pair(pairs[1], dataset.label_map)
    sample = evaluation[1]
    np.testing.assert_array_equal(sample["image"], image)
    np.testing.assert_array_equal(sample["mask"], mask)
    repeat = evaluation[len(pairs) + 1]
    np.testing.assert_array_equal(repeat["image"], image)
    assert (repeat["mask"] == 255).all()


@pytest.mark.parametrize("world_size", [1, 2, 3, 5])
@pytest.mark.parametrize("batch_size", [1, 2, 4])
def test_every_picture_is_counted_once_over_all_ranks(batch_size: int, world_size: int) -> None:
    sizes = [(4, 6), (4, 6), (6, 4), (4, 6), (9, 9), (6, 4), (4, 6)]
    samplers = [
        SizeGroupedBatchSampler(sizes, limit=lambda _: batch_size, rank=rank, world_size=world_size)
        for rank in range(world_size)
    ]
    assert len({len(sampler) for sampler in samplers}) == 1
    batches = [batch for sampler in samplers for batch in sampler]
    assert len(batches) == sum(len(sampler) for sampler in samplers)
    for batch in batches:
        assert 0 < len(batch) <= batch_size
        assert len({sizes[index % len(sizes)] for index in batch}) == 1
    scored = Counter(index for batch in batches for index in batch if index < len(sizes))
    assert scored == dict.fromkeys(range(len(sizes)), 1)


def test_batches_keep_the_order_of_the_split() -> None:
    assert list(SizeGroupedBatchSampler([(4, 6)] * 5, limit=lambda _: 2)) == [[0, 1], [2, 3], [4]]


def test_collate_stacks_without_copying_channels(dataset: RoadDataset) -> None:
    evaluation = EvalDataset(dataset.pairs("val"), dataset.label_map)
    samples = [evaluation[0], evaluation[1]]
    batch = collate(samples)
    assert batch["image"].shape == (2, 3, 48, 64)
    assert batch["image"].dtype == torch.uint8
    assert batch["image"].is_contiguous(memory_format=torch.channels_last)
    assert batch["mask"].shape == (2, 48, 64)
    assert batch["mask"].dtype == torch.uint8
    assert batch["path"] == [samples[0]["path"], samples[1]["path"]]
    np.testing.assert_array_equal(batch["image"][1].numpy(), samples[1]["image"].transpose(2, 0, 1))


@pytest.mark.parametrize("workers", [0, 1])
def test_a_fault_found_while_loading_is_raised_as_it_was(
    dataset: RoadDataset, workers: int
) -> None:
    evaluation = EvalDataset(dataset.pairs("val"), dataset.label_map)
    evaluation.pairs[2].image.write_bytes(b"")
    with pytest.raises(InputError) as directly:
        evaluation[2]
    loader = BatchLoader(evaluation, batch_sampler=[[0], [1, 2]], num_workers=workers)
    batches = iter(loader)
    assert next(batches)["path"] == [evaluation.pairs[0].key]
    with pytest.raises(InputError) as loaded:
        next(batches)
    assert loaded.value.__dict__ == directly.value.__dict__


class _Refused(Dataset[Sample]):
    """A machine that gives no more memory, or no more files."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getitem__(self, index: int) -> Sample:
        raise self.error


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize(
    "error",
    [MemoryError("no 8 GB"), OSError(errno.EMFILE, "Too many open files", "a.png")],
)
def test_what_the_machine_refuses_is_raised_as_it_was(error: Exception, workers: int) -> None:
    loader = BatchLoader(_Refused(error), batch_sampler=[[0]], num_workers=workers)
    with pytest.raises(type(error)) as loaded:
        next(iter(loader))
    assert str(loaded.value) == str(error)


def test_a_batch_that_finds_no_memory_is_no_traceback() -> None:
    huge = np.broadcast_to(np.uint8(0), (2**20, 2**20, 2**20))  # takes a byte until it is stacked
    sample: Sample = {"image": huge, "mask": huge, "path": "a"}

    class Huge(Dataset[Sample]):
        def __getitem__(self, index: int) -> Sample:
            return sample

    loader = BatchLoader(Huge(), batch_sampler=[[0]], num_workers=1)
    with pytest.raises(MemoryError, match=r"^Unable to allocate"):
        next(iter(loader))


def test_shared_memory_that_is_too_small_for_a_batch_is_told() -> None:
    zeros: Sample = {
        "image": np.zeros((9, 9, 3), np.uint8),
        "mask": np.zeros((9, 9), np.uint8),
        "path": "a",
    }

    class Narrow(Dataset[Sample]):
        def __getitem__(self, index: int) -> Sample:
            _, most = resource.getrlimit(resource.RLIMIT_FSIZE)  # of this loader process alone
            resource.setrlimit(resource.RLIMIT_FSIZE, (1, most))
            return zeros

    loader = BatchLoader(Narrow(), batch_sampler=[[0]], num_workers=1)
    with pytest.raises(InputError, match="a process that loads pictures died") as caught:
        next(iter(loader))
    assert caught.value.why is not None
    assert "</torch_" in caught.value.why


@pytest.mark.parametrize("workers", [0, 1])
def test_what_a_program_does_wrong_keeps_its_traceback(workers: int) -> None:
    loader = BatchLoader(_Refused(KeyError("x")), batch_sampler=[[0]], num_workers=workers)
    with pytest.raises(KeyError) as loaded:
        next(iter(loader))
    assert workers == 0 or "Traceback" in str(loaded.value.args[0])
