"""From checked parts to a trained network, and what is left of it on disk."""

import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytorch_lightning as pl
import torch
from rich.console import Console

from ..config import TrainConfig
from ..models import sync_batch_norms
from ..run_folder import RunFolder
from ..stop_requests import EndAtOnce, listening
from ..system_faults import enough_memory
from .callbacks import run_callbacks
from .less_memory import less_memory
from .parts import Parts, parts_of
from .reporting.estimate import estimate_run
from .reporting.pages import write_pages
from .reporting.worst import BestEpoch
from .result import TrainResult, next_commands
from .state.checkpointing import KeepBest
from .state.ranks import decided_by_main, said_by_main
from .state.resume import read_position, restoring
from .state.rollback import LostCourseError, roll_back
from .state.stopping import GracefulStop, StoppedError
from .trainer import build_trainer, without_noise


def fit(
    config: TrainConfig,
    parts: Parts,
    folder: RunFolder,
    *,
    checkpoint: Path | None,
    console: Console,
    also: Sequence[pl.Callback] = (),
    estimate: bool = True,
) -> TrainResult:
    """Train from where ``parts`` start, print how it goes, and draw the run's pages.

    Args:
        config: Of the run.
        parts: Built for it.
        folder: Its own.
        checkpoint: The state to go on from; None for a new run.
        console: Where to print.
        also: Callbacks beside those of every run.
        estimate: Measure and say how long it will take.

    Raises:
        StoppedError: The run was asked to stop and is saved.
        DivergedError: Its numbers are not finite, whatever is tried.
    """
    began = time.monotonic()
    with listening() as requests:
        stop = GracefulStop(folder, requests)
        fitting = _Fitting(config, folder, stop, console, also)
        trainer, best = fitting.trainer(parts)
        resumed = None if checkpoint is None else folder
        with enough_memory(fix=less_memory(config, parts.prepared.crop_size, resumed=resumed)):
            _say_how(parts, trainer, console)
            if estimate:
                _say_how_long(parts, trainer, config, console)
            try:
                with requests.held():
                    best = fitting.run(trainer, best, parts, checkpoint)
            except EndAtOnce:
                saved = "up to the last checkpoint"
                raise StoppedError(requests.signum, stop.folder, saved=saved) from None
        result = TrainResult(config, folder.path, best.miou, best.epoch)
        requests.what = "stopped on request before all pages were drawn; the run itself is finished"
        requests.fix = f"score it: {next_commands(result)[0]}"
        if requests.signum:  # it came when the last step was made
            raise EndAtOnce
        if trainer.is_global_zero and best.confusion:
            write_pages(
                folder,
                parts.prepared,
                BestEpoch(best.epoch, torch.tensor(best.confusion), best.worst),
                config=config,
                seconds=time.monotonic() - began,
                resumed=checkpoint is not None,
                commands=next_commands(result),
                say=console.out,
            )
    return result


@dataclass(frozen=True)
class _Fitting:
    """What stays the same when a run goes back to an earlier state."""

    config: TrainConfig
    folder: RunFolder
    stop: GracefulStop
    console: Console
    also: Sequence[pl.Callback]

    def trainer(self, parts: Parts) -> tuple[pl.Trainer, KeepBest]:
        """One for the way up to the end, or to where the run goes back, and what it finds best."""
        own = run_callbacks(self.config, parts, self.folder, stop=self.stop, console=self.console)
        trainer = build_trainer(
            self.config.trainer,
            self.folder,
            device=parts.prepared.device,
            precision=parts.prepared.precision,
            callbacks=[*own, *self.also],
        )
        if trainer.world_size > 1 and parts.prepared.device.type == "cuda":
            sync_batch_norms(parts.task.segmenter)
        best = next(each for each in own if isinstance(each, KeepBest))
        return trainer, best

    def run(
        self, trainer: pl.Trainer, best: KeepBest, parts: Parts, checkpoint: Path | None
    ) -> KeepBest:
        """Train to the end, going back where the course is lost."""
        while True:
            parts.data.on_loss = self.stop.lose
            try:
                with without_noise(), restoring(checkpoint) if checkpoint else nullcontext():
                    trainer.fit(parts.task, parts.data, ckpt_path=checkpoint)
                return best
            except LostCourseError as error:
                lost = error.with_traceback(None)  # whose frames would keep loaders and optimiser
            parts, checkpoint = self._gone_back(trainer, parts, lost)
            trainer, best = self.trainer(parts)

    def _gone_back(
        self, trainer: pl.Trainer, parts: Parts, lost: LostCourseError
    ) -> tuple[Parts, Path]:
        """Fresh parts for the state that the run goes on from.

        Raises:
            DivergedError: It has gone back too often.
        """
        back = partial(
            roll_back,
            self.folder,
            parts.task.course,
            why=lost.what,
            left_out=lost.batches,
            batches_an_epoch=int(trainer.num_training_batches),
        )
        course, checkpoint = decided_by_main(trainer, back)
        limits = self.config.trainer
        start = read_position(checkpoint, epochs=limits.epochs, patience=limits.patience)
        if trainer.is_global_zero:
            where = f"the end of epoch {start.epoch}" if start.epoch else "the start"
            more = len(course.left_out - parts.task.course.left_out)
            self.console.out(
                f"back     to {where}, as {lost.what}: goes on at {course.rate:g} of the rate, "
                f"{more} batch{'es' * (more != 1)} left out"
            )
        pl.seed_everything(self.config.seed, verbose=False)
        parts.prepared.segmenter.train()  # validation may have been where it ended
        return parts_of(self.config, parts.prepared, start=start, course=course), checkpoint


def _say_how(parts: Parts, trainer: pl.Trainer, console: Console) -> None:
    precision = parts.prepared.precision
    say = said_by_main(console.out)
    say(f"device   {parts.prepared.device}, {precision.name}: {precision.reason}")
    if not trainer.loggers:
        say("missing  tensorboard: it writes below folders with names in UTF-8 alone")
    if parts.data.fewer:
        say(f"loading  {parts.data.fewer}")


def _say_how_long(parts: Parts, trainer: pl.Trainer, config: TrainConfig, console: Console) -> None:
    """Every rank measures with the others."""
    say = said_by_main(console.out)
    say("time     measuring a few steps")
    say(f"time     {estimate_run(parts.task, parts.data, trainer, config)}")
