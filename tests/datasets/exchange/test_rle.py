import numpy as np
import pytest

from effunet.datasets.exchange.rle import decode_area
from effunet.errors import InputError

AREA = {"size": [2, 3], "counts": [1, 3, 2]}


def _packed(counts: list[int]) -> str:
    """As the COCO API packs: five bits a letter, from the third number on as differences."""
    text = ""
    for at, count in enumerate(counts):
        value = count - (counts[at - 2] if at > 2 else 0)
        goes_on = True
        while goes_on:
            chunk = value & 0x1F
            value >>= 5
            goes_on = value != (-1 if chunk & 0x10 else 0)
            text += chr(48 + (chunk | 0x20 * goes_on))
    return text


def test_runs_go_down_the_columns_and_begin_outside() -> None:
    assert decode_area(AREA, (2, 3)).tolist() == [[False, True, False], [True, True, False]]


def test_packed_and_plain_runs_are_one_area() -> None:
    rng = np.random.default_rng(0)
    for size in ((1, 1), (7, 5), (300, 400)):
        area = rng.random((size[1], size[0])) < 0.1
        area[: size[1] // 2] = False  # a long run, whose number takes several letters
        flat = area.ravel()
        edges = np.flatnonzero(np.diff(flat)) + 1
        starts = [0, *([0] if flat[0] else []), *edges.tolist(), flat.size]
        counts = np.diff(starts).tolist()
        for form in (counts, _packed(counts)):
            decoded = decode_area({"size": list(size), "counts": form}, size)
            np.testing.assert_array_equal(decoded, area.T)


@pytest.mark.parametrize(
    "change",
    [
        {"size": [3, 2]},
        {"counts": [1, 3, 3]},
        {"counts": [1, -3, 8]},
        {"counts": [6, 10**30]},
        {"counts": [1.5, 4.5]},
        {"counts": "0" * 100},
        {"counts": "o"},
        {"counts": "oooooooo0"},
        {"counts": "QPPPPPPP032"},  # 1, 3 and 2, the first in nine letters
        {"counts": "\N{SNOWMAN}"},
        {"counts": None},
        {"size": None},
    ],
)
def test_runs_that_fill_no_picture_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(InputError):
        decode_area(AREA | change, (2, 3))
