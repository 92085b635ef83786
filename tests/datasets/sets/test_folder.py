import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from effunet.datasets import RoadDataset, check_pairs, load_pair, open_dataset
from effunet.errors import InputError
from effunet.imaging import read_mask, write_mask
from effunet.labels import LABEL_SPACES

HEAD = "masks_dir: masks\nnames: {0: road, 1: other}\n"


def _scene(root: Path, name: str, *, mask: str | None = ".png") -> None:
    image = root / "images" / name
    image.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (6, 4)).save(image)
    if mask:
        path = (root / "masks" / name).with_suffix(mask)
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.tile(np.array([0, 1, 255], np.uint8), (4, 2))).save(path)


def _open(root: Path, text: str) -> RoadDataset:
    (root / "roads.yaml").write_text(HEAD + text)
    return open_dataset("folder", root / "roads.yaml")


def test_masks_take_the_place_of_images(tmp_path: Path) -> None:
    _scene(tmp_path, "train/drive1/a.jpg")
    _scene(tmp_path, "train/b.png", mask=".bmp")
    _scene(tmp_path, "val/c.jpg")
    dataset = _open(tmp_path, "train: images/train\nval: images/val\n")
    pairs = dataset.pairs("train")
    assert [pair.key for pair in pairs] == ["b", "drive1/a"]
    assert pairs[0].mask == tmp_path / "masks/train/b.bmp"
    assert check_pairs(pairs, dataset.label_space, dataset.label_map).faults == ()
    image, mask = load_pair(pairs[1], dataset.label_map)
    assert image.shape == (4, 6, 3)
    assert mask[0].tolist() == [0, 1, 255, 0, 1, 255]


def test_only_the_last_folder_called_images_is_replaced(tmp_path: Path) -> None:
    root = tmp_path / "images" / "roads"
    _scene(root, "train/a.jpg")
    (pair,) = _open(root, "train: images/train").pairs("train")
    assert pair.mask == root / "masks/train/a.png"


def test_several_folders_keep_equal_names_apart(tmp_path: Path) -> None:
    for drive in ("d1", "d2"):
        _scene(tmp_path, f"{drive}/0001.jpg")
    dataset = _open(tmp_path, "train: [images/d1, images/d2]")
    pairs = dataset.pairs("train")
    assert [pair.key for pair in pairs] == ["images/d1/0001", "images/d2/0001"]
    assert len(dataset.images("train")) == 2
    assert check_pairs(pairs, dataset.label_space, dataset.label_map).faults == ()


def test_a_list_names_pictures_one_by_one(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        _scene(tmp_path, name, mask=".tif" if name == "b.jpg" else ".png")
    (tmp_path / "val.txt").write_text("./images/a.jpg\n\nimages/b.jpg\n")
    dataset = _open(tmp_path, "train: images\nval: val.txt")
    pairs = dataset.pairs("val")
    assert [pair.key for pair in pairs] == ["images/a", "images/b"]
    assert [pair.mask.name for pair in pairs] == ["a.png", "b.tif"]
    assert check_pairs(pairs, dataset.label_space, dataset.label_map).faults == ()
    assert len(dataset.pairs("train")) == 3


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (b"stra\xdfe.jpg", b"images/stra\xdfe.jpg"),  # Latin-1 on disk and in the list
        ("straße.jpg".encode(), b"images/stra\xdfe.jpg"),  # Latin-1 in the list alone
        ("straße.jpg".encode(), b"\xef\xbb\xbfimages/stra\xc3\x9fe.jpg\r"),
        ("straße.jpg".encode(), "images/straße.jpg".encode("utf-16")),
        (b"a b [1].jpg", rb"images\a b [1].jpg"),
    ],
)
def test_lists_are_utf_8_latin_1_or_marked_utf_16(tmp_path: Path, name: bytes, line: bytes) -> None:
    _scene(tmp_path, os.fsdecode(name))
    (tmp_path / "train.txt").write_bytes(line)
    (pair,) = _open(tmp_path, "train: train.txt").pairs("train")
    assert os.fsencode(pair.image.name) == name
    assert pair.mask.is_file()


def test_the_home_folder_may_be_a_tilde_in_entries_and_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    _scene(tmp_path / "home", "train/a.jpg")
    _scene(tmp_path, "~b.jpg")
    (tmp_path / "all.txt").write_text("~/images/train/a.jpg\nimages/~b.jpg\n")
    dataset = _open(tmp_path, "train: ~/images/train\nval: all.txt")
    assert [pair.image for pair in dataset.pairs("train")] == [tmp_path / "home/images/train/a.jpg"]
    assert {pair.image.name for pair in dataset.pairs("val")} == {"a.jpg", "~b.jpg"}


