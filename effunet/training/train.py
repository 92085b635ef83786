"""A whole run: checks, model, fit, pages."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import yaml
from rich.console import Console

from ..config import TrainConfig, check_ranges, config_to_dict
from ..files import check_folder, expand_home, write_bytes
from ..run_folder import point_latest
from ..stop_requests import listening
from .fitting import TrainResult, build_parts, fit, is_main_process, own_folder
from .setup import data_lines
from .state.resume import FRESH

_RUNS = Path("runs/train")


def train(
    config: TrainConfig,
    *,
    out: Path | None = None,
    console: Console,
    progress: Callable[[int, int], None] | None = None,
) -> TrainResult:
    """Train a new run.

    Args:
        config: Of the run.
        out: Its folder; ``out-2``, ``-3`` where that exists. If left out it is named after the run
            below ``runs/train``, where ``latest`` leads to the newest run.
        console: Where to print.
        progress: Called with files checked and files to check.

    Raises:
        InputError: Something the user gave cannot be used; no folder was made.
        StoppedError: The run was asked to stop and is saved.
        AskedToStopError: It was asked to stop before its first step.
    """
    with listening():
        check_ranges(config)
        config = replace(_with_absolute_root(config), name=config.run_name)
        wanted = out or _RUNS / config.name
        check_folder(wanted.parent)
        parts = build_parts(config, start=FRESH, load=True, progress=progress)
        scale = parts.prepared.segmenter.input_scale  # where none was given, that of the weights
        config = replace(config, data=replace(config.data, input_scale=scale))
        with own_folder(wanted, new=True) as folder:
            if is_main_process():
                described = yaml.safe_dump(config_to_dict(config), sort_keys=False)
                write_bytes(folder.config, described.encode())
                if folder.path.parent == _RUNS.resolve():
                    point_latest(folder)
                console.out(f"run      {folder.path}")
                weights = parts.prepared.weights
                console.out(weights.describe() if weights else "weights  none, random")
                console.out("\n".join(data_lines(parts.prepared)))
            return fit(config, parts, folder, checkpoint=None, console=console)


def _with_absolute_root(config: TrainConfig) -> TrainConfig:
    """So that a run can be resumed from anywhere."""
    if config.data.root is None:
        return config
    root = str(expand_home(config.data.root).resolve())
    return replace(config, data=replace(config.data, root=root))
