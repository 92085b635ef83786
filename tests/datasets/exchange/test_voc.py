import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from effunet.datasets import (
    Conversion,
    check_pairs,
    convert,
    open_dataset,
    read_description,
)
from effunet.datasets.exchange.classes import Unlabelled
from effunet.errors import InputError
from effunet.imaging import read_mask, write_image, write_mask
from effunet.labels import LABEL_SPACES

LABELMAP = "# label:color_rgb:parts:actions\nbackground:0,0,0::\nroad:128,64,128::\ncar:0,0,142::\n"
COLOURS = np.array([[0, 0, 0], [128, 64, 128], [0, 0, 142], [224, 224, 192]], np.uint8)
IDS = np.array([[0, 1, 2, 3]], np.uint8)


def _write(root: Path, *, labelmap: str = LABELMAP, lists: dict[str, str] | None = None) -> Path:
    for name in ("a", "b", "drive/c"):
        write_image(root / f"JPEGImages/{name}.jpg", np.zeros((1, 4, 3), np.uint8))
        write_image(root / f"SegmentationClass/{name}.png", COLOURS[IDS])
    (root / "labelmap.txt").write_text(labelmap)
    for name, text in (lists or {}).items():
        file = root / "ImageSets/Segmentation" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


def _convert(root: Path, *, unlabelled: Unlabelled = "background") -> Conversion:
    return convert(root, root.parent / "out", layout="voc", unlabelled=unlabelled)


def _mask(made: Conversion, name: str = "train/a") -> list[int]:
    ids: list[int] = read_mask(made.description.parent / f"masks/{name}.png")[0].tolist()
    return ids


def test_colours_are_classes_and_the_border_is_void(tmp_path: Path) -> None:
    made = _convert(_write(tmp_path / "in"))
    assert _mask(made) == [0, 1, 2, 255]
    assert made.background == "background"
    assert read_description(made.description).label_space.palette[1] == (128, 64, 128)
    assert made.pictures == {"train": 3}


def test_the_background_can_be_void(tmp_path: Path) -> None:
    made = _convert(_write(tmp_path / "in"), unlabelled="void")
    assert _mask(made) == [255, 0, 1, 255]
    assert made.void == ("background",)


def test_a_palette_file_says_its_classes_by_colour(tmp_path: Path) -> None:
    root = _write(tmp_path / "in")
    palette = np.zeros((256, 3), np.uint8)
    palette[[9, 8, 7, 6]] = COLOURS
    write_mask(root / "SegmentationClass/a.png", np.array([[9, 8, 7, 6]], np.uint8), palette)
    assert _mask(_convert(root)) == [0, 1, 2, 255]


def test_grey_masks_hold_positions_in_the_labelmap(tmp_path: Path) -> None:
    root = _write(tmp_path / "in")
    Image.fromarray(np.array([[0, 1, 2, 255]], np.uint8)).save(root / "SegmentationClass/a.png")
    assert _mask(_convert(root)) == [0, 1, 2, 255]


def test_without_colours_the_classes_have_those_of_voc(tmp_path: Path) -> None:
    root = _write(tmp_path / "in", labelmap="background:::\nroad:::\ncar:::\n")
    of_voc = np.array([[0, 0, 0], [128, 0, 0], [0, 128, 0], [224, 224, 192]], np.uint8)
    for path in (root / "SegmentationClass").rglob("*.png"):
        write_image(path, of_voc[IDS])
    assert _mask(_convert(root)) == [0, 1, 2, 255]


def test_lists_say_the_split(tmp_path: Path) -> None:
    lists = {"train.txt": "a\n\nb\n", "Validation.txt": "drive/c\n", "trainval.txt": "a\nb\n"}
    made = _convert(_write(tmp_path / "in", lists=lists))
    assert made.pictures == {"train": 2, "val": 1}
    assert _mask(made, "val/drive/c") == [0, 1, 2, 255]


