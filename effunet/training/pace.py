"""How fast this machine trains, before it is known how much there is to train on."""

from dataclasses import dataclass

from ..config import TrainConfig
from ..memory import keep_freed_memory
from .parts import build_parts
from .reporting.estimate import batch_seconds
from .state.course import Course
from .state.resume import FRESH


@dataclass(frozen=True)
class Pace:
    """Seconds a picture, loading included."""

    train: float
    """Of training."""
    val: float
    """Of validation."""


def measure_pace(config: TrainConfig) -> Pace:
    """Make a few steps that nothing is kept of, from random weights.

    Raises:
        InputError: A setting or the data cannot be trained with.
    """
    parts = build_parts(config, start=FRESH, course=Course(), load=False, progress=None)
    device = parts.prepared.device
    if device.type == "cpu":
        keep_freed_memory()  # as a run does
    train, val = batch_seconds(parts.task, parts.data, config.optim, device)
    in_val_batch = len(next(iter(parts.data.val_dataloader()))["path"])
    return Pace(train=train / config.batch_size, val=val / in_val_batch)
