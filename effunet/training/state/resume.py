"""Where an interrupted run stands."""

from dataclasses import dataclass
from pathlib import Path

import torch

from ...errors import InputError
from ...files import named_in_utf8


@dataclass(frozen=True)
class Position:
    """The next step of a run."""

    epoch: int
    batch: int
    finished: bool


FRESH = Position(epoch=0, batch=0, finished=False)


def read_position(checkpoint: Path, *, epochs: int) -> Position:
    """Read from ``last.ckpt`` what comes next, for loaders are built before Lightning reads it.

    Raises:
        InputError: The file is not a checkpoint of a run.
    """
    try:
        with named_in_utf8(checkpoint) as named:
            state = torch.load(named, map_location="cpu", weights_only=True, mmap=True)
        batches = state["loops"]["fit_loop"]["epoch_loop.batch_progress"]
        stopped_early = any(
            part.get("stopped_epoch", 0) > 0
            for name, part in state["callbacks"].items()
            if name.startswith("EarlyStopping")
        )
        epoch = state["epoch"]
    except Exception as error:  # torch names no common class for what a broken file raises
        raise InputError(
            "the state to go on from cannot be read",
            where=checkpoint,
            why=f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'empty'}",
            fix="fine-tune from the run's best.safetensors instead: --model.weights RUN",
        ) from error
    if batches["is_last_batch"]:
        done = epoch + 1
        return Position(epoch=done, batch=0, finished=done >= epochs or stopped_early)
    # saved in a callback at the end of a batch, which counts as completed only after that
    return Position(epoch=epoch, batch=batches["current"]["processed"], finished=False)
