"""The rate of a run that goes on longer than it was going to."""

from collections.abc import Callable
from typing import Any

import pytorch_lightning as pl


class SayNewRate(pl.Callback):
    """Prints once what the changed schedule makes of the rate; the task applies it."""

    def __init__(self, *, say: Callable[[str], None]) -> None:
        self.say = say
        self._said = False

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """The optimiser still has the rate that the checkpoint was going to go on with."""
        scheduler: Any = trainer.lr_scheduler_configs[0].scheduler
        before = max(group["lr"] for group in trainer.optimizers[0].param_groups)
        now = _rate(scheduler, scheduler.last_epoch)
        end = _rate(scheduler, int(trainer.estimated_stepping_batches))
        if trainer.is_global_zero and now != before and not self._said:
            self.say(
                f"rate     {now:.3g} at the next step instead of {before:.3g}, and "
                f"{end:.3g} at the end of epoch {trainer.max_epochs}"
            )
        self._said = True


def _rate(scheduler: Any, step: int) -> float:
    """The largest of all groups at ``step``, computed as the LambdaLR does."""
    pairs = zip(scheduler.base_lrs, scheduler.lr_lambdas, strict=True)
    return max(float(base * factor(step)) for base, factor in pairs)
