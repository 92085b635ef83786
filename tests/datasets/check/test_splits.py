import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from effunet.datasets import RoadDataset, check_train_and_val, open_dataset, split_lines
from effunet.errors import InputError

PALETTE = "palette: [[10, 20, 30], [200, 0, 0]]"
COLOURS = [[[10, 20, 30], [200, 0, 0]]]


def _folder(root: Path, *lines: str, train: Sequence[object], val: Sequence[object]) -> RoadDataset:
    """Pictures of their own with these masks: ids, or colours in a last axis of 3."""
    for split, masks in {"train": train, "val": val}.items():
        for index, stored in enumerate(masks):
            mask = np.array(stored, np.uint8)
            for folder in ("images", "masks"):
                (root / folder / split).mkdir(parents=True, exist_ok=True)
            colour = (index, len(split), 0)
            picture = Image.new("RGB", mask.shape[1::-1], colour)
            picture.save(root / f"images/{split}/{index}.png")
            Image.fromarray(mask).save(root / f"masks/{split}/{index}.png")
    text = ["train: images/train", "val: images/val", "masks_dir: masks", "names: [a, b]"]
    (root / "my.yaml").write_text("\n".join([*text, *lines]))
    return open_dataset("folder", root / "my.yaml")


@pytest.mark.parametrize("painted", ["train", "val"])
def test_splits_are_not_read_by_different_meanings(tmp_path: Path, painted: str) -> None:
    """Black is void beside colours, and id 0 where three equal channels hold ids."""
    black = [[[0, 0, 0], [0, 0, 0]]]
    masks = [[black], [COLOURS]] if painted == "val" else [[COLOURS], [black]]
    dataset = _folder(tmp_path, PALETTE, train=masks[0], val=masks[1])
    with pytest.raises(InputError, match="1 fault in") as caught:
        check_train_and_val(dataset)
    grey = "val" if painted == "train" else "train"
    assert f"masks/{grey}/0.png: its three equal channels would be read as ids" in str(caught.value)


def test_colours_in_one_split_and_ids_in_one_channel_in_the_other_are_read(tmp_path: Path) -> None:
    dataset = _folder(tmp_path, PALETTE, train=[COLOURS, COLOURS], val=[[[0, 1]]])
    train, val = check_train_and_val(dataset)
    assert train.facts.class_pixels.tolist() == [2, 2]
    assert val.facts.class_pixels.tolist() == [1, 1]


def test_binary_masks_of_two_kinds_are_told_across_splits(tmp_path: Path) -> None:
    ones = [[[0, 1]], [[1, 1]]]
    whites = [[[0, 255]]]
    dataset = _folder(tmp_path, train=ones, val=whites)
    with pytest.raises(InputError, match="1 fault in") as caught:
        check_train_and_val(dataset)
    assert "masks/val/0.png: holds 0 and 255" in str(caught.value)
    void = [[[0, 1]], [[1, 255]]]
    check_train_and_val(_folder(tmp_path, train=void, val=whites))
    mapping = "label_mapping: {0: 0, 1: 1, 255: 1}"
    check_train_and_val(_folder(tmp_path, mapping, train=ones, val=whites))


def test_train_masks_of_0_and_255_that_nobody_mapped_are_refused(tmp_path: Path) -> None:
    whites = [[[0, 255]], [[0, 0]]]
    with pytest.raises(InputError, match="one class is all there is to learn") as caught:
        check_train_and_val(_folder(tmp_path, train=whites, val=[[[255, 0]]]))
    assert "label_mapping: {0: 0, 255: 1}" in caught.value.fix
    for target in ("1", "ignore_label"):
        mapping = f"label_mapping: {{0: 0, 1: 1, 255: {target}}}"
        check_train_and_val(_folder(tmp_path, mapping, train=whites, val=[[[255, 0]]]))


