"""Where an interrupted run stands."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

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
    with _opened(checkpoint) as state:
        batches = state["loops"]["fit_loop"]["epoch_loop.batch_progress"]
        stopped_early = any(
            part.get("stopped_epoch", 0) > 0
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
    return Position(epoch=epoch, batch=batches["current"]["processed"], finished=False)


def check_same_network(checkpoint: Path, task: nn.Module, optimizer: Optimizer) -> None:
    """Find out before anything is loaded whether ``last.ckpt`` is of this very network.

    Args:
        checkpoint: ``last.ckpt``.
        task: What holds the network, under the names that it is saved by.
        optimizer: Built for it.

    Raises:
        InputError: It is of another one, or of one that still had layers that no logit depends on.
    """
    with _opened(checkpoint) as state:
        saved = {name: tensor.shape for name, tensor in state["state_dict"].items()}
        (saved_optimizer,) = state["optimizer_states"]
        saved_sizes = [len(group["params"]) for group in saved_optimizer["param_groups"]]
    sizes = [len(group["params"]) for group in optimizer.param_groups]
    same = all(saved.get(name) == tensor.shape for name, tensor in task.state_dict().items())
    if not same or saved_sizes != sizes:
        raise _unusable(
            checkpoint,
            "the state to go on from is another network's",
            f"it has {sum(saved_sizes)} parameters, those of config.yaml and this version are "
            f"{sum(sizes)}"
            if sum(saved_sizes) != sum(sizes)
            else "its tensors have other names, shapes or rates than config.yaml asks for",
        )


@contextmanager
def _opened(checkpoint: Path) -> Iterator[dict[str, Any]]:
    """What the file holds; whatever reading it raises becomes one message."""
    try:
        with named_in_utf8(checkpoint) as named:
            yield torch.load(named, map_location="cpu", weights_only=True, mmap=True)
    except Exception as error:  # torch names no common class for what a broken file raises
        raise _unusable(
            checkpoint,
            "the state to go on from cannot be read",
            f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'empty'}",
        ) from error


def _unusable(checkpoint: Path, what: str, why: str) -> InputError:
    return InputError(
        what,
        where=checkpoint,
        why=why,
        fix="fine-tune from the run's best.safetensors instead: --model.weights RUN",
    )
