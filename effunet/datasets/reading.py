"""The files of a pair as arrays: pictures in RGB, label files in train ids."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..imaging import read_image, read_mask
from ..labels import IGNORE_INDEX, LabelMap, pack_colours, packed
from .pairs import SegmentationPair


def load_pair(
    pair: SegmentationPair, label_map: LabelMap
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Image ``(h, w, 3)`` RGB and mask ``(h, w)`` of train ids, void 255.

    Args:
        pair: What to read.
        label_map: What its label file means; the check of a split says which map that is.

    Raises:
        InputError: A file cannot be read.
    """
    return read_image(pair.image), read_train_ids(pair.mask, label_map)


def read_train_ids(path: Path, label_map: LabelMap) -> NDArray[np.uint8]:
    """Mask ``(h, w)`` of train ids of a label file, void 255.

    Raises:
        InputError: The file cannot be read.
    """
    encoding = label_map.encoding
    stored = read_mask(path, channel=encoding.channel, divisor=encoding.divisor)
    return to_train_ids(stored, label_map)


def to_train_ids(
    stored: NDArray[np.uint8] | NDArray[np.int32], label_map: LabelMap
) -> NDArray[np.uint8]:
    """Train ids ``(h, w)`` of what a label file stores; what the map does not know becomes void.

    Args:
        stored: Ids ``(h, w)`` or colours ``(h, w, 3)``.
        label_map: Colours are looked up among its colours; where it has none, three equal
            channels hold an id.
    """
    if stored.ndim == 2:
        return _look_up_ids(stored, label_map)
    values = pack_colours(stored.astype(np.uint8, copy=False))
    if label_map.colours:
        return _look_up_colours(values, label_map)
    grey, ids = equal_channels(values)
    return np.where(grey, _look_up_ids(ids, label_map), np.uint8(IGNORE_INDEX))


def equal_channels(
    values: NDArray[np.int32],
) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    """Which of the ``0xRRGGBB`` are grey, and the one level that a grey one holds three times."""
    levels = values & 0xFF
    return values == levels * packed((1, 1, 1)), levels


def _look_up_ids(
    ids: NDArray[np.uint8] | NDArray[np.int32], label_map: LabelMap
) -> NDArray[np.uint8]:
    table = label_map.lookup_table()
    if ids.dtype == np.uint8:
        return table[ids]
    known = (ids >= 0) & (ids < len(table))
    return np.where(known, table[np.where(known, ids, 0)], np.uint8(IGNORE_INDEX))


def _look_up_colours(values: NDArray[np.int32], label_map: LabelMap) -> NDArray[np.uint8]:
    pairs = sorted((packed(colour), train_id) for colour, train_id in label_map.colours.items())
    known, train_ids = np.array(pairs).T
    places = np.searchsorted(known, values).clip(max=len(known) - 1)
    found = known[places] == values
    return np.where(found, train_ids[places], IGNORE_INDEX).astype(np.uint8)


def read_ids(path: Path) -> NDArray[np.uint8] | NDArray[np.int32]:
    """Ids ``(h, w)`` of a mask that is known to hold ids, such as a prediction.

    Raises:
        InputError: The file cannot be read, or holds colours.
    """
    ids = read_mask(path)
    if ids.ndim == 3:
        raise InputError(
            "a mask with colours instead of ids",
            where=path,
            why="a mask holds one id a pixel: 8-bit grey, palette or 16-bit grey",
            fix="export ids, not colours; a palette PNG shows colours and holds ids",
        )
    return ids
