"""Trees as data sets ship them, described in a YAML and read where they lie."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from effunet.datasets import (
    RoadDataset,
    SegmentationPair,
    check_train_and_val,
    load_pair,
    open_dataset,
    stray_labels,
)
from effunet.errors import InputError
from effunet.imaging import write_mask
from effunet.labels import LABEL_SPACES

IDS = np.array([[0, 1, 2, 255], [2, 1, 0, 255]], np.uint8)
THREE = "names: {0: road, 1: pavement, 2: other}\n"
CITYSCAPES = "label_mapping: {7: 0, 8: 1, 11: 2, 0: ignore_label}\n"
AS_LABEL_IDS = np.array([7, 8, 11], np.uint8)


def _picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    shade = np.random.default_rng(list(path.as_posix().encode()))
    Image.fromarray(shade.integers(0, 256, (*IDS.shape, 3), np.uint8)).save(path)


def _mask(path: Path, stored: NDArray[np.generic]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(stored).save(path)


def _described(root: Path, text: str, names: str = THREE) -> RoadDataset:
    (root / "my.yaml").write_text(names + text)
    return open_dataset("folder", root / "my.yaml")


def _sound(dataset: RoadDataset) -> list[SegmentationPair]:
    """The pairs of train, of which every mask turns out to hold IDS, as do those of val."""
    splits = check_train_and_val(dataset)
    for split in splits:
        for pair in split.pairs:
            image, mask = load_pair(pair, split.facts.label_map)
            assert image.shape == (*IDS.shape, 3)
            assert mask.dtype == np.uint8
            np.testing.assert_array_equal(mask, IDS)
    return splits[0].pairs


def _names(pairs: Sequence[SegmentationPair], root: Path) -> list[tuple[str, str]]:
    return [
        (pair.image.relative_to(root).as_posix(), pair.mask.relative_to(root).as_posix())
        for pair in pairs
    ]


def test_bdd100k(tmp_path: Path) -> None:
    """Its own tree: pictures of 10k, masks of train ids, coloured ones and drivable areas aside."""
    for split in ("train", "val"):
        for name in (f"{split}-a", f"{split}-b"):
            _picture(tmp_path / f"images/10k/{split}/{name}.jpg")
            for kind, stored in {
                "sem_seg/masks": IDS,
                "sem_seg/colormaps": np.dstack([IDS] * 3),
                "drivable/masks": IDS * 0 + 2,
            }.items():
                _mask(tmp_path / f"labels/{kind}/{split}/{name}.png", stored)
    dataset = _described(
        tmp_path,
        "train: images/10k/train\nval: images/10k/val\n"
        "masks: {train: labels/sem_seg/masks/train, val: labels/sem_seg/masks/val}\n",
    )
    pairs = _sound(dataset)
    assert [pair.key for pair in pairs] == ["train-a", "train-b"]
    assert pairs[0].mask == tmp_path / "labels/sem_seg/masks/train/train-a.png"
    assert {pair.sequence for pair in pairs} == {None}


def test_carla(tmp_path: Path) -> None:
    """The id in red, whatever stands in green and blue; drives are folders."""
    noise = np.random.default_rng(0).integers(0, 256, (*IDS.shape, 3), np.uint8)
    noise[..., 0] = IDS
    for drive in ("dataA", "dataB", "dataC"):
        _picture(tmp_path / f"{drive}/CameraRGB/0.png")
        _mask(tmp_path / f"{drive}/CameraSeg/0.png", noise)
    text = (
        "train: [dataA/CameraRGB, dataB/CameraRGB]\nval: dataC/CameraRGB\n"
        "masks: {train: [dataA/CameraSeg, dataB/CameraSeg], val: dataC/CameraSeg}\n"
    )
    pairs = _sound(_described(tmp_path, text + "mask_channel: red\n"))
    assert [pair.key for pair in pairs] == ["dataA/CameraRGB/0", "dataB/CameraRGB/0"]


@pytest.mark.parametrize("kind", ["semantic", "instance"])
def test_kitti_semantics(tmp_path: Path, kind: str) -> None:
    """One folder, split by lists of bare names; 8-bit label ids or 16-bit label and instance."""
    label_ids = np.append(AS_LABEL_IDS, np.zeros(253, np.uint8))[IDS]  # 255 becomes 0, unlabeled
    both = label_ids.astype(np.uint16) * 256 + np.arange(4, dtype=np.uint16)
    for name in ("000000_10", "000001_10", "000002_10"):
        _picture(tmp_path / f"training/image_2/{name}.png")
        _mask(tmp_path / f"training/semantic/{name}.png", label_ids)
        _mask(tmp_path / f"training/instance/{name}.png", both)
    (tmp_path / "train.txt").write_text("000000_10\n000001_10\n")
    (tmp_path / "val.txt").write_text("000002_10\n")
    divisor = "label_divisor: 256\n" if kind == "instance" else ""
    dataset = _described(
        tmp_path,
        "train: train.txt\nval: val.txt\nimages: training/image_2\n"
        f"masks: training/{kind}\n{CITYSCAPES}{divisor}",
    )
    assert _names(_sound(dataset), tmp_path) == [
        (f"training/image_2/{name}.png", f"training/{kind}/{name}.png")
        for name in ("000000_10", "000001_10")
    ]


def test_kitti_road(tmp_path: Path) -> None:
    """The mask's own word stands before the number, and masks of lanes lie among those of roads."""
    palette = np.array([[255, 0, 255], [255, 0, 0], [0, 0, 255], [0, 0, 0]], np.uint8)
    colours = palette[np.minimum(IDS, 3)]
    for name in ("um_000000", "uu_000000", "um_000001"):
        street, number = name.split("_")
        _picture(tmp_path / f"training/image_2/{name}.png")
        _mask(tmp_path / f"training/gt_image_2/{street}_road_{number}.png", colours)
        _mask(tmp_path / f"training/gt_image_2/{street}_lane_{number}.png", colours * 0)
    (tmp_path / "train.txt").write_text("um_000000\nuu_000000\n")
    (tmp_path / "val.txt").write_text("um_000001.png\n")
    dataset = _described(
        tmp_path,
        "train: train.txt\nval: val.txt\nimages: training/image_2\nmasks: training/gt_image_2\n"
        "mask_ending: _road_\npalette: [[255, 0, 255], [255, 0, 0], [0, 0, 255]]\n",
    )
    pairs = _sound(dataset)
    assert [pair.mask.name for pair in pairs] == ["um_road_000000.png", "uu_road_000000.png"]
    assert [path.name for path in dataset.layout.list_strays("train")] == [
        *("um_lane_000000.png", "um_lane_000001.png", "uu_lane_000000.png")
    ]
    pairs[1].mask.unlink()
    assert dataset.pairs("train")[1].mask == pairs[1].mask  # named as it should be, for the fault


