"""Two candidates in turn, so that a busy or throttled machine slows both."""

import statistics
from collections.abc import Callable

import torch

from effunet.machine import describe_processor


def compare(
    plain: Callable[[], float], effunet: Callable[[], float], *, rounds: int
) -> tuple[float, float, float]:
    """Median seconds of each, and the median of the rounds' ratios plain / effunet."""
    pairs = []
    for index in range(rounds):
        # who goes first changes, so that neither always finds the other's caches
        if index % 2:
            second = effunet()
            pairs.append((plain(), second))
        else:
            pairs.append((plain(), effunet()))
    return (
        statistics.median(first for first, _ in pairs),
        statistics.median(second for _, second in pairs),
        statistics.median(first / second for first, second in pairs),
    )


def print_machine() -> None:
    """Processor, its flags, threads and torch: a ratio means nothing without them."""
    print(f"processor  {describe_processor()}")
    print(f"torch      {torch.__version__}, {torch.get_num_threads()} threads")


def print_comparison(what: str, seconds: tuple[float, float, float]) -> None:
    """One line in milliseconds."""
    plain, effunet, ratio = seconds
    print(f"{what}: plain {plain * 1e3:.1f} ms, effunet {effunet * 1e3:.1f} ms, {ratio:.2f}x")
