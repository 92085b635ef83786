"""Label files that predictions are scored against are read as those of a data set are."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from effunet.datasets import Endings
from effunet.errors import InputError
from effunet.evaluation import class_lines, evaluate_predictions
from effunet.imaging import write_mask
from effunet.labels import LABEL_SPACES, IdEncoding, LabelMap, LabelSpace, colour_map, identity_map

CITYSCAPES, CAMVID, IDD_LITE = (LABEL_SPACES[name] for name in ("cityscapes", "camvid", "idd_lite"))
MINE = LabelSpace("mine", ("other", "road"), ((10, 20, 30), (128, 64, 128)))
MAP = LabelMap(identity_map(2), colour_map(MINE.palette))


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    (tmp_path / "labels").mkdir()
    return tmp_path / "labels"


def _predict(labels: Path, **masks: list[int]) -> Path:
    for name, ids in masks.items():
        write_mask(labels.parent / f"guesses/{name}.png", np.array([ids], np.uint8))
    return labels.parent / "guesses"


def _save(path: Path, values: object) -> None:
    Image.fromarray(np.array([values], np.uint8)).save(path)


def test_they_count_whatever_their_format(labels: Path) -> None:
    _save(labels / "a.png", [0, 0])
    _save(labels / "b.tif", [0, 0])
    scores = evaluate_predictions(_predict(labels, a=[0, 0], b=[1, 1]), labels, label_space=CAMVID)
    assert scores.images == 2
    assert scores.pixel_accuracy == 0.5


def test_predictions_count_whatever_their_format(labels: Path) -> None:
    _save(labels / "a.png", [0, 0])
    guesses = _predict(labels, b=[0, 0])
    _save(guesses / "a.bmp", [0, 1])
    assert evaluate_predictions(guesses, labels, label_space=CAMVID).pixel_accuracy == 0.5


def test_one_of_a_format_that_is_not_read_is_named(labels: Path) -> None:
    _save(labels / "a.png", [0, 0])
    (labels / "b.jxl").write_bytes(b"JXL")
    with pytest.raises(InputError, match=r"cannot be read\n[^$]*b\.jxl"):
        evaluate_predictions(_predict(labels, a=[0, 0], b=[0, 0]), labels, label_space=CAMVID)


def test_binary_masks_of_0_and_255_are_no_perfect_score_without_a_word(labels: Path) -> None:
    _save(labels / "a.png", [0, 255, 255, 0])
    guesses = _predict(labels, a=[0, 1, 1, 0])
    scores = evaluate_predictions(guesses, labels, label_space=MINE, label_map=MAP)
    (note,) = scores.notes
    assert "no pixel is of road; 255 is void" in note
    assert "label_mapping: {0: 0, 255: 1}" in note
    assert "void in the labels  50.00% of all pixels" in class_lines(scores)
    assert scores.to_json()["void_share"] == 0.5
    mapped = LabelMap({0: 0, 255: 1}, stated=True)
    scores = evaluate_predictions(guesses, labels, label_space=MINE, label_map=mapped)
    assert (scores.notes, scores.miou) == ((), 1)
    assert "void" not in class_lines(scores).partition("protocol")[0]


def test_labels_of_nothing_but_255_say_what_to_write(labels: Path) -> None:
    _save(labels / "a.png", [255, 255])
    with pytest.raises(InputError, match="no pixel of the labels") as caught:
        evaluate_predictions(_predict(labels, a=[0, 1]), labels, label_space=MINE, label_map=MAP)
    assert "label_mapping: {0: 0, 255: 1}" in (caught.value.why or "")


def test_colours_of_a_palette_are_classes(labels: Path) -> None:
    _save(labels / "a.png", [(128, 64, 128), (10, 20, 30), (0, 0, 0)])
    guesses = _predict(labels, a=[1, 0, 0])
    scores = evaluate_predictions(guesses, labels, label_space=MINE, label_map=MAP)
    assert scores.counts.tolist() == [[1, 0, 0], [0, 1, 0], [1, 0, 0]]


def test_colours_that_are_no_class_are_named(labels: Path) -> None:
    _save(labels / "a.png", [(128, 64, 128), (10, 20, 31)])
    with pytest.raises(InputError, match=r"a\.png: colour #0a141f, which mine does not have"):
        evaluate_predictions(_predict(labels, a=[1, 0]), labels, label_space=MINE, label_map=MAP)


def test_three_equal_channels_hold_ids(labels: Path) -> None:
    _save(labels / "a.png", [(1, 1, 1), (0, 0, 0)])
    guesses = _predict(labels, a=[1, 0])
    assert evaluate_predictions(guesses, labels, label_space=MINE, label_map=MAP).miou == 1


def test_a_stated_mapping_is_heeded_beside_the_colours_of_others(labels: Path) -> None:
    write_mask(labels / "a.png", np.array([[0, 1]], np.uint8), CITYSCAPES.palette_array())
    guesses = _predict(labels, a=[0, 1])
    with pytest.raises(InputError, match="its palette is that of cityscapes, not of mine"):
        evaluate_predictions(guesses, labels, label_space=MINE, label_map=MAP)
    stated = LabelMap(identity_map(2), stated=True)
    assert evaluate_predictions(guesses, labels, label_space=MINE, label_map=stated).miou == 1


def test_train_ids_are_read_where_there_is_nothing_else(labels: Path) -> None:
    _save(labels / "a_gtFine_labelTrainIds.png", [0, 13, 19, 255])
    scores = evaluate_predictions(_predict(labels, a=[0, 13, 0, 0]), labels, label_space=CITYSCAPES)
    assert scores.miou == 1
    assert scores.void_share == 0.5
    assert "train ids are read from *_labelTrainIds" in scores.notes[0]


def test_train_ids_beside_label_ids_are_left_aside(labels: Path) -> None:
    _save(labels / "a_gtFine_labelTrainIds.png", [1, 1])
    _save(labels / "a_gtFine_labelIds.png", [7, 8])
    guesses = _predict(labels, a=[0, 1])
    assert evaluate_predictions(guesses, labels, label_space=CITYSCAPES).miou == 1


def test_pictures_with_train_ids_alone_do_not_vanish_beside_others(labels: Path) -> None:
    _save(labels / "a_gtFine_labelIds.png", [7, 8])
    _save(labels / "b_gtFine_labelTrainIds.png", [0, 1])
    with pytest.raises(InputError, match="train ids lie among others: b_gt"):
        evaluate_predictions(_predict(labels, a=[0, 1], b=[0, 1]), labels, label_space=CITYSCAPES)


def test_the_name_of_a_known_data_set_does_not_make_one(labels: Path) -> None:
    _save(labels / "a.png", [0, 1])
    space = LabelSpace("cityscapes", MINE.names, MINE.palette)
    assert evaluate_predictions(_predict(labels, a=[0, 1]), labels, label_space=space).miou == 1


def test_ids_past_the_classes_are_void_where_the_protocol_says_so(labels: Path) -> None:
    _save(labels / "a.png", [0, 1, 9])
    guesses = _predict(labels, a=[0, 1, 0])
    scores = evaluate_predictions(guesses, labels, protocol="idd_lite")
    assert scores.pixel_accuracy == 1
    assert scores.void_share > 0
    with pytest.raises(InputError, match="id 9, which idd_lite does not have"):
        evaluate_predictions(guesses, labels, label_space=IDD_LITE)


def test_labels_are_read_by_their_encoding_and_predictions_as_they_are(labels: Path) -> None:
    _save(labels / "a.png", [[1, 9, 9], [0, 9, 9], [1, 9, 9], [0, 9, 9]])
    guesses = _predict(labels, a=[1, 0, 1, 0])
    for kind in ("train", "label"):
        scores = evaluate_predictions(
            guesses,
            labels,
            label_space=MINE,
            label_map=LabelMap({0: 0, 1: 1}, encoding=IdEncoding("red")),
            prediction_ids=kind,
        )
        assert scores.miou == 1


def test_labels_and_predictions_pair_by_described_endings(labels: Path) -> None:
    """KITTI's roads; masks of lanes beside them are left aside."""
    _save(labels / "um_road_000000.png", [0, 1])
    _save(labels / "um_lane_000000.png", [9, 9])
    guesses = _predict(labels, um_000000_rgb=[0, 1])
    endings = Endings(image="_rgb", mask="_road")
    scores = evaluate_predictions(guesses, labels, label_space=MINE, label_map=MAP, endings=endings)
    assert (scores.images, scores.miou) == (1, 1)
    with pytest.raises(InputError, match=r"no label files\n[^$]*none is called \*_way;"):
        evaluate_predictions(
            guesses, labels, label_space=MINE, label_map=MAP, endings=Endings(mask="_way")
        )
