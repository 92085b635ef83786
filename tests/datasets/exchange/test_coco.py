import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from effunet.datasets import Conversion, convert
from effunet.errors import InputError
from effunet.imaging import read_mask, write_image

ROAD = {"id": 1, "name": "road", "supercategory": "objects"}
CAR = {"id": 3, "name": "car", "supercategory": "objects"}
IMAGE = {"id": 7, "file_name": "a.jpg", "height": 20, "width": 30}


def _square(side: int, category: int) -> dict[str, Any]:
    corners = [0, 0, side, 0, side, side, 0, side]
    return {"image_id": 7, "category_id": category, "segmentation": [corners]}


def _write(root: Path, **changes: object) -> Path:
    content = {
        "images": [IMAGE],
        "annotations": [_square(9, 1), _square(4, 3)],
        "categories": [ROAD, CAR],
    }
    write_image(root / "train/a.jpg", np.zeros((20, 30, 3), np.uint8))
    (root / "train/_annotations.coco.json").write_text(json.dumps(content | changes))
    return root


def _convert(root: Path, out: Path) -> Conversion:
    return convert(root, out, layout="coco")


def test_later_annotations_lie_on_top(tmp_path: Path) -> None:
    orders = ([_square(9, 1), _square(4, 3)], [_square(4, 3), _square(9, 1)])
    corners = []
    for number, order in enumerate(orders):
        root = _write(tmp_path / f"in{number}", annotations=order)
        made = _convert(root, tmp_path / f"out{number}")
        mask = read_mask(made.description.parent / "masks/train/a.png")
        assert mask[9, 9] == 0
        assert mask[10, 10] == 2  # background, behind the export's own classes
        corners.append(mask[2, 2])
    assert corners == [1, 0]


def test_a_category_that_only_groups_others_is_no_class(tmp_path: Path) -> None:
    group = {"id": 0, "name": "objects", "supercategory": "none"}
    root = _write(tmp_path / "in", categories=[group, ROAD, CAR])
    made = _convert(root, tmp_path / "out")
    assert list(made.pixels) == ["road", "car", "background", "void"]
    assert made.notes == ("left out: 1 category objects, which only groups others",)


def test_a_category_that_is_used_or_alone_is_a_class_whatever_it_is_called(tmp_path: Path) -> None:
    group = {"id": 0, "name": "objects", "supercategory": "none"}
    root = _write(tmp_path / "in", categories=[group, ROAD], annotations=[_square(9, 0)])
    assert list(_convert(root, tmp_path / "out").pixels)[:2] == ["objects", "road"]
    alone = {"id": 0, "name": "road", "supercategory": "road"}
    root = _write(tmp_path / "in2", categories=[alone], annotations=[])
    assert list(_convert(root, tmp_path / "out2").pixels)[:2] == ["road", "background"]


def test_keypoints_beside_the_instances_are_no_concern(tmp_path: Path) -> None:
    root = _write(tmp_path / "in")
    (root / "annotations").mkdir()
    written = root / "train/_annotations.coco.json"
    content = json.loads(written.read_text())
    written.rename(root / "annotations/instances_train.json")
    content["categories"] = [{"id": 1, "name": "person"}, {"id": 3, "name": "dog"}]
    (root / "annotations/person_keypoints_train.json").write_text(json.dumps(content))
    assert list(_convert(root, tmp_path / "out").pixels)[:2] == ["road", "car"]


def test_a_picture_with_boxes_alone_teaches_no_background(tmp_path: Path) -> None:
    boxes = [{"image_id": 7, "category_id": 1, "bbox": [0, 0, 9, 9]}]
    other = {"id": 8, "file_name": "b.jpg", "height": 20, "width": 30}
    road = _square(9, 1) | {"image_id": 8}
    root = _write(tmp_path / "in", images=[IMAGE, other], annotations=[*boxes, road])
    write_image(root / "train/b.jpg", np.zeros((20, 30, 3), np.uint8))
    made = _convert(root, tmp_path / "out")
    masks = made.description.parent / "masks/train"
    assert np.unique(read_mask(masks / "a.png")).tolist() == [255]
    assert np.unique(read_mask(masks / "b.png")).tolist() == [0, 2]
    assert "left out: 1 pictures with boxes alone, which are void all over" in made.notes


def test_what_has_no_area_is_left_out_and_counted(tmp_path: Path) -> None:
    line = _square(4, 3) | {"segmentation": [[1, 1, 5, 5]]}
    box = _square(4, 3) | {"segmentation": []}
    root = _write(tmp_path / "in", annotations=[_square(9, 1), line, box, box])
    made = _convert(root, tmp_path / "out")
    assert made.notes == (
        "left out: 1 polygons of fewer than 3 points",
        "left out: 2 annotations without segmentation (boxes alone)",
    )


def test_a_supercategory_that_is_no_text_groups_nothing(tmp_path: Path) -> None:
    root = _write(tmp_path / "in", categories=[ROAD | {"supercategory": ["road"]}, CAR])
    assert list(_convert(root, tmp_path / "out").pixels)[:2] == ["road", "car"]


def test_what_is_wrong_with_the_whole_file_names_it(tmp_path: Path) -> None:
    root = _write(tmp_path / "in", categories=[{"id": "1", "name": "road"}])
    with pytest.raises(InputError) as raised:
        _convert(root, tmp_path / "out")
    assert raised.value.where == root / "train/_annotations.coco.json"


