"""How far a command is."""

import sys
import time
from collections.abc import Callable
from contextlib import suppress

SECONDS_BETWEEN_LINES = 30.0
"""In a log or a pipe, where every line stays."""


def counter(
    verb: str, *, clock: Callable[[], float] = time.monotonic
) -> Callable[[int, int], None]:
    """A counter on a terminal, a line every half minute in a log.

    Called with none done it says at once that another process is at it.
    """
    last = clock()

    def show(done: int, total: int) -> None:
        nonlocal last
        now = clock()
        with suppress(OSError):  # a counter that nobody can see is no reason to end the work
            if not done:
                waiting = "another process is at these files, waiting"
                print(f"{verb} {done}/{total}: {waiting}", file=sys.stderr, flush=True)
            elif sys.stderr.isatty():
                end = "\n" if done == total else ""
                print(f"\r{verb} {done}/{total}", end=end, file=sys.stderr, flush=True)
            elif now - last >= SECONDS_BETWEEN_LINES:
                last = now
                print(f"{verb} {done}/{total}", file=sys.stderr, flush=True)

    return show
