"""Scoring folders of masks: pairing, and one clear message for everything that cannot be scored."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from effunet.errors import InputError
from effunet.evaluation import class_lines, evaluate_predictions, write_metrics
from effunet.imaging import write_mask
from effunet.labels import LABEL_SPACES

CITYSCAPES, CAMVID, IDD_LITE = (LABEL_SPACES[name] for name in ("cityscapes", "camvid", "idd_lite"))


def _write(folder: Path, **masks: object) -> Path:
    """Masks by name; ``__`` stands for a folder."""
    folder.mkdir(exist_ok=True)
    for name, ids in masks.items():
        mask: NDArray[np.uint8] = np.array(ids, dtype=np.uint8)
        path = folder / f"{name.replace('__', '/')}.png"
        write_mask(path, mask)
    return folder


def test_files_pair_without_the_endings_of_their_data_set(tmp_path: Path) -> None:
    labels = _write(
        tmp_path / "labels",
        a__0001_label=[[0, 1]],
        b__0001_label=[[0, 0]],
        b__0001_inst_label=[[9, 9]],
    )
    predictions = _write(
        tmp_path / "predictions",
        a__0001_image=[[0, 1]],
        b__0001_image=[[0, 1]],
        c__0001_image=[[5, 5]],  # has no label
    )
    evaluation = evaluate_predictions(predictions, labels, label_space=IDD_LITE)
    assert evaluation.images == 2
    assert evaluation.pixel_accuracy == 0.75
    assert evaluation.iou["drivable"] == pytest.approx(2 / 3)


def test_labels_are_label_ids_and_predictions_train_ids(tmp_path: Path) -> None:
    labels = _write(tmp_path / "labels", city__x_gtFine_labelIds=[[7, 8, 26, 3]])
    _write(tmp_path / "labels", city__x_gtFine_instanceIds=[[7, 8, 26, 3]])
    predictions = _write(tmp_path / "predictions", city__x_leftImg8bit=[[0, 1, 13, 2]])
    evaluation = evaluate_predictions(predictions, labels, label_space=CITYSCAPES)
    assert evaluation.miou == 1
    assert evaluation.counts[-1, 2] == 1  # void in the truth


def test_void_predicted_on_a_class_is_a_miss(tmp_path: Path) -> None:
    labels = _write(tmp_path / "labels", x=[[0, 0, 1, 11]])
    predictions = _write(tmp_path / "predictions", x=[[0, 255, 1, 0]])
    evaluation = evaluate_predictions(predictions, labels, label_space=CAMVID)
    assert evaluation.iou["sky"] == 0.5
    assert evaluation.iou["building"] == 1
    assert evaluation.unclassified == pytest.approx(1 / 3)
    assert "predicted as no class  33.33%" in class_lines(evaluation)


def test_metrics_file_says_how_it_was_counted(tmp_path: Path) -> None:
    labels = _write(tmp_path / "labels", x=[[0, 0, 1]])
    predictions = _write(tmp_path / "predictions", x=[[0, 1, 1]])
    evaluation = evaluate_predictions(predictions, labels, label_space=CAMVID)
    path = write_metrics(evaluation, tmp_path / "new" / "folder")
    assert [entry.name for entry in path.parent.iterdir()] == ["metrics.json"]
    written = json.loads(path.read_text())
    assert written["miou"] == 0.5
    assert written["iou"]["sky"] == 0.5
    assert written["iou"]["car"] is None
    assert written["majority_miou"] == pytest.approx(1 / 3)
    assert written["protocol"] == "native"
    assert written["resolution"] == "native"
    assert written["input_scale"] is None
    assert written["checkpoint_sha256"] is None
    assert "void" in written["ignore_rule"]
    assert {"python", "torch"} <= written["versions"].keys()


def test_the_table_lists_the_worst_class_first(tmp_path: Path) -> None:
    labels = _write(tmp_path / "labels", x=[[0, 0, 0, 1, 2]])
    predictions = _write(tmp_path / "predictions", x=[[0, 0, 1, 1, 2]])
    lines = class_lines(evaluate_predictions(predictions, labels, label_space=CAMVID)).splitlines()
    assert [line.split()[0] for line in lines[1:5]] == ["building", "sky", "pole", "road"]
    assert "does not occur" in lines[4]
    assert "mIoU  0.7222" in lines


@pytest.mark.parametrize(
    ("label", "prediction", "message"),
    [
        ({"x": [[0, 1]]}, {}, r"1 of 1 labels have no prediction: x\n[^$]*no mask"),
        ({"x": [[0, 1]]}, {"val__x": [[0, 1]]}, "called like val/x"),
        ({"x": [[0, 1]]}, {"x": [[0], [1]]}, "is 1x2, its label 2x1"),
        (
            {"x": [[0, 99]]},
            {"x": [[0, 1]]},
            r"1 fault in the labels\n[^$]*x.png: id 99, which camvid does not",
        ),
        ({}, {"x": [[0, 1]]}, "no label files"),
        ({"x": [[0]], "x_label": [[0]]}, {"x": [[0]]}, "1 picture with more than one label file"),
        ({"x": [[0]]}, {"x": [[0]], "x_label": [[0]]}, "1 picture with more than one label file"),
    ],
)
def test_what_cannot_be_scored_is_one_clear_message(
    tmp_path: Path, label: dict[str, object], prediction: dict[str, object], message: str
) -> None:
    labels = _write(tmp_path / "labels", **label)
    predictions = _write(tmp_path / "predictions", **prediction)
    with pytest.raises(InputError, match=message):
        evaluate_predictions(predictions, labels, label_space=CAMVID)


def test_many_missing_predictions_are_counted_and_ten_named(tmp_path: Path) -> None:
    labels = _write(tmp_path / "labels", **{f"x{index:02}": [[0]] for index in range(12)})
    with pytest.raises(InputError, match=r"12 of 12 labels .*x09, \.\.\."):
        evaluate_predictions(_write(tmp_path / "none"), labels, label_space=CAMVID)


def test_native_asks_what_the_labels_mean(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--label_space idd_lite\|camvid"):
        evaluate_predictions(tmp_path, tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no such folder\n[^$]*nowhere"):
        evaluate_predictions(tmp_path, tmp_path / "nowhere", label_space=CAMVID)


def test_masks_in_the_colours_of_another_label_space_are_refused(tmp_path: Path) -> None:
    labels = _write(tmp_path / "labels", x=[[0, 1]])
    predictions = _write(tmp_path / "predictions", x=[[0, 1]])
    write_mask(predictions / "x.png", np.zeros((1, 2), np.uint8), IDD_LITE.palette_array())
    with pytest.raises(InputError, match=r"palette is that of idd_lite, not of camvid"):
        evaluate_predictions(predictions, labels, label_space=CAMVID)
    assert evaluate_predictions(predictions, labels, label_space=IDD_LITE).pixel_accuracy == 0.5


def test_labels_of_nothing_but_void_are_no_score(tmp_path: Path) -> None:
    labels = _write(tmp_path / "labels", x=[[11, 11]])
    predictions = _write(tmp_path / "predictions", x=[[0, 1]])
    with pytest.raises(InputError, match="no pixel of the labels"):
        evaluate_predictions(predictions, labels, label_space=CAMVID)


def test_labels_are_not_scored_against_themselves(tmp_path: Path) -> None:
    labels = _write(tmp_path / "labels", x=[[0, 1]])
    (tmp_path / "link").symlink_to(labels)
    with pytest.raises(InputError, match="one folder"):
        evaluate_predictions(tmp_path / "link", labels, label_space=CAMVID)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x.npy", "no mask in it, but files such as x.npy"),
        ("x_gtFine_instanceIds.png", "files such as x_gtFine_instanceIds.png are left aside"),
    ],
)
def test_what_lies_there_instead_of_masks_is_named(tmp_path: Path, name: str, message: str) -> None:
    masks = _write(tmp_path / "masks", x=[[0]])
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / name).touch()
    for predictions, labels in (("masks", "others"), ("others", "masks")):
        with pytest.raises(InputError, match=message):
            evaluate_predictions(tmp_path / predictions, tmp_path / labels, label_space=CAMVID)
    assert masks.is_dir()
