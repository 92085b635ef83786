"""A whole run: checks, model, fit, pages."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytorch_lightning as pl
import torch
import yaml
from pytorch_lightning.utilities import rank_zero_only
from rich.console import Console

from ..config import TrainConfig, config_from_dict, config_to_dict
from ..errors import InputError
from ..files import check_folder
from ..losses import build_loss
from ..models import WeightsReport, build_model, save_model, sync_batch_norms
from ..run_folder import RunFolder, create_run_folder, open_run_folder, point_latest
from ..yaml_file import read_yaml
from .checkpointing import KeepBest, KeepLast
from .data_module import RoadDataModule
from .ema import Ema
from .estimate import estimate_run
from .metrics_log import MetricsLog
from .pages import write_pages
from .progress import ProgressLines
from .resume import FRESH, Position, read_position
from .setup import Prepared, class_weights, prepare
from .stopping import GracefulStop
from .task import SegmentationTask
from .trainer import build_trainer, check_hardware, early_stopping, without_noise


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


def train(config: TrainConfig, *, out: Path | None = None, console: Console) -> TrainResult:
    """Train a new run.

    Args:
        config: Of the run.
        out: Its folder; ``out-2``, ``-3`` where that exists. If left out it is named after the run
            below ``runs/train``, where ``latest`` then leads to it.
        console: Where to print.

    Raises:
        InputError: Something the user gave cannot be used; no folder was made.
        StoppedError: The run was asked to stop and is saved.
    """
    config = _with_absolute_root(config)
    wanted = out or Path("runs/train") / config.run_name
    check_folder(wanted)
    parts, weights = _parts(config, start=FRESH, load=True)
    folder = RunFolder(wanted)
    if is_main_process():  # the others write nothing
        folder = create_run_folder(wanted)
        if out is None:
            point_latest(folder)
        folder.config.write_text(
            yaml.safe_dump(config_to_dict(config), sort_keys=False), encoding="utf-8"
        )
        console.print(f"run      {folder.path}")
        console.print(weights.describe() if weights else "weights  none, random")
    return _fit(config, parts, folder, console=console)


def resume(run: Path, *, console: Console) -> TrainResult | None:
    """Go on with a run; None if it is finished.

    Raises:
        InputError: There is nothing to go on from.
        StoppedError: The run was asked to stop and is saved.
    """
    folder = open_run_folder(run)
    config = _read_config(folder)
    position = read_position(folder.last, epochs=config.trainer.epochs)
    if position.finished:
        return None
    parts, _ = _parts(config, start=position, load=False)
    if is_main_process():
        console.print(f"run      {folder.path}")
        console.print(f"resumed  at epoch {position.epoch + 1}, batch {position.batch + 1}")
    return _fit(config, parts, folder, console=console)


@dataclass(frozen=True)
class _Parts:
    """What is trained, and on what; making it finds whatever is wrong with the configuration."""

    prepared: Prepared
    task: SegmentationTask
    data: RoadDataModule


def _parts(
    config: TrainConfig, *, start: Position, load: bool
) -> tuple[_Parts, WeightsReport | None]:
    pl.seed_everything(config.seed, verbose=False)
    prepared = prepare(config)
    check_hardware(config.trainer, prepared.device, prepared.precision)
    segmenter, weights = build_model(
        config.model,
        label_space=prepared.dataset.label_space,
        input_scale=config.data.input_scale,
        load=load,
    )
    segmenter.use_precision(prepared.precision)
    label_space = prepared.dataset.label_space
    loss = build_loss(
        config.loss,
        num_classes=label_space.num_classes,
        ignore_index=label_space.ignore_index,
        class_weights=class_weights(config.loss, prepared),
    )
    task = SegmentationTask(segmenter, loss, label_space, config.optim, seed=config.seed)
    return _Parts(prepared, task, RoadDataModule(config, prepared, start=start)), weights


def _fit(config: TrainConfig, parts: _Parts, folder: RunFolder, *, console: Console) -> TrainResult:
    prepared, task, data = parts.prepared, parts.task, parts.data
    device, precision = prepared.device, prepared.precision

    def save_best(metrics: dict[str, float]) -> None:
        save_model(
            folder.best,
            task.segmenter,
            config=config_to_dict(config),
            label_space=task.label_space,
            metrics=metrics,
            weights=config.model.weights,
        )

    best = KeepBest(task.counts, save=save_best)
    trainer = build_trainer(
        config.trainer,
        folder,
        device=device,
        precision=precision,
        callbacks=[
            *([early_stopping(config.trainer.patience)] if config.trainer.patience else []),
            best,
            *([Ema(task.segmenter, decay=config.trainer.ema)] if config.trainer.ema else []),
            MetricsLog(folder.metrics),
            KeepLast(folder.last),
            ProgressLines(best, console=console),
            GracefulStop(folder),
        ],
    )
    if trainer.is_global_zero:
        console.print(f"device   {device}, {precision.name}: {precision.reason}")
    if trainer.world_size > 1 and device.type == "cuda":
        sync_batch_norms(task.segmenter)
    estimate = estimate_run(task, data, trainer, config)
    if trainer.is_global_zero:
        console.print(f"time     {estimate}")
    try:
        with without_noise():
            trainer.fit(task, data, ckpt_path=folder.last if data.start != FRESH else None)
    finally:
        result = TrainResult(config, folder.path, best.miou, best.epoch)
        if trainer.is_global_zero and best.confusion:
            _write_pages(result, prepared, folder, torch.tensor(best.confusion))
    return result


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
            f"--model.weights {folder.path}",
        ) from error


def is_main_process() -> bool:
    """Whether this process speaks for the run; Lightning reads it from the launcher."""
    return getattr(rank_zero_only, "rank", 0) == 0


def _with_absolute_root(config: TrainConfig) -> TrainConfig:
    """So that a run can be resumed from anywhere."""
    if config.data.root is None:
        return config
    root = str(Path(config.data.root).expanduser().resolve())
    return replace(config, data=replace(config.data, root=root))


def next_commands(result: TrainResult) -> list[str]:
    """What a user types after training."""
    run = result.run
    root = f" --data.root {result.config.data.root}" if result.config.data.root else ""
    return [
        f"effunet evaluate --checkpoint {run}{root}",
        f"effunet predict --checkpoint {run} --source PICTURES --overlay true",
        f"tensorboard --logdir {run / 'tensorboard'}",
    ]


def _write_pages(
    result: TrainResult, prepared: Prepared, folder: RunFolder, confusion: torch.Tensor
) -> None:
    config = result.config
    facts = {
        "data set": f"{config.data.name}, {prepared.dataset.root}",
        "pictures": f"{len(prepared.train.pairs)} train, {len(prepared.val.pairs)} val",
        "network": f"{config.model.encoder or config.model.variant or 'lite0'} encoder, "
        f"{config.model.decoder} decoder",
        "best epoch": f"{result.epoch + 1} of {config.trainer.epochs}",
        "scored": "mean over the classes with a union in the whole val split, at the labels' size, "
        f"void ignored, input scale {config.data.input_scale:g}",
    }
    write_pages(
        folder,
        prepared,
        confusion,
        facts=facts,
        commands=next_commands(result),
    )
