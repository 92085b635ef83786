"""Training: the Lightning module and its data, callbacks, resuming."""

from .newest import run_to_resume
from .pace import Pace, measure_pace
from .reporting.console import RunConsole
from .result import TrainResult, next_commands
from .resuming import resume
from .state.ranks import is_main_process
from .state.stopping import StoppedError
from .train import train

__all__ = [
    "Pace",
    "RunConsole",
    "StoppedError",
    "TrainResult",
    "is_main_process",
    "measure_pace",
    "next_commands",
    "resume",
    "run_to_resume",
    "train",
]
