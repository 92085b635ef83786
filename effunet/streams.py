"""Standard streams as they may come: closed, in ASCII, on a full disk, with nobody reading."""

import io
import os
import select
import sys
from typing import TextIO


def open_streams() -> None:
    """Let printing work whatever started this process.

    A stream that the caller closed (``>&-``) leads nowhere, and what the encoding of one lacks is
    escaped: file names are bytes, which need not be text in any encoding.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # a file of the user's would get the number, and with it what native code prints
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123  (to the end)
            setattr(sys, name, nowhere)
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def unread(stream: TextIO) -> bool:
    """Whether the reader of ``stream`` has gone; a child's broken pipe is not this one."""
    try:
        number = stream.fileno()
    except OSError:  # no file of the system's
        return False
    poll = select.poll()
    poll.register(number, 0)  # an error is told unasked
    return bool(poll.poll(0))


def drop_broken_streams() -> None:
    """Let streams that cannot be written lead nowhere: the interpreter flushes them once more."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, stream.fileno())
            os.close(null)
