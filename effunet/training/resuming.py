"""Going on with an interrupted run."""

import shlex
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from ..config import TrainConfig, check_ranges, config_from_dict
from ..errors import InputError
from ..run_folder import RunFolder, open_run_folder
from ..stop_requests import listening
from ..yaml_file import read_yaml
from .fitting import TrainResult, build_parts, fit, is_main_process, own_folder
from .learning.optimisation import build_optimizer
from .setup import data_lines
from .state.checkpoints import Checkpoints
from .state.resume import check_same_network, read_position


def resume(
    run: Path, *, console: Console, progress: Callable[[int, int], None] | None = None
) -> TrainResult | None:
    """Go on with a run; None if it is finished.

    Args:
        run: Its folder.
        console: Where to print.
        progress: Called with files checked and files to check.

    Raises:
        InputError: There is nothing to go on from.
        StoppedError: The run was asked to stop and is saved.
        AskedToStopError: It was asked to stop before its first step.
    """
    with listening():
        folder = open_run_folder(run)
        config = _read_config(folder)
        check_ranges(config)
        checkpoint = Checkpoints(folder).newest_valid(say=console.out)
        position = read_position(checkpoint, epochs=config.trainer.epochs)
        if position.finished:
            return None
        with own_folder(folder.path, new=False):
            parts = build_parts(config, start=position, load=False, progress=progress)
            optimizer = build_optimizer(parts.task.segmenter, config.optim)
            check_same_network(checkpoint, parts.task, optimizer)
            if is_main_process():
                console.out(f"run      {folder.path}")
                console.out(f"resumed  at epoch {position.epoch + 1}, batch {position.batch + 1}")
                console.out("\n".join(data_lines(parts.prepared)))
            return fit(config, parts, folder, checkpoint=checkpoint, console=console)


def _read_config(folder: RunFolder) -> TrainConfig:
    fix = "correct it, or train anew with --config"
    values = read_yaml(folder.config, what="the run's configuration", fix=fix).values
    try:
        return config_from_dict(values)
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(
            "the run's configuration cannot be used",
            where=folder.config,
            why=f"this program does not know {error}",
            fix=f"go on with the version that started the run, or fine-tune from it: "
            f"--model.weights {shlex.quote(str(folder.path))}",
        ) from error
