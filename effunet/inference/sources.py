"""Where pictures come from: one file, a folder with everything below it, or a glob."""

import glob
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..datasets import PICTURE_SUFFIXES, list_files
from ..errors import InputError
from ..files import expand_home
from ..imaging import IMAGE_SUFFIXES

_VIDEO_SUFFIXES = frozenset({".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v"})


@dataclass(frozen=True)
class PictureFile:
    """A picture on disk and the place of its results.

    Attributes:
        path: The file.
        key: Its place below the source's root without a suffix, so that results keep the tree of
            the input: IDD-Lite repeats 33 file names across its folders.
    """

    path: Path
    key: PurePosixPath


@dataclass(frozen=True)
class Source:
    """Pictures in natural order.

    Attributes:
        pictures: At least one.
        root: Folder that the keys are relative to.
        recursive: Whether the folders below ``root`` were searched, so that anything written
            there would be found the next time.
        single: Whether the user named one file.
    """

    pictures: tuple[PictureFile, ...]
    root: Path
    recursive: bool
    single: bool


def find_pictures(source: str | os.PathLike[str]) -> Source:
    """The pictures that ``source`` names: a file, a folder (searched to the bottom) or a glob.

    Hidden files and folders are left out, links are followed. A name that exists is taken as it
    stands, even with ``[`` or ``*`` in it. Pictures of a kind that cannot be read are among them,
    so that they are named with those that were skipped.

    Raises:
        InputError: Nothing there, no picture among it, or a folder that cannot be read.
    """
    if not os.fspath(source):  # as a path it would be the folder where the user stands
        fix = "name a picture, a folder or a glob"
        raise InputError("no picture is named", where="--source", fix=fix)
    path = expand_home(source)
    if path.is_file() and path.suffix.lower() in _VIDEO_SUFFIXES:
        raise InputError(
            "a video, where pictures are expected",
            where=path.absolute(),
            fix=f"mkdir frames && ffmpeg -i {path.name} frames/%06d.jpg, then --source frames",
        )
    if path.is_file():
        picture = PictureFile(path, PurePosixPath(path.stem))
        return Source((picture,), path.parent, recursive=False, single=True)
    found: Iterable[Path]
    if path.is_dir():
        root, recursive, found = path, True, list_files(path, PICTURE_SUFFIXES)
    elif glob.has_magic(str(path)):
        root, recursive = _fixed_part(path), "**" in path.parts
        found = _expand(path)
    else:
        raise InputError(
            f"no such picture or folder: {path}",
            where=path.absolute(),
            fix="name a picture, a folder of pictures or a quoted glob such as 'photos/*.jpg'",
        )
    files = sorted(set(found), key=natural_key)
    if not files:
        raise InputError(
            f"no pictures in {path}",
            where=path.absolute(),
            why=f"looked for {' '.join(sorted(IMAGE_SUFFIXES))}",
            fix="name a folder or a glob that holds pictures",
        )
    return Source(_with_keys(files, root), root, recursive, single=False)


def natural_key(path: Path) -> tuple[tuple[tuple[str | int, ...], ...], str]:
    """Sorts ``frame2`` before ``frame10``, folder by folder, without regard to case."""
    parts = tuple(
        tuple(int(run) if run.isdecimal() else run.casefold() for run in re.split(r"(\d+)", part))
        for part in path.parts
    )
    return parts, str(path)


def _expand(pattern: Path) -> Iterator[Path]:
    # Path.glob refuses "a**", lists hidden files and reads ".." otherwise than a shell
    for match in glob.iglob(str(pattern), recursive=True):  # noqa: PTH207
        path = Path(match)
        if path.is_dir():
            yield from list_files(path, PICTURE_SUFFIXES)
        elif path.suffix.lower() in PICTURE_SUFFIXES:
            yield path


def _fixed_part(pattern: Path) -> Path:
    """The leading folders of a glob that hold no wildcard: ``a/b`` of ``a/b/*/c*.jpg``."""
    fixed: list[str] = []
    for part in pattern.parts[:-1]:
        if glob.has_magic(part):
            break
        fixed.append(part)
    return Path(*fixed)


def _with_keys(files: list[Path], root: Path) -> tuple[PictureFile, ...]:
    stems = Counter(file.with_suffix("") for file in files)
    pictures: list[PictureFile] = []
    for file in files:
        # a.jpg beside a.png: both keep their suffix, so that neither overwrites the other
        kept = file.with_suffix("") if stems[file.with_suffix("")] == 1 else file
        pictures.append(PictureFile(file, PurePosixPath(kept.relative_to(root).as_posix())))
    return tuple(pictures)
