"""Scores from one confusion matrix."""

from .confusion import (
    ConfusionMatrix,
    confusion_matrix,
    iou_from_confusion,
    majority_miou,
    miou,
    pixel_accuracy,
)
from .wrong import WrongShares, worst_of

__all__ = [
    "ConfusionMatrix",
    "WrongShares",
    "confusion_matrix",
    "iou_from_confusion",
    "majority_miou",
    "miou",
    "pixel_accuracy",
    "worst_of",
]
