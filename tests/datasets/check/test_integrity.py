import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from effunet.datasets import check_pairs, check_split, open_dataset
from effunet.datasets.check.scan_cache import open_scan_cache
from effunet.errors import InputError
from effunet.imaging import read_mask, write_image, write_mask
from effunet.labels import LABEL_MAPS, LABEL_SPACES

SPACE = LABEL_SPACES["idd_lite"]
MAP = LABEL_MAPS["idd_lite"]
PALETTE = SPACE.palette_array()


def _faults(root: Path, split: str = "train") -> dict[str, str]:
    dataset = open_dataset("idd_lite", root)
    report = check_pairs(dataset.pairs(split), dataset.label_space, dataset.label_map, root=root)
    return {fault.where.relative_to(root).as_posix(): fault.what for fault in report.faults}


def test_facts_of_a_sound_split(idd_lite_root: Path) -> None:
    pairs = open_dataset("idd_lite", idd_lite_root).pairs("train")
    facts = check_split(pairs, SPACE, MAP)
    ids = np.stack([read_mask(pair.mask) for pair in pairs])
    assert facts.sizes == ((48, 64),) * 4
    assert facts.class_pixels.dtype == np.int64
    assert facts.class_pixels.tolist() == [(ids == k).sum() for k in range(7)]
    assert facts.class_images.tolist() == [(ids == k).any(axis=(1, 2)).sum() for k in range(7)]


def test_classes_of_several_ids_and_of_none_are_counted(tmp_path: Path) -> None:
    """Cityscapes maps 15 ids to void and leaves most classes out of one picture."""
    write_image(tmp_path / "leftImg8bit/val/x/x_leftImg8bit.png", np.zeros((1, 6, 3), np.uint8))
    ids = np.array([[7, 7, 0, 4, 255, 33]], np.uint8)
    write_mask(tmp_path / "gtFine/val/x/x_gtFine_labelIds.png", ids, np.zeros((256, 3), np.uint8))
    dataset = open_dataset("cityscapes", tmp_path)
    facts = check_split(dataset.pairs("val"), dataset.label_space, dataset.label_map)
    assert facts.class_pixels.tolist() == [2] + [0] * 17 + [1]
    assert facts.class_images.tolist() == [1] + [0] * 17 + [1]


def test_all_faults_are_listed_at_once(idd_lite_root: Path) -> None:
    images = idd_lite_root / "leftImg8bit/train"
    masks = idd_lite_root / "gtFine/train"
    (masks / "0/000000_label.png").unlink()
    (images / "0/000001_image.jpg").unlink()
    jpeg = (images / "1/000000_image.jpg").read_bytes()
    (images / "1/000000_image.jpg").write_bytes(jpeg[: len(jpeg) // 2])
    write_mask(masks / "1/000001_label.png", np.full((48, 60), 3, np.uint8), PALETTE)
    faults = _faults(idd_lite_root)
    assert faults.keys() == {
        "gtFine/train/0/000000_label.png",
        "leftImg8bit/train/0/000001_image.jpg",
        "leftImg8bit/train/1/000000_image.jpg",
        "gtFine/train/1/000001_label.png",
    }
    assert "missing" in faults["gtFine/train/0/000000_label.png"]
    assert "missing" in faults["leftImg8bit/train/0/000001_image.jpg"]
    assert "truncated" in faults["leftImg8bit/train/1/000000_image.jpg"]
    assert faults["gtFine/train/1/000001_label.png"] == "is 60x48 and its picture 64x48"


def test_ids_out_of_range_are_named_with_their_counts(idd_lite_root: Path) -> None:
    path = idd_lite_root / "gtFine/train/0/000000_label.png"
    ids = read_mask(path).astype(np.uint8)
    ids[5, :3], ids[6, :5] = 9, 200
    Image.fromarray(ids).save(path)
    dataset = open_dataset("idd_lite", idd_lite_root)
    report = check_pairs(dataset.pairs("train"), SPACE, MAP, root=idd_lite_root)
    assert {fault.where for fault in report.faults} == {path}
    assert [fault.what for fault in report.faults] == [
        "id 9, which idd_lite does not have (3 px)",
        "id 200, which idd_lite does not have (5 px)",
    ]
    with pytest.raises(InputError, match="0-6, 255"):
        check_split(dataset.pairs("train"), SPACE, MAP)


def test_16_bit_ids_out_of_range_are_named(idd_lite_root: Path) -> None:
    path = idd_lite_root / "gtFine/train/0/000000_label.png"
    Image.fromarray(read_mask(path).astype(np.uint16) * 0 + 26_000).save(path)
    assert _faults(idd_lite_root) == {
        "gtFine/train/0/000000_label.png": "id 26000, which idd_lite does not have (3072 px)"
    }


def test_the_palette_of_another_data_set_is_refused(idd_lite_root: Path) -> None:
    path = idd_lite_root / "gtFine/train/0/000000_label.png"
    ids = read_mask(path).astype(np.uint8)
    write_mask(path, ids, LABEL_SPACES["cityscapes"].palette_array())
    (fault,) = _faults(idd_lite_root).values()
    assert fault == "its palette is that of cityscapes, not of idd_lite"
    write_mask(path, ids, np.random.default_rng(0).integers(0, 256, (256, 3), np.uint8))
    assert _faults(idd_lite_root) == {}  # of nobody we know: it means nothing


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda path: Image.new("RGB", (64, 48), "red").save(path), "colours"),
        (lambda path: Image.new("L", (64, 48)).save(path, format="JPEG"), "lossy"),
        (lambda path: path.write_text("<html>"), "not one of"),
    ],
)
def test_masks_that_hold_no_ids_are_faults(
    idd_lite_root: Path, spoil: Callable[[Path], object], what: str
) -> None:
    spoil(idd_lite_root / "gtFine/train/0/000000_label.png")
    (fault,) = _faults(idd_lite_root).values()
    assert what in fault


