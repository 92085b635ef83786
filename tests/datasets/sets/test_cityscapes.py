from pathlib import Path

import numpy as np
from PIL import Image

from effunet.datasets import load_pair, open_dataset


def test_label_ids_become_train_ids(tmp_path: Path) -> None:
    scene = "aachen/aachen_000000_000019"
    labels = tmp_path / "gtFine/train" / scene
    picture = tmp_path / f"leftImg8bit/train/{scene}_leftImg8bit.png"
    for folder in (labels.parent, picture.parent):
        folder.mkdir(parents=True)
    ids = np.array([[7, 8, 0], [26, 33, 29]], dtype=np.uint8)
    Image.new("RGB", (3, 2)).save(picture)
    for ending in ("labelIds", "color", "instanceIds", "labelTrainIds"):
        Image.fromarray(ids).save(f"{labels}_gtFine_{ending}.png")

    dataset = open_dataset("cityscapes", tmp_path)
    (pair,) = dataset.pairs("train")
    assert pair.key == scene
    assert pair.mask.name.endswith("_gtFine_labelIds.png")
    _, mask = load_pair(pair, dataset.label_space)
    assert mask.tolist() == [[0, 1, 255], [13, 18, 255]]
