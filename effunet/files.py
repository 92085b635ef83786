"""Files that appear whole or not at all, and what paths lead to."""

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .errors import InputError
from .unfinished import unfinished_file


@contextmanager
def replacing(path: Path, *, durable: bool = False) -> Iterator[BinaryIO]:
    """A stream whose bytes appear under ``path`` at once; a failure leaves the old file.

    Args:
        path: Missing folders on the way are made.
        durable: Reach the disk before the old file goes, and the new name before the block ends,
            so that a power cut loses nothing.

    Raises:
        InputError: The file cannot be written.
    """
    try:
        made = not path.parent.is_dir()
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished_file(path.parent) as (temporary, stream):
            yield stream
            stream.flush()  # a full disk is found here at the latest
            if durable:
                os.fsync(stream.fileno())
            temporary.replace(path)
        if durable:
            flush_folder(path.parent)
        if durable and made:
            flush_folder(path.parent.parent)
    except OSError as error:
        raise InputError(
            "the file cannot be written; what was there before is intact",
            where=path,
            why=error.strerror or str(error),
            fix="choose a folder that can be written, with space left",
        ) from error


def flush_folder(folder: Path) -> None:
    """Let what was made, renamed or removed in it reach the disk."""
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(held)
    finally:
        os.close(held)


def write_bytes(path: Path, content: bytes, *, durable: bool = False) -> None:
    """Put ``content`` under ``path``; see :func:`replacing`.

    Raises:
        InputError: The file cannot be written.
    """
    with replacing(path, durable=durable) as stream:
        stream.write(content)


def expand_home(path: str | os.PathLike[str]) -> Path:
    """``path`` with the home folder in the place of ``~`` or ``~name``.

    Raises:
        InputError: There is no such home folder.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:  # so says pathlib
        raise InputError(
            "there is no such home folder",
            where=Path(path),
            why="the system knows none for this user",
            fix="write the path out, or set HOME",
        ) from error


def file_sha256(path: Path) -> str:
    """Hex digest of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def named_in_utf8(path: Path) -> Iterator[Path]:
    """A name in UTF-8 that leads to the file ``path``, for libraries that open no other."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        with path.open("rb") as file:
            yield Path(f"/proc/self/fd/{file.fileno()}")
    else:
        yield path


def cache_folder() -> Path:
    """Where this user's programs keep what can be made again; it need not be there yet."""
    named = os.environ.get("XDG_CACHE_HOME")
    if named:
        return Path(named) / "effunet"
    try:
        return Path.home() / ".cache/effunet"
    except RuntimeError:  # a user without a home, as in many containers
        return Path(tempfile.gettempdir(), f"effunet-{os.getuid()}")


def check_folder(folder: Path) -> None:
    """Make sure, before the work that fills it, that ``folder`` is there or can be made.

    Raises:
        InputError: It cannot be written.
    """
    there = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
    if not there.is_dir():
        raise unwritable_folder(folder, os.strerror(errno.ENOTDIR))
    if not os.access(there, os.W_OK | os.X_OK):
        raise unwritable_folder(folder, os.strerror(errno.EACCES))


def unwritable_folder(folder: Path, why: str) -> InputError:
    """What every command says of an output folder that it cannot use."""
    return InputError(
        "the output folder cannot be written",
        where=folder.absolute(),
        why=why,
        fix="choose a folder you may write to with --out DIR",
    )
