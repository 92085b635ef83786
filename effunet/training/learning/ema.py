"""Exponential moving average of the weights."""

from typing import Any

import pytorch_lightning as pl
from torch import Tensor

from ...models import Segmenter


class Ema(pl.Callback):
    """Averages the segmenter after each optimiser step and lends the average to validation.

    Whatever runs between the start and the end of validation, saving the best model included, sees
    the averaged weights; training goes on with its own. The decay warms up as
    ``(1 + steps) / (10 + steps)``, so that the first epochs are not an average of noise.

    Place it after every callback that reads the model in ``on_validation_end``.
    """

    def __init__(self, segmenter: Segmenter, *, decay: float) -> None:
        self.segmenter = segmenter
        self.decay = decay
        self._steps = 0
        self._average: dict[str, Tensor] = {}
        self._training: dict[str, Tensor] = {}

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Start from the current weights, or move a restored average to their device."""
        live = self.segmenter.state_dict()
        start = self._average or live
        self._average = {name: start[name].to(live[name].device).clone() for name in live}
        self._steps = max(self._steps, trainer.global_step)

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Average once an optimiser step, which accumulation makes rarer than a batch."""
        if trainer.global_step == self._steps:
            return
        self._steps = trainer.global_step
        decay = min(self.decay, (1 + self._steps) / (10 + self._steps))
        for name, value in self.segmenter.state_dict().items():
            if value.is_floating_point():
                self._average[name].lerp_(value, 1 - decay)
            else:
                self._average[name].copy_(value)

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Lend the average."""
        self._training = {
            name: value.clone() for name, value in self.segmenter.state_dict().items()
        }
        _copy(self._average, self.segmenter.state_dict())

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Take it back."""
        _copy(self._training, self.segmenter.state_dict())
        self._training = {}

    def on_save_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Save training's own weights even while the average is lent."""
        if self._training:
            (prefix,) = (name for name, part in pl_module.named_modules() if part is self.segmenter)
            checkpoint["state_dict"].update(
                {f"{prefix}.{name}": value for name, value in self._training.items()}
            )

    def state_dict(self) -> dict[str, Any]:
        """The average and how many steps are in it."""
        return {"average": self._average, "steps": self._steps}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Inverse of :meth:`state_dict`."""
        self._average, self._steps = state_dict["average"], state_dict["steps"]


def _copy(source: dict[str, Tensor], target: dict[str, Tensor]) -> None:
    for name, value in target.items():
        value.copy_(source[name])
