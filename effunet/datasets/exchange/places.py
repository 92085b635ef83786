"""Files that an export names, none of them outside of it; and the split that a name tells."""

import os
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from ...errors import InputError

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


def find_inside(root: Path, folders: Iterable[Path], name: str) -> Path:
    """The file ``name`` in the first of the ``folders`` that has it.

    Raises:
        InputError: There is none, or it lies outside of ``root``, be it by a link.
    """
    place = relative(name)
    real = os.path.realpath(root)
    for folder in folders:
        path = folder / place
        try:
            if not path.is_file():
                continue
        except OSError:  # a name that is too long
            continue
        if not Path(os.path.realpath(path)).is_relative_to(real):
            raise _outside()
        return path
    raise InputError(
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
        "the picture that is annotated lies outside of the export",
        fix="copy the pictures into the export's folder and name them relative to it; links out "
        "of it are not followed",
    )
