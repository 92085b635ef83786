"""From checked parts to a trained network, and what is left of it on disk."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytorch_lightning as pl
import torch
import yaml
from pytorch_lightning.utilities import rank_zero_only
from rich.console import Console

from ..claims import claimed
from ..config import TrainConfig, config_for_checkpoint, config_to_dict
from ..files import write_bytes
from ..losses import build_loss
from ..models import save_model, sync_batch_norms
from ..run_folder import RunFolder
from ..stop_requests import EndAtOnce, listening
from ..system_faults import enough_memory
from ..unfinished import remove_leftovers
from .data.data_module import RoadDataModule
from .learning.ema import Ema
from .learning.guard import LostCourseError, StepGuard, named
from .learning.task import SegmentationTask
from .less_memory import less_memory
from .reporting.estimate import estimate_run
from .reporting.metrics_log import MetricsLog
from .reporting.pages import write_pages
from .reporting.progress import ProgressLines
from .setup import Prepared, class_weights, prepare
from .state.checkpointing import KeepBest, KeepFinal, KeepStates
from .state.checkpoints import Checkpoints
from .state.rank_watch import RankWatch
from .state.ranks import decided_by_main
from .state.record import KeepRecord, Record, contents_of
from .state.resume import Position, read_position, restoring
from .state.rollback import Course, roll_back
from .state.stopping import GracefulStop, StoppedError
from .trainer import build_trainer, early_stopping, without_noise


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


def write_config(folder: RunFolder, config: TrainConfig) -> None:
    """Put the whole configuration beside what comes of it.

    Raises:
        InputError: It cannot be written.
    """
    described = yaml.safe_dump(config_to_dict(config), sort_keys=False)
    write_bytes(folder.config, described.encode())


@dataclass(frozen=True)
class Parts:
    """What is trained, and on what; making it finds whatever is wrong with the configuration."""

    prepared: Prepared
    task: SegmentationTask
    data: RoadDataModule
    record: Record
    """What the run's checkpoints say of it."""


def build_parts(
    config: TrainConfig,
    *,
    start: Position,
    course: Course,
    load: bool,
    progress: Callable[[int, int], None] | None,
) -> Parts:
    """Check the configuration and its data, and build what is trained.

    Args:
        config: Of the run.
        start: Its next step.
        course: What its roll-backs changed.
        load: False leaves the weights random, for a checkpoint to fill.
        progress: Called with files looked at and files to look at.

    Raises:
        InputError: A setting or the data cannot be trained with.
    """
    pl.seed_everything(config.seed, verbose=False)
    prepared = prepare(config, load=load, progress=progress if is_main_process() else None)
    return _parts_of(config, prepared, start=start, course=course)


def _parts_of(config: TrainConfig, prepared: Prepared, *, start: Position, course: Course) -> Parts:
    label_space = prepared.dataset.label_space
    loss = build_loss(
        config.loss,
        ignore_index=label_space.ignore_index,
        class_weights=class_weights(config.loss, prepared),
    )
    task = SegmentationTask(
        prepared.segmenter, loss, label_space, config.optim, seed=config.seed, course=course
    )
    return Parts(
        prepared, task, RoadDataModule(config, prepared, start=start), _record(config, prepared)
    )


def _record(config: TrainConfig, prepared: Prepared) -> Record:
    scale = prepared.segmenter.input_scale  # where none was given, that of the weights
    splits = {"train": prepared.train, "val": prepared.val}
    return replace(
        Record.of(replace(config, data=replace(config.data, input_scale=scale)), prepared.dataset),
        contents={name: contents_of(split) for name, split in splits.items()},
        processes=prepared.processes,
    )


