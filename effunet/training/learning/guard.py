"""Steps that are not made: where a number is not finite, and where every pixel is void."""

from collections.abc import Callable, Sequence
from math import inf
from typing import Any, cast

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.nn.utils import clip_grads_with_norm_, get_total_norm
from torch.optim import Optimizer

from ..state.ranks import gathered, raised_anywhere
from ..state.rollback import LostCourseError
from .task import SegmentationTask, TrainedBatch

_IN_A_ROW = 5  # a single bad picture costs its own step; so many have another cause
_FILES_NAMED = 8


class StepGuard(pl.Callback):
    """Looks at losses, gradients and statistics before each optimiser step, and clips.

    A step whose numbers are not finite is not made: the optimiser sees no gradients, and batch
    norms get back the statistics they had before the step's first batch. The same where every pixel
    is void, which has nothing to teach, and where an earlier course of the run failed. All ranks
    decide together, with one wait for the device a step.

    Place it first, before whatever reads the model in validation.

    Attributes:
        made: Whether the last step was made.
    """

    def __init__(self, *, clip_norm: float, say: Callable[[str], None]) -> None:
        self.clip_norm = clip_norm
        self.say = say
        self.made = True
        self._buffers: list[list[Tensor]] = []  # by type, as torch copies those in one go
        self._before: list[list[Tensor]] = []
        self._counts = {"train/skipped": 0, "train/void": 0}
        self._row: list[tuple[int, int]] = []  # batches of the steps skipped in a row
        self._row_steps = 0

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Find the statistics that a step moves."""
        buffers = list(_task(pl_module).segmenter.buffers())
        floats = [buffer for buffer in buffers if buffer.is_floating_point()]
        self._buffers = [floats, [one for one in buffers if not one.is_floating_point()]]
        self._before = [[one.clone() for one in kind] for kind in self._buffers]
        if set(self._row) <= _task(pl_module).course.left_out:  # they led to another course
            self._row, self._row_steps = [], 0

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Note the statistics before the first batch of a step."""
        if batch_idx % trainer.accumulate_grad_batches == 0:
            _copy(self._buffers, self._before)

    def on_before_optimizer_step(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, optimizer: Optimizer
    ) -> None:
        """Decide whether the step is made, and clip its gradients."""
        task = _task(pl_module)
        losses = [batch.loss for batch in task.step if batch.loss is not None]
        self.made = len(losses) == len(task.step) and self._holds(trainer, task, losses, optimizer)
        if not self.made:
            task.forget_step()
            optimizer.zero_grad()  # AdamW leaves a weight without gradient as it is, decay included
            _copy(self._before, self._buffers)

    def _holds(
        self,
        trainer: pl.Trainer,
        task: SegmentationTask,
        losses: list[Tensor],
        optimizer: Optimizer,
    ) -> bool:
        """Whether the step can be made; counted and said if not, its gradients clipped if so."""
        weights = [weight for group in optimizer.param_groups for weight in group["params"]]
        norm = get_total_norm([one.grad for one in weights if one.grad is not None])
        valid = torch.stack([batch.valid for batch in task.step]).any()
        loss_fault = ~torch.stack(losses).isfinite().all()
        statistics_fault = ~_largest(self._buffers[0]).isfinite()
        flags = [loss_fault, statistics_fault, ~norm.isfinite(), valid]
        in_loss, in_statistics, in_gradient, learns = raised_anywhere(trainer, torch.stack(flags))
        overflow = in_gradient and not in_loss and _scaler_handles_it(trainer)
        if in_loss or in_statistics or (in_gradient and not overflow):
            self._skip(trainer, task.step, norm)
            return False
        if not learns:
            self._counts["train/void"] += 1
            return False
        self._row, self._row_steps = [], 0
        if self.clip_norm and not overflow:
            clip_grads_with_norm_(weights, self.clip_norm, norm)
        return True

    def _skip(self, trainer: pl.Trainer, step: list[TrainedBatch], norm: Tensor) -> None:
        self._counts["train/skipped"] += 1
        self._row_steps += 1
        self._row += [batch.place for batch in step]
        what, files = _fault(trainer, step, norm)
        if trainer.is_global_zero:
            (epoch, first), (_, last) = step[0].place, step[-1].place
            batches = f"batch {first + 1}" if first == last else f"batches {first + 1}-{last + 1}"
            self.say(f"skipped  epoch {epoch + 1}, {batches}: {what} ({_named(files)})")

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Give up where one step after the other is not finite.

        Raises:
            LostCourseError: It is so, on all ranks.
        """
        if self._row_steps >= _IN_A_ROW:
            epoch, first = self._row[0]
            what = f"{_IN_A_ROW} steps in a row are not finite"
            what = f"{what}, from epoch {epoch + 1}, batch {first + 1} on"
            raise LostCourseError(what, batches=self._row)

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Look at the weights before they are scored and kept.

        Raises:
            LostCourseError: They are not finite.
        """
        state = _task(pl_module).segmenter.state_dict().values()
        largest = _largest([value for value in state if value.is_floating_point()])
        if any(raised_anywhere(trainer, ~largest.isfinite().reshape(1))):
            what = f"the weights are not finite after epoch {trainer.current_epoch + 1}"
            raise LostCourseError(what, batches=self._row)

    def on_validation_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Let finite logits alone be scored; tell how many of the epoch's steps were not made.

        Raises:
            LostCourseError: Logits are not finite.
        """
        scored = _task(pl_module).scored
        finite = torch.stack([good for good, _ in scored])
        if any(raised_anywhere(trainer, ~finite.all().reshape(1))):
            mine = [paths for good, paths in scored if not good]
            files = [path for rank in gathered(trainer, mine) for paths in rank for path in paths]
            epoch = trainer.current_epoch + 1
            what = f"logits are not finite in the validation of epoch {epoch}"
            raise LostCourseError(f"{what} ({_named(files)})", batches=self._row)
        for name, count in self._counts.items():
            pl_module.log(name, float(count))
        self._counts = dict.fromkeys(self._counts, 0)

    def state_dict(self) -> dict[str, Any]:
        """What is counted."""
        row = [list(place) for place in self._row]
        return {"counts": dict(self._counts), "row": row, "steps": self._row_steps}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Inverse of :meth:`state_dict`."""
        self._counts = dict(state_dict["counts"])
        self._row = [(epoch, batch) for epoch, batch in state_dict["row"]]
        self._row_steps = state_dict["steps"]


