"""A run that goes on longer, or with another patience, than it was going to."""

from collections.abc import Callable
from typing import Any

import pytorch_lightning as pl


class NewCourse(pl.Callback):
    """Lets the rate follow the schedule of the changed run from its first step on.

    The rate of that step and the patience are restored from the checkpoint, as they were going to
    be.

    Args:
        patience: Of the changed run.
        say: Where to print the new course of the rate.
    """

    def __init__(self, *, patience: int, say: Callable[[str], None]) -> None:
        self.patience = patience
        self.say = say

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Once everything is restored."""
        stopping = trainer.early_stopping_callback
        if stopping is not None:
            stopping.patience, stopping.stopped_epoch = self.patience, 0
        scheduler: Any = trainer.lr_scheduler_configs[0].scheduler
        groups = trainer.optimizers[0].param_groups
        before = max(group["lr"] for group in groups)
        for group, rate in zip(groups, _rates(scheduler, scheduler.last_epoch), strict=True):
            group["lr"] = rate
        now = max(group["lr"] for group in groups)
        end = max(_rates(scheduler, int(trainer.estimated_stepping_batches)))
        if trainer.is_global_zero and now != before:
            self.say(
                f"rate     {now:.3g} at the next step instead of {before:.3g}, and "
                f"{end:.3g} at the end of epoch {trainer.max_epochs}"
            )


def _rates(scheduler: Any, step: int) -> list[float]:
    """Of each group at ``step``, computed as the LambdaLR does."""
    pairs = zip(scheduler.base_lrs, scheduler.lr_lambdas, strict=True)
    return [float(base * factor(step)) for base, factor in pairs]
