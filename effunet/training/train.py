"""A whole run: checks, model, fit, pages."""

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytorch_lightning as pl
import torch
import yaml
from pytorch_lightning.utilities import rank_zero_only
from rich.console import Console

from ..config import (
    TrainConfig,
    check_ranges,
    config_for_checkpoint,
    config_from_dict,
    config_to_dict,
)
from ..errors import InputError
from ..files import check_folder, claimed, expand_home, write_bytes
from ..losses import build_loss
from ..models import save_model, sync_batch_norms
from ..run_folder import RunFolder, open_run_folder, point_latest
from ..system_faults import enough_memory
from ..yaml_file import read_yaml
from .data.data_module import RoadDataModule
from .learning.ema import Ema
from .learning.optimisation import build_optimizer
from .learning.task import SegmentationTask
from .reporting.estimate import estimate_run
from .reporting.metrics_log import MetricsLog
from .reporting.pages import write_pages
from .reporting.progress import ProgressLines
from .setup import Prepared, class_weights, data_lines, prepare
from .state.checkpointing import KeepBest, KeepFinal, KeepLast
from .state.resume import FRESH, Position, check_same_network, read_position
from .state.stopping import GracefulStop, StoppedError
from .trainer import build_trainer, early_stopping, without_noise

_RUNS = Path("runs/train")
_LESS_MEMORY = (
    "--batch_size with a smaller number and --trainer.accumulate, a smaller --data.crop_size or "
    "--model.variant; for pictures kept in memory, --data.cache_gb and --num_workers"
)


@dataclass(frozen=True)
class TrainResult:
    """What a run came to."""

    config: TrainConfig
    """What was trained."""
    run: Path
    """Its folder."""
    miou: float
    """Best ``val/miou``."""
    epoch: int
    """Zero-based epoch of the best."""


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
    """
    check_ranges(config)
    config = replace(_with_absolute_root(config), name=config.run_name)
    wanted = out or _RUNS / config.name
    check_folder(wanted.parent)
    parts = _parts(config, start=FRESH, load=True, progress=progress)
    scale = parts.prepared.segmenter.input_scale  # where none was given, that of the weights
    config = replace(config, data=replace(config.data, input_scale=scale))
    with _own_folder(wanted, new=True) as folder:
        if is_main_process():
            described = yaml.safe_dump(config_to_dict(config), sort_keys=False)
            write_bytes(folder.config, described.encode())
            if folder.path.parent == _RUNS.resolve():
                point_latest(folder)
            console.out(f"run      {folder.path}")
            weights = parts.prepared.weights
            console.out(weights.describe() if weights else "weights  none, random")
            console.out("\n".join(data_lines(parts.prepared)))
        return _fit(config, parts, folder, console=console)


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
    """
    folder = open_run_folder(run)
    config = _read_config(folder)
    check_ranges(config)
    position = read_position(folder.last, epochs=config.trainer.epochs)
    if position.finished:
        return None
    with _own_folder(folder.path, new=False):
        parts = _parts(config, start=position, load=False, progress=progress)
        optimizer = build_optimizer(parts.task.segmenter, config.optim)
        check_same_network(folder.last, parts.task, optimizer)
        if is_main_process():
            console.out(f"run      {folder.path}")
            console.out(f"resumed  at epoch {position.epoch + 1}, batch {position.batch + 1}")
            console.out("\n".join(data_lines(parts.prepared)))
        return _fit(config, parts, folder, console=console)


@contextmanager
def _own_folder(path: Path, *, new: bool) -> Iterator[RunFolder]:
    """The run's folder, kept from other commands; only the main process writes, so it alone asks.

    Raises:
        InputError: It cannot be written, or another command is writing into it.
    """
    with claimed(path, new=new) if is_main_process() else nullcontext(path) as own:
        yield RunFolder(own)


@dataclass(frozen=True)
class _Parts:
    """What is trained, and on what; making it finds whatever is wrong with the configuration."""

    prepared: Prepared
    task: SegmentationTask
    data: RoadDataModule


