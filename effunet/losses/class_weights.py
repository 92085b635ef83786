"""Weights that level out how often classes are seen."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def median_frequency(
    class_pixels: Tensor | NDArray[np.int64],
    class_images: Tensor | NDArray[np.int64] | None = None,
) -> Tensor:
    """Class weights that level out how often classes are seen (Eigen and Fergus 2015).

    A class's frequency is its share of the pixels of the pictures that hold it, taken as equally
    large; its weight is the median frequency over its own.

    Args:
        class_pixels: ``(k,)`` pixels of each class.
        class_images: ``(k,)`` pictures that hold the class; all the same if left out.

    Returns:
        ``(k,)`` float32 weights; 0 for a class that does not occur.
    """
    frequency = torch.as_tensor(class_pixels).double()
    if class_images is not None:
        frequency = frequency / torch.as_tensor(class_images).clamp_min(1)
    present = frequency > 0
    weights = torch.zeros_like(frequency)
    if bool(present.any()):
        # quantile, as torch.median takes the lower of the two middle values
        weights[present] = frequency[present].quantile(0.5) / frequency[present]
    return weights.float()
