from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from effunet.datasets import check_split, measure, open_dataset, statistics_lines
from effunet.errors import InputError
from effunet.losses import median_frequency

MOST = 352 * 480


def test_counts_are_those_of_the_files(idd_lite_root: Path) -> None:
    statistics = measure(open_dataset("idd_lite", idd_lite_root), most_pixels=MOST)
    assert [split.name for split in statistics.splits] == ["train", "val"]
    for split in statistics.splits:
        files = list((idd_lite_root / "gtFine" / split.name).rglob("*.png"))
        masks = np.stack([np.asarray(Image.open(file)) for file in files])
        counts = np.bincount(masks.ravel(), minlength=256)
        assert split.facts.class_pixels.tolist() == counts[:7].tolist()
        assert split.facts.void_pixels == counts[255]
        holding = [sum((mask == train_id).any() for mask in masks) for train_id in range(7)]
        assert split.facts.class_images.tolist() == holding


def test_weights_are_those_that_training_computes(idd_lite_root: Path) -> None:
    road = Image.new("L", (64, 48))
    road.save(next(idd_lite_root.glob("gtFine/train/0/*.png")))  # so that not all hold all classes
    dataset = open_dataset("idd_lite", idd_lite_root)
    facts = check_split(dataset.pairs("train"), dataset.label_space, dataset.label_map)
    computed = median_frequency(facts.class_pixels, facts.class_images)
    weights = measure(dataset, most_pixels=MOST).weights
    torch.testing.assert_close(torch.tensor(weights), computed)


def test_lines_fit_sixty_columns_and_hold_what_to_paste(tmp_path: Path) -> None:
    for kind, high in (("images", 256), ("masks", 2)):
        for index, size in enumerate([(40, 70), (64, 96), (64, 96)]):
            stored = np.full(size, index % high, np.uint8)
            path = tmp_path / kind / f"{index}.png"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(stored).save(path)
    long = "a class whose name is much longer than its column"
    text = f"train: images\nmasks_dir: masks\nnames: [road, {long}]"
    (tmp_path / "my.yaml").write_text(text)
    lines = statistics_lines(
        measure(open_dataset("folder", tmp_path / "my.yaml"), most_pixels=MOST)
    )
    assert max(map(len, lines)) <= 60
    assert lines[0] == "train: 3 pictures, 2 of 96x64, 1 of 70x40"
    road, other = (line.split()[-4:] for line in lines[2:4])
    assert road[:3] == ["8,944", "59.28%", "2"]
    assert other[:3] == ["6,144", "40.72%", "1"]
    assert "  --data.crop_size [32,64]" in lines
    assert "    crop_size: [32, 64]" in lines


def test_faults_of_all_splits_come_at_once(idd_lite_root: Path) -> None:
    for split in ("train", "val"):
        next(idd_lite_root.glob(f"gtFine/{split}/0/*.png")).unlink()
    with pytest.raises(InputError, match="2 faults in the data set"):
        measure(open_dataset("idd_lite", idd_lite_root), most_pixels=MOST)


def test_a_data_set_without_labels_says_what_is_missing(idd_lite_root: Path) -> None:
    for file in (idd_lite_root / "gtFine").rglob("*.png"):
        file.unlink()
    with pytest.raises(InputError, match="the train split of idd_lite has no labels"):
        measure(open_dataset("idd_lite", idd_lite_root), most_pixels=MOST)
