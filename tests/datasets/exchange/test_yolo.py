import re
from pathlib import Path

import numpy as np
import pytest

from effunet.datasets import Conversion, convert
from effunet.errors import InputError
from effunet.imaging import read_mask, write_image

YAML = "train: images/train\nnames: {0: road, 1: car}\n"
ROAD = "0 0 0 0.9 0 0.9 0.9 0 0.9"
CAR = "1 0 0 0.3 0 0.3 0.3 0 0.3"


def _write(root: Path, *, yaml: str = YAML, labels: str | None = ROAD) -> Path:
    write_image(root / "images/train/a.jpg", np.zeros((20, 30, 3), np.uint8))
    (root / "data.yaml").write_text(yaml)
    if labels is not None:
        (root / "labels/train").mkdir(parents=True)
        (root / "labels/train/a.txt").write_text(labels)
    return root


def _convert(root: Path) -> Conversion:
    return convert(root, root.parent / "out", layout="yolo")


def _mask(made: Conversion) -> np.ndarray:
    return read_mask(made.description.parent / "masks/train/a.png")


@pytest.mark.parametrize("rows", [(ROAD, CAR), (CAR, ROAD)])
def test_the_smaller_area_lies_on_top(rows: tuple[str, str], tmp_path: Path) -> None:
    mask = _mask(_convert(_write(tmp_path / "in", labels="\n".join(rows))))
    assert [mask[1, 1], mask[15, 15], mask[19, 29]] == [1, 0, 2]


def test_a_picture_without_labels_is_background(tmp_path: Path) -> None:
    made = _convert(_write(tmp_path / "in", labels=None))
    assert np.unique(_mask(made)).tolist() == [2]
    assert made.notes == ("left out: 1 pictures without a label file, which hold no area",)


@pytest.mark.parametrize(
    "written",
    [
        "train: ../images/train",
        "path: /content/roads\ntrain: images/train",
        "path: ../in\ntrain: images/train",
        "train: [images/train]",
        "train: train.txt",
    ],
)
def test_paths_as_tools_write_them_are_found(written: str, tmp_path: Path) -> None:
    root = _write(tmp_path / "in", yaml=f"{written}\nnames: [road, car]\n")
    (root / "train.txt").write_text("data/images/train/a.jpg\n")
    made = _convert(root)
    assert made.pictures == {"train": 1}
    assert _mask(made)[1, 1] == 0


@pytest.mark.parametrize(
    ("yaml", "labels", "message"),
    [
        (YAML, "0 0.5 0.5 0.2 0.2", "holds boxes"),
        (YAML, "2 0 0 1 0 1 1", "no class that names lists"),
        (YAML, "0 0 0 1 0", "holds boxes"),
        (YAML, "0 0 0 1", "fewer than 3 points"),
        (YAML, "0 0 0 1 0 1 1 0", "odd number"),
        (YAML, "0 0 0 640 0 640 480", "not shares"),
        (YAML, "0 0 0 nan 0 1 1", "not shares"),
        (YAML, "0 0 0 x 0 1 1", "not a class and numbers"),
        ("train: images/train\nnames: {1: road}\n", ROAD, "does not number"),
        ("train: images/train\n", ROAD, "it has no names"),
        (YAML, f"{ROAD}\n\n2 0 0 1 0 1 1", "labels/train/a.txt, line 3"),
        (YAML + "val: images/val\n", ROAD, "val leads to nothing inside"),
        ("train: images/train\nnames: [a, a]\n", ROAD, "one name"),
        ("train: images/absent\nnames: [a, b]\n", ROAD, "train leads to nothing inside"),
        ("train: ../../etc\nnames: [a, b]\n", ROAD, "train leads to nothing inside"),
        ("train: /etc\nnames: [a, b]\n", ROAD, "train leads to nothing inside"),
        ("names: [a, b]\n", ROAD, "has no pictures"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    yaml: str, labels: str, message: str, tmp_path: Path
) -> None:
    root = _write(tmp_path / "in", yaml=yaml, labels=labels)
    with pytest.raises(InputError, match=re.escape(message)):
        _convert(root)
    assert not (tmp_path / "out").exists()


def test_an_area_outside_of_the_picture_does_not_count(tmp_path: Path) -> None:
    strip = "0 0 0 0.4 0 0.4 1 0 1"  # 40 % of the picture
    beyond = "1 0.8 0 0.8 0.3 -1 0.3 -1 0"  # 54 %, of which 24 % lie in it
    mask = _mask(_convert(_write(tmp_path / "in", labels=f"{beyond}\n{strip}")))
    assert [mask[1, 1], mask[1, 20], mask[15, 1]] == [1, 1, 0]


def test_a_test_split_that_is_named_and_not_there_is_said(tmp_path: Path) -> None:
    made = _convert(_write(tmp_path / "in", yaml=YAML + "test: ../test/images\n"))
    assert made.pictures == {"train": 1}
    assert made.notes == ("test leads to nothing inside the export: ../test/images",)


def test_without_a_yaml_the_layout_is_shown(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(InputError, match="no YOLO data set"):
        _convert(tmp_path / "in")