def test_voc(tmp_path: Path) -> None:
    """Lists of bare names; palette PNGs, among pictures without any."""
    for name in ("2007_000032", "2007_000039", "2007_000063", "2007_000068"):
        _picture(tmp_path / f"JPEGImages/{name}.jpg")
        if name != "2007_000068":
            mask = tmp_path / f"SegmentationClass/{name}.png"
            write_mask(mask, IDS, np.arange(768, dtype=np.uint8).reshape(256, 3))
    lists = tmp_path / "ImageSets/Segmentation"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("2007_000032\n2007_000063 \n")
    (lists / "val.txt").write_text("2007_000039\n")
    text = (
        "train: ImageSets/Segmentation/train.txt\nval: ImageSets/Segmentation/val.txt\n"
        "images: JPEGImages\nmasks: SegmentationClass\n"
    )
    dataset = _described(tmp_path, text)
    assert _names(_sound(dataset), tmp_path) == [
        ("JPEGImages/2007_000032.jpg", "SegmentationClass/2007_000032.png"),
        ("JPEGImages/2007_000063.jpg", "SegmentationClass/2007_000063.png"),
    ]
    (lists / "val.txt").write_text("2007_000039\n2007_999999\n../val\n")
    with pytest.raises(InputError, match="names 2 pictures that are not there") as caught:
        dataset.pairs("val")
    assert str(tmp_path / "JPEGImages/2007_999999") in str(caught.value.why)


