"""Where pictures come from: one file, a folder with everything below it, or a glob."""

import glob
import os
import re
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..datasets import ARCHIVE_SUFFIXES, PICTURE_SUFFIXES, label_folders, list_files
from ..errors import InputError
from ..files import expand_home
from ..imaging import IMAGE_SUFFIXES
from ..run_folder import results_here
from ..yaml_file import YAML_SUFFIXES

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
        left_out: Folders below ``root`` that were not searched, links followed.
        label_folders: Further ones, as they hold the label files of a data set.
    """

    pictures: tuple[PictureFile, ...]
    root: Path
    recursive: bool
    single: bool
    left_out: frozenset[Path] = frozenset()
    label_folders: frozenset[Path] = frozenset()


def find_pictures(*sources: str | os.PathLike[str]) -> Source:
    """The pictures that ``sources`` name: files, folders (searched to the bottom) or globs.

    Hidden files and folders are left out, links are followed. A name that exists is taken as it
    stands, even with ``[`` or ``*`` in it. Pictures of a kind that cannot be read are among them,
    so that they are named with those that were skipped. What other commands have written below
    ``runs``, where the user stands, is left out of the folders around it, and so are the label
    files of data sets.

    Raises:
        InputError: Nothing there, no picture among it, or a folder that cannot be read.
    """
    if not sources or not all(map(os.fspath, sources)):  # it would be where the user stands
        fix = "name a picture, a folder or a glob"
        raise InputError("no picture is named", where="--source", fix=fix)
    if len(sources) > 1:
        return _several([os.fspath(source) for source in sources])
    path = expand_home(sources[0])
    if path.is_file():
        _refuse_other_file(path)
        picture = PictureFile(path, PurePosixPath(path.stem))
        return Source((picture,), path.parent, recursive=False, single=True)
    if not path.is_dir() and not glob.has_magic(str(path)):
        raise _nothing_there(path, given=[os.fspath(sources[0])])
    root = path if path.is_dir() else _fixed_part(path)
    own = _own_results(root)
    labels = label_folders(path) if path.is_dir() else frozenset[Path]()
    files = set(_matches(path, own | labels))
    if labels and not files:  # they are what is meant
        labels, files = frozenset(), set(_matches(path, own))
    if not files:
        raise _no_pictures(path)
    return Source(
        _with_keys(sorted(files, key=natural_key), root),
        root,
        recursive=path.is_dir() or "**" in path.parts,
        single=False,
        left_out=own,
        label_folders=labels,
    )


def _several(given: list[str]) -> Source:
    """Pictures of several sources, which lie below the folder that all have in common."""
    paths = [_absolute(expand_home(source)) for source in given]
    absent = next((p for p in paths if not p.exists() and not glob.has_magic(str(p))), None)
    if absent is not None:
        raise _nothing_there(absent, given=given)
    tops = [_fixed_part(path) if not path.exists() else path.parent for path in paths]
    root = Path(os.path.commonpath(tops))
    own = _own_results(root)
    labels = frozenset[Path]().union(*(label_folders(path) for path in paths if path.is_dir()))
    files = {file for path in paths for file in _matches(path, own | labels)}
    if not files:
        for path in paths:
            _refuse_other_file(path)
        raise _no_pictures(root)
    pictures = _with_keys(sorted(files, key=natural_key), root)
    recursive = any(path.is_dir() or "**" in path.parts for path in paths)
    return Source(pictures, root, recursive, single=False, left_out=own, label_folders=labels)


def _absolute(path: Path) -> Path:
    """So that paths of several kinds have a folder in common, and one picture has one name."""
    return path.parent.resolve() / path.name if path.exists() else path.absolute()


def _own_results(root: Path) -> frozenset[Path]:
    """Folders below ``root`` that hold what other commands made."""
    top = root.resolve()
    return frozenset(path for path in results_here() if top in path.parents)


def _matches(path: Path, own: frozenset[Path]) -> Iterator[Path]:
    if path.is_dir():
        yield from list_files(path, PICTURE_SUFFIXES, without=own)
    elif path.is_file():
        if path.suffix.lower() in PICTURE_SUFFIXES:
            yield path
    else:
        yield from _expand(path, own)


def _refuse_other_file(path: Path) -> None:
    """Say what to do with a video, an archive or a list of pictures."""
    name, suffix = shlex.quote(path.name), path.suffix.lower()
    if suffix in _VIDEO_SUFFIXES:
        what = "a video"
        fix = f"mkdir frames && ffmpeg -i {name} frames/%06d.jpg, then --source frames"
    elif suffix in ARCHIVE_SUFFIXES:
        what = "an archive"
        fix = f"unpack it, then --source {shlex.quote(path.name.partition('.')[0])}"
    elif suffix in YAML_SUFFIXES:
        what, fix = "a YAML file", "name the folder of the pictures: --source DIR"
    elif suffix == ".txt":
        what = "a text file"
        fix = f"where it lists pictures: --source $(cat {name})"
    else:
        return
    raise InputError(f"{what}, where pictures are expected", where=path.absolute(), fix=fix)


def _nothing_there(path: Path, *, given: Sequence[str]) -> InputError:
    """Nothing is at ``path``, one of the sources that were given."""
    address = next((each for each in given if ":/" in each), None)
    name = address or str(path)
    if address or name.isdecimal() or name.startswith("/dev/"):
        return InputError(
            f"no picture or folder is called {name}",
            where="--source",
            why="pictures are read from files, not from the network or a camera",
            fix="download or record them first, then name the folder",
        )
    words = " ".join(given)
    parts = re.split(r"[,\s]+", words)
    if len(given) > 1 and Path(words).exists():
        fix = f"a name with spaces stands in quotes: --source {shlex.quote(words)}"
    elif len(parts) > 1 and all(Path(part).exists() for part in parts):
        fix = f"several are words of their own: --source {shlex.join(parts)}"
    elif len(given) == 2 and Path(given[0]).exists():
        fix = f"--source {shlex.join(given[:1])} --out {shlex.join(given[1:])} if masks go there"
    else:
        fix = "name a picture, a folder of pictures or a glob such as 'photos/*.jpg'"
    return InputError(f"no such picture or folder: {path}", where=path.absolute(), fix=fix)


def _no_pictures(path: Path) -> InputError:
    return InputError(
        f"no pictures in {path}",
        where=path.absolute(),
        why=f"looked for {' '.join(sorted(IMAGE_SUFFIXES))}",
        fix="name a folder or a glob that holds pictures",
    )


def natural_key(path: Path) -> tuple[tuple[tuple[str | int, ...], ...], str]:
    """Sorts ``frame2`` before ``frame10``, folder by folder, without regard to case."""
    parts = tuple(
        tuple(int(run) if run.isdecimal() else run.casefold() for run in re.split(r"(\d+)", part))
        for part in path.parts
    )
    return parts, str(path)


def _expand(pattern: Path, own: frozenset[Path]) -> Iterator[Path]:
    # Path.glob refuses "a**", lists hidden files and reads ".." otherwise than a shell
    for match in glob.iglob(str(pattern), recursive=True):  # noqa: PTH207
        path = Path(match)
        if own and not own.isdisjoint([path.resolve(), *path.resolve().parents]):
            continue
        if path.is_dir():
            yield from list_files(path, PICTURE_SUFFIXES, without=own)
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