def test_lists_find_masks_as_folders_do(tmp_path: Path) -> None:
    for name, mask in {
        "1_image.jpg": "1_label.png",
        "d/2.jpg": "d/2.TIF",
        "3.PNG": "3.png",
    }.items():
        _scene(tmp_path, name, mask=None)
        path = tmp_path / "masks" / mask
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (6, 4)).save(path)
    (tmp_path / "all.txt").write_text("images/1_image.jpg\nimages/d/2.jpg\nimages/3.PNG\n")
    dataset = _open(tmp_path, "train: images\nval: all.txt")
    folder, listed = dataset.pairs("train"), dataset.pairs("val")
    assert [pair.mask for pair in folder] == [pair.mask for pair in listed]
    assert [pair.sequence for pair in folder] == [pair.sequence for pair in listed]
    assert check_pairs(listed, dataset.label_space, dataset.label_map).faults == ()


def test_a_picture_that_is_named_twice_counts_once(tmp_path: Path) -> None:
    for name in ("a.jpg", "d1/b.jpg"):
        _scene(tmp_path, name)
    (tmp_path / "lists").mkdir()
    lines = ["../images/a.jpg", "../images/./a.jpg", str(tmp_path / "images/a.jpg"), ""]
    (tmp_path / "lists/train.txt").write_text("\n".join(lines))
    for entries in ("lists/train.txt", "[images, images/d1, lists/train.txt]"):
        dataset = _open(tmp_path, f"train: {entries}")
        pairs = dataset.pairs("train")
        assert len(pairs) == len(dataset.images("train")) == (1 if "," not in entries else 2)
        assert check_pairs(pairs, dataset.label_space, dataset.label_map).faults == ()


@pytest.mark.parametrize("by_list", [False, True])
def test_equal_names_in_folders_elsewhere_stay_apart(tmp_path: Path, by_list: bool) -> None:
    disks = [tmp_path / "disk1", tmp_path / "disk2"]
    for disk in disks:
        _scene(disk, "train/0001.jpg")
    home = tmp_path / "home"
    home.mkdir()
    pictures = [str(disk / "images/train") for disk in disks]
    if by_list:
        (home / "train.txt").write_text("\n".join(f"{folder}/0001.jpg" for folder in pictures))
    dataset = _open(home, "train: train.txt" if by_list else f"train: {pictures}")
    pairs = dataset.pairs("train")
    keys = [f"{disk.name}/images/train/0001" for disk in disks]
    assert [pair.key for pair in pairs] == keys
    assert check_pairs(pairs, dataset.label_space, dataset.label_map).faults == ()


def test_a_list_that_names_what_is_not_there_is_refused_with_its_lines(tmp_path: Path) -> None:
    _scene(tmp_path, "a.jpg")
    (tmp_path / "train.txt").write_text(
        "images/a.jpg\n\nimages/b.jpg\nimages\n~\0a\n~nobody-of-this-name/a\n" + "x" * 5000
    )
    dataset = _open(tmp_path, "train: train.txt\nval: val.txt")
    with pytest.raises(InputError, match="names 5 pictures that are not there") as caught:
        dataset.pairs("train")
    assert caught.value.where == tmp_path / "train.txt"
    assert "line 3: " in str(caught.value.why)
    assert "line 4: " in str(caught.value.why)
    with pytest.raises(InputError, match="list of pictures cannot be read") as caught:
        dataset.pairs("val")
    assert caught.value.where == tmp_path / "val.txt"


def test_names_without_suffix_begin_in_a_folder_that_is_named(tmp_path: Path) -> None:
    for name in ("d1/a.jpg", "d1/b.v2.png", "d2/a.jpg"):
        _scene(tmp_path, name)
    (tmp_path / "train.txt").write_text("d1/a\nd2\\a\n./d1/b.v2\nd1/a.jpg\n")
    (tmp_path / "val.txt").write_text("d1/a\nd1/b.v2\n")
    for entry, hint in {"train.txt": False, "val.txt": True}.items():
        with pytest.raises(InputError, match="pictures that are not there") as caught:
            _open(tmp_path, f"train: {entry}").pairs("train")
        assert ("images: FOLDER" in caught.value.fix) == hint
    pairs = _open(tmp_path, "train: train.txt\nimages: images\n").pairs("train")
    assert [pair.key for pair in pairs] == ["images/d1/a", "images/d1/b.v2", "images/d2/a"]
    assert all(pair.mask.is_file() for pair in pairs)
    assert [pair.sequence for pair in pairs] == ["d1", "d1", "d2"]


