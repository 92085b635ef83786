"""A picture and its label file, and how names pair them."""

import os
import re
import stat
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from ..errors import InputError
from ..imaging import IMAGE_SUFFIXES, UNREAD_SUFFIXES

PICTURE_SUFFIXES = IMAGE_SUFFIXES | UNREAD_SUFFIXES
"""Endings of what is listed as a picture. What cannot be read is among them, so that it is named
with all other faults instead of vanishing."""

ENDINGS = (
    "_gtFine_labelTrainIds",
    "_gtFine_labelIds",
    "_pred_labelIds",
    "_leftImg8bit",
    "_image",
    "_label",
    "_mask",
)
"""What data sets append to a stem to tell pictures, labels and predictions apart."""


@dataclass(frozen=True)
class Endings:
    """What else the names of one data set's pictures and label files have that keys have not.

    Usually it ends the stem; where a frame's number follows, as in KITTI's ``um_road_000000``,
    only signs that no word goes on with may.
    """

    image: str = ""
    mask: str = ""


NO_ENDINGS = Endings()
"""Names have only those that are known."""


@dataclass(frozen=True)
class SegmentationPair:
    """A picture and its label file; either may turn out to be missing."""

    image: Path
    """The picture."""
    mask: Path
    """Its label file."""
    key: str
    """Name of the scene: its path inside the split without endings. Predictions pair by it."""
    sequence: str | None = None
    """The drive it was filmed on, where names or folders tell: its frames look alike."""
    condition: str | None = None
    """Weather or light, where the data set sorts by it: ``fog``, ``night``."""


def strip_ending(stem: str) -> str:
    """``stem`` without the data set's own ending: ``024541_image`` → ``024541``."""
    for ending in ENDINGS:
        if stem.endswith(ending) and stem != ending:
            return stem.removesuffix(ending)
    return stem


def key_of(path: PurePath, ending: str = "") -> str:
    """Key of a file from its path inside the split: forward slashes, no endings.

    Args:
        path: Of the file.
        ending: One of :class:`Endings`.
    """
    parts = _around(path.stem, ending)
    return (path.parent / strip_ending("".join(parts) if parts else path.stem)).as_posix()


def has_ending(path: PurePath, ending: str) -> bool:
    """Whether a file's name has one of :class:`Endings`; every name has none."""
    return not ending or _around(path.stem, ending) is not None


def _around(stem: str, ending: str) -> tuple[str, str] | None:
    """What stands before and behind the last ``ending``; None where it is not in ``stem``."""
    word = re.escape(ending.rstrip(_SIGNS) or ending)
    found = re.fullmatch(f"(.*){word}((?:[{_SIGNS}].*)?)", stem, re.DOTALL)
    return (found[1], found[2]) if ending and found and found[1] + found[2] else None


_SIGNS = "_.-"


def mode_of(path: Path) -> int | None:
    """What the system says a path is, links followed; None where it may not or cannot be seen.

    ``Path.is_dir`` and its like raise for a name that is too long and for a folder one may not
    look into.
    """
    try:
        return path.stat().st_mode
    except (OSError, ValueError):
        return None


def is_folder(path: Path) -> bool:
    """Whether there is a folder that can be seen."""
    mode = mode_of(path)
    return mode is not None and stat.S_ISDIR(mode)


def list_files(
    folder: Path, suffixes: frozenset[str], *, without: Collection[Path] = ()
) -> list[Path]:
    """Every file below ``folder`` with one of the lower-case ``suffixes``, in order.

    Links to folders are followed, each real folder once, so that a loop ends. Hidden files are
    left out: macOS puts a ``._x.jpg`` beside every ``x.jpg`` it archives. None where there is no
    such folder. Folders that are real and among ``without`` are not looked into.

    Raises:
        InputError: A folder cannot be read, or a link that may have been one leads nowhere.
    """

    def refuse(error: OSError) -> None:
        absent = isinstance(error, FileNotFoundError | NotADirectoryError)
        if not (absent and Path(error.filename) == folder):
            raise _unlisted(Path(error.filename), error.strerror or str(error)) from error

    found: list[Path] = []
    seen = {os.path.realpath(each) for each in without}
    for parent, folders, names in os.walk(folder, followlinks=True, onerror=refuse):
        real = os.path.realpath(parent)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for path in (Path(parent, name) for name in names if not name.startswith(".")):
            if path.suffix.lower() in suffixes:
                found.append(path)
            elif path.is_symlink() and mode_of(path) is None:
                raise _unlisted(path, "it is a link that leads nowhere")
    return sorted(found)


