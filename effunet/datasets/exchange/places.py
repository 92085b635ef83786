"""Files that an export names, none of them outside of it; and the split that a name tells."""

import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path, PurePath, PurePosixPath

from ...errors import InputError
from ..pairs import PICTURE_SUFFIXES, list_files, mode_of

SPLITS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
"""What tools call a split → split."""


def split_of(name: str) -> str | None:
    """The split that a file's or folder's name tells: ``instances_val2017`` → ``val``."""
    words = re.findall(r"[a-z]+", name.lower())
    return next((SPLITS[word] for word in words if word in SPLITS), None)


def split_and_place(path: PurePath) -> tuple[str | None, PurePosixPath]:
    """The split that a folder of ``path`` is called after, and the path without it and ending."""
    folders = list(path.parts[:-1])
    told = next((folder for folder in folders if folder.lower() in SPLITS), None)
    if told is not None:
        folders.remove(told)
    split = None if told is None else SPLITS[told.lower()]
    return split, PurePosixPath(*folders, path.name).with_suffix("")


def find_inside(root: Path, folders: Iterable[Path], *names: str) -> Path:
    """The file of one of the ``names`` in the first of the ``folders`` that has it.

    Raises:
        InputError: There is none, or it lies outside of ``root``, be it by a link.
    """
    places = [relative(name) for name in names]
    for path in (folder / place for folder in folders for place in places):
        mode = mode_of(path)
        if mode is not None and stat.S_ISREG(mode):
            return check_inside(root, path)
    raise absent()


def by_stem(folder: Path) -> dict[str, Path]:
    """Pictures below ``folder`` by their place in it without an ending.

    Raises:
        InputError: Two have one place.
    """
    found: dict[str, Path] = {}
    for path in list_files(folder, PICTURE_SUFFIXES):
        place = path.relative_to(folder).with_suffix("").as_posix()
        if found.setdefault(place, path) is not path:
            raise InputError(
                "two pictures have one name, endings aside",
                where=path,
                why=f"{found[place].name} lies beside it",
                fix="keep one of them in the export, and move the other elsewhere",
            )
    return found


def check_inside(root: Path, path: Path) -> Path:
    """``path``, unless a link leads from it out of ``root``.

    Raises:
        InputError: It does.
    """
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root)):
        raise _outside()
    return path


def absent() -> InputError:
    """What an annotation without its picture is refused with."""
    return InputError(
        "the picture that is annotated is not there",
        fix="put the pictures where the export names them, or export with pictures",
    )


def relative(name: str) -> PurePosixPath:
    """``name`` as a path below a folder.

    Raises:
        InputError: It leads out of the folder, or is no name of a file.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    drive = re.match(r"[A-Za-z]:", name)
    if not path.name or path.is_absolute() or drive or ".." in path.parts or "\0" in name:
        raise _outside()
    return path


def _outside() -> InputError:
    return InputError(
        "what is annotated lies outside of the export",
        fix="copy it into the export's folder, named relative to that; links out of it are not "
        "followed",
    )
