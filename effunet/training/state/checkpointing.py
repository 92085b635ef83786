"""What a run keeps: the best and the final model for the world, the last state to go on from."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch

from ...metrics import ConfusionMatrix, WrongShares, miou, worst_of
from .checkpoints import Checkpoints
from .ranks import gathered, raised_anywhere
from .resume import read_position

_WORST = 8  # pictures that the run's page shows


class KeepStates(pl.Callback):
    """Saves the state to go on from: at the start, at each epoch's end, and now and then between.

    Place it after whatever changes that state at the end of a batch.

    Args:
        checkpoints: Where.
        minutes: Between two inside an epoch; 0 saves none there.
        clock: Seconds.
    """

    def __init__(
        self,
        checkpoints: Checkpoints,
        *,
        minutes: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.checkpoints = checkpoints
        self.seconds = 60 * minutes
        self.clock = clock
        self._saved = clock()

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Save the start, so that even the first epoch has something to go back to.

        So does the one that a run goes on with which kept a single state until now.
        """
        if trainer.ckpt_path is None:
            if trainer.global_step == 0:
                self._save(trainer)
        elif trainer.is_global_zero and Path(trainer.ckpt_path) == self.checkpoints.folder.last:
            self._adopt(Path(trainer.ckpt_path), epoch=int(trainer.num_training_batches))

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Save in a long epoch, where no gradients wait for more batches."""
        done = batch_idx + 1
        last = done == trainer.num_training_batches  # validation and the epoch's own come next
        if self.seconds and not last and done % trainer.accumulate_grad_batches == 0:
            due = [self.clock() - self._saved > self.seconds]
            if any(raised_anywhere(trainer, torch.tensor(due, device=pl_module.device))):
                self._save(trainer)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Save before the epoch's line is printed."""
        self._save(trainer)

    def _adopt(self, state: Path, *, epoch: int) -> None:
        start = read_position(state, epochs=sys.maxsize, patience=0)
        if start.batch == 0:
            self.checkpoints.adopt(state, batches=start.epoch * epoch)

    def _save(self, trainer: pl.Trainer) -> None:
        self.checkpoints.save(trainer)
        self._saved = self.clock()


class KeepBest(pl.Callback):
    """Calls ``save`` with the validation metrics whenever ``val/miou`` rises.

    Attributes:
        miou: The best so far.
        epoch: Its zero-based epoch.
        confusion: Its ``(k, k + 1)`` counts.
        worst: Keys of the pictures with the largest share of wrong pixels, and the shares.
    """

    def __init__(
        self,
        counts: ConfusionMatrix,
        wrong: WrongShares,
        *,
        save: Callable[[dict[str, float]], None],
    ) -> None:
        self.counts = counts
        self.wrong = wrong
        self.save = save
        self.miou = -1.0
        self.epoch = -1
        self.confusion: list[list[int]] = []
        self.worst: list[tuple[str, float]] = []

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Compare and save."""
        metrics = _scores(trainer, self.counts)
        if not metrics["val/miou"] > self.miou:
            return
        self.miou, self.epoch = metrics["val/miou"], trainer.current_epoch
        self.confusion = self.counts.confusion.tolist()
        of_ranks = gathered(trainer, self.wrong.worst(_WORST))
        self.worst = worst_of([each for of_rank in of_ranks for each in of_rank], _WORST)
        if trainer.is_global_zero:
            self.save(metrics)

    def state_dict(self) -> dict[str, Any]:
        """The best so far."""
        return {
            "miou": self.miou,
            "epoch": self.epoch,
            "confusion": self.confusion,
            "worst": [list(each) for each in self.worst],
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Inverse of :meth:`state_dict`."""
        self.miou, self.epoch = state_dict["miou"], state_dict["epoch"]
        self.confusion = state_dict["confusion"]
        self.worst = [(key, share) for key, share in state_dict.get("worst", [])]


class KeepFinal(pl.Callback):
    """Calls ``save`` with the validation metrics of the run's last epoch.

    Place it after early stopping, which decides at the end of validation too.
    """

    def __init__(
        self, counts: ConfusionMatrix, *, save: Callable[[dict[str, float]], None]
    ) -> None:
        self.counts = counts
        self.save = save

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Save if no epoch follows, which all ranks know alike."""
        if not (trainer.should_stop or trainer.current_epoch + 1 == trainer.max_epochs):
            return
        metrics = _scores(trainer, self.counts)
        if trainer.is_global_zero:
            self.save(metrics)


def _scores(trainer: pl.Trainer, counts: ConfusionMatrix) -> dict[str, float]:
    """What the epoch logged, and its number; all ranks must ask, as it may be summed over them."""
    metrics = {name: float(value) for name, value in trainer.callback_metrics.items()}
    metrics["val/miou"] = miou(counts.confusion.cpu())  # Lightning keeps float32
    return metrics | {"epoch": float(trainer.current_epoch)}
