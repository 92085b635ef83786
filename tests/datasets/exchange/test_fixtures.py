"""What each tool exports becomes the masks that the tool itself makes of it."""

from pathlib import Path

import numpy as np
import pytest

from effunet.datasets import check_pairs, convert, open_dataset
from effunet.imaging import read_mask

FIXTURES = Path(__file__).parent / "fixtures"
CLASSES = ("road", "car", "sky")

FORMAT_OF = {"coco_rle": "coco"}
DIFFERENT_PIXELS = {"coco": 195, "yolo": 128}
"""Of 9,216 in three pictures, where the tool has a drawing of its own: pycocotools takes what lies
inside by more than half, OpenCV draws the outline otherwise than Pillow."""
KINDS = sorted(path.name for path in FIXTURES.iterdir())


def _files(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def _borders(mask: np.ndarray) -> np.ndarray:
    """Pixels that have a neighbour of another class."""
    height, width = mask.shape
    padded = np.pad(mask, 1, mode="edge")
    shifted = [padded[y : y + height, x : x + width] for y in range(3) for x in range(3)]
    border: np.ndarray = np.ptp(shifted, axis=0) > 0
    return border


@pytest.mark.parametrize("kind", KINDS)
def test_masks_are_those_of_the_tool(kind: str, tmp_path: Path) -> None:
    source = FIXTURES / kind / "export"
    before = _files(source)
    made = convert(source, tmp_path / kind, layout=FORMAT_OF.get(kind, kind))
    assert _files(source) == before

    dataset = open_dataset("folder", made.description)
    assert set(dataset.label_space.names) == {*CLASSES, "background"}
    ids = [dataset.label_space.names.index(name) for name in ("background", *CLASSES)]
    expected = FIXTURES / kind / "expected"
    different = pictures = 0
    for split in made.pictures:
        pairs = dataset.pairs(split)
        assert check_pairs(pairs, dataset.label_space, dataset.label_map).faults == ()
        for pair in pairs:
            of_tool = np.array(ids)[read_mask(expected / split / f"{pair.key}.png")]
            mask = read_mask(pair.mask)
            assert (_borders(mask) | _borders(of_tool))[mask != of_tool].all()
            different += int((mask != of_tool).sum())
            pictures += 1
    assert pictures == len(list(expected.rglob("*.png"))) == 3
    assert different <= DIFFERENT_PIXELS.get(kind, 0)
