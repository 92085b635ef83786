import itertools
import time
from collections.abc import Iterator

import pytest

from effunet.inference.streaming import equal_sized, threaded_map


def test_order_is_kept_when_later_ones_are_faster() -> None:
    def slow_first(number: int) -> int:
        time.sleep(0.02 if number == 0 else 0)
        return number

    assert list(threaded_map(slow_first, range(20), threads=3)) == list(range(20))


@pytest.mark.parametrize("threads", [1, 3])
def test_never_far_ahead(threads: int) -> None:
    taken = 0

    def count() -> Iterator[int]:
        nonlocal taken
        for number in itertools.count():
            taken += 1
            yield number

    results = threaded_map(lambda number: number, count(), threads=threads)
    for used, _ in enumerate(itertools.islice(results, 50), start=1):
        assert taken - used <= 2 * threads


def test_an_error_comes_in_its_turn() -> None:
    results = threaded_map(lambda number: 1 // (number - 3), range(6), threads=2)
    assert list(itertools.islice(results, 3)) == [-1, -1, -1]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_batches_hold_neighbours_of_one_size() -> None:
    words = ["aa", "bb", "cc", "dd", "eee", "ff", "gg"]
    batches = equal_sized(words, size=lambda word: (1, len(word)), limit=lambda _: 3)
    assert list(batches) == [["aa", "bb", "cc"], ["dd"], ["eee"], ["ff", "gg"]]


def test_the_limit_depends_on_the_size() -> None:
    batches = equal_sized(
        ["a", "b", "c", "dd", "ee"],
        size=lambda word: (1, len(word)),
        limit=lambda size: 3 - size[1],
    )
    assert list(batches) == [["a", "b"], ["c"], ["dd"], ["ee"]]
