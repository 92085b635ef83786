"""A whole run: checks, model, fit, pages."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from ..config import TrainConfig, check_ranges
from ..files import check_folder
from ..run_folder import RUNS, point_latest
from ..stop_requests import listening
from .fitting import fit
from .folder import own_folder, write_config
from .parts import build_parts
from .result import TrainResult
from .setup import data_lines, with_absolute_root, with_known_data
from .state.course import Course
from .state.ranks import is_main_process
from .state.resume import FRESH
from .time_limit import EndInTime


@listening()
def train(
    config: TrainConfig,
    *,
    out: Path | None = None,
    console: Console,
    progress: Callable[[int, int], None] | None = None,
    within: float = math.inf,
) -> TrainResult:
    """Train a new run.

    Args:
        config: Of the run.
        out: Its folder; ``out-2``, ``-3`` where that exists. If left out it is named after the run
            below ``runs/train``, where ``latest`` leads to the newest run.
        console: Where to print.
        progress: Called with files checked and files to check.
        within: Seconds past which no further epoch may reach, from now on. Who gives them has
            measured already, so that no estimate is made. One process alone can have such a limit.

    Raises:
        InputError: Something the user gave cannot be used; no folder was made.
        StoppedError: The run was asked to stop and is saved.
        AskedToStopError: It was asked to stop before its first step.
    """
    limited = within < math.inf
    also = [EndInTime(within, say=console.out)] if limited else []
    check_ranges(config)
    config, recognised = with_known_data(with_absolute_root(config))
    config = replace(config, name=config.run_name)
    wanted = out or RUNS / config.name
    check_folder(wanted.parent)
    parts = build_parts(config, start=FRESH, course=Course(), load=True, progress=progress)
    scale = parts.prepared.segmenter.input_scale  # where none was given, that of the weights
    config = replace(config, data=replace(config.data, input_scale=scale))
    with own_folder(wanted, new=True) as folder:
        if is_main_process():
            write_config(folder, config)
            if folder.path.parent == RUNS.resolve():
                point_latest(folder)
            console.out(f"run      {folder.path}")
            weights = parts.prepared.weights
            console.out(weights.describe() if weights else "weights  none, random")
            console.out("\n".join([*recognised, *data_lines(parts.prepared)]))
        return fit(
            config,
            parts,
            folder,
            checkpoint=None,
            console=console,
            also=also,
            estimate=not limited,
        )
