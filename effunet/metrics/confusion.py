"""Counting pixels by true and predicted class, and the scores that follow.

A confusion matrix here is ``(k, k + 1)`` int64: rows are the truth, and the last column counts
valid pixels predicted as void or as no class at all, which are misses of the true class.
"""

import torch
from torch import Tensor, nn


def confusion_matrix(target: Tensor, preds: Tensor, *, num_classes: int) -> Tensor:
    """Count the pixels of every (truth, prediction) pair.

    Args:
        target: Train ids of any integer type and shape; an id outside ``0 … num_classes - 1``,
            such as void, leaves the pixel out altogether.
        preds: Predicted train ids of the same shape; an id outside counts in the last column.
        num_classes: k.

    Returns:
        ``(k, k + 1)`` int64.
    """
    if target.shape != preds.shape:
        raise ValueError(f"target {tuple(target.shape)} and preds {tuple(preds.shape)} differ")
    target, preds = target.long(), preds.long()
    valid = (target >= 0) & (target < num_classes)
    preds = torch.where((preds >= 0) & (preds < num_classes), preds, num_classes)
    pairs = (target * (num_classes + 1) + preds)[valid]
    counts = torch.bincount(pairs, minlength=num_classes * (num_classes + 1))
    return counts.view(num_classes, num_classes + 1)


def iou_from_confusion(confusion: Tensor) -> Tensor:
    """Per-class IoU, ``(k,)`` float64, from ``(k, k)`` or ``(k, k + 1)`` counts.

    A class absent from both truth and prediction is NaN, so that ``nanmean`` leaves it out instead
    of scoring it 0.
    """
    k, _ = confusion.shape
    intersection = confusion.diagonal()
    union = confusion.sum(dim=1) + confusion.sum(dim=0)[:k] - intersection
    return intersection.double() / union  # int64 / int64 would be float32


def miou(confusion: Tensor) -> float:
    """Unweighted mean IoU of the classes whose union is not empty; NaN if there is none."""
    return float(iou_from_confusion(confusion).nanmean())


def pixel_accuracy(confusion: Tensor) -> float:
    """Share of the valid pixels that were predicted right; NaN if there are none."""
    return float(confusion.diagonal().sum().double() / confusion.sum())


def majority_miou(confusion: Tensor) -> float:
    """The mIoU of a prediction that is the commonest true class everywhere.

    What a network has to beat. Only the truth of ``confusion`` is looked at.
    """
    truth = confusion.sum(dim=1).double()
    return float(truth.max() / truth.sum() / (truth > 0).sum())


class ConfusionMatrix(nn.Module):
    """Adds up confusion matrices over a split; summing over processes is left to the caller.

    Args:
        num_classes: k.
    """

    confusion: Tensor

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.num_classes = num_classes
        empty = torch.zeros(num_classes, num_classes + 1, dtype=torch.int64)
        self.register_buffer("confusion", empty, persistent=False)

    def update(self, preds: Tensor, target: Tensor) -> None:
        """Add a batch; see :func:`confusion_matrix`."""
        self.confusion += confusion_matrix(target, preds, num_classes=self.num_classes)

    def reset(self) -> None:
        """Start again from zero."""
        self.confusion.zero_()
