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
    assert check_pairs(pairs, dataset.label_space).faults == ()
    image, mask = load_pair(pairs[1], dataset.label_space)
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
    assert check_pairs(pairs, dataset.label_space).faults == ()


def test_a_list_names_pictures_one_by_one(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        _scene(tmp_path, name, mask=".tif" if name == "b.jpg" else ".png")
    (tmp_path / "val.txt").write_text("./images/a.jpg\n\nimages/b.jpg\n")
    dataset = _open(tmp_path, "train: images\nval: val.txt")
    pairs = dataset.pairs("val")
    assert [pair.key for pair in pairs] == ["images/a", "images/b"]
    assert [pair.mask.name for pair in pairs] == ["a.png", "b.tif"]
    assert check_pairs(pairs, dataset.label_space).faults == ()
    assert len(dataset.pairs("train")) == 3


def test_pictures_without_masks_and_masks_without_pictures_are_faults(tmp_path: Path) -> None:
    _scene(tmp_path, "train/a.jpg")
    _scene(tmp_path, "train/b.jpg", mask=None)
    _scene(tmp_path, "train/c.jpg")
    (tmp_path / "images/train/c.jpg").unlink()
    dataset = _open(tmp_path, "train: images/train")
    report = check_pairs(dataset.pairs("train"), dataset.label_space)
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
    (fault,) = check_pairs(plain.pairs("train"), plain.label_space).faults
    assert "cityscapes" in fault.what
    mapped = _open(tmp_path, "train: images/train\nlabel_mapping: {0: 1, 1: 0}")
    assert check_pairs(mapped.pairs("train"), mapped.label_space).faults == ()
