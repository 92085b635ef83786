from itertools import product

import pytest

from effunet.datasets.statistics import suggest_crop

MOST = 352 * 480


@pytest.mark.parametrize(
    ("sizes", "crop"),
    [
        ([(227, 320)], (224, 320)),
        ([(360, 480)], (352, 480)),
        ([(20, 40)], (32, 32)),
        ([(720, 1280)] * 18 + [(100, 100)], (288, 544)),
        ([(200, 300)] * 10 + [(100, 150)] * 10, (96, 128)),
    ],
)
def test_the_crop_fits_nine_of_ten_pictures(
    sizes: list[tuple[int, int]], crop: tuple[int, int]
) -> None:
    assert suggest_crop(sizes, most_pixels=MOST) == crop


def test_whatever_the_size_it_is_of_whole_strides_and_no_larger_than_allowed() -> None:
    for height, width in product((33, 227, 1024, 4000), repeat=2):
        crop = suggest_crop([(height, width)], most_pixels=MOST)
        assert [side % 32 for side in crop] == [0, 0]
        assert 32 <= crop[0] <= height
        assert 32 <= crop[1] <= width
        assert crop[0] * crop[1] <= MOST
