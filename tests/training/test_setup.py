from pathlib import Path

import numpy as np
import torch

from effunet.config import LossConfig
from effunet.imaging import read_mask, write_mask
from effunet.training.setup import class_weights, prepare, with_known_data

from .conftest import TinyConfig


def test_auto_weights_are_median_frequencies_of_the_pictures_that_hold_a_class(
    tiny_config: TinyConfig, idd_lite_root: Path
) -> None:
    files = sorted((idd_lite_root / "gtFine/train").rglob("*_label.png"))
    for path in files[1:]:  # class 2 is left in one picture only
        ids = read_mask(path).astype(np.uint8)
        write_mask(path, np.where(ids == 2, 3, ids).astype(np.uint8))

    masks = [read_mask(path) for path in files]
    frequency = []
    for train_id in range(7):
        holding = [mask for mask in masks if (mask == train_id).any()]
        frequency.append(sum(int((mask == train_id).sum()) for mask in holding) / len(holding))
    expected = np.median(frequency) / np.array(frequency)

    config = LossConfig(class_weights="auto")
    weights = class_weights(config, prepare(tiny_config(loss=config)))
    torch.testing.assert_close(weights, torch.tensor(expected, dtype=torch.float32))


def test_a_name_that_is_left_out_is_told_by_the_files(tiny_config: TinyConfig) -> None:
    config, said = with_known_data(tiny_config())
    assert config.data.name == "idd_lite"
    assert config.run_name == "idd_lite_lite0"
    assert [line.split(":")[0] for line in said] == ["note     taken for idd_lite"]
    assert with_known_data(config) == (config, [])
