"""Reading a ``.txt`` that names pictures."""

import codecs
import os
import stat
from functools import cached_property
from pathlib import Path, PurePath

from ...errors import InputError
from ..pairs import PICTURE_SUFFIXES, key_of, list_files, mode_of

_NAMED = 10  # lines named in full; the rest are counted
_SHOWN = 300  # characters of each
_MOST_ABSENT = 1000  # where so many are not there, the others are not looked for
_MOST_BYTES = 64 << 20  # a million pictures
_LONGEST = 3 * 4096  # bytes of a path, in an encoding that takes several for a letter


def read_picture_list(file: Path, folder: Path | None = None, *, ending: str = "") -> list[Path]:
    """Pictures that ``file`` names, one a line, relative to its folder; each once, in order.

    Names are taken as the file system has them, whatever the encoding of both; where no such file
    is there, as Latin-1, as Windows writes paths, and with the home folder for ``~``. A byte order
    mark is left aside.

    Args:
        file: The list.
        folder: Where its names begin and all its pictures lie, instead of its own folder; here a
            name may leave out suffix and ending.
        ending: What else the names of pictures end in.

    Raises:
        InputError: The list cannot be read, or names what is not there.
    """
    try:
        content = _content(file)
    except (OSError, ValueError) as error:
        raise InputError(
            "the list of pictures cannot be read",
            where=file,
            why=getattr(error, "strerror", None) or str(error),
            fix="correct its name in the data set description",
        ) from error
    found: dict[Path, None] = {}
    absent = []
    look_up = _Finder(folder or file.parent, ending, by_stem=folder is not None)
    for number, line in enumerate(_lines(content), start=1):
        if not line:
            continue
        names = _readings(line)
        paths = look_up.find(names)
        if not paths:
            absent.append(f"line {number}: {look_up.folder / names[0]}"[:_SHOWN])
            if len(absent) > _MOST_ABSENT:
                break
        found |= dict.fromkeys(paths)
    if absent:
        suffixes = {PurePath(line).suffix.lower() for line in absent}
        bare = folder is None and not suffixes & PICTURE_SUFFIXES
        raise _absent(file, absent, bare=bare)
    return list(found)


class _Finder:
    """Finds the file of a name.

    Args:
        folder: Where names begin.
        ending: What else the names of pictures end in.
        by_stem: Whether a name may be without suffix and ending, and must lie in the folder.
    """

    def __init__(self, folder: Path, ending: str, *, by_stem: bool) -> None:
        self.folder = folder
        self._ending = ending
        self._by_stem = by_stem

    def find(self, names: list[str]) -> list[Path]:
        """The file that one of ``names`` is; several where a stem is that of several."""
        for path in (self.folder / name for name in names):
            if _is_file(path) and (not self._by_stem or path.is_relative_to(self.folder)):
                return [path]
        stems = (os.path.normpath(name) for name in names if self._by_stem)
        return next((self._files[stem] for stem in stems if stem in self._files), [])

    @cached_property
    def _files(self) -> dict[str, list[Path]]:
        files: dict[str, list[Path]] = {}
        for path in list_files(self.folder, PICTURE_SUFFIXES):
            inside = path.relative_to(self.folder)
            for stem in {inside.with_suffix("").as_posix(), key_of(inside, self._ending)}:
                files.setdefault(stem, []).append(path)
        return files


def _content(file: Path) -> bytes:
    if not _is_file(file) and mode_of(file) is not None:
        raise ValueError("it is no ordinary file")  # a pipe or a device may never end
    with file.open("rb") as stream:
        content = stream.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValueError(f"it is longer than {_MOST_BYTES >> 20} MiB")
    longest = max(map(len, content.splitlines()), default=0)
    if longest > _LONGEST:
        raise ValueError(f"it has a line of {longest} bytes, and a path has at most {_LONGEST}")
    return content


def _is_file(path: Path) -> bool:
    mode = mode_of(path)
    return mode is not None and stat.S_ISREG(mode)


def _lines(content: bytes) -> list[bytes]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # as PowerShell writes
        content = content.decode("utf-16", errors="replace").encode()
    return [line.strip() for line in content.removeprefix(codecs.BOM_UTF8).splitlines()]


def _readings(line: bytes) -> list[str]:
    names = [os.fsdecode(line), line.decode("latin-1")]
    names += [name.replace("\\", "/") for name in names]
    homely = [name for name in names if name.startswith("~") and "\0" not in name]
    # unlike pathlib's, it leaves a name as it is where there is no such home
    return [*names, *map(os.path.expanduser, homely)]


def _absent(file: Path, absent: list[str], *, bare: bool) -> InputError:
    more = [f"and {len(absent) - _NAMED} more"] if len(absent) > _NAMED else []
    least = "at least " if len(absent) > _MOST_ABSENT else ""
    return InputError(
        f"the list names {least}{len(absent)} picture{'s' * (len(absent) != 1)} that are not there",
        where=file,
        why="\n         ".join([*absent[:_NAMED], *more]),
        fix="write images: FOLDER in the description, where names without suffix begin"
        if bare
        else "correct these lines: one picture a line, relative to the list's folder or absolute",
    )
