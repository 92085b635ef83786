from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import pytest

from effunet.datasets import DecodeCache

SIZES = [(4, 6), (5, 7), (3, 3)]
FORKED, SPAWNED = get_context("fork").Process, get_context("spawn").Process
BYTES = [1 + 4 * height * width for height, width in SIZES]


def _pair(index: int) -> tuple[np.ndarray, np.ndarray]:
    height, width = SIZES[index]
    rng = np.random.default_rng(index)
    image = rng.integers(0, 256, (height, width, 3), np.uint8)
    return image, rng.integers(0, 256, (height, width), np.uint8)


def _fill(cache: DecodeCache, index: int) -> None:
    cache.write(index, *_pair(index))


def test_pairs_come_back_read_only() -> None:
    cache = DecodeCache(SIZES, budget=10_000)
    assert len(cache) == 3
    assert cache.read(1) is None
    for index in range(3):
        _fill(cache, index)
    for index in range(3):
        kept = cache.read(index)
        assert kept is not None
        for array, expected in zip(kept, _pair(index), strict=True):
            np.testing.assert_array_equal(array, expected)
            assert not array.flags.writeable


@pytest.mark.parametrize(
    ("budget", "kept"), [(0, 0), (BYTES[0] - 1, 0), (BYTES[0], 1), (sum(BYTES) - 1, 2)]
)
def test_what_does_not_fit_is_not_kept(budget: int, kept: int) -> None:
    cache = DecodeCache(SIZES, budget=budget)
    for index in range(3):
        _fill(cache, index)
    assert len(cache) == kept
    assert [cache.read(index) is not None for index in range(3)] == [
        index < kept for index in range(3)
    ]


@pytest.mark.parametrize("started_by", [FORKED, SPAWNED], ids=["fork", "spawn"])
def test_processes_share_it_however_they_are_started(
    started_by: Callable[..., BaseProcess],
) -> None:
    cache = DecodeCache(SIZES, budget=10_000)
    process = started_by(target=_fill, args=(cache, 1))
    process.start()
    process.join()
    kept = cache.read(1)
    assert kept is not None
    np.testing.assert_array_equal(kept[0], _pair(1)[0])
    assert cache.read(0) is None


def test_it_closes_its_file() -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = descriptors()
    for _ in range(5):
        DecodeCache(SIZES, budget=10_000)
    assert descriptors() == before
