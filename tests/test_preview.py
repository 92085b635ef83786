import base64
import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from effunet.datasets import open_dataset
from effunet.preview import Previewed, write_preview


def _preview(
    root: Path, page: Path, *, count: int = 100, split: str | None = None, seed: int = 0
) -> Previewed:
    dataset = open_dataset("idd_lite", root)
    return write_preview(dataset, page, split=split, count=count, seed=seed, commands=[])


def _card(page: Path, caption: str) -> str:
    cards = page.read_text().split('<figure class="card')[1:]
    (card,) = [card for card in cards if f"<figcaption>{caption}<" in card]
    return card.partition("</figure>")[0]


def _captions(page: Path) -> list[str]:
    return re.findall(r"<figcaption>([^<]*)<", page.read_text())


def test_every_picture_lies_under_its_own_mask(idd_lite_root: Path, tmp_path: Path) -> None:
    page = tmp_path / "preview.html"
    made = _preview(idd_lite_root, page)
    assert (made.shown, made.pictures, made.faults) == (7, 7, 0)
    captions = _captions(page)
    masks = re.findall(r'class="mask" src="data:image/png;base64,([^"]*)"', page.read_text())
    palette = open_dataset("idd_lite", idd_lite_root).label_space.palette_array()
    for caption, encoded in zip(captions, masks, strict=True):
        shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGBA"))
        ids = np.asarray(Image.open(idd_lite_root / f"gtFine/{caption}_label.png"))
        assert np.array_equal(shown[..., :3][ids != 255], palette[ids][ids != 255])
        assert np.array_equal(shown[..., 3] == 0, ids == 255)


def test_of_many_pictures_those_with_faults_come_first_then_all_drives_alike(
    tmp_path: Path, write_idd_lite: Callable[..., Path]
) -> None:
    root = write_idd_lite(tmp_path / "idd", train=40, val=4)
    (root / "leftImg8bit/train/0/000007_image.jpg").write_bytes(b"torn")
    (root / "gtFine/train/1/000011_label.png").unlink()
    page = tmp_path / "preview.html"
    made = _preview(root, page, count=10)
    captions = _captions(page)
    assert (made.shown, made.faults) == (10, 2)
    assert {"train/0/000007", "train/1/000011"} <= set(captions)
    assert captions == sorted(captions)
    of_drive = [caption.rpartition("/")[0] for caption in captions]
    assert set(of_drive) == {"train/0", "train/1", "val/0", "val/1"}
    assert "34 more pictures are not shown" in page.read_text()
    again = tmp_path / "again.html"
    _preview(root, again, count=10)
    assert again.read_bytes() == page.read_bytes()
    _preview(root, again, count=10, seed=1)
    assert _captions(again) != captions


@pytest.mark.parametrize("split", ["train", "val"])
def test_one_split_is_shown_alone(idd_lite_root: Path, tmp_path: Path, split: str) -> None:
    _preview(idd_lite_root, tmp_path / "preview.html", split=split)
    assert {caption.partition("/")[0] for caption in _captions(tmp_path / "preview.html")} == {
        split
    }


def test_faults_that_are_alike_are_listed_once_with_their_mend(
    idd_lite_root: Path, tmp_path: Path
) -> None:
    for name in ("0/000000", "1/000001"):
        (idd_lite_root / f"gtFine/train/{name}_label.png").unlink()
    _preview(idd_lite_root, tmp_path / "preview.html")
    text = (tmp_path / "preview.html").read_text()
    assert text.count("the mask of this picture is missing</b>") == 1
    assert "2 files: gtFine/train/0/000000_label.png" in text
    assert "fix: add it or remove the picture" in text


def test_a_picture_is_shown_without_the_mask_that_cannot_be_read_or_says_nothing(
    idd_lite_root: Path, tmp_path: Path
) -> None:
    masks = idd_lite_root / "gtFine/train"
    (masks / "0/000000_label.png").write_bytes(b"torn")
    Image.new("L", (64, 48), 255).save(masks / "1/000001_label.png")
    page = tmp_path / "preview.html"
    _preview(idd_lite_root, page)
    torn, void = _card(page, "train/0/000000"), _card(page, "train/1/000001")
    assert "data:image/webp" in torn
    assert 'class="mask"' not in torn
    assert "every pixel is void" in void
    assert 'data-classes="  "' in void


def test_faults_of_one_cause_are_one_finding_each_with_its_own_figures(
    idd_lite_root: Path, tmp_path: Path
) -> None:
    for name, size in (("0/000000", (9, 8)), ("1/000001", (7, 6))):
        Image.new("L", size).save(idd_lite_root / f"gtFine/train/{name}_label.png")
    _preview(idd_lite_root, tmp_path / "preview.html")
    text = (tmp_path / "preview.html").read_text()
    assert text.count("the mask has another size than its picture</b>") == 1
    assert "is 9x8 and its picture" in text
