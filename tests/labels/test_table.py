import numpy as np
import pytest

from effunet.labels import IGNORE_INDEX, LABEL_MAPS, LABEL_SPACES, match_palette

# cityscapesScripts, helpers/labels.py: train ids of the label ids 0 to 33
CITYSCAPES_TRAIN_IDS = (
    [255] * 7
    + [0, 1, 255, 255, 2, 3, 4, 255, 255, 255, 5, 255, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]
    + [255, 255, 16, 17, 18]
)


def test_cityscapes_maps_label_ids_as_the_official_table() -> None:
    space, label_map = LABEL_SPACES["cityscapes"], LABEL_MAPS["cityscapes"]
    assert label_map.lookup_table()[:34].tolist() == CITYSCAPES_TRAIN_IDS
    assert label_map.known_ids == {*range(34), 255}
    assert len(space.names) == 19


def test_camvid_has_eleven_classes_and_a_void_twelfth() -> None:
    assert LABEL_SPACES["camvid"].num_classes == 11
    assert LABEL_MAPS["camvid"].ids[11] == IGNORE_INDEX


@pytest.mark.parametrize("name", LABEL_SPACES)
def test_a_palette_is_recognised(name: str) -> None:
    space = LABEL_SPACES[name]
    assert match_palette(space.palette_array()) is space
    assert match_palette(space.palette_array()[: space.num_classes]) is space


def test_other_palettes_are_not_recognised() -> None:
    assert match_palette(np.zeros((256, 3), np.uint8)) is None
    assert match_palette(LABEL_SPACES["cityscapes"].palette_array()[:5]) is None
