import json

import numpy as np
import pytest

from effunet.labels import (
    IGNORE_INDEX,
    LABEL_MAPS,
    LABEL_SPACES,
    LabelMap,
    colour_map,
    pack_colours,
    packed,
)


@pytest.mark.parametrize("name", LABEL_MAPS)
def test_lookup_table_reaches_every_class_and_nothing_else(name: str) -> None:
    label_map = LABEL_MAPS[name]
    table = label_map.lookup_table()
    assert table.shape == (256,)
    assert set(table.tolist()) == {*range(LABEL_SPACES[name].num_classes), IGNORE_INDEX}
    assert table[IGNORE_INDEX] == IGNORE_INDEX
    for label_id, train_id in label_map.ids.items():
        assert table[label_id] == train_id


@pytest.mark.parametrize("name", LABEL_MAPS)
def test_json_restores_the_map(name: str) -> None:
    label_map = LABEL_MAPS[name]
    assert LabelMap.from_dict(json.loads(json.dumps(label_map.to_dict()))) == label_map


def test_255_is_void_unless_it_is_mapped() -> None:
    assert LabelMap({0: 0, 255: 1}).lookup_table()[[0, 255]].tolist() == [0, 1]
    plain = LabelMap({0: 0, 1: 1})
    assert plain.lookup_table()[255] == IGNORE_INDEX
    assert plain.known_ids == {0, 1, 255}


def test_black_is_void_unless_a_class_is_black() -> None:
    assert colour_map([(1, 2, 3), (4, 5, 6)])[0, 0, 0] == IGNORE_INDEX
    assert colour_map([(1, 2, 3), (0, 0, 0)])[0, 0, 0] == 1


def test_colours_that_do_not_tell_classes_apart_are_not_known() -> None:
    assert colour_map([(1, 2, 3), (1, 2, 3)]) == {}
    assert colour_map([]) == {}


def test_a_picture_packs_as_its_colours_do() -> None:
    image = np.random.default_rng(0).integers(0, 256, (3, 5, 3), np.uint8)
    expected = [[packed((int(r), int(g), int(b))) for r, g, b in row] for row in image]
    assert pack_colours(image).tolist() == expected
