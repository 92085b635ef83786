"""Going back to an earlier state, and the record of it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import EffunetError, InputError
from ...files import write_bytes
from ...run_folder import RunFolder
from .checkpoints import Checkpoints
from .course import MOST_ROLL_BACKS, Course, count_from

_FACTOR = 0.5
_LARGEST_RECORD = 4 << 20


class LostCourseError(Exception):
    """Training cannot go on from these weights, though it might from earlier ones.

    All ranks raise it, or none.

    Attributes:
        what: Which numbers are not finite, and where.
        batches: Epoch and batch of the steps that were not made, zero-based.
    """

    def __init__(self, what: str, *, batches: Sequence[tuple[int, int]]) -> None:
        super().__init__(what)
        self.what = what
        self.batches = tuple(batches)


class DivergedError(EffunetError):
    """Training comes to numbers that are not finite, whatever is tried; what was kept is finite."""


def roll_back(
    folder: RunFolder,
    course: Course,
    *,
    why: str,
    left_out: Sequence[tuple[int, int]],
    batches_an_epoch: int,
) -> tuple[Course, Path]:
    """Record the course to go on by, and go back to the newest state of an epoch's end.

    Args:
        folder: Of the run.
        course: The one that was lost.
        why: What was not finite.
        left_out: Batches not to train on again.
        batches_an_epoch: As the states count them.

    Raises:
        DivergedError: It was tried often enough, or there is no state to go back to.
        InputError: It cannot be recorded.
    """
    state = Checkpoints(folder).at_epoch_end(epoch=batches_an_epoch)
    if state is None or len(course.lost) == MOST_ROLL_BACKS:
        raise _diverged(folder, (*course.lost, why))
    new = Course(
        rate=course.rate * _FACTOR,
        left_out=course.left_out | set(left_out),
        lost=(*course.lost, why),
    )
    _write(folder, new, leaving=int(state.stem))
    return settled(folder), state


def settled(folder: RunFolder) -> Course:
    """The course a run goes on by, when every state of an abandoned one is gone.

    The record names the state that a roll-back went to until all newer ones are removed, which a
    kill may interrupt; only then are new ones written.

    Raises:
        InputError: The record cannot be read, or that state is not there and whole.
    """
    if not folder.rollbacks.is_file():
        return Course()
    course, leaving = _read(folder.rollbacks)
    if leaving is not None:
        states = Checkpoints(folder)
        if not states.is_whole(leaving):
            raise _unreadable(folder.rollbacks, f"it leads to {leaving}.ckpt, which is not whole")
        states.drop_after(leaving)
        _write(folder, course, leaving=None)
    return course


def _write(folder: RunFolder, course: Course, *, leaving: int | None) -> None:
    values = {**course.to_dict(), "leaving": leaving}
    write_bytes(folder.rollbacks, json.dumps(values, indent=1).encode(), durable=True)


def _read(path: Path) -> tuple[Course, int | None]:
    try:
        if path.stat().st_size > _LARGEST_RECORD:
            raise ValueError(f"it is longer than {_LARGEST_RECORD >> 20} MiB")
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        leaving = values["leaving"]
        return Course.from_dict(values), None if leaving is None else count_from(leaving)
    except (OSError, ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
        raise _unreadable(path, f"{type(error).__name__}: {error}") from error


def _unreadable(path: Path, why: str) -> InputError:
    return InputError(
        "the record of the run's roll-backs cannot be read",
        where=path,
        why=why,
        fix="fine-tune from the run's best.safetensors instead: --model.weights RUN",
    )


def _diverged(folder: RunFolder, lost: Sequence[str]) -> DivergedError:
    tried = len(lost) - 1
    times = f"going back {tried} time{'s' * (tried != 1)}"
    again = f", also after {times}, the rate halved each time" if tried else ""
    return DivergedError(
        f"training diverges: its numbers are not finite{again}",
        where=folder.path,
        why="; then ".join(dict.fromkeys(lost)),
        fix="a new run with a lower --optim.lr and --optim.encoder_lr, --trainer.clip_norm 1 or "
        "less, or --trainer.precision 32; look at the pictures that are named above",
    )
