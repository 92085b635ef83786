"""A run that ends in time, however much slower the machine becomes."""

import time
from collections.abc import Callable

import pytorch_lightning as pl


class EndInTime(pl.Callback):
    """Ends the run after an epoch where another would take too long.

    It decides before validation's end, where the final model is kept.

    Args:
        seconds: From now.
        say: Prints a line.
        clock: Seconds.
    """

    def __init__(
        self,
        seconds: float,
        *,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.say = say
        self.clock = clock
        self.end = clock() + seconds
        self._epoch_began = clock()

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Remember when it began."""
        self._epoch_began = self.clock()

    def on_validation_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Take the next epoch to be as long as this one."""
        now = self.clock()
        done, epochs = trainer.current_epoch + 1, trainer.max_epochs or 0
        if done < epochs and now + (now - self._epoch_began) > self.end:
            trainer.should_stop = True
            self.say(f"ended    after {done} of {epochs} epochs: another would not end in time")
