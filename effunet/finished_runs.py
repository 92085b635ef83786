"""Which run a command means that names none, and what a run was trained on."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import InputError
from .run_folder import RESULTS, RUNS, RunFolder
from .yaml_file import read_yaml


@dataclass(frozen=True)
class RunData:
    """What a run was trained on."""

    name: str | None
    """Of the data set."""
    root: str
    """Where it lay."""


def newest_finished_run(here: Path = Path()) -> Path:
    """The newest run below ``here`` that was trained to its end.

    Runs are looked for where training puts them, where the demo does, in ``here`` itself and right
    below it.

    Raises:
        InputError: There is none.
    """
    finished = newest_finished_below(here)
    if finished:
        return finished
    begun = [run.path for run in _runs_below(here) if run.config.is_file()]
    unfinished = f"; {begun[0]} has not finished" if begun else ""
    above = next(filter(None, map(newest_finished_below, here.resolve().parents[:_ABOVE])), None)
    raise InputError(
        "no checkpoint is named, and there is no finished run",
        where=here.resolve(),
        why=f"looked in {RUNS}, {RESULTS / 'demo'}, here, in * and in */run{unfinished}",
        fix=f"there is one further up: --checkpoint {shlex.quote(str(above))}"
        if above
        else "--checkpoint RUN, or train one: effunet train --data.root DIR",
    )


_ABOVE = 3
"""Folders above the user's own that are looked in for a run to name."""


def newest_finished_below(here: Path) -> Path | None:
    """The newest finished run below ``here``, looked for as by :func:`newest_finished_run`."""
    runs = {run.path.resolve(): run for run in _runs_below(here)}
    finished = [run for run in runs.values() if run.final.is_file() and run.best.is_file()]
    if not finished:
        return None
    return max(finished, key=lambda run: run.final.stat().st_mtime_ns).path.resolve()


def data_of_run(checkpoint: Path) -> RunData | None:
    """What the run of a checkpoint was trained on; None where the file lies in no run's folder.

    Args:
        checkpoint: A run's folder or a file in it.

    Raises:
        InputError: The run's configuration cannot be read.
    """
    run = RunFolder(checkpoint if checkpoint.is_dir() else checkpoint.parent)
    if not run.config.is_file():
        return None
    fix = "name the data with --data.root DIR"
    data = read_yaml(run.config, what="the run's configuration", fix=fix).values.get("data")
    name, root = (data.get(key) if isinstance(data, dict) else None for key in ("name", "root"))
    if not isinstance(root, str):
        return None
    return RunData(name if isinstance(name, str) else None, root)


def _runs_below(here: Path) -> Iterator[RunFolder]:
    yield RunFolder(here)
    for pattern in ("*", "*/run", f"{RUNS}/*", f"{RESULTS}/demo*/run"):
        for path in here.glob(pattern):
            yield RunFolder(path)
