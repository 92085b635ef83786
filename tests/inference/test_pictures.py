"""However a caller holds a picture, it is one picture, and the same one."""

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from effunet.errors import InputError
from effunet.imaging import encode_image
from effunet.inference import Prediction, Predictor
from effunet.inference.pictures import holds_several, read_picture

Paint = Callable[..., NDArray[np.uint8]]

_ORIENTATION = 0x0112


def _zipped(content: bytes) -> Any:  # noqa: ANN401
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.png", content)
    return zipfile.ZipFile(archive).open("a.png")


_FORMS: dict[str, Callable[[NDArray[np.uint8], bytes, Path], Any]] = {
    "a name": lambda _, __, path: str(path),
    "an entry of a folder": lambda _, __, path: next(iter(list(os.scandir(path.parent)))),
    "bytes": lambda _, content, __: content,
    "a bytearray": lambda _, content, __: bytearray(content),
    "a memoryview": lambda _, content, __: memoryview(content),
    "a stream": lambda _, content, __: io.BytesIO(content),
    "a stream without a way back": lambda _, content, __: _zipped(content),
    "a PIL image": lambda image, _, __: Image.fromarray(image),
    "a PIL image that is not read yet": lambda _, content, __: Image.open(io.BytesIO(content)),
    "a tensor": lambda image, _, __: torch.from_numpy(image).permute(2, 0, 1),
}


@pytest.mark.parametrize("form", _FORMS)
def test_every_form_is_the_same_picture(
    form: str, predictor: Predictor, paint: Paint, tmp_path: Path
) -> None:
    image = paint(1)
    content = encode_image(image, ".png")
    (tmp_path / "pictures").mkdir()
    path = tmp_path / "pictures" / "a.png"
    path.write_bytes(content)
    source = _FORMS[form](image, content, path)
    prediction = predictor(source)
    assert isinstance(prediction, Prediction)
    np.testing.assert_array_equal(prediction.image, image)
    np.testing.assert_array_equal(prediction.mask, predictor(image).mask)
    (again,) = predictor([_FORMS[form](image, content, path)])
    np.testing.assert_array_equal(again.mask, prediction.mask)


def test_a_pil_image_is_turned_as_its_file_would_be_and_stays_as_it_is(paint: Paint) -> None:
    exif = Image.Exif()
    exif[_ORIENTATION] = 6
    stream = io.BytesIO()
    Image.fromarray(paint(0, 8, 16)).save(stream, "PNG", exif=exif)
    image = Image.open(stream)
    turned = read_picture(image).image
    assert turned.shape == (16, 8, 3)
    np.testing.assert_array_equal(turned, read_picture(stream.getvalue()).image)
    assert image.size == (16, 8)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "I;16"])
def test_a_pil_image_of_any_mode_has_three_channels(mode: str) -> None:
    assert read_picture(Image.new(mode, (8, 4))).image.shape == (4, 8, 3)


@pytest.mark.parametrize(
    ("given", "fix"),
    [
        (np.zeros((8, 8), np.uint8), "numpy.stack"),
        (np.zeros((8, 8, 4), np.uint8), "three channels"),
        (np.zeros((2, 8, 8, 3), np.uint8), "list(batch)"),
        (np.zeros((3, 8, 8), np.uint8), "transpose(1, 2, 0)"),
        (np.zeros((8, 8, 3), np.float32), "* 255"),
        (np.zeros((0, 8, 3), np.uint8), "three channels"),
        (np.array(5), "three channels"),
        (torch.zeros(8, 8, 3, dtype=torch.uint8), "permute(2, 0, 1)"),
        (torch.zeros(2, 3, 8, 8, dtype=torch.uint8), "list(batch)"),
        (torch.zeros(3, 8, 8), "* 255"),
        (torch.zeros(8, 8, dtype=torch.uint8), "three channels"),
        (torch.zeros(3, 0, 8, dtype=torch.uint8), "three channels"),
        (3, "one of these forms"),
        (None, "one of these forms"),
        ({"a": "a.jpg"}, "pictures.values()"),
        (io.StringIO("a.jpg"), "'rb'"),
        (io.BytesIO(), "seek(0)"),
    ],
)
def test_what_is_no_picture_is_refused_with_the_way_to_one(
    given: Any,  # noqa: ANN401
    fix: str,
) -> None:
    assert not holds_several(given)
    with pytest.raises(InputError, match="is not a picture") as caught:
        read_picture(given)
    assert fix in caught.value.fix


@pytest.mark.parametrize(
    "content", [b"", b"a.jpg", encode_image(np.zeros((8, 8, 3), np.uint8))[:99]]
)
def test_content_that_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match=r"the picture cannot be read\n.*a picture in memory"):
        read_picture(content)


def test_a_pil_image_that_cannot_be_read_is_refused(paint: Paint) -> None:
    cut = Image.open(io.BytesIO(encode_image(paint(0), ".png")[:-60]))
    for image in (cut, Image.new("F", (8, 8))):
        with pytest.raises(InputError, match="the picture cannot be read"):
            read_picture(image)
