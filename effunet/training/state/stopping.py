"""Ctrl-C, SIGTERM and SIGUSR1 end a run at the next step, with everything saved."""

import signal
import threading
from types import FrameType
from typing import Any, NoReturn

import pytorch_lightning as pl
import torch

from ...errors import EffunetError
from ...run_folder import RunFolder
from .checkpoints import Checkpoints

_SIGNALS = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGUSR1,  # what SLURM sends before a job's time is over, as its script asks for
)


class StoppedError(EffunetError):
    """The run was asked to stop; what was saved is in ``last.ckpt``."""

    def __init__(self, signum: int, folder: RunFolder, *, saved: str = "up to this step") -> None:
        what = f"everything {saved}" if folder.begun else "nothing"
        unread = signum == signal.SIGPIPE
        reason = "because its output cannot be written" if unread else "on request"
        super().__init__(
            f"training stopped {reason}, and {what} is saved",
            where=folder.path,
            fix=folder.way_on(),
        )
        self.exit_code = 128 + signum


class GracefulStop(pl.Callback):
    """Remembers the signal and acts at the end of a step, never inside one.

    A stop asked for during validation waits for its end. A second Ctrl-C interrupts at once.
    """

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.checkpoints = Checkpoints(folder)
        self._signum = 0
        self._before: dict[int, Any] = {}

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Listen in Lightning's place, which would stop or save in the middle of a step.

        Python lets the main thread alone listen; from another one the run goes on without.
        """
        if threading.current_thread() is threading.main_thread():
            for signum in _SIGNALS:
                self._before[signum] = signal.signal(signum, self._remember)

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Leave the process as it was found."""
        for signum, handler in self._before.items():
            signal.signal(signum, handler)
        self._before = {}

    def ask(self, signum: int) -> None:
        """Stop at the end of this step, as if the signal had come."""
        self._signum = self._signum or signum

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Save and stop, on all ranks at the same step.

        Gradients of an unfinished accumulation are in no checkpoint, so it is finished first.
        """
        done = batch_idx + 1
        if (
            done < trainer.num_training_batches
            and done % trainer.accumulate_grad_batches == 0
            and self._agreed(trainer)
        ):
            self.checkpoints.save(trainer)
            self._stop(trainer)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """The epoch's own checkpoint is written by then."""
        last = trainer.current_epoch + 1 == trainer.max_epochs
        if not last and self._agreed(trainer):
            self._stop(trainer)

    def _stop(self, trainer: pl.Trainer) -> NoReturn:
        """End every rank, and let one of them say so."""
        stopped = StoppedError(self._signum, self.folder)
        raise stopped if trainer.is_global_zero else SystemExit(stopped.exit_code)

    def _remember(self, signum: int, frame: FrameType | None) -> None:
        if self._signum == signal.SIGINT == signum:
            raise StoppedError(signum, self.folder, saved="up to the last epoch's end")
        self._signum = signum

    def _agreed(self, trainer: pl.Trainer) -> bool:
        """Whether any rank was asked to stop; all then stop for the same reason."""
        if trainer.world_size == 1:
            return bool(self._signum)
        signum = torch.tensor(self._signum, device=trainer.strategy.root_device)
        agreed = int(trainer.strategy.reduce(signum, reduce_op="max"))
        self._signum = max(self._signum, agreed)  # one that came meanwhile counts at the next step
        return bool(agreed)
