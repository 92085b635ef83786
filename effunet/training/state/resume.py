"""Where an interrupted run stands."""

import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ...errors import EffunetError, InputError
from ...files import named_in_utf8
from ...models.finite import first_not_finite, tensors_in
from ...models.weights import refuse_bomb, why_refused
from .course import Course
from .record import Record


@dataclass(frozen=True)
class Position:
    """The next step of a run."""

    epoch: int
    batch: int
    finished: bool
    validates: bool = False
    """Whether the epoch is trained, and its validation comes next."""


FRESH = Position(epoch=0, batch=0, finished=False)


def read_position(checkpoint: Path, *, epochs: int, patience: int) -> Position:
    """Read from a checkpoint what comes next, for loaders are built before Lightning reads it.

    Args:
        checkpoint: Of the run.
        epochs: That it is to train for.
        patience: Epochs without a better score after which it is to stop; 0 for any number.

    Raises:
        InputError: The file is not a checkpoint of a run.
    """
    with opened(checkpoint) as state:
        batches = state["loops"]["fit_loop"]["epoch_loop.batch_progress"]
        stopped_early = any(
            _has_stopped(part, patience=patience)
            for name, part in state["callbacks"].items()
            if name.startswith("EarlyStopping")
        )
        epoch = state["epoch"]
        validated = state["loops"]["fit_loop"]["epoch_progress"]["current"]["processed"] > epoch
    if batches["is_last_batch"] and validated:
        done = epoch + 1
        return Position(epoch=done, batch=0, finished=done >= epochs or stopped_early)
    # saved in a callback at the end of a batch, which counts as completed only after that, or
    # during validation, which then begins anew
    done, validates = batches["current"]["processed"], bool(batches["is_last_batch"])
    return Position(epoch=epoch, batch=done, finished=False, validates=validates)


def not_finite(checkpoint: Path) -> str | None:
    """Where weights or what the optimiser remembers of them hold a NaN or an infinity, or None.

    A moving average may: it is mended from the weights.

    Raises:
        InputError: The file is not a checkpoint of a run.
    """
    with opened(checkpoint) as state:
        name = first_not_finite({part: state[part] for part in ("state_dict", "optimizer_states")})
    return f"the tensor {name} has NaN or infinity in it" if name else None


def _has_stopped(early_stopping: Mapping[str, Any], *, patience: int) -> bool:
    if not early_stopping.get("stopped_epoch", 0) > 0:
        return False
    goes_on = patience == 0 or early_stopping["wait_count"] < patience
    return not (goes_on and patience != early_stopping["patience"])


def read_record(checkpoint: Path) -> Record | None:
    """What the run in a checkpoint was trained with; None where it is from before that was kept.

    Raises:
        InputError: The file is not a checkpoint of a run.
    """
    with opened(checkpoint) as state:
        return Record.from_dict(state["run"]) if "run" in state else None


def check_course(checkpoint: Path, course: Course, *, recorded: Path) -> None:
    """Make sure that a run forgets none of the roll-backs that its state comes from.

    A state from before a roll-back, and one that does not say, is fine.

    Args:
        checkpoint: Of the run.
        course: What ``recorded`` says, which someone may have edited or removed.
        recorded: The record of the run's roll-backs.

    Raises:
        InputError: The two do not belong together, or the file is not a checkpoint of a run.
    """
    with opened(checkpoint) as state:
        kept = Course.from_dict(state["course"]) if "course" in state else Course()
    if not course.follows(kept):
        raise InputError(
            "the record of the run's roll-backs was changed",
            where=recorded,
            why=f"{checkpoint.name} was trained after {len(kept.lost)} of them, and the record "
            f"holds {'others' if len(course.lost) >= len(kept.lost) else len(course.lost)}",
            fix="put the file back as it was, or fine-tune from the run's best.safetensors: "
            "--model.weights RUN",
        )


@contextmanager
def restoring(checkpoint: Path) -> Iterator[None]:
    """Turn what Lightning and torch raise while they restore a checkpoint into one message.

    Raises:
        InputError: The checkpoint does not fit.
    """
    try:
        yield
    except (EffunetError, MemoryError, torch.OutOfMemoryError):
        raise
    except Exception as error:  # whatever a state of the wrong shape or type makes of itself
        if not _of_restoring(error):
            raise
        raise unusable(checkpoint, "the state to go on from does not fit", _said(error)) from error


def _of_restoring(error: Exception) -> bool:
    """Whether Lightning was restoring a checkpoint when it was raised."""
    return any(
        Path(frame.f_code.co_filename).name == "checkpoint_connector.py"
        and frame.f_code.co_name.startswith(("restore", "resume"))
        for frame, _ in traceback.walk_tb(error.__traceback__)
    )


def _said(error: Exception) -> str:
    """The last line, which names what the others introduce."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[-1].strip()[:300] if lines else 'empty'}"


@contextmanager
def opened(checkpoint: Path) -> Iterator[dict[str, Any]]:
    """What the file holds; whatever reading it raises becomes one message."""
    try:
        refuse_bomb(checkpoint)
        with named_in_utf8(checkpoint) as named:
            state = torch.load(named, map_location="cpu", weights_only=True, mmap=True)
        for name, tensor in tensors_in(state):  # as it would fill the memory to compute with it
            if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
                raise ValueError(f"the tensor {name[:200]} repeats the few numbers it has")
        yield state
    except Exception as error:  # torch names no common class for what a broken file raises
        raise unusable(
            checkpoint,
            "the state to go on from cannot be read",
            f"{type(error).__name__}: {why_refused(error) or 'empty'}",
        ) from error


def unusable(checkpoint: Path, what: str, why: str) -> InputError:
    """What is said of every checkpoint that a run cannot go on from."""
    return InputError(
        what,
        where=checkpoint,
        why=why,
        fix="fine-tune from the run's best.safetensors instead: --model.weights RUN",
    )