def test_a_copy_of_a_train_picture_in_val_is_named_with_it(idd_lite_root: Path) -> None:
    folder = idd_lite_root / "leftImg8bit"
    shutil.copy(folder / "train/1/000001_image.jpg", folder / "val/0/000000_image.jpg")
    with pytest.raises(InputError, match="1 of 3 pictures of the val split") as caught:
        check_train_and_val(open_dataset("idd_lite", idd_lite_root))
    assert caught.value.why is not None
    copy, original = "val/0/000000_image.jpg", "train/1/000001_image.jpg"
    assert f"leftImg8bit/{copy} is leftImg8bit/{original}" in caught.value.why


def test_many_copies_are_counted_and_named_on_request(tmp_path: Path) -> None:
    for index in range(60):
        for folder in ("images/train", "images/val", "masks/train", "masks/val"):
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
            stored = np.full((1, 2), index if "images" in folder else index % 2, np.uint8)
            Image.fromarray(stored).save(tmp_path / folder / f"{folder[-2:]}{index}.png")
    text = "train: images/train\nval: images/val\nmasks_dir: masks\nnames: [a, b]"
    (tmp_path / "my.yaml").write_text(text)
    dataset = open_dataset("folder", tmp_path / "my.yaml")
    with pytest.raises(InputError, match="60 of 60") as caught:
        check_train_and_val(dataset)
    assert "and 57 more" in str(caught.value)
    with pytest.raises(InputError) as caught:
        check_train_and_val(dataset, listed=None)
    assert str(caught.value).count(" is images/train/") == 60


def test_a_missing_picture_is_missing_and_not_shared(idd_lite_root: Path, tmp_path: Path) -> None:
    """Both splits lead to one folder, where a mask has no picture: nothing is invented."""
    for folder in ("leftImg8bit", "gtFine"):
        shutil.rmtree(idd_lite_root / folder / "val")
        (idd_lite_root / folder / "val").symlink_to(idd_lite_root / folder / "train")
    for picture in (idd_lite_root / "leftImg8bit/train").rglob("*.jpg"):
        picture.unlink()
    Image.new("RGB", (64, 48)).save(idd_lite_root / "leftImg8bit/train/0/000000_image.jpg")
    with pytest.raises(InputError, match="6 faults") as caught:
        check_train_and_val(open_dataset("idd_lite", idd_lite_root))
    assert "picture of this mask is missing" in str(caught.value)
    assert "in the train split too" not in str(caught.value)


def test_lines_tell_shares_void_and_what_is_worth_knowing(idd_lite_root: Path) -> None:
    dataset = open_dataset("idd_lite", idd_lite_root)
    exif = Image.Exif()
    exif[0x0112] = 3
    Image.new("RGB", (64, 48)).save(idd_lite_root / "leftImg8bit/val/0/000000_image.jpg", exif=exif)
    _, val = check_train_and_val(dataset)
    lines = split_lines("val", val, dataset.label_space.names)
    assert lines[0] == "val: 3 sound pairs"
    assert lines[8].split()[:2] == ["void", "2.1%"]  # one row of 48
    assert any(line.startswith("note     val: EXIF turns 1 of 3 pictures") for line in lines)


def test_what_is_worth_knowing_goes_with_the_facts(idd_lite_root: Path) -> None:
    (idd_lite_root / "gtFine/val/0/overview.png").touch()
    train, val = check_train_and_val(open_dataset("idd_lite", idd_lite_root))
    assert train.facts.notes == ()
    of_labels, of_drives = val.facts.notes
    assert "overview.png" in of_labels
    assert "(0, 1)" in of_drives
    for folder in ("leftImg8bit", "gtFine"):
        for drive in ("0", "1"):
            path = idd_lite_root / folder / "val" / drive
            shutil.move(path, path.with_name(f"val{drive}"))
    (idd_lite_root / "gtFine/val/val0/overview.png").unlink()
    train, val = check_train_and_val(open_dataset("idd_lite", idd_lite_root))
    assert train.facts.notes == val.facts.notes == ()
