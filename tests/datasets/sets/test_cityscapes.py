from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from effunet.datasets import check_pairs, load_pair, open_dataset
from effunet.errors import InputError

SCENE = "aachen/aachen_000000_000019"


def _write(root: Path, ids: list[list[int]], *endings: str) -> None:
    labels = root / "gtFine/train" / SCENE
    picture = root / f"leftImg8bit/train/{SCENE}_leftImg8bit.png"
    for folder in (labels.parent, picture.parent):
        folder.mkdir(parents=True)
    Image.new("RGB", (3, 2)).save(picture)
    for ending in endings:
        Image.fromarray(np.array(ids, np.uint8)).save(f"{labels}_gtFine_{ending}.png")


def test_label_ids_become_train_ids(tmp_path: Path) -> None:
    ids = [[7, 8, 0], [26, 33, 29]]
    _write(tmp_path, ids, "labelIds", "color", "instanceIds", "labelTrainIds")
    dataset = open_dataset("cityscapes", tmp_path)
    assert dataset.notes == ()
    (pair,) = dataset.pairs("train")
    assert pair.key == SCENE
    assert pair.sequence == "aachen/aachen_000000"
    assert pair.mask.name.endswith("_gtFine_labelIds.png")
    _, mask = load_pair(pair, dataset.label_map)
    assert mask.tolist() == [[0, 1, 255], [13, 18, 255]]


def test_train_ids_are_read_where_they_are_all_there_is(tmp_path: Path) -> None:
    """Void is 255 in some exporters' files and 19 in others'."""
    _write(tmp_path, [[0, 18, 7], [19, 255, 13]], "labelTrainIds", "color")
    dataset = open_dataset("cityscapes", tmp_path)
    (pair,) = dataset.pairs("train")
    assert check_pairs([pair], dataset.label_space, dataset.label_map).faults == ()
    _, mask = load_pair(pair, dataset.label_map)
    assert mask.tolist() == [[0, 18, 7], [255, 255, 13]]
    (note,) = dataset.notes
    assert "_gtFine_labelTrainIds.png" in note


def test_the_label_file_that_was_looked_for_is_named_beside_what_is_there(tmp_path: Path) -> None:
    _write(tmp_path, [[0, 0, 0], [0, 0, 0]], "color")
    with pytest.raises(InputError, match=r"there is no \*_gtFine_labelIds.png .*_gtFine_color.png"):
        open_dataset("cityscapes", tmp_path).pairs("train")
