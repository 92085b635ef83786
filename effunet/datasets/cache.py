"""Decoded pictures in memory that all loader processes share."""

import mmap
import os
import sys
import tempfile
from collections.abc import Sequence
from multiprocessing.reduction import DupFd
from typing import Any

import numpy as np
from numpy.typing import NDArray


class DecodeCache:
    """Keeps decoded pairs, the first ones up to a budget, once for all loader processes.

    The memory is a file without a name: forked workers inherit the mapping, spawned ones get its
    descriptor, and unlike torch's shared memory it is not bound by the size of ``/dev/shm``, 64 MB
    in most containers. The system provides it only as pictures are written. Two workers that
    decode one pair write the same bytes to the same place, so nothing is locked.

    Args:
        sizes: ``(height, width)`` of each pair.
        budget: Most bytes to keep.
    """

    def __init__(self, sizes: Sequence[tuple[int, int]], *, budget: int) -> None:
        self._sizes = list(sizes)
        areas = np.array([height * width for height, width in sizes], dtype=np.int64)
        ends = np.cumsum(1 + 4 * areas)  # a byte that says it is there, colours, train ids
        self._kept = int(np.searchsorted(ends, budget, side="right"))
        self._starts = [0, *ends.tolist()]
        self._descriptor = _nameless_file(self._length)
        self._map()

    def __len__(self) -> int:
        """How many pairs there is room for."""
        return self._kept

    def read(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]] | None:
        """Image ``(h, w, 3)`` and mask ``(h, w)`` of a pair, or None if it is not kept.

        The arrays are read-only views of the cache.
        """
        if index >= self._kept or not self._bytes[self._starts[index]]:
            return None
        image, mask = self._views(index)
        image.flags.writeable = mask.flags.writeable = False
        return image, mask

    def write(self, index: int, image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> None:
        """Keep a pair if there is room for it."""
        if index >= self._kept:
            return
        kept_image, kept_mask = self._views(index)
        kept_image[:], kept_mask[:] = image, mask
        self._bytes[self._starts[index]] = 1  # last, for whoever reads meanwhile

    def _views(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        height, width = self._sizes[index]
        start, area = self._starts[index] + 1, height * width
        image = self._bytes[start : start + 3 * area].reshape(height, width, 3)
        mask = self._bytes[start + 3 * area : start + 4 * area].reshape(height, width)
        return image, mask

    @property
    def _length(self) -> int:
        return max(int(self._starts[self._kept]), 1)  # mmap refuses nothing at all

    def _map(self) -> None:
        self._bytes = np.frombuffer(mmap.mmap(self._descriptor, self._length), dtype=np.uint8)

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__ | {"_descriptor": DupFd(self._descriptor)}  # a spawned worker's own
        del state["_bytes"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state | {"_descriptor": state["_descriptor"].detach()})
        self._map()

    def __del__(self) -> None:
        if "_descriptor" in self.__dict__:
            os.close(self._descriptor)


def _nameless_file(length: int) -> int:
    """Descriptor of a file in memory (Linux), or of one on disk that has no name any more."""
    if sys.platform == "linux":
        descriptor = os.memfd_create("effunet")
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.ftruncate(descriptor, length)
    return descriptor