def test_pictures_with_one_name_are_faults(idd_lite_root: Path) -> None:
    """The masks predicted for them would overwrite each other, on some systems at least."""
    folder = idd_lite_root / "leftImg8bit/train/0"
    shutil.copy(folder / "000000_image.jpg", folder / "000000_image.png")
    assert len(_faults(idd_lite_root)) == 1
    (folder / "000000_image.png").unlink()
    for parent in ("leftImg8bit", "gtFine"):
        folder = idd_lite_root / parent / "train"
        for name in ("x", "X"):
            shutil.copytree(folder / "0", folder / name)
    assert len(_faults(idd_lite_root)) == 2


def test_a_turned_picture_is_recognised(idd_lite_root: Path) -> None:
    path = idd_lite_root / "leftImg8bit/train/0/000000_image.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (64, 48)).save(path, exif=exif)
    (fault,) = _faults(idd_lite_root).values()
    assert fault == "is 64x48 and its picture 48x64, turned upright by its EXIF orientation"


def test_faults_of_one_cause_are_one_entry_with_its_own_mend(
    tmp_path: Path, write_idd_lite: Callable[..., Path]
) -> None:
    root = write_idd_lite(tmp_path / "data", train=53, size=(8, 8))
    masks = sorted((root / "gtFine/train").rglob("*.png"))
    masks[0].write_text("")
    for mask in masks[1:]:
        mask.unlink()
    with pytest.raises(InputError) as caught:
        check_split(open_dataset("idd_lite", root).pairs("train"), SPACE, MAP, root=root)
    error = caught.value
    assert error.exit_code == 2
    assert (error.what, error.where) == ("53 faults in the data set", root)
    assert error.why is not None
    assert [line.strip() for line in error.why.splitlines()] == [
        "1. gtFine/train/0/000000_label.png: the picture cannot be read: it is empty",
        "2. 52 files: the mask of this picture is missing",
        *(f"gtFine/train/{mask.parent.name}/{mask.name}" for mask in masks[1:4]),
        "and 49 more",
    ]
    assert [line.strip() for line in error.fix.splitlines()] == [
        "1. get the file again from its source, or remove it",
        "2. add it or remove the picture",
        "beside the data, --every_file of effunet data check names every file",
    ]


def test_progress_is_told(idd_lite_root: Path) -> None:
    told: list[tuple[int, int]] = []
    pairs = open_dataset("idd_lite", idd_lite_root).pairs("train")
    check_pairs(pairs, SPACE, MAP, progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_waiting_for_another_process_is_told(
    idd_lite_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("effunet.datasets.check.scan_cache._PATIENCE", -1.0)
    told: list[tuple[int, int]] = []
    pairs = open_dataset("idd_lite", idd_lite_root).pairs("train")
    with open_scan_cache(idd_lite_root, tmp_path / "cache"):
        check_pairs(
            pairs,
            SPACE,
            MAP,
            root=idd_lite_root,
            cache_dir=tmp_path / "cache",
            progress=lambda done, of: told.append((done, of)),
        )
    assert told == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


def test_the_data_stays_untouched(idd_lite_root: Path) -> None:
    def state() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in idd_lite_root.rglob("*")}

    before = state()
    check_split(open_dataset("idd_lite", idd_lite_root).pairs("train"), SPACE, MAP)
    assert state() == before


@pytest.mark.parametrize(("name", "folder"), [("idd_lite", "idd20k_lite"), ("camvid", "CamVid")])
def test_the_real_ones_are_sound(data_root: Path, name: str, folder: str) -> None:
    dataset = open_dataset(name, data_root / folder)
    facts = check_split(dataset.pairs("val"), dataset.label_space, dataset.label_map)
    assert len(set(facts.sizes)) == 1
    assert (facts.class_images > 0).all()
    if name == "idd_lite":
        share = facts.class_pixels / facts.class_pixels.sum() * 100
        expected = [31.8, 2.40, 1.61, 8.54, 11.9, 23.6, 20.1]
        np.testing.assert_allclose(share, expected, atol=0.06)
