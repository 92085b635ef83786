import shutil
from pathlib import Path

import numpy as np
import pytest

from effunet.datasets import check_train_and_val, open_dataset, raise_faults, survey
from effunet.errors import InputError


def test_a_sound_data_set_is_known_as_the_check_knows_it(idd_lite_root: Path) -> None:
    dataset = open_dataset("idd_lite", idd_lite_root)
    found = survey(dataset)
    assert found.faults == ()
    checked = check_train_and_val(dataset)
    assert [split.name for split in found.splits] == ["train", "val"]
    for split, other in zip(found.splits, checked, strict=True):
        assert list(split.pairs) == other.pairs
        total = np.stack(list(split.pixels.values())).sum(axis=0)
        assert total[:-1].tolist() == other.facts.class_pixels.tolist()
        assert total[-1] == other.facts.void_pixels
    notes = [note for split in checked for note in split.facts.notes]
    assert [note.partition(": ")[2] for note in found.notes] == notes


def test_whatever_the_check_ends_with_is_told_and_the_rest_is_counted(idd_lite_root: Path) -> None:
    pictures, labels = idd_lite_root / "leftImg8bit", idd_lite_root / "gtFine"
    (labels / "train/0/000000_label.png").unlink()
    (pictures / "val/0/000000_image.jpg").write_bytes(b"torn")
    shutil.copy(pictures / "train/1/000001_image.jpg", pictures / "val/1/000000_image.jpg")
    found = survey(open_dataset("idd_lite", idd_lite_root))
    assert [fault.where.name for fault in found.faults] == [
        "000000_label.png",
        "000000_image.jpg",
        "000000_image.jpg",
    ]
    assert found.faults[2].what == "in the train split too: leftImg8bit/train/1/000001_image.jpg"
    train, val = found.splits
    assert (len(train.pairs), len(train.pixels)) == (4, 3)
    assert (len(val.pairs), len(val.pixels)) == (3, 2)


def test_pictures_of_two_splits_are_one_cause(idd_lite_root: Path) -> None:
    for drive in ("0", "1"):
        for folder in (idd_lite_root / "leftImg8bit", idd_lite_root / "gtFine"):
            shutil.rmtree(folder / "val" / drive)
            shutil.copytree(folder / "train" / drive, folder / "val" / drive)
    faults = survey(open_dataset("idd_lite", idd_lite_root)).faults
    assert len(faults) > 2
    with pytest.raises(InputError) as raised:
        raise_faults(faults, root=idd_lite_root)
    why = str(raised.value.why)
    assert why.startswith(f"{len(faults)} files: in the train split too\n")
    assert "val/0/000000_image.jpg: leftImg8bit/train/0/000000_image.jpg" in why


def test_one_split_alone_and_a_split_that_is_not_there(idd_lite_root: Path) -> None:
    dataset = open_dataset("idd_lite", idd_lite_root)
    assert [split.name for split in survey(dataset, only="val").splits] == ["val"]
    with pytest.raises(InputError, match="the test split of idd_lite has no labels"):
        survey(dataset, only="test")
    with pytest.raises(InputError, match="no pictures in its vla split"):
        survey(dataset, only="vla")


def test_two_pictures_of_one_name_are_one_fault(idd_lite_root: Path) -> None:
    picture = idd_lite_root / "leftImg8bit/train/0/000000_image.jpg"
    shutil.copy(picture, picture.with_name("000000.jpg"))
    found = survey(open_dataset("idd_lite", idd_lite_root))
    (fault,) = found.faults
    assert fault.what.startswith("has the name of leftImg8bit/train/0/000000")
