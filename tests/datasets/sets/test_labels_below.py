"""Label files in a folder of pictures are known for what they are."""

from pathlib import Path

import pytest

from effunet.datasets import label_folders

DESCRIBED = "train: images/train\nval: images/val\nmasks_dir: masks\nnames: {0: road, 1: other}\n"


def lay(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def below(folder: Path) -> list[str]:
    top = folder.resolve()
    return sorted(path.relative_to(top).as_posix() for path in label_folders(folder))


def test_of_a_known_data_set_and_of_one_right_below(tmp_path: Path) -> None:
    lay(tmp_path, "idd/leftImg8bit/train/0/1.jpg", "idd/gtFine/train/0/1_label.png")
    lay(tmp_path, "cam/train/1.png", "cam/trainannot/1.png")
    assert below(tmp_path / "idd") == ["gtFine/train"]
    assert below(tmp_path) == ["cam/trainannot", "idd/gtFine/train"]


@pytest.mark.parametrize(("file", "path"), [("mine/mine.yaml", "."), ("mine.yaml", "mine")])
def test_of_a_folder_with_its_description_in_it_or_beside_it(
    tmp_path: Path, file: str, path: str
) -> None:
    lay(tmp_path, "mine/images/train/1.jpg", "mine/masks/train/1.png", "mine/drive/1.jpg")
    lay(tmp_path, "mine/images/val/2.jpg", "mine/masks/val/2.png")
    (tmp_path / file).write_text(f"path: {path}\n{DESCRIBED}")
    assert below(tmp_path / "mine") == ["masks/train", "masks/val"]
    assert below(tmp_path / "mine/images") == []


def test_a_folder_with_pictures_too_is_searched(tmp_path: Path) -> None:
    lay(tmp_path, "train/1.jpg", "train/1_mask.png")
    text = "train: train\nval: train\nmasks: {train: train, val: train}\nmask_ending: _mask\n"
    text += "names: {0: road, 1: other}\n"
    (tmp_path / "mine.yaml").write_text(text)
    assert below(tmp_path) == []


def test_what_cannot_be_opened_is_passed_over(tmp_path: Path) -> None:
    lay(tmp_path, "train/1.jpg", "other/train/1.jpg")
    (tmp_path / "broken.yaml").write_text("train: nowhere\nval: nowhere\nnames: {3: road}\n")
    (tmp_path / "other/trainannot").symlink_to("gone")
    assert below(tmp_path) == []