def test_cityscapes_and_acdc(tmp_path: Path) -> None:
    """Endings of both, given with or without the suffix."""
    for split in ("train", "val"):
        stem = f"{split}/GP1/frame_1"
        _picture(tmp_path / f"rgb_anon/fog/{stem}_rgb_anon.png")
        for ending in ("gt_labelTrainIds", "gt_labelColor", "gt_invIds"):
            stored = IDS if ending == "gt_labelTrainIds" else IDS * 0 + 9
            _mask(tmp_path / f"gt/fog/{stem}_{ending}.png", stored)
    dataset = _described(
        tmp_path,
        "train: rgb_anon/fog/train\nval: rgb_anon/fog/val\n"
        "masks: {train: gt/fog/train, val: gt/fog/val}\n"
        "image_ending: _rgb_anon.png\nmask_ending: _gt_labelTrainIds\n",
    )
    (pair,) = _sound(dataset)
    assert (pair.key, pair.sequence) == ("GP1/frame_1", "GP1")


def test_roboflow(tmp_path: Path) -> None:
    """Pictures and masks in one folder."""
    for split in ("train", "valid"):
        _picture(tmp_path / f"{split}/a_jpg.rf.1.jpg")
        _mask(tmp_path / f"{split}/a_jpg.rf.1_mask.png", IDS)
    text = "train: train\nval: valid\nmasks: {train: train, val: valid}\n"
    (pair,) = _sound(_described(tmp_path, text + "mask_ending: _mask\n"))
    assert (pair.image.name, pair.mask.name) == ("a_jpg.rf.1.jpg", "a_jpg.rf.1_mask.png")
    with pytest.raises(InputError, match="cannot be told apart"):
        _described(tmp_path, text).pairs("train")


def test_three_kinds_of_pictures_in_one_folder(tmp_path: Path) -> None:
    for split in ("train", "val"):
        _picture(tmp_path / f"{split}/1_rgb.png")
        _picture(tmp_path / f"{split}/1_depth.png")
        _mask(tmp_path / f"{split}/1_seg.png", IDS)
    text = "train: train\nval: val\nmasks: {train: train, val: val}\nmask_ending: _seg\n"
    dataset = _described(tmp_path, text + "image_ending: _rgb\n")
    (pair,) = _sound(dataset)
    assert (pair.image.name, pair.key) == ("1_rgb.png", "1")
    assert dataset.layout.list_stray_images("train") == [tmp_path / "train/1_depth.png"]
    of_labels, of_pictures = stray_labels(dataset, "train")
    assert "1_depth.png" in of_labels
    assert "1 of the pictures are left aside, such as" in of_pictures
    with pytest.raises(InputError, match=r"no picture is called \*_color.png"):
        _described(tmp_path, text + "image_ending: _color\n").pairs("train")


def test_mask_at_the_end_of_a_name_is_understood(tmp_path: Path) -> None:
    for split in ("train", "val"):
        _picture(tmp_path / f"images/{split}/1.jpg")
        _mask(tmp_path / f"masks/{split}/1_mask.png", IDS)
    text = "train: images/train\nval: images/val\nmasks_dir: masks\n"
    (pair,) = _sound(_described(tmp_path, text))
    assert pair.key == "1"


