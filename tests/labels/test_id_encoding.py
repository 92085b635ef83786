import json
from typing import Any

import pytest

from effunet.labels import PLAIN_IDS, IdEncoding, LabelMap

RED = IdEncoding("red")
PANOPTIC = IdEncoding(divisor=256)


@pytest.mark.parametrize("encoding", [PLAIN_IDS, RED, PANOPTIC, IdEncoding("blue", 16)])
def test_json_restores_how_a_map_is_read(encoding: IdEncoding) -> None:
    label_map = LabelMap({7: 0}, {(1, 2, 3): 0}, encoding=encoding)
    restored = LabelMap.from_dict(json.loads(json.dumps(label_map.to_dict())))
    assert restored == label_map
    assert restored.of_ids().encoding == restored.of_colours().encoding == encoding


def test_a_map_from_before_holds_plain_ids() -> None:
    values = LabelMap({7: 0}).to_dict()
    del values["encoding"]
    assert LabelMap.from_dict(values) == LabelMap({7: 0})


@pytest.mark.parametrize(
    "values",
    [
        5,
        {"channel": "alpha", "divisor": 1},
        {"channel": ["red"], "divisor": 1},
        {"channel": None, "divisor": 0},
        {"channel": None, "divisor": True},
        {"channel": None, "divisor": 10**9},
        {"channel": None, "divisor": 2.0},
    ],
)
def test_an_encoding_that_anyone_wrote_is_checked(values: Any) -> None:  # noqa: ANN401  # hostile
    with pytest.raises(ValueError, match="label map"):
        IdEncoding.from_dict(values)


def test_it_says_what_a_description_writes() -> None:
    assert str(IdEncoding("red", 16)) == "mask_channel red, label_divisor 16"
    assert len({str(encoding) for encoding in (PLAIN_IDS, RED, PANOPTIC)}) == 3
