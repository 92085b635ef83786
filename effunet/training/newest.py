"""Which run a command goes on with."""

import os
import re
import shlex
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from ..config import TrainConfig, settings, with_settings
from ..errors import InputError
from ..files import expand_home
from ..run_folder import RUNS, RunFolder
from .resuming import read_run_config, where_it_stands
from .setup import with_known_data
from .state.changes import FREE, ON_PURPOSE, changed_settings
from .state.checkpoints import Checkpoints

_DECIDED_AT_THE_START = frozenset({"data.input_scale", "data.name"})
"""Settings that a run fills in where they are left out."""


def run_to_resume(
    config: TrainConfig, *, given: Collection[str], resume: str | None, out: Path | None
) -> tuple[Path | None, dict[str, Any]]:
    """Folder of a run, None for a new one, and the settings to go on with, by dotted name.

    Args:
        config: As the command gives it.
        given: Names in it that were typed or stand in a file.
        resume: Folder of a run; ``auto`` for the newest one of this configuration's name; None for
            a new one.
        out: Folder that was asked for.

    Raises:
        InputError: Both folders were given, or the newest run cannot be read.
    """
    if resume is None:
        return None, {}
    if resume == "auto":
        if "data.name" not in given and (config.data.root is not None or not config.name):
            config, _ = with_known_data(config)
            given = {*given, "data.name"}
        stated = _stated_settings(config, given)
        return _newest_run(config, stated, out=out), stated
    if out is not None:
        raise InputError(
            "--resume RUN goes on in the folder of the run",
            where="effunet train",
            why="--out would be ignored",
            fix="leave --out out, or start a new run from its weights with --model.weights "
            + shlex.quote(resume),
        )
    return expand_home(resume), {name: settings(config)[name] for name in given}


def _stated_settings(config: TrainConfig, given: Collection[str]) -> dict[str, Any]:
    """What a command says of a run, by dotted name, if it says all that it is made of.

    What is left out has its default, but for where and how long the run trains: that is the run's
    own.
    """
    own = (FREE | ON_PURPOSE | _DECIDED_AT_THE_START) - set(given)
    return {name: value for name, value in settings(config).items() if name not in own}


def _newest_run(config: TrainConfig, stated: Mapping[str, Any], *, out: Path | None) -> Path | None:
    """The newest run of this configuration's name; None where a new one is to start.

    That is where there is none, and where it is finished and something else is asked for. A
    finished one of the same configuration is returned, so that the same command, started once
    more, trains nothing twice. All processes of a run find the same one: nothing below a run
    changes before all of them have met, and a run without a saved state is none.
    """
    wanted = (out or RUNS / config.run_name).resolve()
    named = re.compile(re.escape(wanted.name) + r"(-\d+)?")
    beside = wanted.parent.iterdir() if wanted.parent.is_dir() else ()
    folders = [RunFolder(path) for path in beside if named.fullmatch(path.name)]
    begun = [folder for folder in folders if folder.begun and folder.config.is_file()]
    newest_first = sorted(begun, key=_written, reverse=True)
    configs = ((folder, read_run_config(folder)) for folder in newest_first)  # one at a time
    found = next((one for one in configs if one[1].run_name == config.run_name), None)
    if found is None:
        return None
    newest, before = found
    asked = with_settings(before, stated)
    if not any(each.refused for each in changed_settings(before, asked)):
        return newest.path
    checkpoint = Checkpoints(newest).newest_valid(say=lambda _: None)
    return None if where_it_stands(checkpoint, asked).finished else newest.path


def _written(run: RunFolder) -> int:
    """When its newest state was."""
    places = (run.last, run.checkpoints)
    return max(path.lstat().st_mtime_ns for path in places if os.path.lexists(path))
