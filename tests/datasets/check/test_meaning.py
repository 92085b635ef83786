"""What label files of a split mean together: own folders with hand-made masks."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from effunet.datasets import IntegrityReport, check_pairs, load_pair, open_dataset
from effunet.imaging import write_mask
from effunet.labels import LABEL_SPACES

NAMES = "names: {0: other, 1: road}"
PALETTE = "palette: [[10, 20, 30], [200, 0, 0]]"


def _report(root: Path, masks: Mapping[str, object], *lines: str) -> IntegrityReport:
    """The train split of a folder with these masks: ids, or colours in a last axis of 3."""
    for name, stored in masks.items():
        array = np.array(stored)
        for folder in ("images", "masks"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        Image.new("RGB", array.shape[1::-1]).save(root / f"images/{name}.png")
        Image.fromarray(array if array.dtype == bool else array.astype(np.uint8)).save(
            root / f"masks/{name}.png"
        )
    return _check(root, *lines)


def _check(root: Path, *lines: str) -> IntegrityReport:
    text = "\n".join(["train: images", "masks_dir: masks", *(lines or (NAMES,))])
    (root / "my.yaml").write_text(text)
    dataset = open_dataset("folder", root / "my.yaml")
    return check_pairs(dataset.pairs("train"), dataset.label_space, dataset.label_map, root=root)


def _whats(report: IntegrityReport) -> list[str]:
    return [fault.what for fault in report.faults]


def _classes(root: Path, report: IntegrityReport, name: str = "a") -> list[list[int]]:
    pairs = open_dataset("folder", root / "my.yaml").pairs("train")
    pair = next(pair for pair in pairs if pair.image.stem == name)
    _, mask = load_pair(pair, report.facts.label_map)
    classes: list[list[int]] = mask.tolist()
    return classes


# ids or colours


def test_colours_of_the_palette_are_read(tmp_path: Path) -> None:
    colours = [[[10, 20, 30], [200, 0, 0], [0, 0, 0]]]
    report = _report(tmp_path, {"a": colours, "b": colours}, NAMES, PALETTE)
    assert report.faults == ()
    assert report.facts.class_pixels.tolist() == [2, 2]
    assert report.facts.void_pixels == 2
    assert _classes(tmp_path, report) == [[0, 1, 255]]


def test_colours_of_a_known_data_set_are_read_by_the_names_of_its_classes(tmp_path: Path) -> None:
    space = LABEL_SPACES["camvid"]
    names = "names: " + str(dict(enumerate(space.names)))
    report = _report(tmp_path, {"a": [space.palette]}, names)
    assert report.faults == ()
    assert _classes(tmp_path, report) == [list(range(11))]


def test_unknown_colours_are_faults_with_their_counts(tmp_path: Path) -> None:
    report = _report(
        tmp_path,
        {"a": [[[10, 20, 30], [200, 0, 0], [105, 10, 15]]], "b": [[[105, 10, 15]] * 2]},
        NAMES,
        PALETTE,
    )
    (fault,) = report.faults
    assert fault.what == "colour #690a0f, which my does not have (3 px)"
    assert [fault.where.name, *(path.name for path in fault.also)] == ["a.png", "b.png"]


def test_more_colours_than_any_palette_has_are_counted(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3), np.uint8)
    report = _report(tmp_path, {"a": noise}, NAMES, PALETTE)
    assert len(report.faults) == 11
    unknown = [int(what.rpartition("(")[2].split()[0]) for what in _whats(report)]
    assert sum(unknown) == 3600


def test_colours_without_a_palette_ask_for_one(tmp_path: Path) -> None:
    report = _report(tmp_path, {"a": [[[10, 20, 30], [200, 0, 0]]]})
    (fault,) = report.faults
    assert "nothing says which class" in fault.what
    assert "palette:" in fault.fix


def test_ids_in_one_channel_and_in_three_equal_ones_are_read_together(tmp_path: Path) -> None:
    report = _report(tmp_path, {"a": [[0, 1]], "b": [[[1, 1, 1], [0, 0, 0]]]}, NAMES, PALETTE)
    assert report.faults == ()
    assert _classes(tmp_path, report) == [[0, 1]]
    assert _classes(tmp_path, report, "b") == [[1, 0]]


def test_ids_in_three_equal_channels_are_read(tmp_path: Path) -> None:
    report = _report(tmp_path, {"a": [[[0] * 3, [1] * 3, [255] * 3]]}, NAMES, PALETTE)
    assert report.faults == ()
    assert report.facts.class_pixels.tolist() == [1, 1]
    assert _classes(tmp_path, report) == [[0, 1, 255]]


def test_opaque_alpha_changes_nothing(tmp_path: Path) -> None:
    report = _report(tmp_path, {"a": [[[10, 20, 30, 255], [200, 0, 0, 255]]]}, NAMES, PALETTE)
    assert report.faults == ()
    assert _classes(tmp_path, report) == [[0, 1]]


@pytest.mark.parametrize(
    ("palette", "levels", "classes"),
    [
        ("[[0, 0, 0], [255, 255, 255]]", [0, 255], [0, 1]),  # no id 255 is written down
        ("[[64, 64, 64], [128, 128, 128]]", [0, 64, 128], [255, 0, 1]),
        ("[[64, 64, 64], [128, 128, 128]]", [0, 1], [0, 1]),
        ("[[0, 0, 0], [1, 1, 1]]", [0, 1], [0, 1]),  # the same either way
        ("[[9, 9, 9], [0, 0, 0]]", [1], [1]),
    ],
)
def test_grey_palettes_leave_one_meaning(
    tmp_path: Path, palette: str, levels: list[int], classes: list[int]
) -> None:
    stored = [[[level] * 3 for level in levels]]
    report = _report(tmp_path, {"a": stored}, NAMES, f"palette: {palette}")
    assert report.faults == ()
    assert _classes(tmp_path, report) == [classes]


def test_grey_levels_that_fit_neither_way_are_read_in_the_way_that_leaves_fewer(
    tmp_path: Path,
) -> None:
    stored = [[[level] * 3 for level in (64, 128, 200)]]
    palette = "palette: [[64, 64, 64], [128, 128, 128]]"
    assert _whats(_report(tmp_path, {"a": stored}, NAMES, palette)) == [
        "colour #c8c8c8, which my does not have (1 px)"
    ]
    stored = [[[level] * 3 for level in (0, 1, 64, 200)]]
    assert _whats(_report(tmp_path, {"a": stored}, NAMES, palette)) == [
        "id 64, which my does not have (1 px)",
        "id 200, which my does not have (1 px)",
    ]


def test_a_mapping_of_ids_beside_colours_is_noted(tmp_path: Path) -> None:
    colours = [[[10, 20, 30], [200, 0, 0]]]
    mapping = "label_mapping: {0: 1, 1: 0}"
    report = _report(tmp_path, {"a": colours}, NAMES, PALETTE, mapping)
    (note,) = report.facts.notes
    assert "label_mapping is unused" in note
    assert _classes(tmp_path, report) == [[0, 1]]
    assert _report(tmp_path, {"a": [[0, 1]]}, NAMES, PALETTE, mapping).facts.notes == ()


def test_a_grey_palette_that_leaves_two_meanings_is_a_fault(tmp_path: Path) -> None:
    stored = [[[0] * 3, [1] * 3]]
    report = _report(tmp_path, {"a": stored}, NAMES, "palette: [[1, 1, 1], [0, 0, 0]]")
    (what,) = _whats(report)
    assert "may be ids or colours" in what


def test_ids_beside_colours_are_a_fault_that_names_both(tmp_path: Path) -> None:
    masks: dict[str, object] = {"a": [[0, 1]], "b": [[[10, 20, 30], [200, 0, 0]]], "c": [[1, 1]]}
    (fault,) = _report(tmp_path, masks, NAMES, PALETTE).faults
    assert fault.where.name == "b.png"
    assert "holds colours, as 1 of the 3 label files do; 2 hold ids" in fault.what
    assert fault.what.endswith("a.png")


# binary masks


def test_0_and_255_say_what_is_missing_and_how_to_mend_it(tmp_path: Path) -> None:
    report = _report(tmp_path, {"a": [[0, 255]], "b": [[0, 0]]})
    assert report.faults == ()
    (note,) = report.facts.notes
    assert "no pixel is of road" in note
    assert "label_mapping: {0: 0, 255: 1}" in note
    assert report.facts.void_share == 0.25
    mended = _check(tmp_path, NAMES, "label_mapping: {0: 0, 255: 1}")
    assert (mended.faults, mended.facts.notes) == ((), ())
    assert mended.facts.class_pixels.tolist() == [3, 1]


def test_a_class_without_a_pixel_is_noted_beside_the_ids_there_are(tmp_path: Path) -> None:
    names = "names: {0: a, 1: b, 2: c, 3: d}"
    (note,) = _report(tmp_path, {"a": [[0, 1, 255]]}, names).facts.notes
    assert note == "no pixel is of c, d; the label files hold the ids 0-1, 255"


def test_a_split_of_void_alone_is_refused(tmp_path: Path) -> None:
    (fault,) = _report(tmp_path, {"a": [[255, 255]], "b": [[255, 255]]}).faults
    assert "every pixel of the split is void" in fault.what
    assert "label_mapping: {0: 0, 255: 1}" in fault.fix
    mapped = "label_mapping: {0: 0, 1: 1, 255: ignore_label}"
    (fault,) = _check(tmp_path, NAMES, mapped).faults
    assert "check the ids" in fault.fix


def test_one_bit_masks_beside_0_and_255_are_a_fault(tmp_path: Path) -> None:
    masks: dict[str, object] = {"a": np.array([[False, True]]), "b": [[0, 255]], "c": [[0, 255]]}
    (fault,) = _report(tmp_path, masks).faults
    assert fault.where.name == "b.png"
    assert "holds 0 and 255, as 2 label files do; 1 hold 0 and 1" in fault.what
    stated = _check(tmp_path, NAMES, "label_mapping: {0: 0, 1: 1, 255: 1}")
    assert stated.faults == ()
    assert stated.facts.class_pixels.tolist() == [3, 3]


def test_two_kinds_of_binary_masks_are_a_fault_however_many_classes_there_are(
    tmp_path: Path,
) -> None:
    names = "names: {0: other, 1: road, 2: pavement}"
    masks: dict[str, object] = {"a": [[255, 255]], "b": [[0, 255]], "c": [[0, 1]], "d": [[1, 1]]}
    (fault,) = _report(tmp_path, masks, names).faults
    assert [path.name for path in (fault.where, *fault.also)] == ["b.png", "a.png"]
    assert "holds 0 and 255, as 2 label files do; 2 hold 0 and 1" in fault.what


@pytest.mark.parametrize(
    "masks",
    [
        {"a": [[0, 1]], "b": [[0, 255]], "c": [[1, 255]]},
        {"a": [[0, 1]], "b": [[0, 255]], "c": [[0, 2]]},
        {"a": [[0, 1]], "b": [[255, 255]]},
    ],
)
def test_void_beside_classes_is_no_second_meaning(tmp_path: Path, masks: dict[str, object]) -> None:
    names = "names: {0: other, 1: road, 2: pavement}"
    assert _report(tmp_path, masks, names).faults == ()


def test_label_files_of_void_alone_are_counted(tmp_path: Path) -> None:
    masks: dict[str, object] = {"a": [[0, 1]], "b": [[255, 255]], "c": [[0, 255]], "d": [[1, 255]]}
    (note,) = _report(tmp_path, masks).facts.notes
    assert note.startswith("1 of 4 label files are void at every pixel, such as ")
    assert note.endswith("b.png")


# ids and palettes


def test_an_unknown_id_is_one_line_however_many_files_hold_it(tmp_path: Path) -> None:
    masks: dict[str, object] = {f"{index:02}": [[0, 2, 2]] for index in range(20)}
    masks["x"] = [[0, 1, 7]]
    report = _report(tmp_path, masks)
    assert _whats(report) == [
        "id 2, which my does not have (40 px)",
        "id 7, which my does not have (1 px)",
    ]
    assert len(report.faults[0].also) == 19


def test_colours_of_a_known_data_set_are_fine_where_someone_says_so(tmp_path: Path) -> None:
    """By any label_mapping, an identity too, or by palette:, as the message says."""
    _report(tmp_path, {"a": [[0, 1]]})
    cityscapes = LABEL_SPACES["cityscapes"]
    write_mask(tmp_path / "masks/a.png", np.array([[0, 1]], np.uint8), cityscapes.palette_array())
    (fault,) = _check(tmp_path).faults
    assert "its palette is that of cityscapes" in fault.what
    assert "label_mapping:" in fault.fix
    assert "palette:" in fault.fix
    assert _check(tmp_path, NAMES, "label_mapping: {0: 0, 1: 1}").faults == ()
    colours = [list(colour) for colour in cityscapes.palette[:2]]
    assert _check(tmp_path, NAMES, f"palette: {colours}").faults == ()


# orientation


@pytest.mark.parametrize("orientation", range(2, 9))
def test_turned_pictures_beside_masks_that_are_not_are_noted_once(
    tmp_path: Path, orientation: int
) -> None:
    masks = {name: np.eye(4) for name in ("a", "b", "c")}
    assert _report(tmp_path, masks).facts.notes == ()
    exif = Image.Exif()
    exif[0x0112] = orientation
    for name in ("a", "b"):
        Image.new("RGB", (4, 4)).save(tmp_path / f"images/{name}.png", exif=exif)
    (note,) = _check(tmp_path).facts.notes
    assert "EXIF turns 2 of 3 pictures" in note
    assert "images/a.png" in note
    for name in ("a", "b"):
        Image.fromarray(np.eye(4, dtype=np.uint8)).save(tmp_path / f"masks/{name}.png", exif=exif)
    assert _check(tmp_path).facts.notes == ()
