"""The LightningModule: one training step, one evaluation step."""

from dataclasses import dataclass
from typing import Any, cast

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR

from ...config import OptimConfig
from ...datasets import Batch
from ...labels import LabelSpace
from ...losses import WeightedSum
from ...metrics import ConfusionMatrix, WrongShares, iou_from_confusion, miou, pixel_accuracy
from ...models import Segmenter, TorchBackend, for_inference, preds_from_logits
from ..state.course import Course
from .optimisation import apply_schedule, build_optimizer, build_schedule


@dataclass(frozen=True)
class TrainedBatch:
    """A batch of the optimiser step that is under way."""

    place: tuple[int, int]
    """Its epoch and its place there, zero-based."""
    paths: list[str]
    loss: Tensor | None
    """None for one that is left out."""
    valid: Tensor
    """Whether a pixel is not void."""


class SegmentationTask(pl.LightningModule):
    """Learns from crops and scores whole pictures at their labels' size.

    Attributes:
        counts: Of the last validation, summed over all ranks.
        wrong: Its pictures, those of this rank.
        course: What the run's roll-backs changed.
        step: Batches of the optimiser step that is under way.
        scored: For each batch of the last validation whether its logits are finite, and its files.
    """

    def __init__(
        self,
        segmenter: Segmenter,
        loss: WeightedSum,
        label_space: LabelSpace,
        optim: OptimConfig,
        *,
        seed: int,
        course: Course | None = None,
    ) -> None:
        super().__init__()
        self.segmenter = segmenter
        self.loss = loss
        self.label_space = label_space
        self.optim = optim
        self.seed = seed
        self.counts = ConfusionMatrix(label_space.num_classes)
        self.wrong = WrongShares(label_space.num_classes)
        self.course = course or Course()
        self.step: list[TrainedBatch] = []
        self.scored: list[tuple[Tensor, list[str]]] = []
        self._scoring = TorchBackend(segmenter)
        # Proven in the run's first validation. The estimate's proof comes too early: norms whose
        # statistics have not moved change nothing, so that a wrong folding would not show.
        self._fast_steps: tuple[str, ...] | None = None
        self._losses: list[Tensor] = []  # of this epoch's batches, read when it is over
        self._shared = 0  # how many of them, from the first, are means over all ranks

    def on_fit_start(self) -> None:
        """The ranks are connected by now, and their batches make up one step."""
        self.loss.processes = self.trainer.world_size

    def on_train_start(self) -> None:
        """Take the schedule's rates, as those of a checkpoint may be of another course."""
        apply_schedule(cast(LambdaLR, self.lr_schedulers()))

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        """Dropout depends on the step alone: a resumed run draws what it would have drawn."""
        torch.manual_seed(hash((self.seed, self.current_epoch, batch_idx, self.global_rank)))
        if batch_idx % self.trainer.accumulate_grad_batches == 0:
            self.step = []

    def training_step(self, batch: Batch, batch_idx: int) -> dict[str, Tensor]:
        """Loss of one batch of crops: as it is, and by its share in the optimiser step."""
        place, paths = (self.current_epoch, batch_idx), batch["path"]
        valid = (batch["mask"] != self.label_space.ignore_index).any()
        if place in self.course.left_out:
            self.step.append(TrainedBatch(place, paths, None, valid))
            return {"loss": torch.stack([weight.sum() for weight in self.parameters()]).sum() * 0}
        logits = self.segmenter.forward_train(batch["image"])
        loss: Tensor = self.loss(logits, batch["mask"])
        self.step.append(TrainedBatch(place, paths, loss.detach(), valid))
        self._losses.append(loss.detach())
        return {"loss": loss * self._of_whole_step(batch_idx), "plain": loss.detach()}

    def _of_whole_step(self, batch_idx: int) -> float:
        """By how much a whole step has more batches than this one, which an epoch's end may cut.

        Lightning divides both by the batches of a whole one.
        """
        whole = self.trainer.accumulate_grad_batches
        left = int(self.trainer.num_training_batches) - batch_idx // whole * whole
        return whole / min(whole, left)

    def forget_step(self) -> None:
        """Leave the batches of a step that is not made out of the epoch's mean loss."""
        computed = sum(batch.loss is not None for batch in self.step)
        del self._losses[len(self._losses) - computed :]

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
        self.wrong.reset()
        self.scored = []
        if self.trainer.world_size > 1:  # each has its own batch norm statistics until now
            for buffer in self.segmenter.buffers():
                torch.distributed.broadcast(buffer, src=0)
        fast = for_inference(self.segmenter, steps=self._fast_steps)
        self._fast_steps = fast.steps if fast.lasting else None
        if self.trainer.is_global_zero and fast.lasting:
            fast.say()
        self._scoring = TorchBackend(fast.segmenter)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Count one batch of whole pictures."""
        logits = self._scoring(batch["image"])
        self.scored.append((logits.sum().isfinite(), batch["path"]))
        preds = preds_from_logits(logits)
        self.counts.update(preds, batch["mask"])
        self.wrong.update(batch["path"], preds, batch["mask"])

    def on_validation_epoch_end(self) -> None:
        """Sum the counts of all ranks and score them; log the epoch's mean loss beside them."""
        self._scoring = TorchBackend(self.segmenter)  # lets the fast copy go
        self._share_losses()
        steps = [loss.to(self.device) for loss in self._losses]
        self._losses, self._shared = [], 0
        none_made = torch.tensor(torch.nan, device=self.device)
        self.log("train/loss", torch.stack(steps or [none_made]).mean())
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
            rate=self.course.rate,
        )
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }
