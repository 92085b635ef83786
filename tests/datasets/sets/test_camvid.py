from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from effunet.datasets import load_pair, open_dataset
from effunet.errors import InputError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for split, frames in {"train": 2, "val": 1}.items():
        for folder in (split, f"{split}annot"):
            (tmp_path / folder).mkdir()
        for frame in range(frames):
            name = f"0016E5_{frame:05}.png"
            Image.new("RGB", (6, 4)).save(tmp_path / split / name)
            ids = np.arange(24, dtype=np.uint8).reshape(4, 6) % 12
            Image.fromarray(ids).save(tmp_path / f"{split}annot" / name)
    return tmp_path


def test_segnets_layout_is_read(root: Path) -> None:
    dataset = open_dataset("camvid", root)
    assert [pair.key for pair in dataset.pairs("train")] == ["0016E5_00000", "0016E5_00001"]
    (pair,) = dataset.pairs("val")
    _, mask = load_pair(pair, dataset.label_map)
    assert mask.ravel()[:12].tolist() == [*range(11), 255]


def test_other_data_is_refused(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    with pytest.raises(InputError, match="no trainannot"):
        open_dataset("camvid", tmp_path)


def test_the_real_one_is_whole(data_root: Path) -> None:
    dataset = open_dataset("camvid", data_root / "CamVid")
    assert (len(dataset.pairs("train")), len(dataset.pairs("val"))) == (367, 101)
    image, mask = load_pair(dataset.pairs("val")[0], dataset.label_map)
    assert image.shape == (360, 480, 3)
    assert set(np.unique(mask).tolist()) == {*range(11), 255}
