from pathlib import Path

from effunet.datasets import SegmentationPair, open_dataset
from effunet.datasets.check.notes import shared_drives, stray_labels


def _pairs(*drives: str | None) -> list[SegmentationPair]:
    return [
        SegmentationPair(Path(f"{n}.jpg"), Path(f"{n}.png"), key=str(n), sequence=drive)
        for n, drive in enumerate(drives)
    ]


def test_drives_of_both_splits_are_named() -> None:
    (note,) = shared_drives(_pairs("a", "b", None), _pairs("b", "c", "b", None))
    assert note.startswith(
        "2 of 4 pictures of val are of drives that train has frames of, too (b):"
    )
    (note,) = shared_drives(_pairs(*"abcd"), _pairs(*"dcba"))
    assert "(d, c, b, ...)" in note


def test_splits_of_unknown_or_of_their_own_drives_need_no_note() -> None:
    assert shared_drives(_pairs("a", None), _pairs("b", None)) == ()


def test_camvid_validates_on_a_drive_it_trains_on(data_root: Path) -> None:
    dataset = open_dataset("camvid", data_root / "CamVid")
    (note,) = shared_drives(dataset.pairs("train"), dataset.pairs("val"))
    assert note.startswith("101 of 101 pictures of val")
    assert "(0016E5)" in note


def test_idd_lite_validates_on_other_drives(data_root: Path) -> None:
    dataset = open_dataset("idd_lite", data_root / "idd20k_lite")
    assert shared_drives(dataset.pairs("train"), dataset.pairs("val")) == ()
    assert stray_labels(dataset, "train") == stray_labels(dataset, "val") == ()


def test_what_lies_among_the_labels_is_counted_for_each_split(idd_lite_root: Path) -> None:
    folder = idd_lite_root / "gtFine/val/0"
    for name in ("000000_colour.png", "000000_inst_label.png", "overview.gif"):
        (folder / name).touch()
    dataset = open_dataset("idd_lite", idd_lite_root)
    assert stray_labels(dataset, "train") == ()
    (note,) = stray_labels(dataset, "val")
    assert note.startswith("2 of the files among the labels are no label files, such as ")
    assert str(folder / "000000_colour.png") in note
    assert note.endswith("*_label.png")
