from pathlib import Path

import pytest

from .test_folder import _drives, _open, _scene


def test_a_folder_below_the_splits_is_a_drive(tmp_path: Path) -> None:
    for name in ("train/a.jpg", "train/d1/b.jpg", "train/d1/front/c.jpg"):
        _scene(tmp_path, name)
    pairs = _open(tmp_path, "train: images/train").pairs("train")
    assert {pair.key: pair.sequence for pair in pairs} == {
        "a": None,
        "d1/b": "d1",
        "d1/front/c": "d1/front",
    }


@pytest.mark.parametrize(
    "drives",
    [
        {
            "train/d1/a.jpg": "d1",
            "train/b.jpg": None,
            "val/d1/c.jpg": "d1",
            "val/d2/x/e.jpg": "d2/x",
        },
        {"my_train/d1/a.jpg": "d1", "my_val/d1/c.jpg": "d1"},
    ],
)
def test_lists_and_folders_tell_the_same_drives(
    tmp_path: Path, drives: dict[str, str | None]
) -> None:
    lists: dict[str, list[str]] = {"train": [], "val": []}
    for name in drives:
        _scene(tmp_path, name)
        lists["train" if "train" in name else "val"].append(name)
    folders = {split: f"images/{names[0].partition('/')[0]}" for split, names in lists.items()}
    text = "".join(f"{split}: {folder}\n" for split, folder in folders.items())
    assert _drives(tmp_path, text, lists=lists) == drives
    if "my_train" not in text:
        assert _drives(tmp_path, "train: train.txt\nval: val.txt", lists=lists) == drives
    by_both = f"train: {folders['train']}\nval: [val.txt, {folders['val']}]"
    assert _drives(tmp_path, by_both, lists=lists) == drives


def test_drives_that_are_named_one_by_one_are_told(tmp_path: Path) -> None:
    names = {"train/d1/a.jpg": "d1", "train/d2/b.jpg": "d2", "val/d1/c.jpg": "d1"}
    for name in names:
        _scene(tmp_path, name)
    text = "train: [images/train/d1, images/train/d2]\nval: images/val"
    assert _drives(tmp_path, text, lists={"train": [], "val": []}) == names


@pytest.mark.parametrize("below", ["", "all/"])
def test_one_folder_of_all_pictures_is_no_drive(tmp_path: Path, below: str) -> None:
    names = [f"{below}{name}.jpg" for name in "abcd"]
    for name in names:
        _scene(tmp_path, name)
    lists = {"train": names[:2], "val": names[2:]}
    told = _drives(tmp_path, "train: train.txt\nval: val.txt", lists=lists)
    assert told == dict.fromkeys(names)