def test_a_list_of_another_name_is_train_and_named(tmp_path: Path) -> None:
    made = _convert(_write(tmp_path / "in", lists={"default.txt": "a"}))
    assert made.pictures == {"train": 1}
    assert made.notes == ("the list default.txt is read as train",)


def test_without_a_labelmap_it_is_said_whose_classes_are_taken(tmp_path: Path) -> None:
    root = _write(tmp_path / "in")
    (root / "labelmap.txt").unlink()
    for path in (root / "SegmentationClass").rglob("*.png"):
        write_image(path, np.array([[(0, 0, 0), (0, 0, 0), (128, 0, 0), (0, 128, 0)]], np.uint8))
    made = _convert(root)
    assert list(made.pixels)[:3] == ["background", "aeroplane", "bicycle"]
    assert made.notes[0] == "there is no labelmap.txt, so the classes are the 21 of VOC itself"


def test_a_picture_that_a_list_names_twice_is_one(tmp_path: Path) -> None:
    assert _convert(_write(tmp_path / "in", lists={"train.txt": "a\na\n"})).pictures == {"train": 1}


def test_a_mask_without_its_picture_is_named(tmp_path: Path) -> None:
    root = _write(tmp_path / "in")
    (root / "JPEGImages/a.jpg").unlink()
    (root / "SegmentationClass/b.png").rename(root / "SegmentationClass/b.PNG")
    with pytest.raises(InputError, match=r"a\.png: the picture of a mask is not") as raised:
        _convert(root)
    assert raised.value.what == "1 fault in the export"  # an upper-case ending is none


@pytest.mark.parametrize(
    ("labelmap", "lists", "message"),
    [
        ("background:0,0,0::\nroad:128,64,128::\n", {}, "does not list"),
        (LABELMAP + "bus:0,0,142::\n", {}, "one name or one colour"),
        (LABELMAP + "bus:0,0::\n", {}, "three numbers"),
        (LABELMAP + "bus:0,0,256::\n", {}, "above 255"),
        (LABELMAP, {"train.txt": "../in/JPEGImages/a"}, "outside of the export"),
        (LABELMAP, {"train.txt": "absent"}, "names a picture without a mask"),
        (LABELMAP + ":1,1,1::\n", {}, "cannot be the name of a class"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    labelmap: str, lists: dict[str, str], message: str, tmp_path: Path
) -> None:
    root = _write(tmp_path / "in", labelmap=labelmap, lists=lists)
    with pytest.raises(InputError, match=re.escape(message)):
        _convert(root)
    assert not (tmp_path / "out").exists()


def test_a_mask_that_links_out_of_the_export_is_refused(tmp_path: Path) -> None:
    root = _write(tmp_path / "in")
    mask = root / "SegmentationClass/a.png"
    mask.rename(tmp_path / "elsewhere.png")
    mask.symlink_to(tmp_path / "elsewhere.png")
    with pytest.raises(InputError, match="outside of the export"):
        _convert(root)


def test_a_mask_of_another_size_is_refused(tmp_path: Path) -> None:
    root = _write(tmp_path / "in")
    write_image(root / "SegmentationClass/a.png", np.zeros((2, 4, 3), np.uint8))
    with pytest.raises(InputError, match="another size than its picture"):
        _convert(root)


def test_colours_of_a_known_data_set_with_one_class_more_are_no_fault(tmp_path: Path) -> None:
    camvid = LABEL_SPACES["camvid"]
    rows = [
        f"{name}:{r},{g},{b}::"
        for name, (r, g, b) in zip(camvid.names, camvid.palette, strict=True)
    ]
    root = _write(tmp_path / "in", labelmap="\n".join([*rows, "background:0,0,0::"]))
    for path in (root / "SegmentationClass").rglob("*.png"):
        write_image(path, np.array([[*camvid.palette[:3], (0, 0, 0)]], np.uint8))
    dataset = open_dataset("folder", _convert(root).description)
    pairs = dataset.pairs("train")
    assert check_pairs(pairs, dataset.label_space, dataset.label_map).faults == ()
