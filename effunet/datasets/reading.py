"""The files of a pair as arrays: pictures in RGB, label files in train ids."""

import numpy as np
from numpy.typing import NDArray

from ..imaging import read_image, read_mask
from ..labels import IGNORE_INDEX, LabelSpace
from .pairs import SegmentationPair


def load_pair(
    pair: SegmentationPair, label_space: LabelSpace
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Image ``(h, w, 3)`` RGB and mask ``(h, w)`` of train ids, void 255.

    Raises:
        InputError: A file cannot be read.
    """
    return read_image(pair.image), to_train_ids(read_mask(pair.mask), label_space)


def to_train_ids(
    ids: NDArray[np.uint8] | NDArray[np.int32], label_space: LabelSpace
) -> NDArray[np.uint8]:
    """Train ids of label ids; what the label space does not know becomes void."""
    table = label_space.lookup_table()
    if ids.dtype == np.uint8:
        return table[ids]
    known = (ids >= 0) & (ids < len(table))
    return np.where(known, table[np.where(known, ids, 0)], np.uint8(IGNORE_INDEX))
