"""How many pixels of each class every picture has."""

import numpy as np
from numpy.typing import NDArray

from ...labels import IGNORE_INDEX
from .meaning import Meaning


def pixels_by_file(meaning: Meaning, num_classes: int) -> NDArray[np.int64]:
    """``(n, k + 1)`` pixels of each class in each label file, void last; what is listed counts."""
    pixels = np.zeros((len(meaning.files), num_classes + 1), dtype=np.int64)
    classes = meaning.classes
    for row, file in zip(pixels, meaning.files, strict=True):
        for value, count in file.values.items():
            train_id = classes.get(value, IGNORE_INDEX)
            row[num_classes if train_id == IGNORE_INDEX else train_id] += count
    return pixels
