from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from effunet.datasets import check_out, load_pair, open_dataset, plan_split, write_splits
from effunet.errors import InputError


def _state(root: Path) -> dict[Path, tuple[int, int]]:
    return {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in root.rglob("*")}


def test_files_stay_as_they_are_and_what_is_written_leads_to_them(
    idd_lite_root: Path, tmp_path: Path
) -> None:
    before = _state(idd_lite_root)
    dataset = open_dataset("idd_lite", idd_lite_root)
    plan = plan_split(dataset, val=0.4, test=0, seed=0, drives="folder")
    written = open_dataset("folder", write_splits(plan, tmp_path / "out"))
    assert _state(idd_lite_root) == before
    assert written.label_space == dataset.label_space
    for part in plan.parts:
        files = {pair.image.resolve(): pair for pair in written.pairs(part.name)}
        assert files.keys() == {pair.image for pair in part.pairs}
        for pair in part.pairs:
            there = load_pair(files[pair.image], written.label_map)
            here = load_pair(pair, dataset.label_map)
            assert all(np.array_equal(one, other) for one, other in zip(there, here, strict=True))


@pytest.mark.parametrize("drive", ["images", "a  b", "ä", "line\nbreak", "~", "#1"])
def test_odd_names_of_drives_are_read_back(tmp_path: Path, drive: str) -> None:
    for index, name in enumerate([drive, "other"]):
        for kind, stored in (("images", 50 * index), ("masks", index)):
            (tmp_path / kind / name).mkdir(parents=True)
            Image.new("L", (4, 4), stored).save(tmp_path / kind / name / "x.png")
    text = "train: images\nmasks_dir: masks\nnames: [no, 'yes: maybe']"
    (tmp_path / "my roads.yaml").write_text(text)
    dataset = open_dataset("folder", tmp_path / "my roads.yaml")
    described = write_splits(
        plan_split(dataset, val=0.5, test=0, seed=0, drives="folder"), tmp_path / "out"
    )
    written = open_dataset("folder", described)
    assert written.label_space.names == ("no", "yes: maybe")
    found = [pair for split in ("train", "val") for pair in written.pairs(split)]
    assert {pair.image.resolve().parent.name for pair in found} == {drive, "other"}
    assert {load_pair(pair, written.label_map)[1].max() for pair in found} == {0, 1}


def test_drives_that_differ_in_case_alone_get_folders_of_their_own(tmp_path: Path) -> None:
    for index, name in enumerate(["train/Drive", "val/drive", "val/other"]):
        for kind in ("images", "masks"):
            (tmp_path / kind / name).mkdir(parents=True)
            Image.new("L", (4, 4), index % 2).save(tmp_path / kind / name / "x.png")
        Image.new("L", (4, 4), 40 * index).save(tmp_path / "images" / name / "x.png")
    text = "train: images/train\nval: images/val\nmasks_dir: masks\nnames: [a, b]"
    (tmp_path / "my.yaml").write_text(text)
    dataset = open_dataset("folder", tmp_path / "my.yaml")
    plan = plan_split(dataset, val=0.3, test=0, seed=0, drives="folder")
    write_splits(plan, tmp_path / "out")
    links = [path.relative_to(tmp_path / "out") for path in (tmp_path / "out/images").rglob("*.*")]
    assert len({link.as_posix().casefold() for link in links}) == 3


def test_what_ids_and_colours_mean_goes_along(tmp_path: Path) -> None:
    for index in range(2):
        for kind in ("images", "masks"):
            (tmp_path / kind / f"d{index}").mkdir(parents=True)
            Image.new("L", (4, 4), 7 + index).save(tmp_path / kind / f"d{index}/x.png")
    text = "train: images\nmasks_dir: masks\nnames: [a, b]\nlabel_mapping: {7: 1, 8: ignore_label}"
    (tmp_path / "my.yaml").write_text(f"{text}\npalette: [[1, 2, 3], [9, 9, 0]]")
    dataset = open_dataset("folder", tmp_path / "my.yaml")
    plan = plan_split(dataset, val=0.5, test=0, seed=0, drives="auto")
    written = open_dataset("folder", write_splits(plan, tmp_path / "out"))
    assert written.label_map == dataset.label_map
    assert written.label_space == dataset.label_space


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("mask_channel: red", lambda ids: np.dstack([ids, ids * 0 + 9, ids * 0])),
        ("label_divisor: 256", lambda ids: ids.astype(np.uint16) * 256 + 5),
    ],
    ids=["channel", "divisor"],
)
def test_where_the_ids_are_goes_along(
    said: str, stored: Callable[[np.ndarray], np.ndarray], tmp_path: Path
) -> None:
    ids = np.array([[0, 1], [1, 255]], np.uint8)
    for drive in ("d0", "d1"):
        for kind in ("images", "masks"):
            (tmp_path / kind / drive).mkdir(parents=True)
        Image.new("L", (2, 2), ord(drive[1])).save(tmp_path / "images" / drive / "x.png")
        Image.fromarray(stored(ids)).save(tmp_path / "masks" / drive / "x.png")
    (tmp_path / "my.yaml").write_text(f"train: images\nmasks_dir: masks\nnames: [a, b]\n{said}")
    dataset = open_dataset("folder", tmp_path / "my.yaml")
    plan = plan_split(dataset, val=0.5, test=0, seed=0, drives="auto")
    written = open_dataset("folder", write_splits(plan, tmp_path / "out"))
    assert written.label_map == dataset.label_map
    for pair in [*written.pairs("train"), *written.pairs("val")]:
        np.testing.assert_array_equal(load_pair(pair, written.label_map)[1], ids)


def test_no_folder_that_is_taken_or_among_the_pictures(idd_lite_root: Path, tmp_path: Path) -> None:
    dataset = open_dataset("idd_lite", idd_lite_root)
    with pytest.raises(InputError, match="among the pictures"):
        check_out(dataset, idd_lite_root / "leftImg8bit/train/new")
    with pytest.raises(InputError, match="nothing is overwritten"):
        check_out(dataset, idd_lite_root)
    check_out(dataset, tmp_path / "new")
