"""Resizing and counting against Pillow and the definition."""

import numpy as np
import pytest
import torch
from PIL import Image

from effunet.errors import InputError
from effunet.evaluation import PROTOCOLS, find_protocol
from effunet.evaluation.protocols import check_classes, resize_nearest
from effunet.labels import LABEL_SPACES
from effunet.metrics import confusion_matrix


@pytest.mark.parametrize("size", [(128, 256), (227, 320), (7, 3), (454, 640), (1, 1)])
def test_resizing_is_pillows_nearest(size: tuple[int, int]) -> None:
    mask = np.random.default_rng(0).integers(0, 256, (227, 320), dtype=np.uint8)
    height, width = size
    expected = Image.fromarray(mask).resize((width, height), Image.Resampling.NEAREST)
    resized = resize_nearest(torch.from_numpy(mask).unsqueeze(0), size)
    assert np.array_equal(resized[0].numpy(), np.asarray(expected))


def test_native_counts_are_those_of_validation() -> None:
    random = np.random.default_rng(0)
    target, preds = (torch.from_numpy(random.choice([0, 1, 2, 255], (2, 9, 7))) for _ in range(2))
    counts = PROTOCOLS["native"].count(target, preds, num_classes=3)
    assert torch.equal(counts[:-1], confusion_matrix(target, preds, num_classes=3))
    assert counts.sum() == target.numel()
    assert counts[3, 0] == ((target == 255) & (preds == 0)).sum()


def test_truth_and_prediction_of_different_sizes_meet_at_the_protocols_size() -> None:
    target = torch.zeros(1, 227, 320, dtype=torch.uint8)
    preds = torch.ones(1, 64, 128, dtype=torch.uint8)
    counts = PROTOCOLS["idd_lite"].count(target, preds, num_classes=7)
    assert counts[0, 1] == counts.sum() == 128 * 256


def test_an_unknown_protocol_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean idd_lite"):
        find_protocol("idd-light")


def test_a_protocol_for_other_classes_is_refused() -> None:
    check_classes(PROTOCOLS["native"], LABEL_SPACES["camvid"])
    with pytest.raises(InputError, match="scores the classes of idd_lite"):
        check_classes(PROTOCOLS["idd_lite"], LABEL_SPACES["camvid"])
