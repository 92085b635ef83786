import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from effunet.datasets import load_pair, open_dataset
from effunet.errors import InputError
from effunet.imaging import write_mask


def test_pairs_and_unlabelled_pictures_are_found(idd_lite_root: Path) -> None:
    dataset = open_dataset("idd_lite", idd_lite_root)
    assert [pair.key for pair in dataset.pairs("train")] == [
        "0/000000", "0/000001", "1/000000", "1/000001",
    ]  # fmt: skip
    assert len(dataset.pairs("val")) == 3
    assert [path.name for path in dataset.images("test")] == ["000000_image.jpg"]
    image, mask = load_pair(dataset.pairs("val")[0], dataset.label_map)
    assert image.shape == (48, 64, 3)
    assert set(np.unique(mask).tolist()) == {0, 1, 2, 3, 4, 5, 6, 255}


def test_synthetic_scenes_lie_alike(idd_lite_root: Path) -> None:
    dataset = open_dataset("synthetic", str(idd_lite_root))
    assert dataset.name == "synthetic"
    assert dataset.label_space.name == "idd_lite"
    assert len(dataset.pairs("train")) == 4


def test_instance_labels_are_not_taken_for_labels(idd_lite_root: Path) -> None:
    instances = idd_lite_root / "gtFine/train/0/000000_inst_label.png"
    write_mask(instances, np.zeros((48, 64), np.uint8), np.zeros((256, 3), np.uint8))
    pairs = open_dataset("idd_lite", idd_lite_root).pairs("train")
    assert len(pairs) == 4
    assert all(pair.mask != instances for pair in pairs)


def test_png_pictures_are_read_too(idd_lite_root: Path) -> None:
    picture = idd_lite_root / "leftImg8bit/val/0/000000_image.jpg"
    picture.rename(picture.with_suffix(".png"))
    pairs = open_dataset("idd_lite", idd_lite_root).pairs("val")
    assert pairs[0].image == picture.with_suffix(".png")


def test_a_missing_root_says_what_belongs_there(tmp_path: Path) -> None:
    for root in (None, tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError, match=r"--data.root|leftImg8bit") as caught:
            open_dataset("idd_lite", root)
        assert caught.value.exit_code == 2


def test_a_root_one_folder_too_high_is_recognised(idd_lite_root: Path) -> None:
    with pytest.raises(InputError) as caught:
        open_dataset("idd_lite", idd_lite_root.parent)
    assert str(idd_lite_root) in caught.value.fix


def test_a_missing_val_split_says_how_to_split(idd_lite_root: Path) -> None:
    for folder in ("leftImg8bit", "gtFine"):
        shutil.rmtree(idd_lite_root / folder / "val")
    dataset = open_dataset("idd_lite", idd_lite_root)
    with pytest.raises(InputError, match="no val split") as caught:
        dataset.pairs("val")
    assert "sequence" in caught.value.fix
    assert len(dataset.pairs("train")) == 4


def test_a_split_without_labels_is_not_scored(idd_lite_root: Path) -> None:
    dataset = open_dataset("idd_lite", idd_lite_root)
    with pytest.raises(InputError, match="test split of idd_lite has no labels"):
        dataset.pairs("test")
    with pytest.raises(InputError, match="no pictures in its nonsense split"):
        dataset.images("nonsense")


def test_the_real_one_is_whole(data_root: Path) -> None:
    dataset = open_dataset("idd_lite", data_root / "idd20k_lite")
    train, val = dataset.pairs("train"), dataset.pairs("val")
    assert (len(train), len(val), len(dataset.images("test"))) == (1403, 204, 404)
    assert all(pair.image.is_file() and pair.mask.is_file() for pair in train + val)
    names = Counter(Path(pair.key).name for pair in train)
    assert sum(count > 1 for count in names.values()) == 19  # which is why keys hold the folder
    assert len({pair.key for pair in train}) == 1403
