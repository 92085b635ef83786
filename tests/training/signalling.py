"""``python signalling.py PLACE SIGNAL TO TIMES WORD...``: a run that gets signals in one place.

It gets them from itself, so that they come exactly there; TO is ``process`` or ``group``.
"""

import functools
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from effunet.__main__ import main
from effunet.training.learning.task import SegmentationTask
from effunet.training.reporting import estimate
from effunet.training.state.atomic_io import AtomicCheckpointIO

PLACES: dict[str, tuple[Any, str, int]] = {
    "start": (estimate, "_median_seconds", 1),
    "first save": (AtomicCheckpointIO, "save_checkpoint", 1),
    "step": (SegmentationTask, "training_step", 3),
    "validation": (SegmentationTask, "validation_step", 4),
    "saving": (AtomicCheckpointIO, "save_checkpoint", 2),
}
"""Where, and at which call."""


def send_at(place: str, send: Callable[[], None]) -> None:
    owner, name, at = PLACES[place]
    original = getattr(owner, name)
    calls = 0

    @functools.wraps(original)
    def signalling(*args: object, **kwargs: object) -> object:
        nonlocal calls
        calls += 1
        if calls == at:
            send()
        return original(*args, **kwargs)

    setattr(owner, name, signalling)


if __name__ == "__main__":
    place, signum, to, times, *words = sys.argv[1:]

    def send() -> None:
        for _ in range(int(times)):
            (os.killpg if to == "group" else os.kill)(os.getpid(), signal.Signals[signum])

    send_at(place, send)
    sys.exit(main(words))
