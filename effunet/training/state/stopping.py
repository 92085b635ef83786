"""Ctrl-C, SIGTERM, SIGUSR1 and lost processes end a run at the next step, with everything saved."""

import signal
from typing import Any, NoReturn

import pytorch_lightning as pl
import torch

from ...errors import EffunetError, InputError
from ...run_folder import RunFolder
from ...stop_requests import StopRequests
from .checkpoints import Checkpoints
from .ranks import decided_by_main


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
    """Acts on a signal or a loss between two steps, never inside one.

    Also between two batches of validation, which is then done anew by the run that goes on.
    """

    def __init__(self, folder: RunFolder, requests: StopRequests) -> None:
        self.folder = folder
        self.requests = requests
        self.checkpoints = Checkpoints(folder)
        self._lost: InputError | None = None
        self._lost_elsewhere = False

    def ask(self, signum: int) -> None:
        """Stop at the end of this step, as if the signal had come."""
        self.requests.ask(signum)

    def lose(self, fault: InputError) -> None:
        """Stop at the end of this step, as the run cannot go on; any thread may say so."""
        self._lost = self._lost or fault

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Let every rank name the folder that the main process has made."""
        self.folder = decided_by_main(trainer, lambda: self.folder)

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """The state before the first step is written by then."""
        if self._agreed(trainer):
            self._stop(trainer)

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

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Begin at its first batch where an interrupted one is done anew."""
        trainer.fit_loop.epoch_loop.val_loop.batch_progress.reset()

    def on_validation_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Save what is trained and stop, as at the end of a step."""
        if self._agreed(trainer):
            self.checkpoints.save(trainer)
            self._stop(trainer)

    def on_save_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Let a run that goes on from within validation begin it anew.

        Lightning does so where its first batch was begun and not ended.
        """
        if trainer.validating:
            progress = checkpoint["loops"]["fit_loop"]["epoch_loop.val_loop.batch_progress"]
            begun = {"ready": 1, "started": 1, "processed": 0, "completed": 0}
            progress |= {"total": begun, "current": dict(begun), "is_last_batch": False}

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """The epoch's own checkpoint is written by then."""
        last = trainer.current_epoch + 1 == trainer.max_epochs
        if not last and self._agreed(trainer):
            self._stop(trainer)

    def _stop(self, trainer: pl.Trainer) -> NoReturn:
        """End every rank, and let one of them say so."""
        if self._lost is not None:
            raise InputError(
                f"{self._lost.what}; everything up to this step is saved",
                where=self.folder.path,
                why=self._lost.why,
                fix=f"{self._lost.fix}; then {self.folder.way_on()}",
            )
        if self._lost_elsewhere:  # that rank says what
            raise SystemExit(InputError.exit_code)
        stopped = StoppedError(self.requests.signum, self.folder)
        raise stopped if trainer.is_global_zero else SystemExit(stopped.exit_code)

    def _agreed(self, trainer: pl.Trainer) -> bool:
        """Whether any rank was asked to stop or lost something; all then stop for one reason."""
        signum = self.requests.signum
        if trainer.world_size == 1:
            return bool(signum or self._lost)
        mine = torch.tensor(
            [signum, int(self._lost is not None)], device=trainer.strategy.root_device
        )
        agreed, lost = trainer.strategy.reduce(mine, reduce_op="max").tolist()
        if agreed:
            self.requests.ask(agreed)
        self._lost_elsewhere = bool(lost)
        return bool(agreed or lost)
