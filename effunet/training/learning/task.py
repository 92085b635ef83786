"""The LightningModule: one training step, one evaluation step."""

from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor

from ...config import OptimConfig
from ...datasets import Batch
from ...labels import LabelSpace
from ...losses import WeightedSum
from ...metrics import ConfusionMatrix, iou_from_confusion, miou, pixel_accuracy
from ...models import Segmenter, TorchBackend, for_inference, preds_from_logits
from .optimisation import build_optimizer, build_schedule


class SegmentationTask(pl.LightningModule):
    """Learns from crops and scores whole pictures at their labels' size.

    Attributes:
        counts: Of the last validation, summed over all ranks.
    """

    def __init__(
        self,
        segmenter: Segmenter,
        loss: WeightedSum,
        label_space: LabelSpace,
        optim: OptimConfig,
        *,
        seed: int,
    ) -> None:
        super().__init__()
        self.segmenter = segmenter
        self.loss = loss
        self.label_space = label_space
        self.optim = optim
        self.seed = seed
        self.counts = ConfusionMatrix(label_space.num_classes)
        self._scoring = TorchBackend(segmenter)
        # Proven in the run's first validation. The estimate's proof comes too early: norms whose
        # statistics have not moved change nothing, so that a wrong folding would not show.
        self._fast_steps: tuple[str, ...] | None = None
        self._losses: list[Tensor] = []  # of this epoch's batches, read when it is over
        self._shared = 0  # how many of them, from the first, are means over all ranks

    def on_fit_start(self) -> None:
        """The ranks are connected by now, and their batches make up one step."""
        self.loss.processes = self.trainer.world_size

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        """Dropout depends on the step alone: a resumed run draws what it would have drawn."""
        torch.manual_seed(hash((self.seed, self.current_epoch, batch_idx, self.global_rank)))

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Loss of one batch of crops."""
        logits = self.segmenter.forward_train(batch["image"])
        loss: Tensor = self.loss(logits, batch["mask"])
        self._losses.append(loss.detach())
        return loss

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the losses of an epoch that is not over, so that a resumed one logs its mean.

        All ranks save, and the file is that of one of them.
        """
        self._share_losses()
        checkpoint["losses"] = [float(loss) for loss in self._losses]

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Inverse of :meth:`on_save_checkpoint`."""
        self._losses = [torch.tensor(loss) for loss in checkpoint.get("losses", [])]
        self._shared = len(self._losses)

    def _share_losses(self) -> None:
        """Put the means over all ranks in the place of this rank's losses."""
        own = self._losses[self._shared :]
        if own and self.trainer.world_size > 1:
            stacked = torch.stack([loss.to(self.device) for loss in own])
            means = self.trainer.strategy.reduce(stacked, reduce_op="mean")
            self._losses[self._shared :] = means.unbind()
        self._shared = len(self._losses)

    def on_validation_epoch_start(self) -> None:
        """Score what prediction will run: the folded copy, not the network in training."""
        self.counts.reset()
        if self.trainer.world_size > 1:  # each has its own batch norm statistics until now
            for buffer in self.segmenter.buffers():
                torch.distributed.broadcast(buffer, src=0)
        fast = for_inference(self.segmenter, steps=self._fast_steps)
        self._fast_steps = fast.steps if fast.lasting else None
        if self.trainer.is_global_zero:
            fast.say()
        self._scoring = TorchBackend(fast.segmenter)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Count one batch of whole pictures."""
        self.counts.update(preds_from_logits(self._scoring(batch["image"])), batch["mask"])

    def on_validation_epoch_end(self) -> None:
        """Sum the counts of all ranks and score them; log the epoch's mean loss beside them."""
        self._scoring = TorchBackend(self.segmenter)  # lets the fast copy go
        self._share_losses()
        losses = torch.stack([loss.to(self.device) for loss in self._losses])
        self._losses, self._shared = [], 0
        self.log("train/loss", losses.mean())
        self.counts.confusion.copy_(
            self.trainer.strategy.reduce(self.counts.confusion, reduce_op="sum")
        )
        confusion = self.counts.confusion.cpu()  # scores are float64, which not every device has
        iou = iou_from_confusion(confusion)
        self.log("val/miou", miou(confusion))
        self.log("val/pixel_accuracy", pixel_accuracy(confusion))
        for name, value in zip(self.label_space.names, iou, strict=True):
            self.log(f"val/iou/{name}", value)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW and its schedule over the whole run."""
        optimizer = build_optimizer(self.segmenter, self.optim)
        total_steps = int(self.trainer.estimated_stepping_batches)
        schedule = build_schedule(
            optimizer,
            self.optim,
            total_steps=total_steps,
            steps_per_epoch=total_steps / max(1, self.trainer.max_epochs or 1),
        )
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }
