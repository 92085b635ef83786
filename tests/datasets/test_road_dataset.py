import re
from pathlib import Path

import pytest

from effunet.datasets import open_dataset
from effunet.datasets.road_dataset import ParallelFolders
from effunet.errors import InputError


def _touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_names_tell_drive_and_condition_where_the_layout_knows(tmp_path: Path) -> None:
    _touch(tmp_path, "rgb/train/fog/GOPR1/1.png", "gt/train/fog/GOPR1/1.png", "rgb/train/2.png")
    origin = re.compile(r"(?P<condition>fog|night)/(?P<sequence>[^/]+)/")
    layout = ParallelFolders(tmp_path, images="rgb/{split}", masks="gt/{split}", origin=origin)
    without, with_both = layout.list_pairs("train")
    assert (with_both.condition, with_both.sequence) == ("fog", "GOPR1")
    assert (without.condition, without.sequence) == (None, None)


def test_drives_of_the_known_data_sets(idd_lite_root: Path, tmp_path: Path) -> None:
    pairs = open_dataset("idd_lite", idd_lite_root).pairs("train")
    assert [pair.sequence for pair in pairs] == ["0", "0", "1", "1"]
    names = ("0016E5_07959.png", "Seq05VD_f00000.png", "frame7.png")
    _touch(tmp_path, *(f"{folder}/{name}" for folder in ("train", "trainannot") for name in names))
    pairs = open_dataset("camvid", tmp_path).pairs("train")
    assert [pair.sequence for pair in pairs] == ["0016E5", "Seq05VD", None]
    assert {pair.condition for pair in pairs} == {None}


def test_a_picture_without_the_usual_ending_is_a_picture(idd_lite_root: Path) -> None:
    """It was passed over, and its mask with it."""
    folder = idd_lite_root / "leftImg8bit/train/0"
    (folder / "000000_image.jpg").rename(folder / "000000.jpg")
    _touch(folder, "000007.jpg")
    pairs = {pair.key: pair for pair in open_dataset("idd_lite", idd_lite_root).pairs("train")}
    assert len(pairs) == 5
    assert pairs["0/000000"].image == folder / "000000.jpg"
    assert not pairs["0/000007"].mask.exists()


def test_files_of_no_kind_among_the_labels_are_strays(idd_lite_root: Path) -> None:
    folder = idd_lite_root / "gtFine/train/0"
    _touch(folder, "000000_inst_label.png", "000000_colour.png", "notes.txt", "000001.TIF")
    dataset = open_dataset("idd_lite", idd_lite_root)
    assert len(dataset.pairs("train")) == 4
    strays = dataset.layout.list_strays("train")
    assert strays == [folder / "000000_colour.png", folder / "000001.TIF"]


def test_two_label_files_in_a_known_layout_are_refused(idd_lite_root: Path) -> None:
    _touch(idd_lite_root, "gtFine/train/0/000000_label.bmp")
    with pytest.raises(InputError, match=r"0/000000_label\.bmp and 0/000000_label\.png"):
        open_dataset("idd_lite", idd_lite_root).pairs("train")


def test_the_home_folder_may_be_a_tilde(
    idd_lite_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(idd_lite_root.parent))
    dataset = open_dataset("idd_lite", "~/idd20k_lite")
    assert dataset.root == idd_lite_root
    assert len(dataset.pairs("train")) == 4
    with pytest.raises(InputError, match="no such home folder"):
        open_dataset("idd_lite", "~nobody-of-this-name/idd20k_lite")


@pytest.mark.parametrize("part", ["leftImg8bit", "gtFine", "leftImg8bit/train"])
def test_a_part_of_a_data_set_leads_to_the_whole(idd_lite_root: Path, part: str) -> None:
    with pytest.raises(InputError, match="a part of it") as caught:
        open_dataset("idd_lite", idd_lite_root / part)
    assert caught.value.fix == f"--data.root {idd_lite_root}"


@pytest.mark.parametrize("root", ["nowhere", "x" * 5000, "nul\0"])
def test_a_root_that_cannot_be_opened_is_named(root: str) -> None:
    with pytest.raises(InputError, match="no camvid data"):
        open_dataset("camvid", root)


def test_what_else_a_root_may_be_is_recognised(tmp_path: Path, idd_lite_root: Path) -> None:
    _touch(tmp_path, "mine/roads.yaml", "mine/images/train/a.jpg")
    with pytest.raises(InputError, match=r"--data.name folder --data.root .*roads\.yaml"):
        open_dataset("idd_lite", tmp_path / "mine")
    _touch(tmp_path, "mine/roads.zip")
    with pytest.raises(InputError, match="Not a directory"):
        open_dataset("idd_lite", tmp_path / "mine/roads.zip")
    with pytest.raises(InputError, match="lies like idd_lite or cityscapes"):
        open_dataset("camvid", idd_lite_root)


def test_a_folder_of_masks_that_is_not_there_is_called_so(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images/1.png").touch()
    (tmp_path / "my.yaml").write_text("train: images\nmasks_dir: labels\nnames: [a, b]\n")
    with pytest.raises(InputError, match="no such folder") as caught:
        open_dataset("folder", tmp_path / "my.yaml").pairs("train")
    assert caught.value.where == str(tmp_path / "labels")
    (tmp_path / "my.yaml").write_text("train: imgs/train\nmasks_dir: labels\nnames: [a, b]\n")
    with pytest.raises(InputError, match="folder of the pictures is not there") as caught:
        open_dataset("folder", tmp_path / "my.yaml").pairs("train")
    assert caught.value.why == f"there is no imgs in {tmp_path}"
