from pathlib import Path

import pytest
from PIL import Image

from effunet.datasets import IntegrityReport, check_pairs, open_dataset


def _report(root: Path, images: list[str], masks: list[str]) -> IntegrityReport:
    for folder, names in {"images": images, "masks": masks}.items():
        for name in names:
            path = root / folder / f"train/{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB" if folder == "images" else "L", (2, 1)).save(path)
    text = "train: images/train\nmasks_dir: masks\nnames: [a, b]"
    (root / "my.yaml").write_text(text)
    dataset = open_dataset("folder", root / "my.yaml")
    return check_pairs(dataset.pairs("train"), dataset.label_space, dataset.label_map, root=root)


@pytest.mark.parametrize(
    ("images", "masks", "option"),
    [
        (["1", "2", "12"], ["1_seg", "2_seg", "12_seg"], "mask_ending: _seg"),
        (["1-rgb", "2-rgb"], ["1", "2"], "image_ending: -rgb"),
        (["1", "a/2", "3"], ["1", "a/2_seg", "3_seg"], "mask_ending: _seg"),
    ],
)
def test_one_ending_of_all_of_them_is_named(
    tmp_path: Path, images: list[str], masks: list[str], option: str
) -> None:
    faults = _report(tmp_path, images, masks).faults
    assert {fault.fix for fault in faults} == {f"in the YAML of a folder, write {option}"}
    assert len({fault.what for fault in faults}) == 1
    assert all(fault.where.is_file() for fault in faults)


def test_what_has_no_ending_in_common_is_missing(tmp_path: Path) -> None:
    faults = _report(tmp_path, ["1", "2", "3"], ["1_seg", "2_mask2", "5"]).faults
    assert len(faults) == 6
    assert all("missing" in fault.what for fault in faults)


def test_other_faults_are_told_with_them(tmp_path: Path) -> None:
    faults = _report(tmp_path, ["1", "2", "3"], ["1_seg", "3"]).faults
    assert [fault.where.name for fault in faults] == ["1_seg.png", "2.png"]
    assert "missing" in faults[1].what
