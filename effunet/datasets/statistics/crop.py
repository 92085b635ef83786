"""A training crop for pictures of given sizes."""

import math
from collections.abc import Sequence

import numpy as np

from ...scaling import STRIDE

_SMALL = 10  # per cent of the pictures that may be smaller than the crop


def suggest_crop(sizes: Sequence[tuple[int, int]], *, most_pixels: int) -> tuple[int, int]:
    """``(height, width)`` in multiples of 32: as large as the pictures and the compute allow.

    Nine of ten pictures are at least as high, and nine of ten as wide, as long as they have 32
    pixels at all; the others are padded in training. Where that is more than ``most_pixels``, both
    sides shrink alike.

    Args:
        sizes: ``(height, width)`` of each picture, at least one.
        most_pixels: Of a crop, at least 32x32.
    """
    sides = np.percentile(np.array(sizes), _SMALL, axis=0, method="lower").tolist()
    height, width = (_whole_strides(side) for side in sides)
    if height * width <= most_pixels:
        return height, width
    shrink = math.sqrt(most_pixels / math.prod(sides))
    height, width = (_whole_strides(side * shrink) for side in sides)
    return height, width


def _whole_strides(side: float) -> int:
    return max(1, int(side) // STRIDE) * STRIDE
