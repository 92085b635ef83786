"""Which drive a picture was filmed on: by its folder, or by the beginning of its name."""

import re
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import Literal

from ...errors import InputError
from ..pairs import SegmentationPair

Telling = Literal["auto", "folder", "prefix", "picture"]

_FRAME = re.compile(r"(?P<drive>.+?)[ ._-]*(?:frame|image|img|f)?[ ._-]*\d+", re.IGNORECASE)
_NAMED = 3  # pictures of no drive
_CHOICES = (
    "say how with --drives: folder (each folder is a drive), prefix (names up to the frame number) "
    "or picture (every picture for itself, if no two show one place)"
)


def by_folder(pair: SegmentationPair) -> str | None:
    """The folder that the picture lies in."""
    return pair.image.parent.name or None


def by_prefix(pair: SegmentationPair) -> str | None:
    """Its name up to the number of the frame: ``0016E5_00390`` → ``0016E5``."""
    name = PurePosixPath(pair.key).name
    found = None if name.isdigit() else _FRAME.fullmatch(name)
    return found["drive"] if found else None


def by_itself(pair: SegmentationPair) -> str:
    """Every picture is a drive of its own."""
    return pair.key


def by_data_set(pair: SegmentationPair) -> str | None:
    """As the data set's folders or names tell, else by the beginning of its name."""
    return pair.sequence or by_prefix(pair)


_WAYS: dict[Telling, tuple[Callable[[SegmentationPair], str | None], str]] = {
    "auto": (by_data_set, "as the data set tells them"),
    "folder": (by_folder, "told by folders"),
    "prefix": (by_prefix, "told by names up to the frame number"),
    "picture": (by_itself, "every picture for itself"),
}


def tell_drives(pairs: Sequence[SegmentationPair], way: Telling) -> tuple[list[str], str]:
    """The drive of each picture, and in words how it was told.

    Raises:
        InputError: Nothing tells the drives of some pictures.
    """
    tell, words = _WAYS[way]
    if way == "auto" and not any(pair.sequence for pair in pairs):
        words = _WAYS["prefix"][1]
    told = [tell(pair) for pair in pairs]
    untold = [str(pair.image) for pair, drive in zip(pairs, told, strict=True) if drive is None]
    if untold:
        raise InputError(
            f"nothing tells which drive {len(untold)} of {len(pairs)} pictures are of",
            where=", ".join(untold[:_NAMED]),
            why="frames of one drive look alike, so a drive must not be in two splits",
            fix=_CHOICES,
        )
    return [drive for drive in told if drive is not None], words


def too_few(drives: Sequence[str], splits: Sequence[str], words: str) -> InputError:
    """What is said where there are fewer drives than splits."""
    found = ", ".join(sorted(set(drives))[:_NAMED])
    return InputError(
        f"{len(set(drives))} drive{'s' * (len(set(drives)) != 1)} cannot be split into "
        f"{', '.join(splits)}",
        why=f"a drive is never in two splits; found, {words}: {found}",
        fix=_CHOICES,
    )
