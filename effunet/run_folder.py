"""The folder a run leaves behind; a finished run is never overwritten."""

import re
import shlex
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from .claims import claimed
from .errors import InputError
from .files import expand_home

BEST = "best.safetensors"
FINAL = "final.safetensors"
RESULTS = Path("runs")
"""Where commands write that are given no folder, one folder a command."""
RUNS = RESULTS / "train"
"""Where runs lie that were given no folder."""
_OF_COMMANDS = re.compile(r"(train|evaluate|predict|demo)(-\d+)?")


@dataclass(frozen=True)
class RunFolder:
    """Where everything of one run lies."""

    path: Path

    @property
    def best(self) -> Path:
        """The model for the world."""
        return self.path / BEST

    @property
    def final(self) -> Path:
        """The model of the last epoch, once the run is finished."""
        return self.path / FINAL

    @property
    def checkpoints(self) -> Path:
        """The states to go on from."""
        return self.path / "checkpoints"

    @property
    def last(self) -> Path:
        """A link to the newest state, in older runs the only state itself."""
        return self.path / "last.ckpt"

    @property
    def rollbacks(self) -> Path:
        """How the run goes on since it was rolled back; not there if it never was."""
        return self.path / "rollbacks.json"

    @property
    def passing_link(self) -> Path:
        """What becomes :attr:`last`."""
        return self.path / ".last"

    @property
    def begun(self) -> bool:
        """Whether there is a state to go on from."""
        return self.last.is_file() or any(self.checkpoints.glob("*.ckpt"))

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
        if self.begun:
            return f"go on with: effunet train --resume {shlex.quote(str(self.path))}"
        return f"start it again: effunet train --config {shlex.quote(str(self.config))}"


def open_run_folder(run: Path) -> RunFolder:
    """A run to go on with.

    Raises:
        InputError: There is nothing to go on from.
    """
    folder = RunFolder(run.absolute())
    around = (RunFolder(place) for place in folder.path.parents[:2])
    of = next((each for each in around if each.config.is_file()), None)
    if of is not None and not folder.config.is_file():
        raise InputError(
            "a run is resumed by its folder",
            where=folder.path,
            why="this is inside it, and the newest of its states is found by itself",
            fix=f"effunet train --resume {shlex.quote(str(of.path))}",
        )
    if not folder.config.is_file():
        raise InputError(
            "this run cannot be resumed",
            where=folder.path,
            why=f"{folder.config.name} is not there, so it is no run's folder",
            fix="give the folder of a run, as the first line of its output named it, or auto for "
            "the newest",
        )
    if not folder.begun:
        raise InputError(
            "this run cannot be resumed",
            where=folder.path,
            why="it ended before its first step was saved",
            fix=folder.way_on(),
        )
    return folder


def results_folder(out: Path | None, verb: str, source: Path) -> AbstractContextManager[Path]:
    """``out``, or a new folder below ``runs/VERB`` named after ``source``; see :func:`claimed`.

    Raises:
        InputError: It cannot be written, or another command is writing into it.
    """
    if out is not None:
        return claimed(out, new=False)
    return claimed(RESULTS / verb / _name_of(source), new=True)


def results_here() -> frozenset[Path]:
    """Folders, links followed, where commands that were given none have written from here."""
    inside = RESULTS.iterdir() if RESULTS.is_dir() else ()
    return frozenset(path.resolve() for path in inside if _OF_COMMANDS.fullmatch(path.name))


def _name_of(source: Path) -> str:
    """Of the folder, the picture, the run, or the folder a glob looks in."""
    path = expand_home(source).resolve()
    if path.is_dir():
        return path.name or "all"
    if path.is_file() and path.suffix != ".safetensors":
        return path.stem
    _, *plain = (part for part in path.parent.parts if not {"*", "?", "["}.intersection(part))
    return plain[-1] if plain else "all"


def point_latest(run: RunFolder) -> None:
    """Let ``latest`` beside a run lead to it."""
    link = run.path.with_name("latest")
    if link.exists() and not link.is_symlink():
        return  # a folder of the user's own with that name
    fresh = link.with_name(".latest")
    try:
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(run.path.name)
        fresh.replace(link)
    except OSError:  # no symbolic links on this file system: convenience only
        fresh.unlink(missing_ok=True)