def fit(
    config: TrainConfig,
    parts: Parts,
    folder: RunFolder,
    *,
    checkpoint: Path | None,
    console: Console,
    also: Sequence[pl.Callback] = (),
) -> TrainResult:
    """Train from where ``parts`` start, print how it goes, and draw the run's pages.

    Args:
        config: Of the run.
        parts: Built for it.
        folder: Its own.
        checkpoint: The state to go on from; None for a new run.
        console: Where to print.
        also: Callbacks beside those of every run.

    Raises:
        StoppedError: The run was asked to stop and is saved.
    """
    with listening() as requests:
        stop = GracefulStop(folder, requests)
        trainer, best = _trainer(config, parts, folder, stop, console, also)
        resumed = None if checkpoint is None else folder
        with enough_memory(fix=less_memory(config, parts.prepared.crop_size, resumed=resumed)):
            _say_how(parts, trainer, config, console)
            try:
                with requests.held():
                    lost = _fitted(trainer, parts, checkpoint, stop)
                    while lost is not None:
                        parts, checkpoint = _gone_back(
                            config, parts, folder, lost, trainer, console
                        )
                        trainer, best = _trainer(config, parts, folder, stop, console, also)
                        lost = _fitted(trainer, parts, checkpoint, stop)
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


def _trainer(
    config: TrainConfig,
    parts: Parts,
    folder: RunFolder,
    stop: GracefulStop,
    console: Console,
    also: Sequence[pl.Callback],
) -> tuple[pl.Trainer, KeepBest]:
    best = KeepBest(parts.task.counts, save=partial(_save, config, parts, folder.best))
    trainer = build_trainer(
        config.trainer,
        folder,
        device=parts.prepared.device,
        precision=parts.prepared.precision,
        callbacks=[*_callbacks(config, parts, best, folder, stop, console), *also],
    )
    if trainer.world_size > 1 and parts.prepared.device.type == "cuda":
        sync_batch_norms(parts.task.segmenter)
    return trainer, best


def _fitted(
    trainer: pl.Trainer, parts: Parts, checkpoint: Path | None, stop: GracefulStop
) -> LostCourseError | None:
    """Train to the end, or to where it has to go back."""
    parts.data.on_loss = stop.lose
    try:
        with without_noise(), restoring(checkpoint) if checkpoint else nullcontext():
            trainer.fit(parts.task, parts.data, ckpt_path=checkpoint)
    except LostCourseError as error:
        return error.with_traceback(None)  # whose frames would keep loaders and optimiser
    return None


def _gone_back(
    config: TrainConfig,
    parts: Parts,
    folder: RunFolder,
    lost: LostCourseError,
    trainer: pl.Trainer,
    console: Console,
) -> tuple[Parts, Path]:
    """Fresh parts for the state that the run goes on from.

    Raises:
        DivergedError: It has gone back too often.
    """
    back = partial(
        roll_back,
        folder,
        parts.task.course,
        why=lost.what + (f" ({named(lost.files)})" if lost.files else ""),
        left_out=lost.batches,
        batches_an_epoch=int(trainer.num_training_batches),
    )
    course, checkpoint = decided_by_main(trainer, back)
    limits = config.trainer
    start = read_position(checkpoint, epochs=limits.epochs, patience=limits.patience)
    if trainer.is_global_zero:
        where = f"the end of epoch {start.epoch}" if start.epoch else "the start"
        more = len(course.left_out - parts.task.course.left_out)
        of = f" ({named(lost.files)})" if lost.files else ""
        console.out(
            f"back     to {where}, as {lost.what}{of}: goes on at {course.rate:g} of the rate, "
            f"{more} batch{'es' * (more != 1)} left out"
        )
    pl.seed_everything(config.seed, verbose=False)
    parts.prepared.segmenter.train()  # validation may have been where it ended
    return _parts_of(config, parts.prepared, start=start, course=course), checkpoint


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
    stop: GracefulStop,
    console: Console,
) -> list[pl.Callback]:
    """In an order that matters: what reads the averaged weights comes before Ema."""
    limits = config.trainer
    guard = StepGuard(clip_norm=limits.clip_norm, say=console.out)
    return [
        guard,
        *([early_stopping(limits.patience)] if limits.patience else []),
        best,
        KeepFinal(parts.task.counts, save=partial(_save, config, parts, folder.final)),
        *([Ema(parts.task.segmenter, decay=limits.ema, guard=guard)] if limits.ema else []),
        MetricsLog(folder.metrics, say=console.out),
        KeepRecord(parts.record),
        KeepStates(Checkpoints(folder), minutes=limits.checkpoint_minutes),
        ProgressLines(best, console=console, stop=stop),
        stop,
        RankWatch(folder),
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
