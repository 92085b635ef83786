import json

import numpy as np
import pytest

from effunet.labels import IGNORE_INDEX, LABEL_SPACES, LabelSpace

SPACES = list(LABEL_SPACES.values())


@pytest.mark.parametrize("space", SPACES, ids=lambda space: space.name)
def test_lookup_table_reaches_every_class_and_nothing_else(space: LabelSpace) -> None:
    table = space.lookup_table()
    assert table.shape == (256,)
    assert set(table.tolist()) == {*range(space.num_classes), IGNORE_INDEX}
    assert table[IGNORE_INDEX] == IGNORE_INDEX
    for label_id, train_id in space.label_map.items():
        assert table[label_id] == train_id


@pytest.mark.parametrize("space", SPACES, ids=lambda space: space.name)
def test_json_restores_the_space(space: LabelSpace) -> None:
    assert LabelSpace.from_dict(json.loads(json.dumps(space.to_dict()))) == space


def test_void_and_unused_train_ids_are_black() -> None:
    palette = LABEL_SPACES["idd_lite"].palette_array()
    assert palette.shape == (256, 3)
    assert palette[6].tolist() == [70, 130, 180]
    assert not palette[7:].any()


def test_255_is_void_unless_it_is_mapped() -> None:
    mapped = LabelSpace("binary", ("other", "road"), ((0, 0, 0), (9, 9, 9)), {0: 0, 255: 1})
    assert mapped.lookup_table()[[0, 255]].tolist() == [0, 1]
    plain = LabelSpace("binary", ("other", "road"), ((0, 0, 0), (9, 9, 9)), {0: 0, 1: 1})
    assert plain.lookup_table()[255] == IGNORE_INDEX
    assert plain.known_ids == {0, 1, 255}


def test_colours_differ_between_classes() -> None:
    for space in SPACES:
        assert len(np.unique(np.array(space.palette), axis=0)) == space.num_classes