def test_masks_of_all_splits_in_one_folder(tmp_path: Path) -> None:
    for split in ("train", "val"):
        _picture(tmp_path / f"{split}/{split}1.jpg")
        _mask(tmp_path / f"masks/{split}1.png", IDS)
    dataset = _described(tmp_path, "train: train\nval: val\nmasks: masks\n")
    assert [pair.key for pair in _sound(dataset)] == ["train1"]


def test_one_folder_of_masks_is_that_of_all_folders_of_pictures(tmp_path: Path) -> None:
    for folder in ("day", "night", "val"):
        _picture(tmp_path / f"{folder}/{folder}1.jpg")
        _mask(tmp_path / f"masks/{folder}1.png", IDS)
    dataset = _described(tmp_path, "train: [day, night]\nval: val\nmasks: masks\n")
    assert [Path(pair.key).name for pair in _sound(dataset)] == ["day1", "night1"]


def test_a_mask_without_its_picture_is_a_fault_where_no_other_split_has_its_folder(
    tmp_path: Path,
) -> None:
    for split in ("train", "val"):
        _picture(tmp_path / f"{split}/1.jpg")
        _mask(tmp_path / f"masks/{split}/1.png", IDS)
    _mask(tmp_path / "masks/train/2.png", IDS)
    text = "train: train\nval: val\nmasks: {train: masks/train, val: masks/val}\n"
    with pytest.raises(InputError, match="the picture of this mask is missing"):
        check_train_and_val(_described(tmp_path, text))


def test_void_and_ids_of_cityscapes_are_what_its_own_loader_reads(tmp_path: Path) -> None:
    label_ids = np.arange(34, dtype=np.uint8).reshape(2, 17)
    for split in ("train", "val"):
        picture = tmp_path / f"leftImg8bit/{split}/bonn/bonn_0_1_leftImg8bit.png"
        picture.parent.mkdir(parents=True)
        Image.new("RGB", (17, 2), (len(split), 0, 0)).save(picture)
        _mask(tmp_path / f"gtFine/{split}/bonn/bonn_0_1_gtFine_labelIds.png", label_ids)
        _mask(tmp_path / f"gtFine/{split}/bonn/bonn_0_1_gtFine_color.png", label_ids)
    known = open_dataset("cityscapes", tmp_path)
    names = ", ".join(f"'{name}'" for name in LABEL_SPACES["cityscapes"].names)
    mapping = ", ".join(
        f"{label_id}: {'ignore_label' if train_id == 255 else train_id}"
        for label_id, train_id in known.label_map.ids.items()
    )
    dataset = _described(
        tmp_path,
        "train: leftImg8bit/train\nval: leftImg8bit/val\n"
        "masks: {train: gtFine/train, val: gtFine/val}\nimage_ending: _leftImg8bit\n"
        f"mask_ending: _gtFine_labelIds\nlabel_mapping: {{{mapping}}}\n",
        names=f"names: [{names}]\n",
    )
    for found, same in zip(check_train_and_val(dataset), check_train_and_val(known), strict=True):
        (pair,), (other,) = found.pairs, same.pairs
        assert (pair.image, pair.mask, pair.key) == (other.image, other.mask, other.key)
        _, mask = load_pair(pair, found.facts.label_map)
        _, expected = load_pair(other, same.facts.label_map)
        np.testing.assert_array_equal(mask, expected)


def test_a_split_without_masks_has_pictures_and_no_pairs(tmp_path: Path) -> None:
    """Its pictures are not taken for its masks."""
    for split in ("train", "val", "test"):
        _picture(tmp_path / f"{split}/1.png")
        _mask(tmp_path / f"masks/{split}/1.png", IDS)
    text = "train: train\nval: val\ntest: test\nmasks: {train: masks/train, val: masks/val}\n"
    dataset = _described(tmp_path, text)
    assert len(_sound(dataset)) == len(dataset.images("test")) == 1
    with pytest.raises(InputError, match="test split of folder has no labels") as caught:
        dataset.pairs("test")
    assert caught.value.where == str(tmp_path)
    assert dataset.layout.list_strays("test") == []
