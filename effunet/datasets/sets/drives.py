"""Telling by folders which drive a picture was filmed on."""

import os
from pathlib import Path

from ..pairs import PICTURE_SUFFIXES, is_folder

_OF_SPLITS = frozenset({"train", "training", "val", "valid", "validation", "test", "testing"})
"""What folders of splits are called."""


class Drives:
    """Drives of one data set, the same whether its splits are folders or lists of pictures.

    Args:
        split_folders: What the description names for the splits.
    """

    def __init__(self, split_folders: frozenset[Path]) -> None:
        self._split_folders = split_folders
        self._telling: dict[Path, bool] = {}

    def drive(self, images: Path, folder: Path) -> str | None:
        """The drive of pictures in ``images / folder``; None where no folder tells.

        Args:
            images: The folder called images.
            folder: From there on.
        """
        parts = Path(os.path.normpath(folder)).parts
        if not parts:
            return None
        first = Path(os.path.normpath(images / parts[0]))
        if first not in self._telling:
            self._telling[first] = self._tells(first)
        return "/".join(parts if self._telling[first] else parts[1:]) or None

    def _tells(self, folder: Path) -> bool:
        """Whether a folder right below images is a drive: neither a split nor all there is."""
        if folder.name in _OF_SPLITS or folder in self._split_folders:
            return False
        return not _lies_alone(folder)


def _lies_alone(folder: Path) -> bool:
    try:
        others = [path for path in folder.parent.iterdir() if not path.name.startswith(".")]
    except OSError:  # a folder may be open to whoever knows a name in it, and to nobody else
        return False
    return not any(
        path != folder and (path.suffix.lower() in PICTURE_SUFFIXES or is_folder(path))
        for path in others
    )
