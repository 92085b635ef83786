"""Going on with an interrupted run."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from ..config import TrainConfig, check_ranges, config_from_dict, settings, with_settings
from ..datasets import open_dataset
from ..errors import InputError, suggestion
from ..run_folder import RunFolder, open_run_folder
from ..stop_requests import listening
from ..yaml_file import read_yaml
from .fitting import fit
from .folder import own_folder, write_config
from .learning.optimisation import build_optimizer
from .parts import Parts, build_parts
from .result import TrainResult
from .setup import data_lines, with_absolute_root, with_known_data
from .state.changes import (
    Difference,
    changed_data,
    changed_settings,
    lines_of,
    refuse_changed,
)
from .state.checkpoints import Checkpoints
from .state.course import Course
from .state.new_rate import SayNewRate
from .state.ranks import is_main_process, said_by_main
from .state.record import Record
from .state.resume import Position, check_course, read_position, read_record
from .state.rollback import settled
from .state.wholeness import check_state


@listening()
def resume(
    run: Path,
    *,
    changes: Mapping[str, Any] | None = None,
    console: Console,
    progress: Callable[[int, int], None] | None = None,
) -> TrainResult | None:
    """Go on with a run; None if it is finished.

    Args:
        run: Its folder.
        changes: Settings to go on with instead of those in its ``config.yaml``, by dotted name:
            ``{"trainer.epochs": 60}``.
        console: Where to print.
        progress: Called with files checked and files to check.

    Raises:
        InputError: There is nothing to go on from, or the run was trained with something else.
        StoppedError: The run was asked to stop and is saved.
        AskedToStopError: It was asked to stop before its first step.
    """
    folder = open_run_folder(run)
    with own_folder(folder.path, new=False):
        stored = read_run_config(folder)
        config, _ = with_known_data(with_absolute_root(with_settings(stored, changes or {})))
        check_ranges(config)
        course = settled(folder)
        checkpoint = Checkpoints(folder).newest_valid(say=said_by_main(console.out))
        check_course(checkpoint, course, recorded=folder.rollbacks)
        record = read_record(checkpoint)
        changed = changed_settings(record.config if record else stored, config)
        position = where_it_stands(checkpoint, config)
        if position.finished:
            refuse_changed(changed, folder)
            return None
        refuse_changed([*changed, *_changed_lists(record, config)], folder)
        parts = build_parts(config, start=position, course=course, load=False, progress=progress)
        refuse_changed(changed_data(record, parts.record) if record else [], folder)
        _check_state(checkpoint, parts, config)
        if is_main_process():
            if config != stored:
                write_config(folder, config)
            console.out(f"run      {folder.path}")
            of = checkpoint.relative_to(folder.path)
            console.out(f"resumed  at {_place(position)}, from {of}")
            told = [*_course_lines(course), *_changed_lines(record, changed)]
            console.out("\n".join([*told, *data_lines(parts.prepared)]))
        longer = any(each.name == "trainer.epochs" for each in changed)
        also = [SayNewRate(say=console.out)] if longer else []
        return fit(config, parts, folder, checkpoint=checkpoint, console=console, also=also)


def _place(position: Position) -> str:
    if position.validates:
        return f"the validation of epoch {position.epoch + 1}"
    return f"epoch {position.epoch + 1}, batch {position.batch + 1}"


def _check_state(checkpoint: Path, parts: Parts, config: TrainConfig) -> None:
    segmenter = parts.task.segmenter
    optimizer = build_optimizer(segmenter, config.optim)
    averaged = segmenter if config.trainer.ema else None
    check_state(checkpoint, parts.task, optimizer, averaged=averaged)


def _changed_lists(record: Record | None, config: TrainConfig) -> list[Difference]:
    """What can be told of the data before every picture is looked at."""
    if record is None:
        return []
    return changed_data(record, Record.of(config, open_dataset(config.data.name, config.data.root)))


def _course_lines(course: Course) -> list[str]:
    times, batches = len(course.lost), len(course.left_out)
    if not times:
        return []
    often = f"{times} time{'s' * (times > 1)}"
    return [
        f"course   has gone back {often}: {course.rate:g} of the rate, {batches} batches left out"
    ]


def _changed_lines(record: Record | None, changed: Sequence[Difference]) -> list[str]:
    lines = [f"changed  {line}" for line in lines_of(changed)]
    if record:
        return lines
    return [
        "note     the run is from before runs kept what they are trained with: its configuration "
        "and data are compared with nothing",
        *lines,
    ]


def where_it_stands(checkpoint: Path, config: TrainConfig) -> Position:
    """The next step of a run that goes on from ``checkpoint`` as ``config`` asks.

    Raises:
        InputError: Its state cannot be read.
    """
    limits = config.trainer
    return read_position(checkpoint, epochs=limits.epochs, patience=limits.patience)


def read_run_config(folder: RunFolder) -> TrainConfig:
    """What stands in a run's ``config.yaml``.

    Raises:
        InputError: It cannot be used.
    """
    fix = "correct it, or train anew with --config"
    file = read_yaml(folder.config, what="the run's configuration", fix=fix)
    unknown = next((key for key in file.lines if not _is_setting(key)), None)
    if unknown is not None:
        raise InputError(
            f"there is no setting {unknown}",
            where=file.place(unknown),
            fix=suggestion(unknown, settings(TrainConfig())),
        )
    try:
        config = config_from_dict(file.values)
        check_ranges(config)
        return config
    except InputError as error:
        where = file.place(str(error.where))
        raise InputError(error.what, where=where, why=error.why, fix=fix) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(
            "the run's configuration cannot be used",
            where=folder.config,
            why=f"this program does not know {error}",
            fix=f"go on with the version that started the run, or fine-tune from it: "
            f"--model.weights {shlex.quote(str(folder.path))}",
        ) from error


def _is_setting(key: str) -> bool:
    """Whether a dotted key is a setting, a section of them, or an entry of one."""
    names = settings(TrainConfig())
    return any(f"{name}.".startswith(f"{key}.") or key.startswith(f"{name}.") for name in names)
