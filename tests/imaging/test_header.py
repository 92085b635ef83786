from pathlib import Path

import pytest
from PIL import ExifTags, Image

from effunet.errors import InputError
from effunet.imaging import read_header, read_image


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_size_is_that_of_the_picture_turned(
    suffix: str, orientation: int, tmp_path: Path
) -> None:
    image = Image.new("RGB", (6, 4))
    exif = image.getexif()
    exif[ExifTags.Base.Orientation] = orientation
    path = tmp_path / f"a{suffix}"
    image.save(path, exif=exif)
    assert read_header(path).size == read_image(path).shape[:2]
    assert read_header(path.read_bytes()) == read_header(path)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".tif", ".webp"])
def test_the_ending_is_that_of_the_format(suffix: str, tmp_path: Path) -> None:
    Image.new("RGB", (6, 4)).save(tmp_path / f"a{suffix}")
    path = (tmp_path / f"a{suffix}").rename(tmp_path / "a.jpg")
    assert read_header(path).suffix == suffix


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_header(b"no picture")
