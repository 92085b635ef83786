"""Training: the Lightning module and its data, callbacks, resuming."""

from .progress import format_duration
from .stopping import StoppedError
from .train import TrainResult, is_main_process, next_commands, resume, train

__all__ = [
    "StoppedError",
    "TrainResult",
    "format_duration",
    "is_main_process",
    "next_commands",
    "resume",
    "train",
]
