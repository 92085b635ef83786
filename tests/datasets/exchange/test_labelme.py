import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from effunet.datasets import Conversion, convert
from effunet.errors import InputError
from effunet.imaging import encode_image, write_image

from .conftest import only_mask

PICTURE = np.zeros((20, 30, 3), np.uint8)


def _shape(label: str, points: list[list[float]], kind: str = "polygon") -> dict[str, Any]:
    return {"label": label, "points": points, "shape_type": kind}


def _square(label: str, side: int) -> dict[str, Any]:
    return _shape(label, [[0, 0], [side, 0], [side, side], [0, side]])


def _mask_shape(area: np.ndarray, points: list[list[float]]) -> dict[str, Any]:
    image = np.repeat(area.astype(np.uint8)[..., None], 3, axis=2)
    content = base64.b64encode(encode_image(image, ".png")).decode()
    return _shape("car", points, "mask") | {"mask": content}


def _write(root: Path, *shapes: dict[str, Any], place: str = "a.json", **changes: object) -> Path:
    write_image(root / "a.jpg", PICTURE)
    content = {
        "shapes": shapes or [_square("road", 9), _square("car", 4)],
        "imagePath": "a.jpg",
        "imageData": None,
        "imageHeight": 20,
        "imageWidth": 30,
    }
    (root / place).parent.mkdir(parents=True, exist_ok=True)
    (root / place).write_text(json.dumps(content | changes))
    return root


def _convert(root: Path) -> Conversion:
    return convert(root, root.parent / "out", layout="labelme")


def test_classes_are_in_the_order_of_the_alphabet_or_of_labels_txt(tmp_path: Path) -> None:
    root = _write(tmp_path / "in")
    assert list(_convert(root).pixels) == ["car", "road", "background", "void"]
    (root / "labels.txt").write_text("__ignore__\n_background_\nroad\ncar\n")
    made = convert(root, tmp_path / "out2", layout="labelme")
    assert list(made.pixels) == ["_background_", "road", "car", "void"]
    assert made.void == ("__ignore__",)
    assert [only_mask(made)[at, at] for at in (2, 7, 15)] == [2, 1, 0]


def test_a_small_mask_lies_between_its_two_points(tmp_path: Path) -> None:
    area = np.array([[1, 0], [0, 0], [1, 1]], bool)  # stored as 0 and 1
    made = _convert(
        _write(tmp_path / "in", _square("road", 9), _mask_shape(area, [[4, 5], [5, 7]]))
    )
    names = list(made.pixels)
    expected = np.full(area.shape, names.index("road"))
    expected[area] = names.index("car")
    np.testing.assert_array_equal(only_mask(made)[5:8, 4:6], expected)
    assert (only_mask(made) == names.index("car")).sum() == area.sum()


def test_a_picture_is_found_from_its_json_or_inside_it(tmp_path: Path) -> None:
    root = _write(tmp_path / "in", place="val/labels/a.json", imagePath="..\\..\\a.jpg")
    content = base64.b64encode(encode_image(PICTURE + 9, ".png")).decode()
    _write(root, place="train/a.json", imageData=content)
    made = _convert(root)
    assert made.pictures == {"train": 1, "val": 1}
    images = made.description.parent / "images"
    places = [str(path.relative_to(images)) for path in images.rglob("a.*")]
    assert sorted(places) == ["train/a.png", "val/labels/a.jpg"]


def test_what_has_no_area_is_left_out_and_counted(tmp_path: Path) -> None:
    line = _shape("car", [[0, 0], [5, 5]], "line")
    made = _convert(_write(tmp_path / "in", _square("road", 9), line))
    assert made.notes == ("left out: 1 shapes of the kind line, which have no area",)
    assert np.unique(only_mask(made)).tolist() == [1, 2]


def _of(*shapes: dict[str, Any], **changes: object) -> Callable[[Path], Path]:
    return lambda root: _write(root, *shapes, **changes)  # type: ignore[arg-type]


AREA = np.ones((3, 2), bool)
BROKEN: dict[str, tuple[Callable[[Path], Path], str]] = {
    "parent": (_of(imagePath="../a.jpg"), "outside of the export"),
    "absolute": (_of(imagePath="/etc/hostname"), "outside of the export"),
    "absent": (_of(imagePath="b.jpg"), "is not there"),
    "nul": (_of(imagePath="b\0.jpg"), "outside of the export"),
    "base64": (_of(imageData="###"), "not in base64"),
    "no picture": (_of(imageData="AAAA"), "cannot be read"),
    "turned": (_of(imageHeight=30, imageWidth=20), "another size than its annotation"),
    "no label": (_of(_shape("", [])), "label of a shape"),
    "two points": (_of(_shape("a", [[0, 0], [1, 1]])), "not the points of its kind"),
    "kind": (_of(_shape("a", [[0, 0], [1, 1]], "spiral")), "unknown kind"),
    "mask": (_of(_mask_shape(AREA, [[0, 0], [2, 2]])), "its two points span"),
    "large": (_of(_mask_shape(np.ones((40, 2), bool), [[0, 0], [1, 39]])), "two points span"),
    "no mask": (_of(_shape("a", [[0, 0], [1, 1]], "mask")), "mask of a shape is no text"),
    "far": (_of(_shape("a", [[0, 0], [1e9, 1]], "circle")), "far outside"),
    "kind as list": (_of(_shape("a", []) | {"shape_type": ["line"]}), "shape_type"),
    "empty point": (_of(_shape("a", [[]] * 3)), "has not two coordinates"),
    "one coordinate": (_of(_shape("a", [[1]] * 3)), "has not two coordinates"),
    "none": (_of(shapes={}), "shapes is no list"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_meant_is_refused_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    write, message = BROKEN[name]
    root = write(tmp_path / "in")
    with pytest.raises(InputError, match=re.escape(message)):
        _convert(root)
    assert not (tmp_path / "out").exists()


def test_a_folder_without_annotations_says_so(tmp_path: Path) -> None:
    write_image(tmp_path / "in/a.jpg", PICTURE)
    with pytest.raises(InputError, match="no labelme annotations"):
        _convert(tmp_path / "in")
