"""Folders that one command fills at a time."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain, count
from pathlib import Path

from .errors import InputError
from .files import check_folder, unwritable_folder
from .locks import LOCK, alone_in
from .unfinished import unfinished_folder


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
    with ExitStack() as held:
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            if new:
                numbered = (folder.with_name(f"{folder.name}-{number}") for number in count(2))
                folder = next(path for path in chain([folder], numbered) if _made(path))
            if new or _made(folder):
                made.insert(0, folder)
            held.callback(_remove_empty, made)
            held.enter_context(alone_in(folder))
        except OSError as error:
            raise unwritable_folder(folder, error.strerror or str(error)) from error
        yield folder


def _made(folder: Path) -> bool:
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    return True


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
    there = folder.is_dir()  # perhaps a mount point, beside which files lie on another disk
    with claimed(folder, new=False):
        try:
            with unfinished_folder(folder if there else folder.parent) as temporary:
                yield temporary
                for entry in list(temporary.iterdir()):
                    entry.replace(folder / entry.name)
        except OSError as error:
            raise unwritable_folder(folder, error.strerror or str(error)) from error


def refuse_overwriting(out: Path) -> None:
    """Make sure that a folder to fill is empty or does not exist.

    Raises:
        InputError: There is something in it, or it cannot be read.
    """
    try:
        inside = out.iterdir() if out.is_dir() else ()
        taken = out.is_file() or any(path.name != LOCK for path in inside)
    except OSError as error:
        raise InputError(
            "the folder cannot be read", where=out, why=error.strerror, fix="choose another folder"
        ) from error
    if taken:
        raise InputError(
            "there is something already, and nothing is overwritten",
            where=out,
            fix="name a folder that is empty or does not exist yet",
        )
