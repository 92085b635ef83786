"""From checked parts to a trained network, and what is left of it on disk."""

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities import rank_zero_only
from rich.console import Console

from ..config import TrainConfig, config_for_checkpoint
from ..files import claimed
from ..losses import build_loss
from ..models import save_model, sync_batch_norms
from ..run_folder import RunFolder
from ..stop_requests import EndAtOnce, listening
from ..system_faults import enough_memory
from ..unfinished import remove_leftovers
from .data.data_module import RoadDataModule
from .learning.ema import Ema
from .learning.task import SegmentationTask
from .reporting.estimate import estimate_run
from .reporting.metrics_log import MetricsLog
from .reporting.pages import write_pages
from .reporting.progress import ProgressLines
from .setup import Prepared, class_weights, prepare
from .state.checkpointing import KeepBest, KeepFinal, KeepStates
from .state.checkpoints import Checkpoints
from .state.resume import Position
from .state.stopping import GracefulStop, StoppedError
from .trainer import build_trainer, early_stopping, without_noise

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


@contextmanager
def own_folder(path: Path, *, new: bool) -> Iterator[RunFolder]:
    """The run's folder, kept from other commands; only the main process writes, so it alone asks.

    Raises:
        InputError: It cannot be written, or another command is writing into it.
    """
    with claimed(path, new=new) if is_main_process() else nullcontext(path) as own:
        folder = RunFolder(own)
        for each in (folder.path, folder.checkpoints):
            remove_leftovers(each)
        yield folder


@dataclass(frozen=True)
class Parts:
    """What is trained, and on what; making it finds whatever is wrong with the configuration."""

    prepared: Prepared
    task: SegmentationTask
    data: RoadDataModule


def build_parts(
    config: TrainConfig,
    *,
    start: Position,
    load: bool,
    progress: Callable[[int, int], None] | None,
) -> Parts:
    """Check the configuration and its data, and build what is trained.

    Args:
        config: Of the run.
        start: Its next step.
        load: False leaves the weights random, for a checkpoint to fill.
        progress: Called with files looked at and files to look at.

    Raises:
        InputError: A setting or the data cannot be trained with.
    """
    pl.seed_everything(config.seed, verbose=False)
    prepared = prepare(config, load=load, progress=progress if is_main_process() else None)
    label_space = prepared.dataset.label_space
    loss = build_loss(
        config.loss,
        ignore_index=label_space.ignore_index,
        class_weights=class_weights(config.loss, prepared),
    )
    task = SegmentationTask(prepared.segmenter, loss, label_space, config.optim, seed=config.seed)
    return Parts(prepared, task, RoadDataModule(config, prepared, start=start))


def fit(
    config: TrainConfig,
    parts: Parts,
    folder: RunFolder,
    *,
    checkpoint: Path | None,
    console: Console,
) -> TrainResult:
    """Train from where ``parts`` start, print how it goes, and draw the run's pages.

    Args:
        config: Of the run.
        parts: Built for it.
        folder: Its own.
        checkpoint: The state to go on from; None for a new run.
        console: Where to print.

    Raises:
        StoppedError: The run was asked to stop and is saved.
    """
    task, data, device = parts.task, parts.data, parts.prepared.device
    best = KeepBest(task.counts, save=partial(_save, config, parts, folder.best))
    with listening() as requests:
        stop = GracefulStop(folder, requests)
        trainer = build_trainer(
            config.trainer,
            folder,
            device=device,
            precision=parts.prepared.precision,
            callbacks=_callbacks(config, parts, best, folder, console, stop),
        )
        if trainer.world_size > 1 and device.type == "cuda":
            sync_batch_norms(task.segmenter)
        with enough_memory(fix=_LESS_MEMORY):
            _say_how(parts, trainer, config, console)
            data.on_loss = stop.lose
            try:
                with requests.held(), without_noise():
                    trainer.fit(task, data, ckpt_path=checkpoint)
            except EndAtOnce:
                saved = "up to the last checkpoint"
                raise StoppedError(requests.signum, folder, saved=saved) from None
        result = TrainResult(config, folder.path, best.miou, best.epoch)
        requests.what = "stopped on request while the pages were drawn; the run itself is finished"
        requests.fix = f"score it: {next_commands(result)[0]}"
        if trainer.is_global_zero and best.confusion:
            write_pages(
                folder,
                parts.prepared,
                torch.tensor(best.confusion),
                config=config,
                epoch=best.epoch,
                commands=next_commands(result),
                say=console.out,
            )
    return result


def _say_how(parts: Parts, trainer: pl.Trainer, config: TrainConfig, console: Console) -> None:
    """On what it runs and how long it will take, which every rank measures with the others."""
    precision = parts.prepared.precision
    say = console.out if trainer.is_global_zero else _unsaid
    say(f"device   {parts.prepared.device}, {precision.name}: {precision.reason}")
    if not trainer.loggers:
        say("missing  tensorboard: it writes below folders with names in UTF-8 alone")
    if parts.data.fewer:
        say(f"loading  {parts.data.fewer}")
    say("time     measuring a few steps")
    say(f"time     {estimate_run(parts.task, parts.data, trainer, config)}")


def _unsaid(line: str) -> None:
    """What another rank says."""


def _callbacks(
    config: TrainConfig,
    parts: Parts,
    best: KeepBest,
    folder: RunFolder,
    console: Console,
    stop: GracefulStop,
) -> list[pl.Callback]:
    """In an order that matters: what reads the averaged weights comes before Ema."""
    limits = config.trainer
    return [
        *([early_stopping(limits.patience)] if limits.patience else []),
        best,
        KeepFinal(parts.task.counts, save=partial(_save, config, parts, folder.final)),
        *([Ema(parts.task.segmenter, decay=limits.ema)] if limits.ema else []),
        MetricsLog(folder.metrics, say=console.out),
        KeepStates(Checkpoints(folder), minutes=limits.checkpoint_minutes),
        ProgressLines(best, console=console, stop=stop),
        stop,
    ]


def _save(config: TrainConfig, parts: Parts, path: Path, metrics: dict[str, float]) -> None:
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


def is_main_process() -> bool:
    """Whether this process speaks for the run; Lightning reads it from the launcher."""
    return getattr(rank_zero_only, "rank", 0) == 0
