import shutil
from pathlib import Path

import pytest
from PIL import Image

from effunet.datasets import check_train_and_val, open_dataset
from effunet.errors import InputError

HEAD = "masks_dir: masks\nnames: [road, other]\n"


def _folder(root: Path, splits: str) -> Path:
    """Three pictures, the last one without a mask, and a mask without a picture."""
    for folder in ("images", "masks"):
        (root / folder / "all").mkdir(parents=True)
    for name in "abc":
        Image.new("RGB", (4, 4)).save(root / f"images/all/{name}.jpg")
    for name in "abx":
        Image.new("L", (4, 4)).save(root / f"masks/all/{name}.png")
    (root / "train.txt").write_text("images/all/a.jpg\nimages/all/c.jpg\n")
    (root / "val.txt").write_text("images/all/b.jpg\nimages/all/c.jpg\n")
    file = root / "roads.yaml"
    file.write_text(HEAD + splits)
    return file


@pytest.mark.parametrize(
    ("splits", "shared"),
    [
        ("train: images/all\nval: images/all", "3 of 3"),
        ("train: images/all\nval: val.txt", "2 of 2"),
        ("train: train.txt\nval: val.txt", "1 of 2"),
        ("train: images/all\nval: images/../images/all", "3 of 3"),
    ],
)
def test_pictures_that_train_and_val_both_name_come_first(
    tmp_path: Path, splits: str, shared: str
) -> None:
    """Before masks are looked for, and only pictures that are there are named."""
    dataset = open_dataset("folder", _folder(tmp_path, splits))
    with pytest.raises(InputError, match=f"{shared} pictures of the val split") as caught:
        check_train_and_val(dataset)
    example = str(caught.value.why).removeprefix("for example ").split(";")[0]
    assert Path(example).is_file()


def test_what_is_worth_knowing_goes_with_the_facts(idd_lite_root: Path) -> None:
    (idd_lite_root / "gtFine/val/0/overview.png").touch()
    train, val = check_train_and_val(open_dataset("idd_lite", idd_lite_root))
    assert ["overview.png" in note for note in train.facts.notes] == [True]
    assert ["(0, 1)" in note for note in val.facts.notes] == [True]
    for folder in ("leftImg8bit", "gtFine"):
        for drive in ("0", "1"):
            path = idd_lite_root / folder / "val" / drive
            shutil.move(path, path.with_name(f"val{drive}"))
    (idd_lite_root / "gtFine/val/val0/overview.png").unlink()
    train, val = check_train_and_val(open_dataset("idd_lite", idd_lite_root))
    assert train.facts.notes == val.facts.notes == ()
