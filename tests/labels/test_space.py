import json

import numpy as np
import pytest

from effunet.labels import LABEL_SPACES, LabelSpace

SPACES = list(LABEL_SPACES.values())


@pytest.mark.parametrize("space", SPACES, ids=lambda space: space.name)
def test_json_restores_the_space(space: LabelSpace) -> None:
    assert LabelSpace.from_dict(json.loads(json.dumps(space.to_dict()))) == space


def test_void_and_unused_train_ids_are_black() -> None:
    palette = LABEL_SPACES["idd_lite"].palette_array()
    assert palette.shape == (256, 3)
    assert palette[6].tolist() == [70, 130, 180]
    assert not palette[7:].any()


def test_colours_differ_between_classes() -> None:
    for space in SPACES:
        assert len(np.unique(np.array(space.palette), axis=0)) == space.num_classes
