"""What a user sees while training runs."""

import math
import signal
import time
from typing import Any

import pytorch_lightning as pl
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from torch import Tensor

from ...counter import SECONDS_BETWEEN_LINES
from ...datasets import Batch
from ...durations import format_duration
from ...memory import peak_memory_gb
from ..state.checkpointing import KeepBest
from ..state.stopping import GracefulStop

_SECONDS_BETWEEN_MOVES = 0.2
_WIDE = 90  # columns of a terminal that has room for a whole line


class ProgressLines(pl.Callback):
    """A bar on a terminal, a plain line every half minute in a log; one line an epoch in both.

    Where nobody reads them any more (``| head``) or the log's disk is full, the run stops, saved.
    """

    def __init__(self, best: KeepBest, *, console: Console, stop: GracefulStop) -> None:
        self.best = best
        self.console = console
        self.stop = stop
        self._bar: Progress | None = None
        self._bar_task = TaskID(0)
        self._images = 0
        self._epoch_began = self._began = self._last_line = 0.0
        self._rate = 0.0
        self._first_epoch = 0

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Remember when and where it began, which for a resumed run is inside an epoch."""
        self._began = self._epoch_began = self._last_line = time.monotonic()
        self._first_epoch = trainer.current_epoch

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """A fresh bar."""
        self._epoch_began = self._last_line = time.monotonic()
        self._images, self._rate = 0, math.nan
        if self.console.is_terminal and trainer.is_global_zero:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[status]}"),
                console=self.console,
                transient=True,
            )
            total = int(trainer.num_training_batches)
            self._bar_task = self._bar.add_task(_epoch_of(trainer), total=total, status="")
            self._bar.start()

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Batch,
        batch_idx: int,
    ) -> None:
        """Now and then move the bar or print a line; reading the loss waits for a GPU."""
        now = time.monotonic()
        self._images += len(batch["image"]) * trainer.world_size
        self._rate = self._images / (now - self._epoch_began)
        pause = SECONDS_BETWEEN_LINES if self._bar is None else _SECONDS_BETWEEN_MOVES
        over = self._bar is None and batch_idx + 1 == trainer.num_training_batches
        if over or now - self._last_line < pause or not trainer.is_global_zero:
            return
        self._last_line = now
        line = f"loss {_number(outputs.get('plain'), 3)}  {self._rate:.1f} img/s"
        if self._bar is not None:
            self._bar.update(self._bar_task, completed=batch_idx + 1, status=line)
        else:
            total = int(trainer.num_training_batches)
            self._say(f"{_epoch_of(trainer)}  batch {batch_idx + 1}/{total}  {line}")

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Say what the wait is for."""
        if self._bar is not None:
            self._bar.update(self._bar_task, status="validating")

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """The epoch in one line."""
        self._close()
        metrics = trainer.callback_metrics  # sums over the ranks, so all of them must ask
        if not trainer.is_global_zero:
            return
        done = trainer.current_epoch + 1
        each = (time.monotonic() - self._began) / (done - self._first_epoch)
        left = each * ((trainer.max_epochs or done) - done)
        memory = peak_memory_gb(pl_module.device)
        star = " *" if self.best.epoch == trainer.current_epoch else "  "
        narrow = self.console.is_terminal and self.console.width < _WIDE
        speed = "" if narrow else f"  {_number(self._rate, 1)} img/s  {memory:.1f} GB"
        self._say(
            f"{_epoch_of(trainer)}  loss {_number(metrics['train/loss'], 3)}"
            f"  mIoU {_number(metrics['val/miou'], 4)}  best {self.best.miou:.4f}{star}"
            f"{speed}  eta {format_duration(left)}"
            + "".join(
                f"  {name} {int(metrics[f'train/{name}'])}"
                for name in ("skipped", "void")
                if metrics[f"train/{name}"]
            )
        )

    def on_exception(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException
    ) -> None:
        """Leave the terminal as it was found."""
        self._close()

    def _say(self, line: str) -> None:
        try:
            self.console.out(line)
        except OSError:
            self.stop.ask(signal.SIGPIPE)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _number(value: Tensor | float | None, digits: int) -> str:
    """A dash where nothing was computed, or nothing finite."""
    number = math.nan if value is None else float(value)
    return f"{number:.{digits}f}" if math.isfinite(number) else "–"


def _epoch_of(trainer: pl.Trainer) -> str:
    total = str(trainer.max_epochs)
    return f"epoch {trainer.current_epoch + 1:>{len(total)}}/{total}"
