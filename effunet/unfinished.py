"""Files and folders under a passing name until they are whole; those of dead processes go.

Each is locked while it is being filled, and the system lets go of the lock however a process ends:
what can be locked has nobody any more.
"""

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import BinaryIO

_NAME = re.compile(r"\.[0-9a-f]{16}\.part")  # short: names end at 255 bytes


@contextmanager
def unfinished_file(folder: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """A new file and a stream into it; gone at the end unless it was renamed."""
    remove_leftovers(folder)
    while True:
        path = _passing_name(folder)
        with path.open("xb") as stream:
            if not _held(stream.fileno()):
                continue
            try:
                yield path, stream
            finally:
                path.unlink(missing_ok=True)
            return


@contextmanager
def unfinished_folder(folder: Path) -> Iterator[Path]:
    """A new folder in ``folder``; gone at the end, with what is in it, unless it was renamed."""
    remove_leftovers(folder)
    while True:
        path = _passing_name(folder)
        path.mkdir()
        held = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            if not _held(held):
                continue
            try:
                yield path
            finally:
                shutil.rmtree(path, ignore_errors=True)
            return
        finally:
            os.close(held)


@cache
def remove_leftovers(folder: Path) -> None:
    """Remove what processes that died left half-written directly in ``folder``, once a process."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _NAME.fullmatch(entry.name):
                with suppress(OSError):  # alive, somebody else's, or gone meanwhile
                    _remove_unlocked(Path(entry.path))


def _passing_name(folder: Path) -> Path:
    return folder / f".{secrets.token_hex(8)}.part"


def _held(descriptor: int) -> bool:
    """Lock what was just made, unless another process took it for a leftover before that."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError:  # a file system without locks: there nothing is ever taken for a leftover
        return True
    return os.fstat(descriptor).st_nlink > 0


def _remove_unlocked(path: Path) -> None:
    # network file systems lock only what is open for writing, which folders never are
    mode = os.O_RDONLY if path.is_dir() else os.O_RDWR
    held = os.open(path, mode | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()
    finally:
        os.close(held)
