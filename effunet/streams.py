"""Standard streams as they may come: closed, in ASCII, on a full disk, with nobody reading."""

import io
import os
import re
import select
import sys
import textwrap
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


_LABEL = re.compile(r" *(?:effunet: |where: |why: +|fix: +)?")
_TO_COPY = re.compile(r"--|`|effunet |[/\\]")


def fitted(message: str, stream: TextIO) -> str:
    """``message`` in the width of a terminal, lines going on below the words they began with.

    What is copied from it, a command or a path, stays in one piece, which a terminal breaks
    without a sign in it; and so does everything in a log.
    """
    if not stream.isatty():
        return message
    columns = os.get_terminal_size(stream.fileno()).columns
    return "\n".join(_broken(line, columns) for line in message.splitlines())


def _broken(line: str, columns: int) -> str:
    label = _LABEL.match(line)
    indent = len(label[0]) if label else 0
    if len(line) <= columns or columns < 2 * indent or _TO_COPY.search(line[indent:]):
        return line
    pieces = textwrap.wrap(
        line[indent:], columns - indent, break_long_words=False, break_on_hyphens=False
    )
    return line[:indent] + ("\n" + " " * indent).join(pieces)


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
