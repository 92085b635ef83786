"""Whatever the tree, a drive is in one split, and every picture in exactly one."""

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from effunet.datasets import (
    Plan,
    RoadDataset,
    Telling,
    open_dataset,
    plan_lines,
    plan_split,
    write_splits,
)
from effunet.errors import InputError

HEAD = "masks_dir: masks\nnames: {0: road, 1: other, 2: rare}\n"


def _scene(root: Path, name: str, *, seed: int, rare: bool = False) -> None:
    rng = np.random.default_rng(seed)
    for kind in ("images", "masks"):
        (root / kind / name).parent.mkdir(parents=True, exist_ok=True)
    picture = rng.integers(0, 256, (6, 8, 3), np.uint8)
    Image.fromarray(picture).save(root / "images" / f"{name}.png")
    mask = rng.integers(0, 2, (6, 8), np.uint8)
    mask[0, 0] = 2 if rare else 255
    Image.fromarray(mask).save(root / "masks" / f"{name}.png")


def _open(root: Path, text: str = "train: images") -> RoadDataset:
    (root / "roads.yaml").write_text(HEAD + text)
    return open_dataset("folder", root / "roads.yaml")


def _plan(
    dataset: RoadDataset, *, test: float = 0.0, drives: Telling = "auto", seed: int = 0
) -> Plan:
    return plan_split(dataset, val=0.2, test=test, seed=seed, drives=drives)


def _assert_drives_are_apart(plan: Plan) -> None:
    splits_of = Counter(drive for part in plan.parts for drive in part.drives)
    assert set(splits_of.values()) == {1}
    assert all(part.pairs for part in plan.parts)


@pytest.mark.parametrize("seed", range(6))
def test_a_drive_is_in_one_split_and_a_picture_in_exactly_one(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    test = 0.2 * (seed % 2)
    for drive in range(int(rng.integers(3, 9))):
        for frame in range(int(rng.integers(1, 6))):
            by_folder = f"{'train' if frame % 2 else 'val'}/drive{drive}/{frame:04}"
            name = f"train/drive{drive}_{frame:04}" if seed % 3 == 0 else by_folder
            _scene(tmp_path, name, seed=1000 * seed + 10 * drive + frame)
    (tmp_path / "images/val").mkdir(exist_ok=True)
    text = "train: images/train" + ("\nval: images/val" if seed % 3 else "")
    plan = _plan(_open(tmp_path, text), test=test, seed=seed)
    _assert_drives_are_apart(plan)
    taken = sorted(pair.image for part in plan.parts for pair in part.pairs)
    assert taken == sorted((tmp_path / "images").rglob("*.png"))
    written = open_dataset("folder", write_splits(plan, tmp_path / "out"))
    of_split = {
        part.name: {pair.sequence for pair in written.pairs(part.name)} for part in plan.parts
    }
    assert of_split == {part.name: set(part.drives) for part in plan.parts}


@pytest.mark.parametrize(("name", "folder"), [("camvid", "CamVid"), ("idd_lite", "idd20k_lite")])
def test_no_drive_of_the_real_sets_is_in_two_splits(
    data_root: Path, tmp_path: Path, name: str, folder: str
) -> None:
    dataset = open_dataset(name, data_root / folder)
    pictures = [pair.image for split in ("train", "val") for pair in dataset.pairs(split)]
    for test in (0.0, 0.1):
        plan = plan_split(dataset, val=0.1, test=test, seed=0, drives="auto")
        _assert_drives_are_apart(plan)
        out = tmp_path / f"with-{test}"
        written = open_dataset("folder", write_splits(plan, out))
        found = [pair for part in plan.parts for pair in written.pairs(part.name)]
        assert sorted(pair.image.resolve() for pair in found) == sorted(pictures)
        assert all(pair.mask.is_file() for pair in found)


def test_drives_with_the_same_picture_stay_together(tmp_path: Path) -> None:
    for drive in range(6):
        _scene(tmp_path, f"d{drive}/0", seed=drive)
    for kind in ("images", "masks"):
        shutil.copy(tmp_path / kind / "d1/0.png", tmp_path / kind / "d4/1.png")
    for seed in range(8):
        plan = _plan(_open(tmp_path), seed=seed)
        (holding,) = (part.drives for part in plan.parts if "d1" in part.drives)
        assert "d4" in holding
        assert any("such as d1 and d4" in note for note in plan.notes)


def test_too_few_drives_are_told_with_what_can_be_done(tmp_path: Path) -> None:
    for seed, name in enumerate(("d1/0", "d1/1", "d2/0")):
        _scene(tmp_path, name, seed=seed)
    with pytest.raises(
        InputError, match="2 drives cannot be split into train, val, test"
    ) as caught:
        _plan(_open(tmp_path), test=0.1)
    assert "--drives" in caught.value.fix
    assert {part.name for part in _plan(_open(tmp_path)).parts} == {"train", "val"}
    shutil.copy(tmp_path / "images/d1/0.png", tmp_path / "images/d2/0.png")
    with pytest.raises(InputError, match="2 drives cannot be split into train, val") as caught:
        _plan(_open(tmp_path))
    assert "the same pictures" in str(caught.value)


def test_a_class_of_one_drive_is_told_to_be_in_one_split_alone(tmp_path: Path) -> None:
    for drive in range(5):
        _scene(tmp_path, f"d{drive}/0", seed=drive, rare=drive == 2)
    lines = plan_lines(_plan(_open(tmp_path)))
    assert any("rare is not in" in line and "in 1 drive only" in line for line in lines)
    assert max(len(line) for line in lines if not line.startswith("note")) <= 60


@pytest.mark.parametrize(("val", "test"), [(0.0, 0.1), (1.0, 0.0), (0.5, 0.5), (0.1, -0.1)])
def test_fractions_that_leave_nothing_are_refused(
    idd_lite_root: Path, val: float, test: float
) -> None:
    dataset = open_dataset("idd_lite", idd_lite_root)
    with pytest.raises(InputError, match="leave no sensible parts"):
        plan_split(dataset, val=val, test=test, seed=0, drives="auto")


def test_faults_come_before_splits(idd_lite_root: Path) -> None:
    next(idd_lite_root.glob("gtFine/train/0/*.png")).unlink()
    with pytest.raises(InputError, match="1 fault in the data set"):
        plan_split(open_dataset("idd_lite", idd_lite_root), val=0.4, test=0, seed=0, drives="auto")