def test_a_part_of_a_split_without_pictures_or_masks_does_not_vanish(tmp_path: Path) -> None:
    _scene(tmp_path, "d1/a.jpg")
    _scene(tmp_path, "d2/b.jpg", mask=None)
    dataset = _open(tmp_path, "train: [images/d1, images/d2]\nval: [images/d1, images/d3]")
    report = check_pairs(dataset.pairs("train"), dataset.label_space, dataset.label_map)
    assert [fault.where for fault in report.faults] == [tmp_path / "masks/d2/b.png"]
    with pytest.raises(InputError, match="a part of the val split holds no pictures") as caught:
        dataset.pairs("val")
    assert caught.value.where == str(tmp_path / "images/d3")


@pytest.mark.parametrize("entry", ["images/train", "train.txt"])
@pytest.mark.parametrize(
    "masks", [("x.png", "x.tif"), ("x_gtFine_labelIds.png", "x_gtFine_labelTrainIds.png")]
)
def test_two_label_files_of_one_picture_are_refused(
    tmp_path: Path, entry: str, masks: tuple[str, str]
) -> None:
    _scene(tmp_path, "train/x.jpg", mask=None)
    (tmp_path / "masks/train").mkdir(parents=True)
    for name in masks:
        Image.new("L", (6, 4)).save(tmp_path / "masks/train" / name)
    (tmp_path / "train.txt").write_text("images/train/x.jpg\n")
    with pytest.raises(InputError, match="1 picture with more than one") as caught:
        _open(tmp_path, f"train: {entry}").pairs("train")
    assert all(name in str(caught.value.why) for name in masks)


def test_pictures_of_a_kind_that_is_not_read_are_faults(tmp_path: Path) -> None:
    _scene(tmp_path, "train/a.jpg")
    for name in ("b", "c"):
        _scene(tmp_path, f"train/{name}.jpg", mask=".png" if name == "b" else None)
        (tmp_path / f"images/train/{name}.jpg").rename(tmp_path / f"images/train/{name}.heic")
        (tmp_path / f"images/train/{name}.heic").write_bytes(b"ftypheic")
    dataset = _open(tmp_path, "train: images/train")
    faults = check_pairs(dataset.pairs("train"), dataset.label_space, dataset.label_map).faults
    assert [fault.where.name for fault in faults] == ["b.heic", "c.png", "c.heic"]
    assert faults[0].fix == "convert it to JPEG or PNG, or remove it"


def _drives(root: Path, text: str, *, lists: dict[str, list[str]]) -> dict[str, str | None]:
    """Drive of each picture, by its path below images."""
    for split, names in lists.items():
        (root / f"{split}.txt").write_text("".join(f"images/{name}\n" for name in names))
    dataset = _open(root, text)
    pairs = [pair for split in lists for pair in dataset.pairs(split)]
    return {pair.image.relative_to(root / "images").as_posix(): pair.sequence for pair in pairs}


def test_pictures_without_masks_and_masks_without_pictures_are_faults(tmp_path: Path) -> None:
    _scene(tmp_path, "train/a.jpg")
    _scene(tmp_path, "train/b.jpg", mask=None)
    _scene(tmp_path, "train/c.jpg")
    (tmp_path / "images/train/c.jpg").unlink()
    dataset = _open(tmp_path, "train: images/train")
    report = check_pairs(dataset.pairs("train"), dataset.label_space, dataset.label_map)
    assert [fault.where.name for fault in report.faults] == ["b.png", "c.jpg"]


def test_a_missing_val_split_says_how_to_split(tmp_path: Path) -> None:
    _scene(tmp_path, "train/a.jpg")
    with pytest.raises(InputError, match="no val split") as caught:
        _open(tmp_path, "train: images/train").pairs("val")
    assert "val: images/val" in caught.value.fix
    with pytest.raises(InputError, match="no val split") as caught:
        _open(tmp_path, "train: images/train\nval: images/valid").pairs("val")
    assert "images/valid" in str(caught.value.where)


def test_pictures_outside_a_folder_called_images_are_refused(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (6, 4)).save(tmp_path / "photos/a.jpg")
    with pytest.raises(InputError, match="called images"):
        _open(tmp_path, "train: photos").pairs("train")


def test_colours_of_a_known_data_set_are_fine_where_the_ids_are_mapped(tmp_path: Path) -> None:
    """Cityscapes masks may be read as a few classes of one's own, once their ids are mapped."""
    _scene(tmp_path, "train/a.jpg")
    path = tmp_path / "masks/train/a.png"
    ids = read_mask(path).astype(np.uint8)
    write_mask(path, ids, LABEL_SPACES["cityscapes"].palette_array())
    plain = _open(tmp_path, "train: images/train")
    (fault,) = check_pairs(plain.pairs("train"), plain.label_space, plain.label_map).faults
    assert "cityscapes" in fault.what
    mapped = _open(tmp_path, "train: images/train\nlabel_mapping: {0: 1, 1: 0}")
    assert check_pairs(mapped.pairs("train"), mapped.label_space, mapped.label_map).faults == ()
