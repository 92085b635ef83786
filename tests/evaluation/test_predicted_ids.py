"""Ids that stand for nothing are named, and never scored as misses in silence."""

import json
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from effunet.errors import InputError
from effunet.evaluation import evaluate_predictions, write_metrics
from effunet.imaging import write_mask
from effunet.labels import LABEL_SPACES, LabelMap, LabelSpace, identity_map

CITYSCAPES, CAMVID, IDD_LITE = (LABEL_SPACES[name] for name in ("cityscapes", "camvid", "idd_lite"))


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Cityscapes' label ids of three pictures: road, sidewalk, car and void."""
    for name in ("a", "b", "c"):
        write_mask(tmp_path / f"labels/{name}_gtFine_labelIds.png", _ids(7, 8, 26, 3))
    return tmp_path / "labels"


def _ids(*values: int) -> np.ndarray:
    return np.array([values], dtype=np.uint8)


def _predict(folder: Path, **masks: np.ndarray) -> Path:
    for name, mask in masks.items():
        write_mask(folder / f"{name}.png", mask)
    return folder


def test_label_ids_taken_for_train_ids_are_named_with_the_mend(
    labels: Path, tmp_path: Path
) -> None:
    guesses = _predict(
        tmp_path / "guesses", a=_ids(7, 8, 7, 7), b=_ids(7, 26, 26, 3), c=_ids(33, 26, 7, 7)
    )
    with pytest.raises(
        InputError, match=r"does not have: 26 \(3 pixels\), 33 \(1 pixels\)"
    ) as caught:
        evaluate_predictions(guesses, labels, label_space=CITYSCAPES)
    assert caught.value.where == f"first in {guesses / 'b.png'}"
    assert "0-18, 255" in (caught.value.why or "")
    assert caught.value.fix.endswith("--prediction_ids label")


def test_label_ids_are_mapped_as_the_labels_are(labels: Path, tmp_path: Path) -> None:
    right = _ids(7, 8, 26, 3)
    guesses = _predict(tmp_path / "guesses", a=right, b=right, c=_ids(7, 8, 3, 255))
    scores = evaluate_predictions(guesses, labels, label_space=CITYSCAPES, prediction_ids="label")
    train = np.array([[0, 1, 13, 255]], np.uint8)
    same = _predict(tmp_path / "same", a=train, b=train, c=np.array([[0, 1, 255, 255]], np.uint8))
    expected = evaluate_predictions(same, labels, label_space=CITYSCAPES)
    assert scores.counts.tolist() == expected.counts.tolist()
    assert scores.iou["car"] == pytest.approx(2 / 3)
    written = json.loads(write_metrics(scores, tmp_path / "out").read_text())
    assert written["data"]["prediction_ids"] == "label"


def test_train_ids_taken_for_label_ids_are_named_with_the_mend(tmp_path: Path) -> None:
    labels = _predict(tmp_path / "labels", a=_ids(0, 1, 11, 11))
    guesses = _predict(tmp_path / "guesses", a=_ids(0, 1, 99, 11))
    with pytest.raises(InputError, match=r"99 \(1 pixels\)") as caught:
        evaluate_predictions(guesses, labels, label_space=CAMVID, prediction_ids="label")
    assert caught.value.fix == "write predictions with label ids, void as 255"


def test_many_unknown_ids_are_counted_and_ten_named(tmp_path: Path) -> None:
    labels = _predict(tmp_path / "labels", a=np.zeros((1, 30), np.uint8))
    guesses = _predict(tmp_path / "guesses", a=np.arange(30, dtype=np.uint8)[None])
    with pytest.raises(InputError, match=r"20 \(1 pixels\) and 9 more"):
        evaluate_predictions(guesses, labels, label_space=CAMVID)


def test_ids_of_sixteen_bits_are_named_too(tmp_path: Path) -> None:
    labels = _predict(tmp_path / "labels", a=_ids(0, 1))
    guesses = tmp_path / "guesses"
    write_mask(guesses / "a.png", np.array([[0, 7001]], np.uint16))
    with pytest.raises(InputError, match=r"7001 \(1 pixels\)"):
        evaluate_predictions(guesses, labels, label_space=CAMVID)


def test_a_protocol_that_takes_them_for_void_names_none(tmp_path: Path) -> None:
    labels = _predict(tmp_path / "labels", a=_ids(0, 1))
    guesses = _predict(tmp_path / "guesses", a=_ids(0, 7))
    scores = evaluate_predictions(guesses, labels, protocol="idd_lite")
    assert scores.unclassified == 0.5
    with pytest.raises(InputError, match=r"7 \(1 pixels\)"):
        evaluate_predictions(guesses, labels, label_space=IDD_LITE)


@pytest.mark.parametrize(
    ("label_map", "kind", "refused"),
    [
        (LabelMap(identity_map(2)), "train", True),
        (LabelMap(identity_map(2), stated=True), "train", False),
        (LabelMap(identity_map(2), stated=True), "label", False),
        (LabelMap({0: 1, 1: 0}, stated=True), "label", False),
        (LabelMap({0: 1, 1: 0}, stated=True), "train", True),  # says nothing of train ids
    ],
)
def test_whoever_stated_what_ids_mean_knows_it_better_than_colours(
    label_map: LabelMap, kind: Literal["train", "label"], refused: bool, tmp_path: Path
) -> None:
    labels = _predict(tmp_path / "labels", a=_ids(0, 1), b=_ids(0, 1))
    for name in ("a", "b"):
        write_mask(tmp_path / f"guesses/{name}.png", _ids(0, 1), IDD_LITE.palette_array())
    mine = LabelSpace("mine", ("road", "other"), ((128, 64, 128), (1, 2, 3)))

    def score() -> int:
        return evaluate_predictions(
            tmp_path / "guesses",
            labels,
            label_space=mine,
            label_map=label_map,
            prediction_ids=kind,
        ).images

    if refused:
        with pytest.raises(InputError, match="2 faults in the predictions") as caught:
            score()
        assert "2 files: its palette is that of idd_lite" in (caught.value.why or "")
        assert "label_mapping" in (caught.value.fix or "")
        assert "palette:" in (caught.value.fix or "")
    else:
        assert score() == 2


def test_colours_that_open_a_known_palette_are_not_foreign(tmp_path: Path) -> None:
    labels = _predict(tmp_path / "labels", a=_ids(0, 1))
    write_mask(tmp_path / "guesses/a.png", _ids(0, 1), CITYSCAPES.palette_array())
    mine = LabelSpace("mine", CITYSCAPES.names[:2], CITYSCAPES.palette[:2])
    assert evaluate_predictions(tmp_path / "guesses", labels, label_space=mine).miou == 1
