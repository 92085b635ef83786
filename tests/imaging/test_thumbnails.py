import io

import numpy as np
import pytest
from PIL import Image

from effunet.imaging import mask_thumbnail, picture_thumbnail


@pytest.mark.parametrize("size", [(227, 320), (10, 2000), (1, 1)])
def test_both_are_of_one_size_and_no_larger_than_allowed(size: tuple[int, int]) -> None:
    image, mask = np.zeros((*size, 3), np.uint8), np.zeros(size, np.uint8)
    files = [
        picture_thumbnail(image, most_pixels=2000),
        mask_thumbnail(mask, np.zeros((2, 3), np.uint8), most_pixels=2000),
    ]
    (width, height), other = (Image.open(io.BytesIO(file)).size for file in files)
    assert other == (width, height)
    assert width * height <= 2200
    assert (height, width) == size or width * height >= 1800


def test_a_mask_has_the_colours_of_its_classes_and_void_lets_the_picture_through() -> None:
    palette = np.array([[1, 2, 3], [200, 100, 50]], np.uint8)
    mask = np.array([[0, 1, 255]], np.uint8)
    file = io.BytesIO(mask_thumbnail(mask, palette, most_pixels=100))
    pixels = np.asarray(Image.open(file).convert("RGBA"))[0].tolist()
    assert pixels[:2] == [[1, 2, 3, 255], [200, 100, 50, 255]]
    assert pixels[2][3] == 0


def test_a_stripe_is_shortened_to_what_webp_takes() -> None:
    image, mask = np.zeros((20, 20_000, 3), np.uint8), np.zeros((20, 20_000), np.uint8)
    files = [
        picture_thumbnail(image, most_pixels=2_000_000),
        mask_thumbnail(mask, np.zeros((2, 3), np.uint8), most_pixels=2_000_000),
    ]
    assert [Image.open(io.BytesIO(file)).size for file in files] == [(16_383, 16)] * 2
