from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from effunet.datasets import read_ids, to_train_ids
from effunet.errors import InputError
from effunet.labels import LABEL_MAPS, LabelMap


def test_unknown_ids_become_void_in_8_and_in_16_bits() -> None:
    label_map = LABEL_MAPS["cityscapes"]
    ids = np.array([[7, 33, 0, 40, 255]])
    for narrow_or_wide in (ids.astype(np.uint8), ids.astype(np.int32)):
        train_ids = to_train_ids(narrow_or_wide, label_map)
        assert train_ids.dtype == np.uint8
        assert train_ids.tolist() == [[0, 18, 255, 255, 255]]


def test_ids_that_no_byte_holds_are_void() -> None:
    binary = LabelMap({0: 0, 255: 1})
    ids = np.array([[-1, 255, 256, 26_001, 0]], np.int32)
    assert to_train_ids(ids, binary).tolist() == [[255, 1, 255, 255, 0]]


def test_colours_are_looked_up_and_unknown_ones_are_void() -> None:
    label_map = LabelMap({}, {(1, 2, 3): 1, (200, 0, 0): 0, (0, 0, 0): 255})
    colours = np.array([[[1, 2, 3], [200, 0, 0], [0, 0, 0], [3, 2, 1], [255, 255, 255]]], np.uint8)
    assert to_train_ids(colours, label_map).tolist() == [[1, 0, 255, 255, 255]]


def test_without_colours_three_equal_channels_hold_an_id() -> None:
    stored = np.array([[[0, 0, 0], [7, 7, 7], [7, 7, 8], [255, 255, 255]]], np.uint8)
    assert to_train_ids(stored, LabelMap({0: 3, 7: 1})).tolist() == [[3, 1, 255, 255]]


def test_a_mask_of_ids_with_colours_in_it_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    with pytest.raises(InputError, match="colours instead of ids"):
        read_ids(tmp_path / "a.png")