def _parts(
    config: TrainConfig,
    *,
    start: Position,
    load: bool,
    progress: Callable[[int, int], None] | None,
) -> _Parts:
    pl.seed_everything(config.seed, verbose=False)
    prepared = prepare(config, load=load, progress=progress if is_main_process() else None)
    label_space = prepared.dataset.label_space
    loss = build_loss(
        config.loss,
        ignore_index=label_space.ignore_index,
        class_weights=class_weights(config.loss, prepared),
    )
    task = SegmentationTask(prepared.segmenter, loss, label_space, config.optim, seed=config.seed)
    return _Parts(prepared, task, RoadDataModule(config, prepared, start=start))


def _fit(config: TrainConfig, parts: _Parts, folder: RunFolder, *, console: Console) -> TrainResult:
    task, data, device = parts.task, parts.data, parts.prepared.device
    best = KeepBest(task.counts, save=partial(_save, config, parts, folder.best))
    trainer = build_trainer(
        config.trainer,
        folder,
        device=device,
        precision=parts.prepared.precision,
        callbacks=_callbacks(config, parts, best, folder, console),
    )
    if trainer.world_size > 1 and device.type == "cuda":
        sync_batch_norms(task.segmenter)
    if trainer.is_global_zero:
        precision = parts.prepared.precision
        console.out(f"device   {device}, {precision.name}: {precision.reason}")
        if not trainer.loggers:
            console.out("missing  tensorboard: it writes below folders with names in UTF-8 alone")
        console.out("time     measuring a few steps")
    stopped: StoppedError | None = None
    with enough_memory(fix=_LESS_MEMORY):
        estimate = estimate_run(task, data, trainer, config)
        if trainer.is_global_zero:
            console.out(f"time     {estimate}")
        try:
            with without_noise():
                trainer.fit(task, data, ckpt_path=folder.last if data.start != FRESH else None)
        except StoppedError as error:
            stopped = error
    result = TrainResult(config, folder.path, best.miou, best.epoch)
    try:
        if trainer.is_global_zero and best.confusion:
            confusion = torch.tensor(best.confusion)
            write_pages(
                folder,
                parts.prepared,
                confusion,
                config=config,
                epoch=best.epoch,
                commands=next_commands(result),
                say=console.out,
            )
    finally:
        if stopped:  # even where drawing is interrupted: it says how to go on
            raise stopped
    return result


def _callbacks(
    config: TrainConfig, parts: _Parts, best: KeepBest, folder: RunFolder, console: Console
) -> list[pl.Callback]:
    """In an order that matters: what reads the averaged weights comes before Ema."""
    limits = config.trainer
    stop = GracefulStop(folder)
    return [
        *([early_stopping(limits.patience)] if limits.patience else []),
        best,
        KeepFinal(parts.task.counts, save=partial(_save, config, parts, folder.final)),
        *([Ema(parts.task.segmenter, decay=limits.ema)] if limits.ema else []),
        MetricsLog(folder.metrics, say=console.out),
        KeepLast(folder.last),
        ProgressLines(best, console=console, stop=stop),
        stop,
    ]


def _save(config: TrainConfig, parts: _Parts, path: Path, metrics: dict[str, float]) -> None:
    described = config_for_checkpoint(config)
    save_model(
        path,
        parts.task.segmenter,
        config=described,
        label_space=parts.task.label_space,
        label_map=parts.prepared.dataset.label_map,
        metrics=metrics,
        weights=described["model"]["weights"],
    )


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


def is_main_process() -> bool:
    """Whether this process speaks for the run; Lightning reads it from the launcher."""
    return getattr(rank_zero_only, "rank", 0) == 0


def _with_absolute_root(config: TrainConfig) -> TrainConfig:
    """So that a run can be resumed from anywhere."""
    if config.data.root is None:
        return config
    root = str(expand_home(config.data.root).resolve())
    return replace(config, data=replace(config.data, root=root))


def next_commands(result: TrainResult) -> list[str]:
    """What a user types after training."""
    run = shlex.quote(str(result.run))
    root = result.config.data.root
    data = f" --data.root {shlex.quote(root)}" if root else ""
    return [
        f"effunet evaluate --checkpoint {run}{data}",
        f"effunet predict --checkpoint {run} --source PICTURES --overlay true",
        f"tensorboard --logdir {run}/tensorboard",
    ]
