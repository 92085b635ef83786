"""Scores from one confusion matrix."""

from .confusion import (
    ConfusionMatrix,
    confusion_matrix,
    iou_from_confusion,
    majority_miou,
    miou,
    pixel_accuracy,
)

__all__ = [
    "ConfusionMatrix",
    "confusion_matrix",
    "iou_from_confusion",
    "majority_miou",
    "miou",
    "pixel_accuracy",
]