def _named(files: Sequence[str]) -> str:
    """The first few, and how many more there are."""
    more = len(files) - _FILES_NAMED
    return ", ".join(files[:_FILES_NAMED]) + (f" and {more} more" if more > 0 else "")


def _task(pl_module: pl.LightningModule) -> SegmentationTask:
    return cast(SegmentationTask, pl_module)  # a run trains no other


def _fault(trainer: pl.Trainer, step: list[TrainedBatch], norm: Tensor) -> tuple[str, list[str]]:
    """What is not finite, and in which pictures; all ranks must ask."""
    found = gathered(trainer, _own_fault(step, norm))
    nearest, what, _ = min(found)
    return what, [file for rank, _, files in found if rank == nearest for file in files]


def _own_fault(step: list[TrainedBatch], norm: Tensor) -> tuple[int, str, list[str]]:
    """How near to its cause, what and where; gradients come late, and are the same on all ranks."""
    for batch in step:
        if batch.loss is not None and not batch.loss.isfinite():
            return 0, f"loss is {float(batch.loss)}", batch.paths
    files = [path for batch in step for path in batch.paths]
    if not norm.isfinite():
        return 1, f"gradient is {float(norm)}", files
    return 2, "batch norm's statistics are not finite", files


def _largest(tensors: list[Tensor]) -> Tensor:
    """Of all magnitudes; NaN if there is one."""
    return get_total_norm(tensors, inf)


def _scaler_handles_it(trainer: pl.Trainer) -> bool:
    """Whether gradients in half precision may come out finite at a smaller scale."""
    scaler = getattr(trainer.precision_plugin, "scaler", None)
    return scaler is not None and scaler.get_scale() > 1


def _copy(source: list[list[Tensor]], target: list[list[Tensor]]) -> None:
    for wanted, kept in zip(source, target, strict=True):
        if wanted:
            torch._foreach_copy_(kept, wanted)
