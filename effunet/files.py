"""Files that appear whole or not at all, and folders that one command fills at a time."""

import errno
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path
from typing import BinaryIO

from .errors import InputError
from .unfinished import unfinished_file, unfinished_folder


@contextmanager
def claimed(folder: Path, *, new: bool) -> Iterator[Path]:
    """A folder that belongs to one command until the block ends.

    What was made for it goes away again where it is empty at the end, so that a command that fails
    before it has anything to write leaves nothing behind.

    Args:
        folder: Made if it is not there, with its parents.
        new: Where it is there take ``folder-2``, ``-3``: making it is the claim, so two commands
            never get one name. Otherwise it is used as it is, by one command at a time.

    Raises:
        InputError: It cannot be written, or another command is writing into it.
    """
    folder = folder.resolve()
    check_folder(folder.parent if new else folder)
    made = [parent for parent in folder.parents if not os.path.lexists(parent)]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if new:
            numbered = (folder.with_name(f"{folder.name}-{number}") for number in count(2))
            folder = next(path for path in chain([folder], numbered) if _made(path))
        if new or _made(folder):
            made.insert(0, folder)
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise unwritable_folder(folder, error.strerror or str(error)) from error
    try:
        _lock(held, folder)
        yield folder
    finally:
        _remove_empty(made)
        _unlock(held)
        os.close(held)


def _made(folder: Path) -> bool:
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    return True


def _lock(held: int, folder: Path) -> None:
    """Lock an open folder; the system lets go of it however the process ends."""
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(
            "another command is writing into this folder",
            where=folder,
            why="two at once would mix their files",
            fix="wait until it has ended, or choose another folder with --out DIR",
        ) from None
    except OSError:
        return  # some network file systems lock no folders; there a new name alone is safe


def _unlock(held: int) -> None:
    """Loader processes inherit the open folder, and would keep a lock that is only closed."""
    try:
        fcntl.flock(held, fcntl.LOCK_UN)
    except OSError:  # it was never locked
        return


def _remove_empty(folders: list[Path]) -> None:
    """Of folders inside each other, the innermost first, remove those that hold nothing else."""
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:  # filled, by this command or by another
            return


@contextmanager
def filling(folder: Path) -> Iterator[Path]:
    """A folder whose content appears under ``folder`` at the end; an exception leaves nothing.

    Args:
        folder: Empty or not there; nobody else may fill it meanwhile.

    Raises:
        InputError: It cannot be written, or another command is filling it.
    """
    folder = folder.resolve()
    there = folder.is_dir()  # perhaps a mount point, which cannot be replaced but filled
    with claimed(folder, new=False):
        try:
            with unfinished_folder(folder if there else folder.parent) as temporary:
                yield temporary
                for entry in list(temporary.iterdir()) if there else []:
                    entry.replace(folder / entry.name)
                if not there:
                    temporary.replace(folder)
        except OSError as error:
            raise unwritable_folder(folder, error.strerror or str(error)) from error


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
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished_file(path.parent) as (temporary, stream):
            yield stream
            stream.flush()  # a full disk is found here at the latest
            if durable:
                os.fsync(stream.fileno())
            temporary.replace(path)
        if durable:
            _flush_folder(path.parent)
    except OSError as error:
        raise InputError(
            "the file cannot be written; what was there before is intact",
            where=path,
            why=error.strerror or str(error),
            fix="choose a folder that can be written, with space left",
        ) from error


def _flush_folder(folder: Path) -> None:
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
