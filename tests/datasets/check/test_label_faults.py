from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from effunet.datasets import Fault, check_pairs, open_dataset


def _faults_of(root: Path, mask: NDArray[np.generic], line: str) -> tuple[Fault, ...]:
    for folder in ("images", "masks"):
        (root / folder).mkdir()
    Image.new("RGB", mask.shape[1::-1]).save(root / "images/1.png")
    Image.fromarray(mask).save(root / "masks/1.png")
    (root / "my.yaml").write_text(f"train: images\nmasks_dir: masks\nnames: [a, b]\n{line}")
    dataset = open_dataset("folder", root / "my.yaml")
    return check_pairs(dataset.pairs("train"), dataset.label_space, dataset.label_map).faults


@pytest.mark.parametrize(
    ("stored", "palette", "hint"),
    [
        ([[0, 9, 8], [1, 7, 3]], "", "mask_channel: red"),
        ([[0, 0, 0], [0, 1, 0]], "", "mask_channel: green"),
        ([[4, 0, 0], [4, 0, 1]], "palette: [[9, 9, 9], [1, 2, 3]]", "mask_channel: blue"),
        ([[4, 0, 255], [4, 0, 0]], "", None),  # 255 is void in most files: it tells nothing
        ([[128, 0, 0], [128, 64, 128]], "", None),
    ],
)
def test_a_channel_that_holds_known_ids_is_named(
    tmp_path: Path, stored: object, palette: str, hint: str | None
) -> None:
    (fault, *others) = _faults_of(tmp_path, np.array([stored], np.uint8), palette)
    assert (hint or "palette:") in fault.fix
    assert not others or {other.fix for other in others} == {fault.fix}


@pytest.mark.parametrize(("stored", "hint"), [([256, 3, 511], True), ([256, 600, 3], False)])
def test_label_and_instance_in_one_number_is_named(
    tmp_path: Path, stored: list[int], hint: bool
) -> None:
    faults = _faults_of(tmp_path, np.array([stored], np.uint16), "")
    assert {"label_divisor: 256" in fault.fix for fault in faults} == {hint}
