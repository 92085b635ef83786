"""Roboflow and Hugging Face: ids in masks, names in a table."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from effunet.datasets import Conversion, convert
from effunet.errors import InputError
from effunet.imaging import read_mask, write_image, write_mask

PICTURE = np.zeros((1, 4, 3), np.uint8)
IDS = np.array([[0, 3, 7, 255]], np.uint8)
TABLE = "Pixel Value, Class\n0, background\n3, road\n7, car\n"
LABELS = {"0": "background", "3": "road", "7": "car"}


def _roboflow(root: Path, *, table: str = TABLE, mask: np.ndarray = IDS) -> Path:
    for split in ("train", "valid"):
        write_image(root / split / "a.jpg", PICTURE)
        write_mask(root / split / "a_mask.png", mask)
        (root / split / "_classes.csv").write_text(table)
    return root


def _hugging_face(root: Path, labels: object = LABELS, *, mask: np.ndarray = IDS) -> Path:
    for split in ("train", "validation"):
        write_image(root / split / "image/drive/a.jpg", PICTURE)
        write_mask(root / split / "label/drive/a.png", mask)
    (root / "id2label.json").write_text(json.dumps(labels))
    return root


def _convert(root: Path, layout: str) -> Conversion:
    return convert(root, root.parent / "out", layout=layout)


def _ids(made: Conversion) -> list[list[int]]:
    masks = sorted((made.description.parent / "masks").rglob("*.png"))
    return [read_mask(mask)[0].tolist() for mask in masks]


def test_ids_of_roboflow_become_classes(tmp_path: Path) -> None:
    made = _convert(_roboflow(tmp_path / "in"), "roboflow")
    assert made.pictures == {"train": 1, "val": 1}
    assert _ids(made) == [[0, 1, 2, 255]] * 2


def test_classes_are_one_where_splits_number_them_otherwise(tmp_path: Path) -> None:
    root = _roboflow(tmp_path / "in")
    (root / "valid/_classes.csv").write_text("Pixel Value, Class\n0, car\n3, road\n7, sky\n")
    assert _ids(_convert(root, "roboflow")) == [[0, 1, 2, 255], [2, 1, 3, 255]]


def test_columns_of_hugging_face_become_splits(tmp_path: Path) -> None:
    made = _convert(_hugging_face(tmp_path / "in"), "hugging_face")
    assert made.pictures == {"train": 1, "val": 1}
    assert (made.description.parent / "masks/val/drive/a.png").is_file()
    assert _ids(made) == [[0, 1, 2, 255]] * 2


def test_columns_may_hold_the_splits(tmp_path: Path) -> None:
    root = tmp_path / "in"
    write_image(root / "images/train/a.jpg", PICTURE)
    write_mask(root / "annotations/train/a.png", IDS)
    (root / "id2label.json").write_text(json.dumps({**LABELS, "0": "unlabeled"}))
    made = _convert(root, "hugging_face")
    assert made.void == ("unlabeled",)
    assert _ids(made) == [[255, 0, 1, 255]]


WIDE = np.array([[0, 3, 7, 255, 0]], np.uint8)
OTHER = np.array([[0, 3, 8, 255]], np.uint8)


@pytest.mark.parametrize(
    ("table", "mask", "message"),
    [
        (TABLE, OTHER, "_classes.csv does not list"),
        (TABLE, WIDE, "another size than its picture"),
        (TABLE + "seven, x\n", IDS, "not an id, a comma and a name"),
        (TABLE + "7, x\n", IDS, "two classes have one id"),
    ],
)
def test_a_roboflow_export_that_cannot_be_meant(
    table: str, mask: np.ndarray, message: str, tmp_path: Path
) -> None:
    root = _roboflow(tmp_path / "in", table=table, mask=mask)
    with pytest.raises(InputError, match=re.escape(message)) as raised:
        _convert(root, "roboflow")
    assert not (tmp_path / "out").exists()
    assert raised.value.fix


@pytest.mark.parametrize(
    ("labels", "mask", "message"),
    [
        (LABELS, OTHER, "id2label.json does not list"),
        (LABELS, WIDE, "another size than its picture"),
        ([1], IDS, "the file is no mapping"),
        ({"road": 0}, IDS, "a key is no id"),
        ({"0": 3}, IDS, "a name is no text"),
    ],
)
def test_a_hugging_face_folder_that_cannot_be_meant(
    labels: object, mask: np.ndarray, message: str, tmp_path: Path
) -> None:
    root = _hugging_face(tmp_path / "in", labels, mask=mask)
    with pytest.raises(InputError, match=re.escape(message)) as raised:
        _convert(root, "hugging_face")
    assert not (tmp_path / "out").exists()
    assert "id2label.json" in str(raised.value.where) or "label/drive/a.png" in str(raised.value)


def test_pictures_and_masks_without_each_other_are_all_named(tmp_path: Path) -> None:
    root = _hugging_face(tmp_path / "in")
    write_image(root / "train/image/b.jpg", PICTURE)
    write_mask(root / "train/label/c.png", IDS)
    with pytest.raises(InputError, match="2 faults in the export"):
        _convert(root, "hugging_face")
    root = _roboflow(tmp_path / "in2")
    write_image(root / "train/b.jpg", PICTURE)
    write_mask(root / "train/c_mask.png", IDS)
    with pytest.raises(InputError, match="2 faults in the export"):
        _convert(root, "roboflow")


@pytest.mark.parametrize("layout", ["roboflow", "hugging_face"])
def test_of_two_pictures_with_one_name_none_is_taken(layout: str, tmp_path: Path) -> None:
    root = (_roboflow if layout == "roboflow" else _hugging_face)(tmp_path / "in")
    picture = next(root.rglob("a.jpg"))
    write_image(picture.with_suffix(".png"), PICTURE)
    with pytest.raises(InputError, match="one name, endings aside") as raised:
        _convert(root, layout)
    assert raised.value.where == picture.with_suffix(".png")


@pytest.mark.parametrize(
    ("gone", "why"), [("id2label.json", "no id2label.json"), ("image", "no folders image")]
)
def test_what_a_hugging_face_folder_lacks_is_said(gone: str, why: str, tmp_path: Path) -> None:
    root = _hugging_face(tmp_path / "in")
    for path in list(root.rglob(gone)):
        path.rename(path.with_name("other"))
    with pytest.raises(InputError, match=why):
        _convert(root, "hugging_face")


def test_parquet_is_named_with_what_writes_it_out(tmp_path: Path) -> None:
    file = tmp_path / "in/data/train-00000.parquet"
    file.parent.mkdir(parents=True)
    file.touch()
    with pytest.raises(InputError, match="Parquet") as raised:
        _convert(tmp_path / "in", "hugging_face")
    assert "load_dataset" in raised.value.fix


@pytest.mark.parametrize("layout", ["roboflow", "hugging_face"])
def test_links_out_of_the_export_are_refused(layout: str, tmp_path: Path) -> None:
    root = (_roboflow if layout == "roboflow" else _hugging_face)(tmp_path / "in")
    mask = next(root.rglob("a*.png"))
    mask.rename(tmp_path / "elsewhere.png")
    mask.symlink_to(tmp_path / "elsewhere.png")
    with pytest.raises(InputError, match="outside of the export"):
        _convert(root, layout)
