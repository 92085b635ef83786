"""The order in which classes are shown."""

import math
from collections.abc import Sequence


def worst_first(iou: Sequence[float]) -> list[int]:
    """Class indices by rising IoU; classes that do not occur (NaN) come last."""
    return sorted(range(len(iou)), key=lambda index: (math.isnan(iou[index]), iou[index], index))