def test_what_is_wrong_with_all_its_classes_names_the_export(tmp_path: Path) -> None:
    root = _write(tmp_path / "in", categories=[ROAD], annotations=[])
    with pytest.raises(InputError, match="one class alone") as raised:
        convert(root, tmp_path / "out", layout="coco", unlabelled="void")
    assert raised.value.where == root


def _of_image(**changes: object) -> Callable[[Path], Path]:
    return lambda root: _write(root, images=[IMAGE | changes])


def _of_shape(**changes: object) -> Callable[[Path], Path]:
    return lambda root: _write(root, annotations=[_square(4, 1) | changes])


def _linked_outside(root: Path) -> Path:
    _write(root)
    (root / "train/a.jpg").rename(root.parent / "elsewhere.jpg")
    (root / "train/a.jpg").symlink_to(root.parent / "elsewhere.jpg")
    return root


def _twins(root: Path) -> Path:
    write_image(root / "train/A.jpg", np.zeros((20, 30, 3), np.uint8))
    return root


def _recoded(root: Path, encoding: str) -> Path:
    file = root / "train/_annotations.coco.json"
    file.write_bytes(file.read_text().encode(encoding))
    return root


def _text(text: str) -> Callable[[Path], Path]:
    def write(root: Path) -> Path:
        (_write(root) / "train/_annotations.coco.json").write_text(text)
        return root

    return write


BROKEN: dict[str, tuple[Callable[[Path], Path], str]] = {
    "parent": (_of_image(file_name="../train/a.jpg"), "outside of the export"),
    "backslashes": (_of_image(file_name="..\\train\\a.jpg"), "outside of the export"),
    "absolute": (_of_image(file_name="/etc/hostname"), "outside of the export"),
    "drive": (_of_image(file_name="C:\\a.jpg"), "outside of the export"),
    "nul": (_of_image(file_name="a\0.jpg"), "outside of the export"),
    "link": (_linked_outside, "outside of the export"),
    "absent": (_of_image(file_name="b.jpg"), "is not there"),
    "long name": (_of_image(file_name="x" * 5000), "is not there"),
    "no name": (_of_image(file_name=None), "file_name is no text"),
    "turned": (_of_image(height=30, width=20), "another size than its annotation states"),
    "image id": (_of_image(id=8), "image_id that images does not list"),
    "category id": (_of_shape(category_id=2), "category_id that categories does not list"),
    "odd": (_of_shape(segmentation=[[1, 2, 3]]), "odd number"),
    "huge": (_of_shape(segmentation=[[0, 0, 1e300, 0, 1, 1]]), "far outside"),
    "text": (_of_shape(segmentation=[[0, 0, "9", 0, 1, 1]]), "no number"),
    "no polygon": (_of_shape(segmentation=["x"]), "no list"),
    "runs": (_of_shape(segmentation={"size": [20, 30], "counts": "1"}), "do not fill"),
    "many points": (_of_shape(segmentation=[[0] * 400_000]), "more than 20000 points"),
    "twice": (lambda root: _write(root, images=[IMAGE, IMAGE | {"id": 8}]), "one name"),
    "twice but for case": (
        lambda root: _twins(_write(root, images=[IMAGE, IMAGE | {"id": 8, "file_name": "A.jpg"}])),
        "one name, ending and case aside",
    ),
    "a test split alone": (
        lambda root: (_write(root) / "train").rename(root / "test").parent,
        "a test split alone",
    ),
    "one id": (lambda root: _write(root, images=[IMAGE, IMAGE]), "entries of images have one id"),
    "one category": (
        lambda root: _write(root, categories=[ROAD, CAR | {"id": 1}]),
        "entries of categories have one id",
    ),
    "image id as text": (_of_image(id="7"), "an id of images is no whole number"),
    "image id as list": (_of_image(id=[7]), "an id of images is no whole number"),
    "category id as list": (_of_shape(category_id=[1]), "category_id is no whole number"),
    "utf-16": (
        lambda root: _recoded(_write(root), "utf-16"),
        "it is not in UTF-8: invalid start byte at byte 0",
    ),
    "no images": (lambda root: _write(root, images=[]), "image_id that images does not list"),
    "nothing": (lambda root: _write(root, annotations=[], images=[]), "has no pictures"),
    "no categories": (lambda root: _write(root, categories={}), "categories is no list"),
    "class name": (
        lambda root: _write(root, categories=[{"id": 1, "name": "a\nb"}]),
        "name of a class",
    ),
    "broken": (_text("{"), "cannot be read"),
    "deep": (_text("[" * 100_000), "nested too deeply"),
    "nan": (_text('{"images": NaN}'), "holds NaN"),
    "foreign": (_text('{"shapes": []}'), "no COCO annotations"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_meant_is_refused_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    write, message = BROKEN[name]
    root = write(tmp_path / "in")
    with pytest.raises(InputError, match=re.escape(message)):
        _convert(root, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".*"))


def test_faults_of_one_cause_are_one_entry(tmp_path: Path) -> None:
    absent = [IMAGE | {"id": 10 + number, "file_name": f"{number}.jpg"} for number in range(9)]
    turned = IMAGE | {"height": 30, "width": 20}
    root = _write(tmp_path / "in", images=[*absent, turned], annotations=[])
    with pytest.raises(InputError) as raised:
        _convert(root, tmp_path / "out")
    assert raised.value.what == "10 faults in the export"
    why = str(raised.value.why)
    assert "9 files: the picture that is annotated is not there" in why
    assert "and 6 more" in why
