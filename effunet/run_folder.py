"""The folder a run leaves behind; a finished run is never overwritten."""

import os
import shlex
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from .errors import InputError
from .files import check_folder, expand_home, unwritable_folder

BEST = "best.safetensors"


@dataclass(frozen=True)
class RunFolder:
    """Where everything of one run lies."""

    path: Path

    @property
    def best(self) -> Path:
        """The model for the world."""
        return self.path / BEST

    @property
    def last(self) -> Path:
        """The state to go on from."""
        return self.path / "last.ckpt"

    @property
    def config(self) -> Path:
        """The complete configuration."""
        return self.path / "config.yaml"

    @property
    def metrics(self) -> Path:
        """One row an epoch."""
        return self.path / "metrics.csv"

    def way_on(self) -> str:
        """Command that goes on with the run, or where nothing is saved yet starts it again."""
        if self.last.is_file():
            return f"go on with: effunet train --resume {shlex.quote(str(self.path))}"
        return f"start it again: effunet train --config {shlex.quote(str(self.config))}"


def create_run_folder(path: Path) -> RunFolder:
    """Make ``path``, or ``path-2``, ``-3`` where that exists.

    Raises:
        InputError: The folder cannot be written.
    """
    wanted = path.resolve()
    try:
        wanted.parent.mkdir(parents=True, exist_ok=True)
        return RunFolder(_make_next(wanted))
    except OSError as error:
        raise unwritable_folder(wanted, error.strerror or str(error)) from error


def open_run_folder(run: Path) -> RunFolder:
    """A run to go on with.

    Raises:
        InputError: There is nothing to go on from.
    """
    folder = RunFolder(run.absolute())
    if not folder.config.is_file():
        raise InputError(
            "this run cannot be resumed",
            where=folder.path,
            why=f"{folder.config.name} is not there, so it is no run's folder",
            fix="give the folder of a run, as the first line of its output named it",
        )
    if not folder.last.is_file():
        raise InputError(
            "this run cannot be resumed",
            where=folder.path,
            why="it ended before its first step was saved",
            fix=folder.way_on(),
        )
    return folder


def results_folder(out: Path | None, verb: str, source: Path) -> Path:
    """``out``, or a free folder below ``runs/VERB`` named after ``source``; it is not made yet.

    Raises:
        InputError: It could not be written.
    """
    folder = (out or next_free(Path("runs") / verb / _name_of(source))).resolve()
    check_folder(folder)
    return folder


def _name_of(source: Path) -> str:
    """Of the folder, the picture, the run, or the folder a glob looks in."""
    path = expand_home(source).resolve()
    if path.is_dir():
        return path.name or "all"
    if path.is_file() and path.suffix != ".safetensors":
        return path.stem
    _, *plain = (part for part in path.parent.parts if not {"*", "?", "["}.intersection(part))
    return plain[-1] if plain else "all"


def next_free(wanted: Path) -> Path:
    """``wanted``, or ``wanted-2``, ``-3`` where that exists."""
    numbered = (wanted.with_name(f"{wanted.name}-{number}") for number in count(2))
    return next(path for path in chain([wanted], numbered) if not os.path.lexists(path))


def _make_next(wanted: Path) -> Path:
    while True:
        path = next_free(wanted)
        try:
            path.mkdir()
        except FileExistsError:  # another run took it meanwhile
            continue
        return path


def point_latest(run: RunFolder) -> None:
    """Let ``latest`` beside a run lead to it."""
    link = run.path.with_name("latest")
    if link.exists() and not link.is_symlink():
        return  # a folder of the user's own with that name
    fresh = link.with_name(f".latest-{os.getpid()}")
    try:
        fresh.symlink_to(run.path.name)
        fresh.replace(link)
    except OSError:  # no symbolic links on this file system: convenience only
        fresh.unlink(missing_ok=True)
