"""Working ahead in threads and batching, with a bounded number of pictures in memory."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def threaded_map(
    function: Callable[[_Item], _Result], items: Iterable[_Item], *, threads: int
) -> Iterator[_Result]:
    """``map(function, items)`` in threads: in order, at most two results a thread ahead.

    Decoders and encoders release the interpreter lock, so they run while the network computes.
    What ``function`` raises is raised when its result's turn comes.
    """
    pool = ThreadPoolExecutor(threads)
    pending: deque[Future[_Result]] = deque()
    try:
        for item in items:
            pending.append(pool.submit(function, item))
            if len(pending) > 2 * threads:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def equal_sized(
    items: Iterable[_Item],
    *,
    size: Callable[[_Item], tuple[int, int]],
    limit: Callable[[tuple[int, int]], int],
) -> Iterator[list[_Item]]:
    """Runs of neighbours of one size, each as long as ``limit(size)`` allows, in order.

    What ``items`` raises is raised behind the last whole item.
    """
    batch: list[_Item] = []
    try:
        for item in items:
            if batch and (size(batch[0]) != size(item) or len(batch) >= limit(size(item))):
                yield batch
                batch = []
            batch.append(item)
    except Exception:
        if batch:
            yield batch
        raise
    if batch:
        yield batch
