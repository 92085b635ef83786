import numpy as np
import torch

from effunet.losses import median_frequency


def test_median_frequency_levels_what_classes_contribute() -> None:
    class_pixels = torch.tensor([800, 100, 50, 0])
    weights = median_frequency(class_pixels)
    torch.testing.assert_close(weights, torch.tensor([0.125, 1.0, 2.0, 0.0]))


def test_median_frequency_counts_only_pictures_that_hold_the_class() -> None:
    weights = median_frequency(np.array([800, 100, 50]), np.array([8, 1, 5]))
    torch.testing.assert_close(weights, torch.tensor([1.0, 1.0, 10.0]))
