"""Telling a process that was stopped from one that is slow: a thread of its own still counts."""

import threading
import time
from collections.abc import Callable

LIMIT = 45.0
"""Seconds without a beat after which a process counts as stopped; its run then ends within 60."""

EVERY = 1.0
"""Seconds between beats."""


def beat(write: Callable[[int], None]) -> threading.Event:
    """Call ``write`` with 1, 2, 3 … from a thread, until the returned event is set.

    The thread runs beside whatever the process computes or waits for, so that only a process that
    is stopped or dead falls silent. It ends where ``write`` raises an OSError.
    """
    over = threading.Event()

    def run() -> None:
        count = 0
        try:
            while not over.is_set():
                count += 1
                write(count)
                over.wait(EVERY)
        except OSError:  # where it wrote is gone, and with it whoever reads
            pass

    threading.Thread(target=run, name="heartbeat", daemon=True).start()
    return over


class Silence:
    """How long a count has not moved, to be asked about every :data:`EVERY` seconds."""

    def __init__(self) -> None:
        self._value = -1
        self._asked = time.monotonic()
        self._seconds = 0.0

    def seconds(self, value: int) -> float:
        """Seconds for which ``value`` has been the same.

        An observer that was stopped itself, with its whole group (Ctrl-Z) or its machine, blames
        nobody for that time: a call adds at most two beats.
        """
        now = time.monotonic()
        passed, self._asked = now - self._asked, now
        if value != self._value:
            self._value, self._seconds = value, 0.0
        else:
            self._seconds += min(passed, 2 * EVERY)
        return self._seconds
