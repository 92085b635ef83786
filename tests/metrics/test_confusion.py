"""Counts and scores against the definition, written the long way."""

import numpy as np
import pytest
import torch
from torch import Tensor

from effunet.metrics import (
    ConfusionMatrix,
    confusion_matrix,
    iou_from_confusion,
    majority_miou,
    miou,
    pixel_accuracy,
)

CLASSES = 5
VOID = 255


def _masks(seed: int) -> tuple[Tensor, Tensor]:
    """Truth and prediction with void in both; class 3 is absent, class 4 is only predicted."""
    random = np.random.default_rng(seed)
    target = random.choice([0, 1, 2, VOID], size=(2, 13, 17))
    preds = random.choice([0, 1, 2, 4, VOID], size=(2, 13, 17))
    return torch.from_numpy(target), torch.from_numpy(preds)


def test_iou_is_the_definition() -> None:
    target, preds = _masks(0)
    valid = target != VOID
    expected = []
    for index in range(CLASSES):
        truth, predicted = (target == index) & valid, (preds == index) & valid
        union = (truth | predicted).sum().item()
        expected.append((truth & predicted).sum().item() / union if union else float("nan"))
    confusion = confusion_matrix(target, preds, num_classes=CLASSES)
    np.testing.assert_allclose(iou_from_confusion(confusion), expected, rtol=1e-15)
    assert np.isnan(expected[3])
    assert expected[4] == 0
    assert miou(confusion) == pytest.approx(np.nanmean(expected), rel=1e-15)
    right = ((target == preds) & valid).sum().item()
    assert pixel_accuracy(confusion) == pytest.approx(right / valid.sum().item(), rel=1e-15)


def test_every_pair_is_counted_where_it_belongs() -> None:
    target, preds = _masks(1)
    confusion = confusion_matrix(target, preds, num_classes=CLASSES)
    assert confusion.dtype == torch.int64
    expected = torch.zeros(CLASSES, CLASSES + 1, dtype=torch.int64)
    for truth, predicted in zip(target.flatten().tolist(), preds.flatten().tolist(), strict=True):
        if truth != VOID:
            expected[truth, predicted if predicted < CLASSES else CLASSES] += 1
    assert torch.equal(confusion, expected)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int32, torch.int64])
def test_any_integer_type_counts_alike(dtype: torch.dtype) -> None:
    target, preds = _masks(2)
    assert torch.equal(
        confusion_matrix(target.to(dtype), preds.to(dtype), num_classes=CLASSES),
        confusion_matrix(target, preds, num_classes=CLASSES),
    )


def test_ids_below_zero_are_no_class() -> None:
    target, preds = torch.tensor([0, -1, 1]), torch.tensor([-1, 0, 1])
    confusion = confusion_matrix(target, preds, num_classes=2)
    assert confusion.tolist() == [[0, 0, 1], [0, 1, 0]]


def test_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="differ"):
        confusion_matrix(torch.zeros(2, 3), torch.zeros(3, 2), num_classes=2)


def test_absent_class_leaves_the_mean() -> None:
    confusion = torch.tensor([[6, 1, 0], [0, 1, 0], [0, 0, 0]])
    assert miou(confusion) == pytest.approx(19 / 28, rel=1e-15)


def test_large_counts_are_exact() -> None:
    pixels = 2**53 + 2  # past what float64 adds up one by one, far past float32
    confusion = torch.tensor([[pixels, 0], [pixels, 0]])
    assert iou_from_confusion(confusion).tolist() == [0.5, 0.0]


def test_nothing_counted_is_nan() -> None:
    empty = torch.zeros(3, 4, dtype=torch.int64)
    assert np.isnan(miou(empty))
    assert np.isnan(pixel_accuracy(empty))


def test_batches_add_up_to_the_whole() -> None:
    target, preds = _masks(3)
    metric = ConfusionMatrix(CLASSES)
    metric.update(torch.zeros_like(preds), target)
    metric.reset()
    for index in range(len(target)):
        metric.update(preds[index : index + 1], target[index : index + 1])
    assert torch.equal(metric.confusion, confusion_matrix(target, preds, num_classes=CLASSES))
    assert not metric.state_dict()


def test_majority_score_is_that_of_one_answer_for_everything() -> None:
    target = torch.tensor([0, 0, 0, 1, 2, VOID])
    confusion = confusion_matrix(target, torch.tensor([1, 2, 0, 1, 2, 0]), num_classes=CLASSES)
    constant = confusion_matrix(target, torch.zeros_like(target), num_classes=CLASSES)
    assert majority_miou(confusion) == miou(constant) == pytest.approx(0.2)
