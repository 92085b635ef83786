"""Going back to an earlier state, and what a run does otherwise than configured from there on."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import EffunetError, InputError
from ...files import write_bytes
from ...run_folder import RunFolder
from .checkpoints import Checkpoints

_MOST = 3
_FACTOR = 0.5


@dataclass(frozen=True)
class Course:
    """How a run goes on since its roll-backs; as configured where there was none."""

    rate: float = 1.0
    """Factor on the learning rates."""
    left_out: frozenset[tuple[int, int]] = frozenset()
    """Epoch and batch, zero-based, of what is not trained on."""
    lost: tuple[str, ...] = ()
    """Why each roll-back came."""


class LostCourseError(Exception):
    """Training cannot go on from these weights, though it might from earlier ones.

    All ranks raise it, or none.

    Attributes:
        what: Which numbers are not finite, and where.
        batches: Epoch and batch of the steps that were not made, zero-based.
        files: Pictures in them, or those that validation stumbled over.
    """

    def __init__(
        self, what: str, *, batches: Sequence[tuple[int, int]], files: Sequence[str]
    ) -> None:
        super().__init__(what)
        self.what = what
        self.batches = tuple(batches)
        self.files = tuple(files)


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
    if state is None or len(course.lost) == _MOST:
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
        InputError: The record cannot be read.
    """
    if not folder.rollbacks.is_file():
        return Course()
    course, leaving = _read(folder.rollbacks)
    if leaving is not None:
        Checkpoints(folder).drop_after(leaving)
        _write(folder, course, leaving=None)
    return course


def _write(folder: RunFolder, course: Course, *, leaving: int | None) -> None:
    values = {
        "rate": course.rate,
        "left_out": sorted(course.left_out),
        "lost": course.lost,
        "leaving": leaving,
    }
    write_bytes(folder.rollbacks, json.dumps(values, indent=1).encode(), durable=True)


def _read(path: Path) -> tuple[Course, int | None]:
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        course = Course(
            rate=float(values["rate"]),
            left_out=frozenset((int(epoch), int(batch)) for epoch, batch in values["left_out"]),
            lost=tuple(str(why) for why in values["lost"]),
        )
        leaving = values["leaving"]
        return course, None if leaving is None else int(leaving)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(
            "the record of the run's roll-backs cannot be read",
            where=path,
            why=f"{type(error).__name__}: {error}",
            fix="fine-tune from the run's best.safetensors instead: --model.weights RUN",
        ) from error


def _diverged(folder: RunFolder, lost: Sequence[str]) -> DivergedError:
    tried = len(lost) - 1
    again = f", also {tried} times back at half the rate without those batches" if tried else ""
    return DivergedError(
        f"training diverges: its numbers are not finite{again}",
        where=folder.path,
        why="; then ".join(dict.fromkeys(lost)),
        fix="a new run with a lower --optim.lr and --optim.encoder_lr, --trainer.clip_norm 1 or "
        "less, or --trainer.precision 32; look at the pictures that are named above",
    )
