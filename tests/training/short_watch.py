"""``train_seg.py``, whose ranks take three seconds of silence for an end.

The word before the options is the rank that runs out of memory, or -1.
"""

import os
import sys

import torch

from effunet import heartbeat
from effunet.__main__ import entry
from effunet.models import Segmenter

_BATCHES_BEFORE_MEMORY_ENDS = 12  # of which the estimate takes eight

heartbeat.LIMIT = 3.0


def _run_out_of_memory() -> None:
    """In a step of the run itself."""
    forward, times = Segmenter.forward_train, iter(range(_BATCHES_BEFORE_MEMORY_ENDS))

    def once(self: Segmenter, image: torch.Tensor) -> torch.Tensor:
        if next(times, None) is None:
            torch.empty(2**50, dtype=torch.uint8)
        return forward(self, image)

    Segmenter.forward_train = once  # type: ignore[method-assign]


if __name__ == "__main__":
    poor, *sys.argv[1:] = sys.argv[1:]
    if poor == os.environ["RANK"]:
        _run_out_of_memory()
    entry("train")