def _unlisted(path: Path, why: str) -> InputError:
    return InputError(
        "a folder cannot be searched for pictures",
        where=path,
        why=why,
        fix="give yourself the right to read it, mend the link, or remove it",
    )


def by_key(paths: Iterable[Path], folder: Path, ending: str = "") -> dict[str, Path]:
    """Label files below ``folder`` by their key.

    Args:
        paths: The files.
        folder: That keys begin at.
        ending: What else their names end in.

    Raises:
        InputError: Several are of one picture; it names them all.
    """
    files: dict[str, list[Path]] = {}
    for path in paths:
        files.setdefault(key_of(path.relative_to(folder), ending), []).append(path)
    several = [group for group in files.values() if len(group) > 1]
    if several:
        raise _several_labels(several, folder)
    return {key: path for key, (path,) in files.items()}


_NAMED = 10  # pictures named in full; the rest are counted


def _several_labels(several: list[list[Path]], folder: Path) -> InputError:
    lines = [" and ".join(str(path.relative_to(folder)) for path in group) for group in several]
    more = [f"and {len(lines) - _NAMED} more"] if len(lines) > _NAMED else []
    only = len(lines) == 1
    return InputError(
        f"{len(lines)} picture{'' if only else 's'} with more than one label file",
        where=folder,
        why="\n         ".join([*lines[:_NAMED], *more]),
        fix="keep one label file a picture, ending and format aside, and move the others elsewhere",
    )


def pair_folders(
    images: Sequence[Path],
    masks: Iterable[Path],
    *,
    image_name: Path,
    mask_name: Path,
    selected: bool = False,
    endings: Endings = NO_ENDINGS,
) -> list[SegmentationPair]:
    """Pair the files of two parallel folders by key, in the order of the keys.

    Args:
        images: Pictures below the folder of ``image_name``.
        masks: Label files below the folder of ``mask_name``.
        image_name: What a picture is called, with ``*`` for its key: ``root/val/*_image.jpg``.
        mask_name: What a label file is called, likewise.
        selected: Whether someone chose the pictures from their folder, so that label files of
            others are no concern.
        endings: What else their names end in, which the two patterns leave out.

    Returns:
        Pairs. A file without a partner is kept beside the name its partner should have, so that
        the integrity check lists it with every other fault.

    Raises:
        InputError: A picture has several label files.
    """
    keyed = [(key_of(path.relative_to(image_name.parent), endings.image), path) for path in images]
    keys = {key for key, _ in keyed}
    if selected:
        folder = mask_name.parent
        masks = [path for path in masks if key_of(path.relative_to(folder), endings.mask) in keys]
    mask_of = by_key(masks, mask_name.parent, endings.mask)
    image_like, mask_like = (next(iter(paths), None) for paths in (images, mask_of.values()))
    keyed += [
        (key, _named(image_name, key, endings.image, image_like)) for key in mask_of.keys() - keys
    ]
    return [
        SegmentationPair(
            image=path,
            mask=mask_of.get(key) or _named(mask_name, key, endings.mask, mask_like),
            key=key,
        )
        for key, path in sorted(keyed)
    ]


def _named(pattern: Path, key: str, ending: str, like: Path | None) -> Path:
    """A file that is not there, with the ending where that of ``like`` is."""
    parts = _around(like.stem, ending) if like else None
    if parts and parts[1]:
        before, sign, after = key.rpartition(parts[1][0])
        stem = f"{before}{ending.rstrip(_SIGNS)}{sign}{after}"
    else:
        stem = key + ending
    return pattern.parent / pattern.name.replace("*", stem)
